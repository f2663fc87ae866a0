//! A mail, written down as servers take it.

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};

use super::MailSettingsError;
use crate::clock::Clock;
use crate::language::Language;

/// A program wrote it: no holiday message shall answer (RFC 3834).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
const CONTENT_LANGUAGE: HeaderName = HeaderName::new_from_ascii_str("Content-Language");

/// Longer ones would not fit a line of a header (RFC 5322, section 2.1.1).
const MESSAGE_ID_LENGTH: usize = 200;

/// A mail to one person.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Their address.
    pub to: String,
    /// Their name, if known.
    pub to_name: Option<String>,
    /// The subject, on one line.
    pub subject: String,
    /// The whole as plain text.
    pub text: String,
    /// The whole as a document of HTML.
    pub html: String,
    /// Names this mail, and is the same whenever it is sent again, so that programs know them for one:
    /// `order-1234-placed@shop.example`, without angle brackets.
    pub message_id: String,
    /// What it is written in.
    pub language: Language,
}

/// Writes mails down for one sender.
#[derive(Debug)]
pub(super) struct Writer {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    clock: Clock,
}

impl Writer {
    pub(super) fn new(from: &str, reply_to: Option<&str>, clock: Clock) -> Result<Self, MailSettingsError> {
        let mailbox = |text: &str| text.parse().map_err(|_| MailSettingsError::Address(text.to_owned()));
        Ok(Self { from: mailbox(from)?, reply_to: reply_to.map(mailbox).transpose()?, clock })
    }

    /// The sender's domain, by which we introduce ourselves.
    pub(super) fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Who it goes from and to, and what; or why that can't be.
    pub(super) fn write(&self, mail: &Mail) -> Result<(Envelope, Vec<u8>), String> {
        let to = mail.to.trim().parse().map_err(|error| format!("the receiver isn't an address: {error}"))?;
        let name = mail.to_name.as_deref().map(on_one_line).filter(|name| !name.is_empty());
        if !is_message_id(&mail.message_id) {
            return Err(format!("`{}` can't name a mail", mail.message_id.escape_debug()));
        }
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, to))
            .date(self.clock.now().into())
            .message_id(Some(format!("<{}>", mail.message_id)))
            .subject(on_one_line(&mail.subject))
            .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
            .raw_header(HeaderValue::new(CONTENT_LANGUAGE, mail.language.code().to_owned()));
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        let message = message
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
            .map_err(|error| error.to_string())?;
        Ok((message.envelope().clone(), message.formatted()))
    }
}

/// A line break in a header would begin another header.
fn on_one_line(text: &str) -> String {
    text.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `left@right`, of printable characters (RFC 5322, section 3.6.4, without its comments and quotes).
fn is_message_id(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>@()[]\\,;:\"".contains(&byte))
    };
    text.len() <= MESSAGE_ID_LENGTH && text.split_once('@').is_some_and(|(left, right)| is_part(left) && is_part(right))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn mail() -> Mail {
        Mail {
            to: "salma@example.com".to_owned(),
            to_name: Some("Salma Idrissi".to_owned()),
            subject: "Votre commande est confirmée".to_owned(),
            text: "Bonjour".to_owned(),
            html: "<p>Bonjour</p>".to_owned(),
            message_id: "order-1@shop.example".to_owned(),
            language: Language::French,
        }
    }

    fn written(mail: &Mail) -> Result<String, String> {
        let clock = Clock::standing_at(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let writer = Writer::new("Boutique <shop@shop.example>", Some("help@shop.example"), clock).unwrap();
        writer.write(mail).map(|(_, message)| String::from_utf8(message).unwrap())
    }

    #[test]
    fn the_headers_say_what_programs_need_to_know() {
        let text = written(&mail()).unwrap();
        for line in [
            "From: Boutique <shop@shop.example>",
            "Reply-To: help@shop.example",
            "To: \"Salma Idrissi\" <salma@example.com>",
            "Date: Tue, 14 Nov 2023 22:13:20 +0000",
            "Message-ID: <order-1@shop.example>",
            "Auto-Submitted: auto-generated",
            "Content-Language: fr",
            "MIME-Version: 1.0",
        ] {
            assert!(text.lines().any(|header| header == line), "{line} is missing:\n{text}");
        }
    }

    #[test]
    fn a_mail_written_twice_is_the_same_mail() {
        let id = |text: &str| text.lines().find(|line| line.starts_with("Message-ID")).map(ToOwned::to_owned);
        assert_eq!(id(&written(&mail()).unwrap()), id(&written(&mail()).unwrap()));
    }

    #[test]
    fn a_line_break_adds_no_header() {
        let text = written(&Mail {
            subject: "Hello\r\nBcc: all@example.com".to_owned(),
            to_name: Some("Salma\nBcc: all@example.com".to_owned()),
            ..mail()
        })
        .unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
    }

    #[test]
    fn what_is_no_address_gets_no_mail() {
        for to in ["", "salma", "salma@", "a@b.example, c@d.example", "a@b.example\r\nRCPT TO:<c@d.example>"] {
            assert!(written(&Mail { to: to.to_owned(), ..mail() }).is_err(), "{to}");
        }
    }

    #[test]
    fn a_message_id_is_one_word_with_a_domain() {
        for id in
            ["", "order-1", "@shop", "a@b@c", "a b@c", "<a@b>", "a@b\r\nBcc: c", &format!("{}@b", "a".repeat(200))]
        {
            assert!(written(&Mail { message_id: id.to_owned(), ..mail() }).is_err(), "{id}");
        }
    }
}
