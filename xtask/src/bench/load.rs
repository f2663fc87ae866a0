//! Clients that send their requests one after the other, each over a connection of its own that stays.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A request, to whichever server.
#[derive(Clone)]
pub(super) struct Request {
    method: Method,
    path: &'static str,
    api_key: String,
    token: String,
    body: Bytes,
}

impl Request {
    pub(super) fn get(path: &'static str, key: &str) -> Self {
        Self { method: Method::GET, path, api_key: key.to_owned(), token: key.to_owned(), body: Bytes::new() }
    }

    pub(super) fn post(path: &'static str, api_key: &str, token: &str, body: &Value) -> Self {
        let body = body.to_string().into();
        Self { method: Method::POST, path, api_key: api_key.to_owned(), token: token.to_owned(), body }
    }

    fn to(&self, host: &str) -> Result<hyper::Request<Full<Bytes>>> {
        let request = hyper::Request::builder()
            .method(self.method.clone())
            .uri(self.path)
            .header(HOST, host)
            .header(USER_AGENT, "primostore-bench")
            .header("accept-language", "fr-FR,fr;q=0.9")
            .header("apikey", &self.api_key)
            .header(AUTHORIZATION, format!("Bearer {}", self.token));
        let request = if self.body.is_empty() { request } else { request.header(CONTENT_TYPE, "application/json") };
        Ok(request.body(Full::new(self.body.clone()))?)
    }
}

/// What one client sends, over and over.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) requests: Vec<Request>,
}

/// Runs it to its end on threads of its own.
pub(super) fn run<T>(work: impl Future<Output = T>) -> Result<T> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(work))
}

/// Requests per second of all clients together. One that is not answered with success ends it.
pub(super) async fn rate(url: &str, clients: &[Client], duration: Duration) -> Result<f64> {
    let mut all = JoinSet::new();
    let began = Instant::now();
    for client in clients {
        let (client, host) = (client.clone(), host(url)?.to_owned());
        all.spawn(async move {
            let mut connection = connect(&host).await?;
            let mut answered = 0_u32;
            for request in client.requests.iter().cycle() {
                if began.elapsed() >= duration {
                    break;
                }
                exchange(&mut connection, request, &host).await?;
                answered += 1;
            }
            anyhow::Ok(answered)
        });
    }
    let mut answered = 0;
    while let Some(client) = all.join_next().await {
        answered += client??;
    }
    Ok(f64::from(answered) / began.elapsed().as_secs_f64())
}

/// Sends one request, and returns what is answered.
pub(super) async fn send(url: &str, request: &Request) -> Result<Bytes> {
    let host = host(url)?;
    exchange(&mut connect(host).await?, request, host).await
}

fn host(url: &str) -> Result<&str> {
    url.strip_prefix("http://").context("an address that is not http")
}

async fn connect(host: &str) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(host).await.with_context(|| format!("{host} can't be reached"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn exchange(connection: &mut SendRequest<Full<Bytes>>, request: &Request, host: &str) -> Result<Bytes> {
    connection.ready().await?;
    let response = connection.send_request(request.to(host)?).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    let is_good = matches!(status, StatusCode::OK | StatusCode::CREATED);
    ensure!(is_good, "{} was answered {status}: {}", request.path, String::from_utf8_lossy(&body));
    Ok(body)
}
