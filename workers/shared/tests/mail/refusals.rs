//! What a sender learns of a mail that wasn't taken: whether to try again.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use primostore_shared::mail::{Limits, Mail, MailError, SmtpServer};

use crate::server::{Answer, END_OF_MAIL, GREETING, Server};
use crate::{mail, mailer, mailer_to, patient};

/// What comes of a mail to a server that gives this answer at this point.
async fn outcome(point: &'static str, answer: Answer, limits: Limits) -> Result<(), MailError> {
    let server =
        Server::scripted(move |command, _| if command.starts_with(point) { answer.clone() } else { Answer::Usual })
            .await;
    mailer(&server, limits).send(&mail()).await
}

#[tokio::test]
async fn a_mail_that_the_server_refuses_is_refused_for_good() {
    for point in ["MAIL", "RCPT", "DATA", END_OF_MAIL] {
        let result = outcome(point, Answer::Say("550 5.1.1 no such user"), patient()).await;
        assert!(matches!(&result, Err(MailError::Permanent(reason)) if reason.contains("no such user")), "{result:?}");
    }
}

#[tokio::test]
async fn a_mail_that_the_server_puts_off_may_be_sent_again() {
    for point in ["MAIL", "RCPT", "DATA", END_OF_MAIL] {
        let result = outcome(point, Answer::Say("451 4.7.1 greylisted"), patient()).await;
        assert!(matches!(&result, Err(MailError::Temporary(reason)) if reason.contains("greylisted")), "{result:?}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_us_has_not_refused_the_mail() {
    for (point, answer) in [
        (GREETING, "554 5.3.2 no service for you"),
        ("EHLO", "550 5.7.1 not from there"),
        ("MAIL", "530 5.7.0 authentication required"),
    ] {
        let result = outcome(point, Answer::Say(answer), patient()).await;
        assert!(matches!(result, Err(MailError::Temporary(_))), "{point}: {result:?}");
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_before_it_has_the_mail_may_be_tried_again() {
    let soon = Duration::from_millis(50);
    let result = outcome(GREETING, Answer::Silence, Limits { connect: soon, ..patient() }).await;
    assert!(matches!(result, Err(MailError::Temporary(_))), "{result:?}");
    for point in ["MAIL", "RCPT", "DATA"] {
        let result = outcome(point, Answer::Silence, Limits { command: soon, ..patient() }).await;
        assert!(matches!(result, Err(MailError::Temporary(_))), "{point}: {result:?}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_server_has_the_mail_may_be_tried_again() {
    for point in [GREETING, "EHLO", "MAIL", "RCPT", "DATA"] {
        let result = outcome(point, Answer::HangUp, patient()).await;
        assert!(matches!(result, Err(MailError::Temporary(_))), "{point}: {result:?}");
    }
}

#[tokio::test]
async fn a_mail_whose_receipt_nobody_confirmed_may_be_on_its_way() {
    let soon = Limits { delivery: Duration::from_millis(50), ..patient() };
    let result = outcome(END_OF_MAIL, Answer::Silence, soon).await;
    assert!(matches!(result, Err(MailError::Unknown(_))), "{result:?}");
    let result = outcome(END_OF_MAIL, Answer::HangUp, patient()).await;
    assert!(matches!(result, Err(MailError::Unknown(_))), "{result:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let result = mailer_to(SmtpServer::new("127.0.0.1", Some(closed), None), patient()).send(&mail()).await;
    let Err(MailError::Temporary(reason)) = result else { panic!("{result:?}") };
    assert!(reason.contains(&format!("127.0.0.1:{closed}")), "{reason}");
}

#[tokio::test]
async fn a_mail_that_cannot_be_written_is_refused_without_asking_the_server() {
    let server = Server::start().await;
    let sent = Mail { to: "nobody".to_owned(), ..mail() };
    let result = mailer(&server, patient()).send(&sent).await;
    assert!(matches!(result, Err(MailError::Permanent(_))), "{result:?}");
    assert_eq!(server.log(|log| log.connections), 0);
}

#[tokio::test]
async fn an_address_in_letters_that_the_server_does_not_know_is_refused() {
    let server = Server::start().await;
    let sent = Mail { to: "سلمى@example.com".to_owned(), ..mail() };
    let result = mailer(&server, patient()).send(&sent).await;
    assert!(matches!(result, Err(MailError::Permanent(_))), "{result:?}");
    assert_eq!(server.heard("MAIL"), 0);
}
