//! Connections: accepted, served, and let finish when the edge stops.

use std::net::SocketAddr;
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

use crate::body::IdleTimeout;

/// How long a client may take to send its headers, or leave a connection idle before its next request: longer than
/// load balancers keep theirs, so that they never use one that is being closed.
const HEADERS_WITHIN: Duration = Duration::from_secs(75);

/// How long a client may pause in the middle of a body.
const BODY_WITHIN: Duration = Duration::from_secs(60);

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

/// Accepts connections until told to stop; `tasks` waits for those that are open.
pub(crate) async fn serve(listener: TcpListener, app: Router, tasks: TaskTracker, shutdown: Shutdown) {
    while let Some(accepted) = shutdown.graceful.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                let Shutdown { graceful, immediate } = shutdown.clone();
                let connection = serve_connection(stream, peer, app.clone(), graceful);
                tasks.spawn(async move { immediate.run_until_cancelled(connection).await });
            }
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

/// Serves one connection.
async fn serve_connection(stream: TcpStream, peer: SocketAddr, app: Router, stop: CancellationToken) {
    // A small answer must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request: Request = request.map(|body| Body::new(IdleTimeout::new(body, BODY_WITHIN)));
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
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
