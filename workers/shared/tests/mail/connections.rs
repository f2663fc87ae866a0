//! Connections are used again, within limits.

use std::time::Duration;

use futures_util::future::join_all;
use primostore_shared::mail::{Limits, MailError};

use crate::server::{Answer, Server};
use crate::{mail, mailer, patient};

#[tokio::test]
async fn mails_follow_each_other_on_one_connection() {
    let server = Server::start().await;
    let mailer = mailer(&server, patient());
    for _ in 0..3 {
        mailer.send(&mail()).await.unwrap();
    }
    assert_eq!(server.log(|log| (log.connections, log.mails.len())), (1, 3));
}

#[tokio::test]
async fn a_connection_carries_no_more_mails_than_it_may() {
    let server = Server::start().await;
    let mailer = mailer(&server, Limits { mails_per_connection: 2, ..patient() });
    for _ in 0..5 {
        mailer.send(&mail()).await.unwrap();
    }
    assert_eq!(server.log(|log| (log.connections, log.mails.len())), (3, 5));
}

#[tokio::test]
async fn no_more_connections_are_open_than_may_be() {
    let server = Server::start().await;
    let mailer = mailer(&server, Limits { connections: 2, ..patient() });
    let mail = mail();
    let results = join_all((0..10).map(|_| mailer.send(&mail))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert!(server.log(|log| log.most_open) <= 2);
    assert_eq!(server.log(|log| log.mails.len()), 10);
}

#[tokio::test]
async fn a_refused_mail_does_not_hold_up_the_next() {
    let server = Server::scripted(|command, log| {
        let is_first = log.commands.iter().filter(|command| command.starts_with("RCPT")).count() == 1;
        if command.starts_with("RCPT") && is_first { Answer::Say("550 5.1.1 no such user") } else { Answer::Usual }
    })
    .await;
    let mailer = mailer(&server, patient());
    assert!(matches!(mailer.send(&mail()).await, Err(MailError::Permanent(_))));
    mailer.send(&mail()).await.unwrap();
    assert_eq!(server.log(|log| (log.connections, log.mails.len())), (1, 1));
    assert_eq!(server.heard("RSET"), 1);
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_is_made_anew() {
    let server = Server::scripted(|command, _| {
        if command.starts_with("NOOP") { Answer::Say("421 4.4.2 you were away") } else { Answer::Usual }
    })
    .await;
    let mailer = mailer(&server, patient());
    for _ in 0..2 {
        mailer.send(&mail()).await.unwrap();
    }
    assert_eq!(server.log(|log| (log.connections, log.mails.len())), (2, 2));
}

#[tokio::test]
async fn a_connection_that_was_idle_for_too_long_is_not_used_again() {
    let server = Server::start().await;
    let mailer = mailer(&server, Limits { idle: Duration::ZERO, ..patient() });
    for _ in 0..2 {
        mailer.send(&mail()).await.unwrap();
    }
    assert_eq!(server.log(|log| log.connections), 2);
    assert_eq!(server.heard("NOOP"), 0);
}

#[tokio::test]
async fn a_mailer_takes_leave_when_it_is_closed() {
    let server = Server::start().await;
    let mailer = mailer(&server, patient());
    mailer.send(&mail()).await.unwrap();
    assert_eq!(server.heard("QUIT"), 0);
    mailer.close().await;
    assert_eq!(server.heard("QUIT"), 1);
}
