//! `[auth]` of `config.toml`.

#![allow(dead_code, reason = "keys that only other programs read must be known, too")]

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use toml::Table;

use super::values::{address, character_sets, count, duration, number, port, switch};

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Auth {
    #[serde(deserialize_with = "switch")]
    pub(crate) enabled: bool,
    #[serde(deserialize_with = "address")]
    pub(crate) site_url: String,
    pub(crate) additional_redirect_urls: Vec<String>,
    /// In seconds, at most a week.
    #[serde(deserialize_with = "number::<1, 604_800, i64, _>")]
    pub(crate) jwt_expiry: i64,
    pub(crate) jwt_issuer: Option<String>,
    pub(crate) signing_keys_path: Option<String>,
    #[serde(deserialize_with = "switch")]
    pub(crate) enable_refresh_token_rotation: bool,
    /// In seconds.
    #[serde(deserialize_with = "count")]
    pub(crate) refresh_token_reuse_interval: u32,
    #[serde(deserialize_with = "switch")]
    pub(crate) enable_manual_linking: bool,
    #[serde(deserialize_with = "switch")]
    pub(crate) enable_signup: bool,
    #[serde(deserialize_with = "switch")]
    pub(crate) enable_anonymous_sign_ins: bool,
    #[serde(deserialize_with = "count")]
    pub(crate) minimum_password_length: u32,
    #[serde(deserialize_with = "character_sets")]
    pub(crate) password_requirements: Vec<&'static str>,
    pub(crate) publishable_key: Option<String>,
    pub(crate) secret_key: Option<String>,
    pub(crate) jwt_secret: Option<String>,
    pub(crate) anon_key: Option<String>,
    pub(crate) service_role_key: Option<String>,
    pub(crate) rate_limit: RateLimit,
    pub(crate) email: Email,
    pub(crate) mfa: Mfa,
    pub(crate) sessions: Sessions,
    captcha: Table,
    external: Table,
    hook: Table,
    oauth_server: Table,
    passkey: Table,
    sms: Table,
    third_party: Table,
    web3: Table,
    webauthn: Table,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            enabled: true,
            site_url: "http://127.0.0.1:3000".to_owned(),
            additional_redirect_urls: vec!["https://127.0.0.1:3000".to_owned()],
            jwt_expiry: 3600,
            jwt_issuer: None,
            signing_keys_path: None,
            enable_refresh_token_rotation: true,
            refresh_token_reuse_interval: 10,
            enable_manual_linking: false,
            enable_signup: true,
            enable_anonymous_sign_ins: false,
            minimum_password_length: 6,
            password_requirements: Vec::new(),
            publishable_key: None,
            secret_key: None,
            jwt_secret: None,
            anon_key: None,
            service_role_key: None,
            rate_limit: RateLimit::default(),
            email: Email::default(),
            mfa: Mfa::default(),
            sessions: Sessions::default(),
            captcha: Table::new(),
            external: Table::new(),
            hook: Table::new(),
            oauth_server: Table::new(),
            passkey: Table::new(),
            sms: Table::new(),
            third_party: Table::new(),
            web3: Table::new(),
            webauthn: Table::new(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RateLimit {
    /// In an hour, for all.
    #[serde(deserialize_with = "count")]
    pub(crate) email_sent: u32,
    #[serde(deserialize_with = "count")]
    sms_sent: u32,
    /// In an hour, of one address.
    #[serde(deserialize_with = "count")]
    pub(crate) anonymous_users: u32,
    /// In five minutes, of one address.
    #[serde(deserialize_with = "count")]
    pub(crate) token_refresh: u32,
    /// In five minutes, of one address.
    #[serde(deserialize_with = "count")]
    pub(crate) sign_in_sign_ups: u32,
    /// In five minutes, of one address.
    #[serde(deserialize_with = "count")]
    pub(crate) token_verifications: u32,
    #[serde(deserialize_with = "count")]
    web3: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            email_sent: 2,
            sms_sent: 30,
            anonymous_users: 30,
            token_refresh: 150,
            sign_in_sign_ups: 30,
            token_verifications: 30,
            web3: 30,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Email {
    enabled: Option<bool>,
    /// The older name of `enabled`.
    #[serde(deserialize_with = "switch")]
    enable_signup: bool,
    #[serde(deserialize_with = "switch")]
    pub(crate) double_confirm_changes: bool,
    #[serde(deserialize_with = "switch")]
    pub(crate) enable_confirmations: bool,
    #[serde(deserialize_with = "switch")]
    pub(crate) secure_password_change: bool,
    #[serde(deserialize_with = "switch")]
    pub(crate) require_current_password: bool,
    #[serde(deserialize_with = "duration")]
    pub(crate) max_frequency: Duration,
    #[serde(deserialize_with = "number::<6, 10, usize, _>")]
    pub(crate) otp_length: usize,
    /// In seconds.
    #[serde(deserialize_with = "count")]
    pub(crate) otp_expiry: u32,
    pub(crate) template: BTreeMap<TemplateName, Template>,
    notification: Table,
    pub(crate) smtp: Option<Smtp>,
}

impl Default for Email {
    fn default() -> Self {
        Self {
            enabled: None,
            enable_signup: true,
            double_confirm_changes: true,
            enable_confirmations: false,
            secure_password_change: false,
            require_current_password: false,
            max_frequency: Duration::from_secs(1),
            otp_length: 6,
            otp_expiry: 3600,
            template: BTreeMap::new(),
            notification: Table::new(),
            smtp: None,
        }
    }
}

impl Email {
    /// Whether people sign in and up by e-mail.
    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled.unwrap_or(self.enable_signup)
    }
}

/// A mail of Auth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TemplateName {
    Confirmation,
    EmailChange,
    Invite,
    MagicLink,
    Reauthentication,
    Recovery,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Template {
    pub(crate) subject: String,
    /// From the project's folder.
    pub(crate) content_path: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Smtp {
    #[serde(deserialize_with = "switch")]
    pub(crate) enabled: bool,
    pub(crate) host: String,
    #[serde(deserialize_with = "port")]
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) pass: String,
    pub(crate) admin_email: String,
    pub(crate) sender_name: String,
}

impl Default for Smtp {
    fn default() -> Self {
        Self {
            enabled: true,
            host: String::new(),
            port: 587,
            user: String::new(),
            pass: String::new(),
            admin_email: String::new(),
            sender_name: String::new(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mfa {
    #[serde(deserialize_with = "count")]
    pub(crate) max_enrolled_factors: u32,
    pub(crate) totp: Totp,
    phone: Table,
    web_authn: Table,
}

impl Default for Mfa {
    fn default() -> Self {
        Self { max_enrolled_factors: 10, totp: Totp::default(), phone: Table::new(), web_authn: Table::new() }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Totp {
    #[serde(deserialize_with = "switch")]
    pub(crate) enroll_enabled: bool,
    #[serde(deserialize_with = "switch")]
    pub(crate) verify_enabled: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sessions {
    /// Zero for no end.
    #[serde(deserialize_with = "duration")]
    pub(crate) timebox: Duration,
    /// Zero for no end.
    #[serde(deserialize_with = "duration")]
    pub(crate) inactivity_timeout: Duration,
}
