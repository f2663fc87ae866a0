//! How Auth behaves: what the project's `config.toml` says, and where it runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use http::HeaderName;

use super::glob::Pattern;
use super::template::Template;
use crate::project_config::{Auth as Settings, TemplateName};

/// The shortest password that Auth ever lets a project choose.
const SHORTEST_PASSWORD: usize = 6;

/// How Auth behaves.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// `[auth]` of `config.toml`.
    pub(crate) settings: Settings,
    /// Further addresses than the site's that links may lead to.
    pub(crate) redirects: Vec<Pattern>,
    /// Mails as the project words them.
    pub(crate) templates: BTreeMap<TemplateName, Template>,
    /// The API's address as clients see it, without a path: `http://127.0.0.1:54321`.
    pub(crate) api_url: String,
    /// The mail server; without one, mails become files.
    pub(crate) smtp: Option<SmtpConfig>,
    /// The sender where there is no mail server, as `Shop <shop@example.com>`.
    pub(crate) sender: String,
    /// Where mails go as `.eml` files when there is no mail server.
    pub(crate) mail_dir: PathBuf,
    /// What tells the client's address.
    pub(crate) proxy: ProxyConfig,
}

impl Config {
    /// Whether a sign-up needs no confirmation by mail.
    pub(super) fn autoconfirms(&self) -> bool {
        !self.settings.email.enable_confirmations
    }

    /// The shortest password, in bytes.
    pub(super) fn min_password_length(&self) -> usize {
        (self.settings.minimum_password_length as usize).max(SHORTEST_PASSWORD)
    }

    #[cfg(test)]
    pub(super) fn of_site(site_url: &str, redirects: &[&str]) -> Self {
        let mut settings = Settings::default();
        site_url.clone_into(&mut settings.site_url);
        Self {
            settings,
            redirects: redirects.iter().filter_map(|pattern| Pattern::new(pattern).ok()).collect(),
            templates: BTreeMap::new(),
            api_url: "http://127.0.0.1:54321".to_owned(),
            smtp: None,
            sender: "Shop <shop@example.test>".to_owned(),
            mail_dir: "mail".into(),
            proxy: ProxyConfig::default(),
        }
    }
}

/// What tells Auth the address that limits count and the audit log keeps, as its own settings of these names do.
#[derive(Clone, Debug, Default)]
pub struct ProxyConfig {
    /// `GOTRUE_RATE_LIMIT_HEADER`: the header whose value limits count by. Without one nothing is limited by address.
    pub rate_limit_header: Option<HeaderName>,
    /// `GOTRUE_SECURITY_SB_FORWARDED_FOR_ENABLED`: whether the first address in `sb-forwarded-for` is the client's. The
    /// gateway takes that header off requests without the secret key.
    pub sb_forwarded_for: bool,
}

/// The mail server.
#[derive(Clone)]
pub struct SmtpConfig {
    /// Its name or address.
    pub host: String,
    /// Its port: 465 speaks TLS from the start, others upgrade with STARTTLS where the server offers it. With a
    /// password, a server on another machine must.
    pub port: u16,
    /// The user to log in as.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// The sender, as `shop@example.com` or `Shop <shop@example.com>`.
    pub sender: String,
}

impl std::fmt::Debug for SmtpConfig {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SmtpConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}
