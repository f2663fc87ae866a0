//! Sending mails: over SMTP when a server is configured, else into files that a developer can read.

use std::io;
use std::path::{Path, PathBuf};

use chrono::Utc;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tokio::io::AsyncWriteExt as _;

use super::SmtpConfig;

/// The port on which mail servers speak TLS from the start.
const IMPLICIT_TLS_PORT: u16 = 465;

/// Why a mail wasn't sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum MailError {
    /// The sender or the recipient isn't an address.
    #[error("not an address: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// The mail couldn't be composed.
    #[error(transparent)]
    Compose(#[from] lettre::error::Error),
    /// The mail server can't be reached, or refused.
    #[error("the mail server {host}:{port} failed: {source}")]
    Smtp { host: String, port: u16, source: lettre::transport::smtp::Error },
    /// The file can't be written.
    #[error("can't write {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
}

/// Sends mails.
pub(super) struct Mailer {
    smtp: Option<SmtpConfig>,
    sender: String,
    dir: PathBuf,
}

/// A mail: the same as text and as HTML.
pub(super) struct Mail<'a> {
    pub(super) to: &'a str,
    pub(super) subject: &'a str,
    pub(super) text: String,
    pub(super) html: String,
}

impl Mailer {
    /// `sender` is for where no mail server says who it sends for.
    pub(super) fn new(smtp: Option<SmtpConfig>, sender: String, dir: PathBuf) -> Self {
        Self { smtp, sender, dir }
    }

    /// Sends a mail.
    pub(super) async fn send(&self, mail: Mail<'_>) -> Result<(), MailError> {
        let sender = self.smtp.as_ref().map_or(&self.sender, |smtp| &smtp.sender);
        let to = mail.to;
        let message = compose(sender, mail)?;
        match &self.smtp {
            Some(smtp) => deliver(smtp, message).await,
            None => keep(&self.dir, to, &message.formatted()).await,
        }
    }
}

fn compose(sender: &str, mail: Mail<'_>) -> Result<Message, MailError> {
    let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(encode(mail.text));
    Ok(Message::builder()
        .from(sender.parse::<Mailbox>()?)
        .to(Mailbox::new(None, mail.to.parse()?))
        .subject(mail.subject)
        .date_now()
        .message_id(None)
        .multipart(MultiPart::alternative().singlepart(text).singlepart(SinglePart::html(mail.html)))?)
}

/// The text as it is, where mail allows that (RFC 5322, 2.1.1): encoded, a long link would be broken into lines that
/// nobody can click.
fn encode(text: String) -> Body {
    const MAX_LINE: usize = 998;
    let is_plain = text.is_ascii() && !text.contains(['\0', '\r']) && text.lines().all(|line| line.len() <= MAX_LINE);
    if is_plain {
        Body::dangerous_pre_encoded(text.replace('\n', "\r\n").into_bytes(), ContentTransferEncoding::SevenBit)
    } else {
        Body::new(text)
    }
}

async fn deliver(smtp: &SmtpConfig, message: Message) -> Result<(), MailError> {
    let failed = |source| MailError::Smtp { host: smtp.host.clone(), port: smtp.port, source };
    let tls = || TlsParameters::new(smtp.host.clone()).map_err(failed);
    let is_here = matches!(smtp.host.as_str(), "localhost" | "127.0.0.1" | "::1");
    let tls = if smtp.port == IMPLICIT_TLS_PORT {
        Tls::Wrapper(tls()?)
    } else if is_here {
        // Mail catchers on this machine rarely have a certificate that anyone trusts.
        Tls::None
    } else if smtp.password.is_some() {
        Tls::Required(tls()?)
    } else {
        Tls::Opportunistic(tls()?)
    };
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host).port(smtp.port).tls(tls);
    if let (Some(user), Some(password)) = (&smtp.user, &smtp.password) {
        transport = transport.credentials(Credentials::new(user.clone(), password.clone()));
    }
    transport.build().send(message).await.map(drop).map_err(failed)
}

/// Writes a mail to a file that appears only when it is complete.
async fn keep(dir: &Path, to: &str, mail: &[u8]) -> Result<(), MailError> {
    let path = dir.join(file_name(to));
    let failed = |source| MailError::File { path: path.clone(), source };
    let unfinished = path.with_extension("part");
    tokio::fs::create_dir_all(dir).await.map_err(failed)?;
    // Mails hold links that sign in: they are for their owner's eyes only.
    let mut file = tokio::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .await
        .map_err(failed)?;
    file.write_all(mail).await.map_err(failed)?;
    file.flush().await.map_err(failed)?;
    tokio::fs::rename(&unfinished, &path).await.map_err(failed)
}

/// Date, recipient, and what makes two mails in the same millisecond differ; sorted by name is by date.
fn file_name(to: &str) -> String {
    let safe: String = to
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() || "@.+-_".contains(character) { character } else { '_' })
        .take(100)
        .collect();
    let id = uuid::Uuid::new_v4().simple().to_string();
    format!("{}-{safe}-{id}.eml", Utc::now().format("%Y%m%dT%H%M%S%.3fZ"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn without_a_server_a_mail_is_a_file_that_only_its_owner_reads() {
        let dir = tempfile::tempdir().unwrap();
        let mailer = Mailer::new(None, "Shop <shop@example.test>".to_owned(), dir.path().join("mail"));
        let link = format!("http://127.0.0.1:54321/auth/v1/verify?token={}&type=recovery", "a".repeat(56));
        let mail = Mail {
            to: "amina@example.test",
            subject: "Reset your password",
            text: format!("Follow this link:\n\n{link}\n"),
            html: "<p>Follow it</p>".to_owned(),
        };
        mailer.send(mail).await.unwrap();

        let files: Vec<_> =
            std::fs::read_dir(dir.path().join("mail")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1);
        let name = files[0].file_name().unwrap().to_str().unwrap();
        assert!(name.contains("amina@example.test") && name.ends_with(".eml"), "{name}");
        assert_eq!(std::fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
        let mail = std::fs::read_to_string(&files[0]).unwrap();
        assert!(mail.contains("To: amina@example.test") && mail.contains("Subject: Reset your password"), "{mail}");
        assert!(mail.contains(&link), "the link must stand in one piece: {mail}");
    }

    #[test]
    fn a_file_s_name_leads_nowhere_else() {
        assert!(!file_name("../../etc/passwd").contains('/'));
        assert!(file_name(&"a".repeat(300)).len() < 170);
    }
}
