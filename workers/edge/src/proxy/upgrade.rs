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

use super::headers::{has_token, strip_hop_by_hop};
use crate::edge::Edge;
use crate::guard::path::Service;

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// A client's wish to speak WebSocket.
pub(super) struct Upgrade(OnUpgrade);

/// The wish, where a request to Realtime has it.
pub(super) fn wanted(service: Service, request: &mut Request) -> Option<Upgrade> {
    let headers = request.headers();
    let wanted = service == Service::Realtime
        && request.method() == Method::GET
        && has_token(headers, CONNECTION, "upgrade")
        && has_token(headers, UPGRADE, "websocket");
    wanted.then(|| Upgrade(hyper::upgrade::on(request)))
}

/// Says the same to Supabase.
pub(super) fn ask(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, WEBSOCKET);
}

impl Upgrade {
    /// Supabase agrees: tells the client, and passes on what both say from then on.
    pub(super) fn accept(self, edge: &Edge, mut response: http::Response<Incoming>) -> Response {
        let upstream = hyper::upgrade::on(&mut response);
        let stop = edge.stop.clone();
        edge.tasks.spawn(async move {
            let talk = async {
                let (client, upstream) = tokio::try_join!(self.0, upstream)?;
                let (mut from_client, mut to_client) = tokio::io::split(TokioIo::new(client));
                let (mut from_upstream, mut to_upstream) = tokio::io::split(TokioIo::new(upstream));
                // Who hangs up ends it for both: a peer that is gone would not say so.
                let talked = tokio::select! {
                    talked = copy(&mut from_client, &mut to_upstream) => talked,
                    talked = copy(&mut from_upstream, &mut to_client) => talked,
                };
                // How a conversation ends is its own affair.
                if let Err(error) = talked {
                    tracing::debug!(%error, "a WebSocket broke off");
                }
                Ok::<_, hyper::Error>(())
            };
            if let Some(Err(error)) = stop.run_until_cancelled(talk).await {
                tracing::warn!(%error, "a WebSocket could not be opened");
            }
        });
        strip_hop_by_hop(response.headers_mut());
        ask(response.headers_mut());
        response.map(|_| Body::empty())
    }
}
