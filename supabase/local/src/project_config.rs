//! `supabase/config.toml`, read as the Supabase CLI reads it: what Auth, Storage and the API of a project are to be
//! like. A key that isn't known, or a value that can't be, is told with its line.

mod auth;
mod file;
mod unserved;
mod values;
mod variables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::auth::template::Template;
use crate::{Error, Result};

pub(crate) use self::auth::{Auth, RateLimit, Sessions, TemplateName};
pub(crate) use self::file::{Api, Bucket, File};

/// The file's path, from the project's root.
pub const CONFIG_FILE: &str = "supabase/config.toml";

/// The settings of a project. By default, those that the Supabase CLI has where there is no file.
#[derive(Clone, Debug, Default)]
pub struct ProjectConfig {
    pub(crate) file: File,
    /// Mails as the project words them.
    pub(crate) templates: BTreeMap<TemplateName, Template>,
    notices: Vec<String>,
}

impl ProjectConfig {
    /// Reads a project's file; without one, the defaults hold. `variable` tells the value of an environment variable,
    /// for `env(NAME)`.
    ///
    /// # Errors
    /// What is wrong with the file, and in which line.
    pub fn read(project_dir: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let path = project_dir.join(CONFIG_FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, project_dir, variable),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::file("read", &path)(error)),
        }
    }

    fn parse(text: &str, project_dir: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let complete = variables::substitute(text, variable).map_err(|error| wrong(text, text, &error))?;
        let file: File = toml::from_str(&complete).map_err(|error| wrong(text, &complete, &error))?;
        let all = toml::from_str(&complete).map_err(|error| wrong(text, &complete, &error))?;
        check(&file)?;
        let templates = read_templates(&file, project_dir)?;
        let mut notices = unserved::notices(&all, &file);
        if file.auth.email.require_current_password {
            notices.push("`auth.email.require_current_password` is not asked for by the local Supabase".to_owned());
        }
        for notice in &mut notices {
            notice.insert_str(0, &format!("{CONFIG_FILE}: "));
        }
        Ok(Self { file, templates, notices })
    }

    /// The gateway's port.
    #[must_use]
    pub fn api_port(&self) -> u16 {
        self.file.api.port
    }

    /// PostgreSQL's port.
    #[must_use]
    pub fn db_port(&self) -> u16 {
        self.file.db.port
    }

    /// The port of the page that shows the mails; `None` where it is turned off.
    #[must_use]
    pub fn mail_port(&self) -> Option<u16> {
        self.file.local_smtp.enabled.then_some(self.file.local_smtp.port)
    }

    /// What the file asks for and the local Supabase doesn't have, a sentence each.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }
}

/// What no single value tells.
fn check(file: &File) -> Result<()> {
    let refuse = |what: String| Err(Error::message(format!("{CONFIG_FILE}: {what}")));
    let totp = &file.auth.mfa.totp;
    if totp.enroll_enabled && !totp.verify_enabled {
        return refuse("auth.mfa.totp.enroll_enabled requires verify_enabled".to_owned());
    }
    for pattern in &file.auth.additional_redirect_urls {
        if let Err(reason) = crate::auth::glob::Pattern::new(pattern) {
            return refuse(format!("auth.additional_redirect_urls: `{pattern}` is not a pattern: {reason}"));
        }
    }
    for name in file.storage.buckets.keys() {
        if !crate::storage::is_bucket_name(name) {
            return refuse(format!("storage.buckets: `{name}` can't be the name of a bucket"));
        }
    }
    if let Some(smtp) = file.auth.email.smtp.as_ref().filter(|smtp| smtp.enabled) {
        let needed =
            [("host", &smtp.host), ("user", &smtp.user), ("pass", &smtp.pass), ("admin_email", &smtp.admin_email)];
        if let Some((name, _)) = needed.into_iter().find(|(_, value)| value.is_empty()) {
            return refuse(format!("auth.email.smtp.{name} is missing"));
        }
    }
    Ok(())
}

fn read_templates(file: &File, project_dir: &Path) -> Result<BTreeMap<TemplateName, Template>> {
    let mut templates = BTreeMap::new();
    for (name, given) in &file.auth.email.template {
        let body = match given.content_path.as_str() {
            "" => None,
            path => {
                let path: PathBuf = project_dir.join(path);
                Some(std::fs::read_to_string(&path).map_err(Error::file("read", &path))?)
            }
        };
        let subject = Some(given.subject.clone()).filter(|subject| !subject.is_empty());
        let template = Template::new(subject, body)
            .map_err(|reason| Error::message(format!("{CONFIG_FILE}: auth.email.template, {name:?}: {reason}")))?;
        templates.insert(*name, template);
    }
    Ok(templates)
}

