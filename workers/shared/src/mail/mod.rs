//! Mails, sent over SMTP, each with an answer to whether it may be sent again.

mod connection;
mod message;
mod server;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::clock::Clock;
use connection::Connection;
use message::Writer;

pub use message::Mail;
pub use server::{Encryption, SmtpServer, SmtpServerError};

/// What mails are sent with.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The server.
    pub server: SmtpServer,
    /// Who mails come from: `Shop <shop@example.com>`, or the address alone.
    pub from: String,
    /// Where answers go to, if not there.
    pub reply_to: Option<String>,
    /// How long to wait for the server, and how much to ask of it.
    pub limits: Limits,
}

/// How long to wait for a server, and how much to ask of it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a connection, encrypted and signed in.
    pub connect: Duration,
    /// For the answer to a command.
    pub command: Duration,
    /// For the answer to a whole mail, which servers may read at leisure (RFC 5321, section 4.5.3.2.6: ten minutes).
    pub delivery: Duration,
    /// Connections at the same time; at least one.
    pub connections: usize,
    /// Mails on one connection, after which it is closed.
    pub mails_per_connection: u32,
    /// After so long without a mail a connection is not used again.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            command: Duration::from_secs(30),
            delivery: Duration::from_secs(120),
            connections: 2,
            mails_per_connection: 50,
            idle: Duration::from_secs(15),
        }
    }
}

/// Why a mail isn't known to be on its way. No text holds a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// This mail will never be taken: the server said so (5xx), or it can't be written down.
    #[error("the mail is refused: {0}")]
    Permanent(String),
    /// It was not taken this time: no connection, no sign-in, or the server asked to come again (4xx).
    #[error("the mail could not be sent: {0}")]
    Temporary(String),
    /// All was sent, and no answer came: sending it again may deliver it twice.
    #[error("the mail may have been sent: {0}")]
    Unknown(String),
}

/// The settings can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailSettingsError {
    /// The sender, or where answers go to, isn't an address.
    #[error("`{0}` isn't an e-mail address, like `Shop <shop@example.com>`")]
    Address(String),
}

/// Sends mails. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Mailer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    server: SmtpServer,
    writer: Writer,
    limits: Limits,
    permits: Semaphore,
    /// Open connections that nobody uses now.
    idle: Mutex<Vec<Connection>>,
}

impl Mailer {
    /// A mailer; connects when there is something to send.
    ///
    /// # Errors
    /// [`MailSettingsError`].
    pub fn new(settings: MailSettings, clock: Clock) -> Result<Self, MailSettingsError> {
        let writer = Writer::new(&settings.from, settings.reply_to.as_deref(), clock)?;
        Ok(Self(Arc::new(Inner {
            server: settings.server,
            writer,
            limits: settings.limits,
            permits: Semaphore::new(settings.limits.connections.max(1)),
            idle: Mutex::default(),
        })))
    }

    /// Sends a mail, and returns once the server has taken it. Dropped half-way, it breaks the connection off.
    ///
    /// # Errors
    /// [`MailError`], which says whether to try again.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let Inner { server, writer, limits, permits, .. } = &*self.0;
        let (envelope, message) = writer.write(mail).map_err(MailError::Permanent)?;
        // The semaphore is never closed.
        let _permit = permits.acquire().await.map_err(|error| MailError::Temporary(error.to_string()))?;
        let mut connection = match self.reusable().await {
            Some(connection) => connection,
            None => Connection::open(server, writer.domain(), limits).await?,
        };
        let sent = connection.deliver(&envelope, &message, limits).await;
        if connection.is_sound() {
            if connection.sent() < limits.mails_per_connection {
                self.idle().push(connection);
            } else {
                connection.close(limits).await;
            }
        }
        sent
    }

    /// Takes leave of the server on connections that nobody uses.
    pub async fn close(&self) {
        loop {
            let connection = self.idle().pop();
            let Some(connection) = connection else { return };
            connection.close(&self.0.limits).await;
        }
    }

    async fn reusable(&self) -> Option<Connection> {
        loop {
            let mut connection = self.idle().pop()?;
            if connection.is_fresh(&self.0.limits).await {
                return Some(connection);
            }
            connection.close(&self.0.limits).await;
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
