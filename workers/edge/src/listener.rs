//! Connections: accepted as far as there are places, served, and let finish when the edge stops.

mod stream;
mod turn_away;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use self::stream::ClientStream;
use crate::body::{IdleTimeout, Patience};
use crate::config::Capacity;
use crate::peer::is_gateway;
use crate::places::Places;

/// How many headers a request may have, and how many bytes they may take.
const MAX_HEADERS: usize = 100;
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How long to wait when no connection can be accepted, for want of file descriptors say.
const ACCEPT_AGAIN: Duration = Duration::from_millis(500);

/// When connections end: both are cancelled one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shutdown {
    /// No more are accepted; each ends after the request under way.
    pub(crate) graceful: CancellationToken,
    /// At once.
    pub(crate) immediate: CancellationToken,
}

/// What is served, and to how many and how patiently.
#[derive(Clone)]
pub(crate) struct Service {
    app: Router,
    places: Arc<Places>,
    /// Whether all connections are a proxy's, which tells the client's address in a header.
    behind_proxy: bool,
    head_timeout: Duration,
    patience: Patience,
}

impl Service {
    pub(crate) fn new(app: Router, capacity: &Capacity, behind_proxy: bool) -> Self {
        Self {
            app,
            places: Places::new("connections", capacity.connections, capacity.connections_per_address),
            behind_proxy,
            head_timeout: capacity.head_timeout,
            patience: Patience { waits: capacity.patience, bytes_per_second: Some(capacity.bytes_per_second) },
        }
    }
}

/// Accepts connections until told to stop; `tasks` waits for those that are open.
pub(crate) async fn serve(listener: TcpListener, service: Service, tasks: TaskTracker, shutdown: Shutdown) {
    while let Some(accepted) = shutdown.graceful.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                // Everybody comes from a proxy, or from a gateway.
                let is_client = !service.behind_proxy && !is_gateway(peer.ip());
                let Some(place) = service.places.take(is_client.then(|| peer.ip())) else {
                    turn_away::turn_away(stream);
                    continue;
                };
                let Shutdown { graceful, immediate } = shutdown.clone();
                let connection = serve_connection(stream, peer, service.clone(), graceful);
                tasks.spawn(async move {
                    let _place = place;
                    immediate.run_until_cancelled(connection).await
                });
            }
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                shutdown.graceful.run_until_cancelled(tokio::time::sleep(ACCEPT_AGAIN)).await;
            }
        }
    }
}

/// Serves one connection.
async fn serve_connection(stream: TcpStream, peer: SocketAddr, service: Service, stop: CancellationToken) {
    let Service { app, head_timeout, patience, .. } = service;
    // A small answer must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request: Request = request.map(|body| Body::new(IdleTimeout::paced(body, patience)));
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(ClientStream::new(stream, patience)), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}
