//! The mail server, as an address tells of it: `smtps://user:password@smtp.example.com`.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::{Host, Url};

/// Where TLS begins with the connection (RFC 8314), and where clients hand their mails in (RFC 6409).
const IMPLICIT_TLS_PORT: u16 = 465;
const SUBMISSION_PORT: u16 = 587;

/// A mail server, and who signs in there.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub encryption: Encryption,
    /// Name and password, where it wants them.
    pub credentials: Option<(String, SecretString)>,
}

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the start.
    Tls,
    /// TLS from the command STARTTLS on, or not at all.
    StartTls,
    /// In clear: on this machine, or where the network is trusted.
    None,
}

/// The address can't be read. The texts don't repeat it: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpServerError {
    /// Not an address of a mail server.
    #[error("it must be an address like smtp://user:password@smtp.example.com:587, or smtps://…")]
    Address,
    /// A word that isn't known.
    #[error("after ? it may only say tls=required or tls=none, and of smtps:// nothing")]
    Option,
    /// One without the other.
    #[error("it must have both a user and a password, or neither; what isn't a letter or digit there is written %XX")]
    Credentials,
}

impl SmtpServer {
    /// A server by its name. What is left open follows: port 587, or 465 where TLS begins with the connection; on that
    /// port it does, otherwise STARTTLS is required, except on this machine.
    #[must_use]
    pub fn new(host: &str, port: Option<u16>, encryption: Option<Encryption>) -> Self {
        let encryption = encryption.unwrap_or_else(|| match port {
            Some(IMPLICIT_TLS_PORT) => Encryption::Tls,
            // Mail catchers on this machine rarely have a certificate that anyone trusts.
            _ if is_here(host) => Encryption::None,
            _ => Encryption::StartTls,
        });
        let usual = if encryption == Encryption::Tls { IMPLICIT_TLS_PORT } else { SUBMISSION_PORT };
        Self { host: host.to_owned(), port: port.unwrap_or(usual), encryption, credentials: None }
    }

    /// From an address: `smtps://` is TLS from the start; with `smtp://`, `?tls=required` and `?tls=none` say it otherwise
    /// than [`SmtpServer::new`] would.
    ///
    /// # Errors
    /// [`SmtpServerError`].
    pub fn from_url(address: &str) -> Result<Self, SmtpServerError> {
        let url = Url::parse(address.trim()).map_err(|_| SmtpServerError::Address)?;
        let host = match url.host() {
            // Of a scheme that it doesn't know, the URL standard leaves addresses as names.
            Some(Host::Domain(host)) if !host.is_empty() => host.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(SmtpServerError::Address),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() || url.port() == Some(0) {
            return Err(SmtpServerError::Address);
        }
        let encryption = match (url.scheme(), url.query()) {
            ("smtps", None) => Some(Encryption::Tls),
            ("smtp", None) => None,
            ("smtp", Some("tls=required")) => Some(Encryption::StartTls),
            ("smtp", Some("tls=none")) => Some(Encryption::None),
            ("smtp" | "smtps", Some(_)) => return Err(SmtpServerError::Option),
            _ => return Err(SmtpServerError::Address),
        };
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8().map_err(|_| SmtpServerError::Credentials)?;
            if text.is_empty() { Err(SmtpServerError::Credentials) } else { Ok(text.into_owned()) }
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some((decoded(user)?, SecretString::from(decoded(password.unwrap_or_default())?))),
        };
        Ok(Self { credentials, ..Self::new(&host, url.port(), encryption) })
    }

    /// Signs in with this name and password.
    #[must_use]
    pub fn with_credentials(self, user: &str, password: SecretString) -> Self {
        Self { credentials: Some((user.to_owned(), password)), ..self }
    }
}

fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn an_address_tells_host_port_and_encryption() {
        for (address, host, port, encryption) in [
            ("smtp://smtp.example.com", "smtp.example.com", 587, Encryption::StartTls),
            ("smtp://smtp.example.com:25", "smtp.example.com", 25, Encryption::StartTls),
            ("smtp://smtp.example.com:465", "smtp.example.com", 465, Encryption::Tls),
            ("smtps://smtp.example.com/", "smtp.example.com", 465, Encryption::Tls),
            ("smtps://smtp.example.com:2465", "smtp.example.com", 2465, Encryption::Tls),
            ("smtp://relay:25?tls=none", "relay", 25, Encryption::None),
            ("smtp://localhost:1025", "localhost", 1025, Encryption::None),
            ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, Encryption::None),
            ("smtp://[::1]:1025", "::1", 1025, Encryption::None),
            ("smtp://localhost?tls=required", "localhost", 587, Encryption::StartTls),
        ] {
            let server = SmtpServer::from_url(address).unwrap();
            assert_eq!((server.host.as_str(), server.port, server.encryption), (host, port, encryption), "{address}");
            assert!(server.credentials.is_none());
        }
    }

    #[test]
    fn user_and_password_may_hold_any_character() {
        let server = SmtpServer::from_url("smtp://shop%40example.com:p%3A%2F%C3%A9@smtp.example.com").unwrap();
        let (user, password) = server.credentials.unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("shop@example.com", "p:/é"));
    }

    #[test]
    fn an_address_that_cannot_be_meant_is_refused_without_repeating_it() {
        for (address, error) in [
            ("", SmtpServerError::Address),
            ("smtp.example.com:587", SmtpServerError::Address),
            ("https://smtp.example.com", SmtpServerError::Address),
            ("smtp://", SmtpServerError::Address),
            ("smtp://smtp.example.com/inbox", SmtpServerError::Address),
            ("smtp://smtp.example.com:0", SmtpServerError::Address),
            ("smtp://smtp.example.com?tls=maybe", SmtpServerError::Option),
            ("smtps://smtp.example.com?tls=none", SmtpServerError::Option),
            ("smtp://shop@smtp.example.com", SmtpServerError::Credentials),
            ("smtp://:secret@smtp.example.com", SmtpServerError::Credentials),
            ("smtp://shop:%ff@smtp.example.com", SmtpServerError::Credentials),
        ] {
            assert_eq!(SmtpServer::from_url(address).unwrap_err(), error, "{address}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let server = SmtpServer::from_url("smtp://shop:hunter2@smtp.example.com").unwrap();
        assert!(!format!("{server:?}").contains("hunter2"));
    }
}
