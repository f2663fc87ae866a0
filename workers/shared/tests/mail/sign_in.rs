//! Passwords go only where they may, and into no message.

use primostore_shared::mail::{Encryption, MailError, SmtpServer};
use secrecy::SecretString;

use crate::server::{Answer, Server};
use crate::{mail, mailer_to, patient};

fn with_password(server: &Server, encryption: Option<Encryption>) -> SmtpServer {
    SmtpServer::new("127.0.0.1", Some(server.port), encryption)
        .with_credentials("shop", SecretString::from("correct horse"))
}

#[tokio::test]
async fn a_server_that_wants_a_sign_in_gets_it() {
    let server = Server::start().await;
    mailer_to(with_password(&server, None), patient()).send(&mail()).await.unwrap();
    // printf '\0shop\0correct horse' | base64
    assert_eq!(server.heard("AUTH PLAIN AHNob3AAY29ycmVjdCBob3JzZQ=="), 1);
}

#[tokio::test]
async fn a_refused_sign_in_is_not_the_mails_fault_and_is_told_without_the_password() {
    let server = Server::scripted(|command, _| {
        if command.starts_with("AUTH") {
            Answer::Say("535 5.7.8 not AHNob3AAY29ycmVjdCBob3JzZQ==")
        } else {
            Answer::Usual
        }
    })
    .await;
    let result = mailer_to(with_password(&server, None), patient()).send(&mail()).await;
    let Err(MailError::Temporary(reason)) = result else { panic!("{result:?}") };
    assert!(reason.contains("535") && !reason.contains("AHNob3A") && !reason.contains("horse"), "{reason}");
}

#[tokio::test]
async fn where_encryption_is_required_and_not_offered_nothing_is_said() {
    let server = Server::start().await;
    let result = mailer_to(with_password(&server, Some(Encryption::StartTls)), patient()).send(&mail()).await;
    let Err(MailError::Temporary(reason)) = result else { panic!("{result:?}") };
    assert!(reason.contains("STARTTLS"), "{reason}");
    assert_eq!((server.heard("AUTH"), server.heard("MAIL")), (0, 0));
}

#[tokio::test]
async fn an_encryption_that_cannot_be_trusted_is_none() {
    let server = Server::scripted(|command, _| {
        if command.starts_with("EHLO") {
            Answer::Say("250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN")
        } else {
            Answer::Usual
        }
    })
    .await;
    // It agrees to STARTTLS, and then goes on in clear.
    let result = mailer_to(with_password(&server, Some(Encryption::StartTls)), patient()).send(&mail()).await;
    assert!(matches!(result, Err(MailError::Temporary(_))), "{result:?}");
    assert_eq!((server.heard("STARTTLS"), server.heard("AUTH"), server.heard("MAIL")), (1, 0, 0));
}
