//! Settings from the environment and `.env`; `.env.example` describes each.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use reqwest::header::HeaderName;
use supabase_local::auth::{ProxyConfig, SmtpConfig};
use supabase_local::postgres::BIN_DIR_VARIABLE;
use url::Url;

const SB_FORWARDED_FOR: &str = "GOTRUE_SECURITY_SB_FORWARDED_FOR_ENABLED";

/// What the environment sets. What it leaves open is decided where it is used.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) api_port: Option<u16>,
    pub(crate) db_port: Option<u16>,
    pub(crate) mail_port: Option<u16>,
    pub(crate) edge_port: Option<u16>,
    pub(crate) postgres_bin: Option<PathBuf>,
    pub(crate) site_url: Option<Url>,
    pub(crate) redirect_urls: Vec<String>,
    pub(crate) smtp: Option<SmtpConfig>,
    pub(crate) proxy: ProxyConfig,
    pub(crate) supabase: Option<RemoteProject>,
}

/// A project to work on that isn't the local one.
#[derive(Clone, Debug)]
pub(crate) struct RemoteProject {
    pub(crate) url: Url,
    pub(crate) secret_key: String,
}

impl Settings {
    /// Reads the settings; an empty value counts as none.
    pub(crate) fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let text = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let port = |name: &str| text(name).map(|value| parse_port(name, &value)).transpose();
        let url = |name: &str| text(name).map(|value| parse_url(name, &value)).transpose();

        let redirect_urls = text("ADDITIONAL_REDIRECT_URLS").unwrap_or_default();
        let redirect_urls =
            redirect_urls.split(',').map(str::trim).filter(|item| !item.is_empty()).map(ToOwned::to_owned).collect();
        let smtp = match text("SMTP_HOST") {
            None => None,
            Some(host) => Some(SmtpConfig {
                host,
                port: port("SMTP_PORT")?.unwrap_or(587),
                user: text("SMTP_USER"),
                password: text("SMTP_PASS"),
                sender: text("SMTP_SENDER").context(
                    "SMTP_SENDER must be set when SMTP_HOST is: the address mails come from, like `Shop <shop@example.com>`",
                )?,
            }),
        };
        let supabase = match (url("SUPABASE_URL")?, text("SUPABASE_SECRET_KEY")) {
            (None, _) => None,
            (Some(url), Some(secret_key)) => Some(RemoteProject { url, secret_key }),
            (Some(_), None) => bail!(
                "SUPABASE_SECRET_KEY must be set when SUPABASE_URL is: the project's secret key (`sb_secret_…`), or its \
                 legacy service_role key"
            ),
        };
        Ok(Self {
            state_dir: text("PRIMOSTORE_STATE_DIR").map(PathBuf::from),
            api_port: port("PRIMOSTORE_API_PORT")?,
            db_port: port("PRIMOSTORE_DB_PORT")?,
            mail_port: port("PRIMOSTORE_MAIL_PORT")?,
            edge_port: port("PRIMOSTORE_EDGE_PORT")?,
            postgres_bin: text(BIN_DIR_VARIABLE).map(PathBuf::from),
            site_url: url("SITE_URL")?,
            redirect_urls,
            smtp,
            proxy: ProxyConfig {
                rate_limit_header: text("GOTRUE_RATE_LIMIT_HEADER").map(|value| parse_header(&value)).transpose()?,
                sb_forwarded_for: parse_switch(SB_FORWARDED_FOR, text(SB_FORWARDED_FOR).as_deref())?,
            },
            supabase,
        })
    }
}

fn parse_port(name: &str, value: &str) -> Result<u16> {
    match value.trim().parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => bail!("{name} must be a port number from 1 to 65535, not `{value}`"),
    }
}

fn parse_header(value: &str) -> Result<HeaderName> {
    match value.trim().parse() {
        Ok(name) => Ok(name),
        Err(_) => bail!("GOTRUE_RATE_LIMIT_HEADER must be the name of a header, not `{value}`"),
    }
}

fn parse_switch(name: &str, value: Option<&str>) -> Result<bool> {
    match value.map(str::trim) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => bail!("{name} must be true or false, not `{other}`"),
    }
}

fn parse_url(name: &str, value: &str) -> Result<Url> {
    match Url::parse(value.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ => bail!("{name} must be an address that begins with http:// or https://, not `{value}`"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn parse(variables: &[(&str, &str)]) -> Result<Settings> {
        let variables: HashMap<&str, &str> = variables.iter().copied().collect();
        Settings::parse(|name| variables.get(name).map(|value| (*value).to_owned()))
    }

    fn refusal(variables: &[(&str, &str)]) -> String {
        parse(variables).unwrap_err().to_string()
    }

    #[test]
    fn everything_may_be_left_open() {
        let settings = parse(&[("SITE_URL", ""), ("PRIMOSTORE_API_PORT", " ")]).unwrap();
        assert!(settings.site_url.is_none() && settings.api_port.is_none() && settings.smtp.is_none());
    }

    #[test]
    fn a_bad_value_is_named_with_what_is_allowed() {
        for value in ["0", "65536", "http", "-1"] {
            let message = refusal(&[("PRIMOSTORE_DB_PORT", value)]);
            assert!(message.contains("PRIMOSTORE_DB_PORT") && message.contains("1 to 65535"), "{message}");
        }
        let message = refusal(&[("SITE_URL", "shop.example")]);
        assert!(message.contains("SITE_URL") && message.contains("https://"), "{message}");
        let message = refusal(&[(SB_FORWARDED_FOR, "perhaps")]);
        assert!(message.contains(SB_FORWARDED_FOR) && message.contains("true or false"), "{message}");
        assert!(refusal(&[("GOTRUE_RATE_LIMIT_HEADER", "a b")]).contains("GOTRUE_RATE_LIMIT_HEADER"));
    }

    #[test]
    fn settings_that_belong_together_are_asked_for() {
        assert!(refusal(&[("SUPABASE_URL", "https://x.supabase.co")]).contains("SUPABASE_SECRET_KEY"));
        assert!(refusal(&[("SMTP_HOST", "mail.example")]).contains("SMTP_SENDER"));
    }

    #[test]
    fn a_mail_server_is_taken_over() {
        let settings =
            parse(&[("SMTP_HOST", "mail.example"), ("SMTP_PORT", "25"), ("SMTP_SENDER", "shop@example.com")]).unwrap();
        let smtp = settings.smtp.unwrap();
        assert_eq!((smtp.host.as_str(), smtp.port), ("mail.example", 25));
    }
}
