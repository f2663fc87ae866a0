//! What every request passes before it reaches a route or Supabase.
//!
//! From the outside in: request id, security headers, log, panics, CORS, and then the checks, whose refusals are logged
//! in `security_logs`. So every answer, refusals included, has its id and its headers, and a browser may read it.

mod address;
mod admins;
mod blocks;
pub(crate) mod body;
mod check;
mod cors;
mod headers;
mod limits;
mod log;
pub(crate) mod path;
mod refusals;
mod request_id;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use primostore_shared::Database;
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::Config;
use crate::edge::Edge;
use crate::jwt::Verifier;
use crate::visitor::Visitor;

use self::admins::Admins;
use self::limits::Limits;
pub(crate) use self::refusals::Writer;
use self::refusals::{Entry, Refusals};

/// What the guard remembers between requests.
pub(crate) struct Guard {
    verifier: Verifier,
    limits: Limits,
    admins: Admins,
    refusals: Refusals,
}

impl Guard {
    /// The guard, and the writer of its refusals, for the server to run until the last request was answered.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub(crate) fn new(config: &Config, database: &Database) -> Result<(Self, Writer), reqwest::Error> {
        let (refusals, writer) = refusals::channel();
        let verifier = Verifier::new(config)?;
        let guard = Self { verifier, limits: Limits::default(), admins: Admins::new(database.clone()), refusals };
        Ok((guard, writer))
    }

    /// Logs in `security_logs` that a route refused `visitor`. `endpoint` is method and path, `event_type` one of
    /// `private.refusal_types` where it shall count towards a block.
    pub(crate) fn log_refusal(
        &self,
        visitor: &Visitor,
        event_type: &'static str,
        endpoint: &str,
        request_data: Option<Value>,
    ) {
        self.refusals.tell(Entry {
            event_type,
            severity: "warning",
            ip_address: visitor.ip,
            user_agent: visitor.user_agent.clone(),
            endpoint: endpoint.to_owned(),
            user_id: visitor.user().map(|user| user.id),
            request_id: visitor.request_id.clone(),
            request_data,
            created_at: chrono::Utc::now(),
        });
    }
}

/// Puts the guard before all routes of `router`, its fallback included.
pub(crate) fn around(router: Router<Edge>, edge: &Edge) -> Router<Edge> {
    router
        // The guard limits every body, and by the configuration.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(edge.clone(), check::check))
        .layer(middleware::map_response(cors::without_supabase_s))
        .layer(cors::layer(&edge.config.allowed_origins))
        .layer(middleware::map_response(cors::for_allowed_origins_only))
        .layer(CatchPanicLayer::custom(log::panicked))
        .layer(middleware::from_fn(log::log))
        .layer(middleware::from_fn(headers::secure))
        .layer(middleware::from_fn(request_id::identify))
}
