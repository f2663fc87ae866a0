//! The way to Supabase: pooled connections, and how long to wait on them.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Response, Uri};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Url;

use super::body::Progress;
use super::failure::Failure;
use crate::error::ApiError;

/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long a connection waits for its next use: shorter than what gateways commonly grant, so that requests seldom
/// meet one that is being closed.
const IDLE_FOR: Duration = Duration::from_secs(30);

/// How much of an answer is read ahead of its client, in bytes, and how large an answer's head may be.
const MAX_BUFFER: usize = 64 * 1024;

/// Supabase, as requests are passed on to it. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    scheme: Scheme,
    authority: Authority,
    /// Before every path, without a slash at its end.
    prefix: String,
}

impl Upstream {
    /// `None` when the address has no host.
    pub(crate) fn new(url: &Url) -> Option<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_WITHIN));
        let tls = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(tcp);
        // A request that a closed connection never took up is sent again by the client; nothing else is.
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_FOR)
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(MAX_BUFFER)
            .build(tls);
        let host = url.host_str()?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Some(Self {
            client,
            scheme: url.scheme().parse().ok()?,
            authority: authority.parse().ok()?,
            prefix: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Where a request to the edge is passed on to.
    pub(super) fn address(&self, uri: &Uri) -> Result<Uri, ApiError> {
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(format!("{}{path}", self.prefix))
            .build()
            .map_err(|_| ApiError::not_found("There is nothing at this path."))
    }

    /// Sends a request, and returns as soon as the answer begins. The time counts from when the body last got on.
    pub(super) async fn send(
        &self,
        request: Request,
        progress: &Progress,
        timeout: Duration,
    ) -> Result<Response<Incoming>, Failure> {
        tokio::select! {
            answer = self.client.request(request) => answer.map_err(Failure::Broken),
            client_s_fault = progress.stalled(timeout) => {
                Err(if client_s_fault { Failure::ClientStalled } else { Failure::TimedOut })
            }
        }
    }
}
