//! WebSockets: once both sides agree, bytes are passed on both ways until one hangs up or the edge stops.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, HeaderValue, Method};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy;

use super::Proxy;
use crate::error::ApiError;
use crate::hop_by_hop::{has_token, strip_from_response};
use crate::places::Place;
use crate::request_context::RequestContext;
use crate::routes::Route;

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// A client's wish to speak WebSocket, and the place that is kept for it.
pub(super) struct Upgrade {
    client: OnUpgrade,
    place: Place,
}

/// The wish, where a request has it and may.
///
/// # Errors
/// `busy`, where there are as many already as may be.
pub(super) fn wanted(proxy: &Proxy, route: &Route, request: &mut Request) -> Result<Option<Upgrade>, ApiError> {
    let headers = request.headers();
    let wanted = route.is_websocket
        && request.method() == Method::GET
        && has_token(headers, CONNECTION, "upgrade")
        && has_token(headers, UPGRADE, "websocket");
    if !wanted {
        return Ok(None);
    }
    let address = request.extensions().get::<RequestContext>().and_then(|context| context.ip);
    let place = proxy.websockets.take(address).ok_or_else(ApiError::busy)?;
    Ok(Some(Upgrade { client: hyper::upgrade::on(request), place }))
}

/// Says the same to Supabase.
pub(super) fn ask(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, WEBSOCKET);
}

impl Upgrade {
    /// Supabase agrees: tells the client, and passes on what both say from then on.
    pub(super) fn accept(self, proxy: &Proxy, mut response: http::Response<Incoming>) -> Response {
        let upstream = hyper::upgrade::on(&mut response);
        let stop = proxy.stop.clone();
        let Self { client, place } = self;
        proxy.tasks.spawn(async move {
            let _place = place;
            let exchange = async {
                let (client, upstream) = tokio::try_join!(client, upstream)?;
                let (mut from_client, mut to_client) = tokio::io::split(TokioIo::new(client));
                let (mut from_upstream, mut to_upstream) = tokio::io::split(TokioIo::new(upstream));
                // Who hangs up ends it for both: a peer that is gone would not say so.
                let copied = tokio::select! {
                    copied = copy(&mut from_client, &mut to_upstream) => copied,
                    copied = copy(&mut from_upstream, &mut to_client) => copied,
                };
                // How it ends is the two sides' own affair.
                if let Err(error) = copied {
                    tracing::debug!(%error, "a WebSocket broke off");
                }
                Ok::<_, hyper::Error>(())
            };
            if let Some(Err(error)) = stop.run_until_cancelled(exchange).await {
                tracing::warn!(%error, "a WebSocket could not be opened");
            }
        });
        strip_from_response(response.headers_mut());
        ask(response.headers_mut());
        response.map(|_| Body::empty())
    }
}
