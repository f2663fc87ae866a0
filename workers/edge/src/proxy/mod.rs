//! Supabase's own paths, passed on: bodies flow both ways as they come, nothing is kept whole.
//!
//! Redirects, and addresses of Supabase in headers and bodies, are left as they are: clients build links from
//! `EDGE_PUBLIC_URL` or their own configuration.

mod body;
mod failure;
mod headers;
mod sign_in;
mod trouble;
mod upgrade;
mod upstream;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::body::IdleTimeout;
use crate::error::ApiError;
use crate::hop_by_hop;
use crate::metrics;
use crate::places::Places;
use crate::routes::{self, Route};
use body::{Progress, Upload};
pub(crate) use headers::Forwarded;
pub(crate) use sign_in::Voucher;
pub(crate) use upstream::Upstream;

/// What passes requests on. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) upstream: Upstream,
    /// The edge's own address.
    pub(crate) forwarded: Forwarded,
    /// Lets Auth count sign-ins by the client's address; `None` where that is not wanted.
    pub(crate) voucher: Option<Voucher>,
    /// How long Supabase may take to begin its answer, and to go on with it.
    pub(crate) timeout: Duration,
    /// How many WebSockets there may be.
    pub(crate) websockets: Arc<Places>,
    /// WebSockets: a stop waits for them.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the edge stops.
    pub(crate) stop: CancellationToken,
}

/// Answers every path that is not a route of the edge's own.
pub(crate) async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    // The guard let no path pass that climbs out of its service.
    let uri = request.uri();
    let route = routes::find(request.method(), uri.path(), uri.query());
    if !route.is_proxied {
        return ApiError::not_found("There is nothing at this path.").into_response();
    }
    proxy.exchange(route, request).await.unwrap_or_else(ApiError::into_response)
}

/// Answers a method that a route of the edge's own does not have.
pub(crate) async fn no_such_method(method: Method) -> ApiError {
    let message = format!("{method} is nothing that can be done here.");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}

impl Proxy {
    async fn exchange(&self, route: &'static Route, mut request: Request) -> Result<Response, ApiError> {
        let service = route.service;
        let upgrade = upgrade::wanted(self, route, &mut request)?;
        let progress = Progress::begin();
        let request = self.outgoing(request, upgrade.is_some(), &progress)?;
        let began = Instant::now();
        let answer = self.upstream.send(request, &progress, self.timeout).await;
        metrics::upstream(service.name(), began.elapsed());
        let mut response = answer.map_err(|failure| failure.into_refusal(service))?;

        if let Some(upgrade) = upgrade
            && response.status() == StatusCode::SWITCHING_PROTOCOLS
        {
            return Ok(upgrade.accept(self, response));
        }
        hop_by_hop::strip_from_response(response.headers_mut());
        headers::strip_upstream_headers(response.headers_mut());
        // A broken answer breaks the client's connection: it must not end as if all had come.
        let logged = move |error| {
            tracing::warn!(service = service.name(), %error, "Supabase's answer broke off");
            error
        };
        let response = response.map(|body| Body::new(IdleTimeout::new(body, self.timeout).map_err(logged)));
        Ok(trouble::translate(service, response).await)
    }

    /// The request as Supabase gets it.
    fn outgoing(&self, request: Request, upgrades: bool, progress: &Progress) -> Result<Request, ApiError> {
        let (mut parts, body) = request.into_parts();
        let has_body = parts.headers.contains_key(CONTENT_LENGTH) || parts.headers.contains_key(TRANSFER_ENCODING);
        headers::strip_framing(&mut parts.headers);
        self.forwarded.write(&mut parts.headers);
        if let Some(voucher) = &self.voucher {
            voucher.vouch(&parts.method, parts.uri.path(), &mut parts.headers);
        }
        if upgrades {
            upgrade::ask(&mut parts.headers);
        }
        parts.uri = self.upstream.address(&parts.uri)?;
        parts.version = http::Version::HTTP_11;
        // What the client's connection was about is not for the next one.
        parts.extensions = http::Extensions::new();
        // A body that may come but does not would be announced as chunked.
        let body = if has_body { Body::new(Upload::new(body, progress.clone())) } else { Body::empty() };
        Ok(Request::from_parts(parts, body))
    }
}