/// The error with its line as the file has it: what `env(NAME)` stands for may be a secret.
fn wrong(file: &str, complete: &str, error: &toml::de::Error) -> Error {
    let reason = error.message().trim();
    let Some(span) = error.span() else { return Error::message(format!("{CONFIG_FILE}: {reason}")) };
    let number = complete.get(..span.start).unwrap_or_default().matches('\n').count();
    let line = file.lines().nth(number).unwrap_or_default().trim();
    Error::message(format!("{CONFIG_FILE}, line {}: `{line}`: {reason}", number + 1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn parse_with(text: &str, variables: &[(&str, &str)]) -> Result<ProjectConfig> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        ProjectConfig::parse(text, Path::new("/nowhere"), &variable)
    }

    fn parse(text: &str) -> Result<ProjectConfig> {
        parse_with(text, &[])
    }

    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn without_a_file_the_cli_s_defaults_hold() {
        let config = ProjectConfig::read(Path::new("/nowhere"), &|_| None).unwrap();
        let auth = &config.file.auth;
        assert_eq!((config.api_port(), config.db_port(), config.mail_port()), (54321, 54322, Some(54324)));
        assert_eq!(
            (auth.minimum_password_length, auth.email.otp_length, auth.email.enable_confirmations),
            (6, 6, false)
        );
        assert_eq!(auth.email.max_frequency, Duration::from_secs(1));
    }

    #[test]
    fn the_project_s_own_file_is_read_and_asks_for_nothing_that_is_not_here() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let config = ProjectConfig::read(&project, &|_| None).unwrap();
        assert_eq!(config.notices(), [""; 0]);
        assert!(config.file.auth.email.enable_confirmations);
        assert_eq!(config.file.auth.minimum_password_length, 8);
    }

    #[test]
    fn a_key_nobody_knows_is_told_with_its_line() {
        let message = refusal("[auth]\nsite_url = \"http://a.test\"\nminimum_pasword_length = 8\n");
        assert!(message.contains("line 3") && message.contains("minimum_pasword_length"), "{message}");
        let message = refusal("[auth.mial]\nx = 1\n");
        assert!(message.contains("line 1") && message.contains("mial"), "{message}");
    }

    #[test]
    fn a_value_that_can_not_be_is_told_with_its_line() {
        for (line, expected) in [
            ("minimum_password_length = \"long\"", "whole number"),
            ("jwt_expiry = 604801", "604800"),
            ("enable_signup = \"perhaps\"", "true or false"),
            ("password_requirements = \"letters\"", "letters_digits"),
            ("site_url = \"shop\"", "address"),
            ("email.max_frequency = \"often\"", "duration"),
            ("email.otp_length = 5", "6 to 10"),
            ("mfa.max_enrolled_factors = -1", "whole number"),
        ] {
            let message = refusal(&format!("[auth]\n{line}\n"));
            assert!(message.contains("line 2") && message.contains(expected), "{message}");
        }
        let message = refusal("[storage]\nfile_size_limit = \"big\"\n");
        assert!(message.contains("line 2") && message.contains("50MiB"), "{message}");
    }

    #[test]
    fn what_goes_together_is_checked_together() {
        assert!(refusal("[auth.mfa.totp]\nenroll_enabled = true\n").contains("verify_enabled"));
        assert!(refusal("[storage.buckets.\"a/b\"]\npublic = true\n").contains("a/b"));
        assert!(refusal("[auth]\nadditional_redirect_urls = [\"http://{a\"]\n").contains("http://{a"));
        assert!(refusal("[auth.email.smtp]\nhost = \"mail.test\"\n").contains("auth.email.smtp.user"));
    }

    #[test]
    fn a_made_password_satisfies_the_strictest_requirements() {
        let config = parse("[auth]\npassword_requirements = \"lower_upper_letters_digits_symbols\"\n").unwrap();
        let sets = &config.file.auth.password_requirements;
        let password = crate::keys::random_password();
        assert_eq!(sets.len(), 4);
        assert!(sets.iter().all(|set| password.contains(|character| set.contains(character))), "{password}");
    }

    #[test]
    fn the_older_name_of_the_mail_server_is_refused_as_by_the_cli() {
        assert!(refusal("[inbucket]\nport = 54324\n").contains("local_smtp"));
    }

    #[test]
    fn values_come_from_the_environment_where_the_file_says_so() {
        let text = "[auth]\nsite_url = \"env(SITE)\"\nminimum_password_length = \"env(LENGTH)\"\n";
        let config = parse_with(text, &[("SITE", "https://shop.test/"), ("LENGTH", "12")]).unwrap();
        assert_eq!(config.file.auth.site_url, "https://shop.test");
        assert_eq!(config.file.auth.minimum_password_length, 12);
        let message = parse_with(text, &[("SITE", "https://shop.test")]).unwrap_err().to_string();
        assert!(message.contains("line 3") && message.contains("env(LENGTH)"), "{message}");
    }

    #[test]
    fn a_secret_from_the_environment_is_not_told() {
        let text = "[auth.email.smtp]\npass = \"env(PASS)\"\nport = \"env(PORT)\"\n";
        let message = parse_with(text, &[("PASS", "hidden"), ("PORT", "none")]).unwrap_err().to_string();
        assert!(message.contains("line 3") && !message.contains("hidden"), "{message}");
    }

    #[test]
    fn what_is_turned_on_and_not_here_is_told() {
        let config = parse(
            "[auth.hook.send_email]\nenabled = true\n[auth.external.google]\nenabled = false\n\
            [auth.captcha]\nenabled = true\n[auth]\nsigning_keys_path = \"keys.json\"\n[edge_runtime]\nenabled = true\n",
        )
        .unwrap();
        let notices = config.notices().join("\n");
        for told in ["auth.hook.send_email", "auth.captcha", "auth.signing_keys_path", "edge_runtime"] {
            assert!(notices.contains(told), "{notices}");
        }
        assert!(!notices.contains("google"), "{notices}");
    }
}
