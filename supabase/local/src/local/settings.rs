//! From what a start is given, and `config.toml` says, to the settings of the services.

use super::Config;
use crate::state_dir::StateDir;
use crate::{Error, Result, auth};

/// What `config.toml` says of Auth, with what was chosen beside it.
pub(super) fn auth(config: &Config, api_url: String, state: &StateDir) -> Result<auth::Config> {
    let project = &config.project;
    let mut settings = project.file.auth.clone();
    if let Some(url) = &config.site_url {
        settings.site_url.clone_from(url);
    }
    let mut redirects = Vec::new();
    for pattern in settings.additional_redirect_urls.iter().chain(&config.redirect_urls) {
        let read = auth::glob::Pattern::new(pattern);
        redirects.push(read.map_err(|reason| {
            Error::message(format!("`{pattern}` is no pattern of addresses that links may lead to: {reason}"))
        })?);
    }
    let smtp = settings.email.smtp.as_ref().filter(|smtp| smtp.enabled).map(|smtp| auth::SmtpConfig {
        host: smtp.host.clone(),
        port: smtp.port,
        user: Some(smtp.user.clone()),
        password: Some(smtp.pass.clone()),
        sender: sender(&smtp.sender_name, &smtp.admin_email),
    });
    let local = &project.file.local_smtp;
    Ok(auth::Config {
        redirects,
        templates: project.templates.clone(),
        api_url,
        smtp: config.smtp.clone().or(smtp),
        sender: sender(&local.sender_name, &local.admin_email),
        mail_dir: state.mail(),
        proxy: config.proxy.clone(),
        settings,
    })
}

/// `Shop <shop@example.com>`.
fn sender(name: &str, address: &str) -> String {
    if name.is_empty() { address.to_owned() } else { format!("{name} <{address}>") }
}
