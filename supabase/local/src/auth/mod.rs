//! Supabase Auth for one machine: what `auth-js` uses of it, in its JSON and with its errors.
//!
//! Users, sessions and tokens live in the `auth` schema, in the tables and columns of Supabase Auth. Signing in with a
//! password, by mail (links and codes), anonymously and with PKCE is here, TOTP as second factor and the admin API
//! too. What isn't, is on the list in this crate's README.

mod account;
mod address;
mod admin;
mod audit;
mod body;
mod caller;
mod config;
mod elsewhere;
mod error;
mod factors;
pub(crate) mod glob;
mod identities;
mod info;
mod invite;
mod letters;
mod limits;
mod links;
mod logout;
mod mail;
mod mailing;
mod one_time;
mod paging;
mod password;
mod pkce;
mod reauthenticate;
mod redirect;
mod refresh;
mod sessions;
mod signup;
pub(crate) mod template;
mod token;
mod tokens;
mod totp;
mod users;
mod verify;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{any, delete, get, post};
use sqlx::PgPool;

pub(crate) use self::config::Config;
pub use self::config::{ProxyConfig, SmtpConfig};

use crate::keys::Keys;
use limits::Limits;
use mail::Mailer;

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct State(Arc<Inner>);

struct Inner {
    pool: PgPool,
    keys: Keys,
    config: Config,
    mailer: Mailer,
    limits: Limits,
}

impl State {
    /// `pool` connects as `supabase_auth_admin`.
    pub(crate) fn new(pool: PgPool, keys: Keys, config: Config) -> Self {
        let mailer = Mailer::new(config.smtp.clone(), config.sender.clone(), config.mail_dir.clone());
        let limits = Limits::new(&config.settings.rate_limit, config.smtp.is_some());
        Self(Arc::new(Inner { pool, keys, config, mailer, limits }))
    }

    fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    fn keys(&self) -> &Keys {
        &self.0.keys
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    fn mailer(&self) -> &Mailer {
        &self.0.mailer
    }

    fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// How long the links and codes of mails are good for, in seconds.
    fn otp_lifetime(&self) -> i64 {
        i64::from(self.config().settings.email.otp_expiry)
    }
}

/// The routes of Auth, to be mounted at `/auth/v1`.
pub(crate) fn router(state: State) -> Router {
    Router::new()
        .route("/health", get(info::health))
        .route("/settings", get(info::settings))
        .route("/.well-known/jwks.json", get(info::jwks))
        .route("/signup", post(signup::sign_up))
        .route("/token", post(token::grant))
        .route("/user", get(account::read).put(account::update))
        .route("/user/identities/authorize", get(identities::link))
        .route("/user/identities/{identity_id}", delete(identities::unlink))
        .route("/reauthenticate", get(reauthenticate::send))
        .route("/logout", post(logout::log_out))
        .route("/recover", post(mailing::recover))
        .route("/otp", post(mailing::one_time_password))
        .route("/magiclink", post(mailing::magic_link))
        .route("/resend", post(mailing::resend))
        .route("/verify", get(verify::by_link).post(verify::by_request))
        .route("/factors", post(factors::enrol))
        .route("/factors/{factor_id}", delete(factors::unenrol))
        .route("/factors/{factor_id}/challenge", post(factors::challenge))
        .route("/factors/{factor_id}/verify", post(factors::verify))
        .route("/invite", post(invite::invite))
        .route("/admin/generate_link", post(links::generate))
        .route("/admin/users", get(admin::list).post(admin::create))
        .route("/admin/users/{user_id}", get(admin::read).put(admin::update).delete(admin::remove))
        .route("/admin/users/{user_id}/factors", get(factors::list_of_user))
        .route("/admin/users/{user_id}/factors/{factor_id}", delete(factors::remove_of_user))
        .route("/authorize", get(elsewhere::oauth_sign_in))
        .route("/callback", get(elsewhere::oauth_sign_in).post(elsewhere::oauth_sign_in))
        .route("/sso", any(elsewhere::sso))
        .route("/saml/{*path}", any(elsewhere::sso))
        .route("/admin/sso/{*path}", any(elsewhere::sso))
        .route("/oauth/{*path}", any(elsewhere::oauth_server))
        .route("/admin/oauth/{*path}", any(elsewhere::oauth_server))
        .route("/.well-known/oauth-authorization-server", any(elsewhere::oauth_server))
        .route("/passkeys", any(elsewhere::passkeys))
        .route("/passkeys/{*path}", any(elsewhere::passkeys))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(middleware::from_fn(error::in_wanted_version))
        .with_state(state)
}
