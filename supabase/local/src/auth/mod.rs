//! Supabase Auth for one machine: what `auth-js` uses of it, in its JSON and with its errors.
//!
//! Users, sessions and tokens live in the `auth` schema, in the tables and columns of Supabase Auth. Signing in with a
//! password, by mail (links and codes), anonymously and with PKCE is here, TOTP as second factor and the admin API
//! too; phones, OAuth, SAML, web3 and hooks aren't, nor are rate limits.

mod account;
mod address;
mod admin;
mod audit;
mod body;
mod caller;
mod error;
mod factors;
mod info;
mod invite;
mod links;
mod logout;
mod mail;
mod mailing;
mod one_time;
mod paging;
mod password;
mod pkce;
mod redirect;
mod refresh;
mod sessions;
mod signup;
mod token;
mod tokens;
mod totp;
mod users;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{delete, get, post};
use sqlx::PgPool;

use crate::keys::Keys;
use mail::Mailer;

/// How Auth behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// The application's address: where links lead when they ask for nothing else, or for what isn't allowed.
    pub site_url: String,
    /// The API's address as clients see it, without a path: `http://127.0.0.1:54321`.
    pub api_url: String,
    /// Further addresses that links may lead to. `*` stands for anything but `.` and `/`, `**` for anything.
    pub uri_allow_list: Vec<String>,
    /// Whether a sign-up needs no confirmation by mail.
    pub mailer_autoconfirm: bool,
    /// How long access tokens live, in seconds.
    pub jwt_expiry: i64,
    /// The mail server; without one, mails become files.
    pub smtp: Option<SmtpConfig>,
    /// Where mails go as `.eml` files when there is no mail server.
    pub mail_dir: PathBuf,
    /// Whether anonymous users may sign in.
    pub anonymous_users: bool,
    /// Whether only admins may create users.
    pub disable_signup: bool,
    /// The shortest password, in bytes.
    pub min_password_length: usize,
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

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

struct Inner {
    pool: PgPool,
    keys: Keys,
    config: Config,
    mailer: Mailer,
}

impl State {
    /// `pool` connects as `supabase_auth_admin`.
    #[must_use]
    pub fn new(pool: PgPool, keys: Keys, config: Config) -> Self {
        let mailer = Mailer::new(config.smtp.clone(), config.mail_dir.clone());
        Self(Arc::new(Inner { pool, keys, config, mailer }))
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
}

/// The routes of Auth, to be mounted at `/auth/v1`.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/health", get(info::health))
        .route("/settings", get(info::settings))
        .route("/.well-known/jwks.json", get(info::jwks))
        .route("/signup", post(signup::sign_up))
        .route("/token", post(token::grant))
        .route("/user", get(account::read).put(account::update))
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
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(middleware::from_fn(error::in_wanted_version))
        .with_state(state)
}
