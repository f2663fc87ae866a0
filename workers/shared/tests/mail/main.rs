//! Mails sent to a real server on this machine: what arrives, and what a sender learns when it doesn't.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod connections;
mod content;
mod refusals;
mod server;
mod sign_in;

use std::time::Duration;

use primostore_shared::mail::{Limits, Mail, MailSettings, SmtpServer};
use primostore_shared::{Clock, Language, Mailer};

use server::Server;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Limits that only what hangs meets.
fn patient() -> Limits {
    Limits { connect: PATIENCE, command: PATIENCE, delivery: PATIENCE, idle: PATIENCE, ..Limits::default() }
}

fn mailer(server: &Server, limits: Limits) -> Mailer {
    mailer_to(SmtpServer::new("127.0.0.1", Some(server.port), None), limits)
}

fn mailer_to(server: SmtpServer, limits: Limits) -> Mailer {
    let from = "Boutique Zellige <shop@shop.example>".to_owned();
    let settings = MailSettings { server, from, reply_to: Some("help@shop.example".to_owned()), limits };
    Mailer::new(settings, Clock::system()).unwrap()
}

fn mail() -> Mail {
    Mail {
        to: "salma@example.com".to_owned(),
        to_name: Some("Salma Idrissi".to_owned()),
        subject: "Your order".to_owned(),
        text: "Thank you.\n".to_owned(),
        html: "<p>Thank you.</p>\n".to_owned(),
        message_id: "order-1@shop.example".to_owned(),
        language: Language::English,
    }
}
