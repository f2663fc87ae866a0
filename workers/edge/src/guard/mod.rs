//! What every request passes before it reaches a route or Supabase, by the rules of [`crate::routes`].
//!
//! From the outside in: the connection's headers, request id, security headers, log, panics, limits on OPTIONS, CORS, and then
//! the checks, whose refusals are logged in `security_logs`. So every answer, refusals included, has its id and its headers, and a browser may read it.

mod address;
mod admins;
mod blame;
mod blocks;
mod callers;
mod check;
mod cors;
mod gateway;
mod headers;
mod log;
mod refusals;
mod rejection;
mod request_id;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware;
use http::HeaderName;
use primostore_shared::Database;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::{AllowedOrigins, Config};
use crate::hop_by_hop;
use crate::jwt::Verifier;
use crate::limits::Limits;
use crate::settings::Settings;

use self::admins::Admins;
use self::callers::Access;
pub(crate) use self::gateway::{Gateway, WARNING as GATEWAY_WARNING};
use self::refusals::Refusals;
pub(crate) use self::refusals::Writer;

/// What the guard goes by, and remembers between requests. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Guard(Arc<Inner>);

pub(crate) struct Inner {
    settings: watch::Receiver<Arc<Settings>>,
    verifier: Verifier,
    limits: Limits,
    admins: Admins,
    access: Access,
    refusals: Refusals,
    allowed_origins: AllowedOrigins,
    client_ip_header: Option<HeaderName>,
    max_request_bytes: u64,
    gateway: Gateway,
}

impl std::ops::Deref for Guard {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Guard {
    /// The guard, and the writer of its refusals, for the server to run until the last request was answered.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub(crate) fn new(
        config: &Config,
        database: &Database,
        settings: watch::Receiver<Arc<Settings>>,
    ) -> Result<(Self, Writer), reqwest::Error> {
        let (refusals, writer) = refusals::channel();
        let access = Access {
            database: database.clone(),
            secret_key: config.secret_key.clone(),
            monitor_token: config.monitor_token.clone(),
        };
        let guard = Inner {
            settings,
            verifier: Verifier::new(config)?,
            limits: Limits::default(),
            admins: Admins::new(database.clone()),
            access,
            refusals,
            allowed_origins: config.allowed_origins.clone(),
            client_ip_header: config.client_ip_header.clone(),
            max_request_bytes: config.max_request_bytes,
            gateway: Gateway::default(),
        };
        Ok((Self(Arc::new(guard)), writer))
    }

    /// Whether clients come from a gateway's address.
    pub(crate) fn gateway(&self) -> Gateway {
        self.gateway.clone()
    }

    /// Follows who is an admin until `stop`.
    pub(crate) async fn follow_admins(self, stop: CancellationToken) {
        self.admins.follow(&stop).await;
    }

    /// The settings as they are now.
    fn settings(&self) -> Arc<Settings> {
        self.settings.borrow().clone()
    }
}

/// Puts the guard before all routes of `router`, its fallback included.
pub(crate) fn around<S: Clone + Send + Sync + 'static>(router: Router<S>, guard: &Guard) -> Router<S> {
    router
        // The guard limits every body, as the table of routes says.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(guard.clone(), check::check))
        .layer(middleware::map_response(cors::strip_supabase_headers))
        .layer(cors::layer(&guard.allowed_origins))
        .layer(middleware::map_response(cors::for_allowed_origins_only))
        .layer(middleware::from_fn_with_state(guard.clone(), check::check_options))
        .layer(CatchPanicLayer::custom(log::panicked))
        .layer(middleware::from_fn_with_state(guard.clone(), log::log))
        .layer(middleware::from_fn(headers::secure))
        .layer(middleware::from_fn(request_id::identify))
        .layer(middleware::map_request(without_connection_headers))
}

/// Before anything else, and before any header of ours: a client may list these as its connection's own.
async fn without_connection_headers(mut request: Request) -> Request {
    hop_by_hop::strip_from_request(request.headers_mut());
    request
}
