//! One connection to the server, which knows how far a mail has come.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use secrecy::ExposeSecret as _;
use tokio::time::{Instant, timeout};

use super::{Encryption, Limits, MailError, SmtpServer};

/// `Authentication required` (RFC 4954): not the mail's fault.
const AUTHENTICATION_REQUIRED: u16 = 530;

/// As much of a server's words as is passed on.
const REASON_LENGTH: usize = 300;

/// A connection on which mails may be sent.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    sent: u32,
    last_used: Instant,
    /// What was said last has been answered in full.
    is_sound: bool,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connection").field("sent", &self.sent).finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects, encrypts, and signs in. What goes wrong here is no mail's fault.
    pub(super) async fn open(server: &SmtpServer, domain: &str, limits: &Limits) -> Result<Self, MailError> {
        let opened = timeout(limits.connect, open(server, domain)).await;
        let smtp = opened.unwrap_or_else(|_| Err("no connection in time".to_owned())).map_err(|reason| {
            MailError::Temporary(format!("the mail server {}:{}: {reason}", server.host, server.port))
        })?;
        Ok(Self { smtp, sent: 0, last_used: Instant::now(), is_sound: true })
    }

    /// Sends a mail.
    pub(super) async fn deliver(
        &mut self,
        envelope: &Envelope,
        message: &[u8],
        limits: &Limits,
    ) -> Result<(), MailError> {
        self.is_sound = false;
        let sent = self.converse(envelope, message, limits).await;
        self.last_used = Instant::now();
        self.sent += 1;
        self.is_sound = match &sent {
            Ok(()) => true,
            // After a refusal the rest of the mail is taken back.
            Err(Failure { was_answered: true, .. }) => {
                matches!(timeout(limits.command, self.smtp.command(Rset)).await, Ok(Ok(_)))
            }
            Err(_) => false,
        };
        sent.map_err(|failure| failure.error)
    }

    async fn converse(&mut self, envelope: &Envelope, message: &[u8], limits: &Limits) -> Result<(), Failure> {
        let mut parameters = Vec::new();
        let addresses = envelope.from().into_iter().chain(envelope.to());
        if addresses.into_iter().any(|address| !address.to_string().is_ascii()) {
            if !self.smtp.server_info().supports_feature(Extension::SmtpUtfEight) {
                let reason = "the mail server doesn't know addresses with such letters".to_owned();
                return Err(Failure { error: MailError::Permanent(reason), was_answered: true });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        self.command(Mail::new(envelope.from().cloned(), parameters), limits.command).await?;
        for address in envelope.to() {
            self.command(Rcpt::new(address.clone(), Vec::new()), limits.command).await?;
        }
        self.command(Data, limits.command).await?;
        match timeout(limits.delivery, self.smtp.message(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.status().is_some() => Err(Failure::answered(&error)),
            // It may be on its way.
            Ok(Err(error)) => Err(Failure::unanswered(MailError::Unknown(reason(&error)))),
            Err(_) => Err(Failure::unanswered(MailError::Unknown("no answer to the mail in time".to_owned()))),
        }
    }

    async fn command(&mut self, command: impl std::fmt::Display, within: Duration) -> Result<(), Failure> {
        match timeout(within, self.smtp.command(command)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.status().is_some() => Err(Failure::answered(&error)),
            Ok(Err(error)) => Err(Failure::unanswered(MailError::Temporary(reason(&error)))),
            Err(_) => Err(Failure::unanswered(MailError::Temporary("no answer in time".to_owned()))),
        }
    }

    /// Mails that went over it.
    pub(super) fn sent(&self) -> u32 {
        self.sent
    }

    /// Whether another mail may follow.
    pub(super) fn is_sound(&self) -> bool {
        self.is_sound
    }

    /// Whether it may be used again: not idle for too long, and the server still listens.
    pub(super) async fn is_fresh(&mut self, limits: &Limits) -> bool {
        self.is_sound = self.last_used.elapsed() < limits.idle
            && timeout(limits.command, self.smtp.test_connected()).await.unwrap_or(false);
        self.is_sound
    }

    /// Takes leave, unless the server has gone first.
    pub(super) async fn close(mut self, limits: &Limits) {
        let _ = timeout(limits.command, self.smtp.quit()).await;
    }
}

/// Why a mail wasn't sent, and whether the server is still to be talked to.
struct Failure {
    error: MailError,
    was_answered: bool,
}

impl Failure {
    fn answered(error: &SmtpError) -> Self {
        let lasts = error.is_permanent() && error.status().map(u16::from) != Some(AUTHENTICATION_REQUIRED);
        let reason = reason(error);
        let error = if lasts { MailError::Permanent(reason) } else { MailError::Temporary(reason) };
        Self { error, was_answered: true }
    }

    fn unanswered(error: MailError) -> Self {
        Self { error, was_answered: false }
    }
}

async fn open(server: &SmtpServer, domain: &str) -> Result<AsyncSmtpConnection, String> {
    let hello = if domain.is_ascii() { ClientId::Domain(domain.to_owned()) } else { ClientId::default() };
    let tls = || TlsParameters::new(server.host.clone()).map_err(|error| reason(&error));
    let from_the_start = if server.encryption == Encryption::Tls { Some(tls()?) } else { None };
    let address = (server.host.as_str(), server.port);
    let mut smtp = AsyncSmtpConnection::connect_tokio1(address, None, &hello, from_the_start, None)
        .await
        .map_err(|error| reason(&error))?;
    if server.encryption == Encryption::StartTls {
        if !smtp.can_starttls() {
            return Err("it offers no encryption (STARTTLS)".to_owned());
        }
        smtp.starttls(tls()?, &hello).await.map_err(|error| reason(&error))?;
    }
    if let Some((user, password)) = &server.credentials {
        let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
        // The server's own words are left out: some repeat what they were sent.
        smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await.map_err(|error| match error.status() {
            Some(code) => format!("it refused the sign-in ({code})"),
            None => "the sign-in failed".to_owned(),
        })?;
    }
    Ok(smtp)
}

/// A server's words on one line, not too many of them, with what lies behind.
fn reason(error: &SmtpError) -> String {
    let text = error.to_string();
    text.split(char::is_control)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(REASON_LENGTH)
        .collect()
}
