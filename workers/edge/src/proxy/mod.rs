//! Supabase's own paths, passed on: bodies flow both ways as they come, nothing is kept whole.
//!
//! Redirects, and addresses of Supabase in headers and bodies, are left as they are: clients build links from
//! `EDGE_PUBLIC_URL` or their own configuration.

mod body;
mod failure;
mod headers;
mod upgrade;
mod upstream;

use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::guard::path::Service;
use crate::metrics;
use crate::patience::Patient;
use body::{Progress, Upload};
pub(crate) use upstream::Upstream;

/// Answers every path that is not a route of the edge's own.
pub(crate) async fn pass_on(State(edge): State<Edge>, request: Request) -> Response {
    // The guard let no path pass that climbs out of its service.
    let service = Service::of(request.uri().path());
    let passed_on = matches!(service, Service::Rest | Service::Auth | Service::Storage | Service::Realtime);
    if !passed_on {
        return ApiError::not_found("There is nothing at this path.").into_response();
    }
    exchange(&edge, service, request).await.unwrap_or_else(ApiError::into_response)
}

/// Answers a method that a route of the edge's own does not have.
pub(crate) async fn no_such_method(method: Method) -> ApiError {
    let message = format!("{method} is nothing that can be done here.");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}

async fn exchange(edge: &Edge, service: Service, mut request: Request) -> Result<Response, ApiError> {
    let upgrade = upgrade::wanted(service, &mut request);
    let progress = Progress::begin();
    let request = outgoing(edge, request, upgrade.is_some(), &progress)?;
    let began = Instant::now();
    let answer = edge.upstream.send(request, &progress, edge.config.upstream_timeout).await;
    metrics::upstream(service.name(), began.elapsed());
    let mut response = answer.map_err(|failure| failure.into_refusal(service, edge.config.max_request_bytes))?;

    if let Some(upgrade) = upgrade
        && response.status() == StatusCode::SWITCHING_PROTOCOLS
    {
        return Ok(upgrade.accept(edge, response));
    }
    headers::strip_hop_by_hop(response.headers_mut());
    headers::strip_of_the_upstream(response.headers_mut());
    let timeout = edge.config.upstream_timeout;
    // A broken answer breaks the client's connection: it must not end as if all had come.
    let told = move |error| {
        tracing::warn!(service = service.name(), %error, "Supabase's answer broke off");
        error
    };
    Ok(response.map(|body| Body::new(Patient::new(body, timeout).map_err(told))))
}

/// The request as Supabase gets it.
fn outgoing(edge: &Edge, request: Request, upgrades: bool, progress: &Progress) -> Result<Request, ApiError> {
    let (mut parts, body) = request.into_parts();
    let has_body = parts.headers.contains_key(CONTENT_LENGTH) || parts.headers.contains_key(TRANSFER_ENCODING);
    let forwarded = headers::Forwarded::of(&parts, &edge.config.public_url);
    headers::strip_hop_by_hop(&mut parts.headers);
    forwarded.tell(&mut parts.headers);
    if upgrades {
        upgrade::ask(&mut parts.headers);
    }
    parts.uri = edge.upstream.address(&parts.uri)?;
    parts.version = http::Version::HTTP_11;
    // What the client's connection was about is not for the next one.
    parts.extensions = http::Extensions::new();
    // A body that may come but does not would be announced as chunked.
    let body = if has_body { Body::new(Upload::new(body, progress.clone())) } else { Body::empty() };
    Ok(Request::from_parts(parts, body))
}
