//! The edge alone, as it runs before a hosted project: what flows through it never sits in its memory.

use std::net::Ipv4Addr;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::{Body, Client, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio_util::io::ReaderStream;

use crate::program::{TIMEOUT, Workspace, free_port};

const MIB: usize = 1024 * 1024;

/// Far more than the edge may keep.
const LARGE: usize = 256 * MIB;

/// What the edge may come to need while something large flows through it, in bytes.
const GROWTH: usize = 48 * MIB;

/// What one client that does not read may take, in bytes.
const BUFFERS: usize = 384 * 1024;

/// What the edge asks on its own account.
const SETTINGS: &str = r#"{"settings":{"rate_limits.enabled":false},"blocked_addresses":[],"signing_key":"6b6579"}"#;

/// An edge of its own process, before an upstream of this one.
struct Edge {
    child: Child,
    url: String,
    client: Client,
    /// Told by the client that an export's first bytes have come.
    seen: mpsc::Sender<()>,
    _workspace: Workspace,
}

impl Edge {
    async fn start() -> Self {
        let (seen, first_bytes) = mpsc::channel(1);
        let upstream = upstream(first_bytes).await;
        let workspace = Workspace::new();
        let url = format!("http://127.0.0.1:{}", free_port());
        let mut command = workspace.command(&["edge"]);
        command
            .env("EDGE_ADDRESS", url.trim_start_matches("http://"))
            .env("SUPABASE_URL", upstream)
            .env("SUPABASE_SECRET_KEY", "sb_secret_of_nobody")
            .env("METRICS_ADDRESS", "off")
            .env("MAX_REQUEST_SIZE_MB", (LARGE / MIB).to_string());
        let child = command.spawn().unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        let edge = Self { child, url, client, seen, _workspace: workspace };
        let up = async {
            while edge.client.get(format!("{}/health", edge.url)).send().await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(TIMEOUT, up).await.expect("the edge starts");
        edge
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id().expect("it runs")).unwrap())
    }

    /// The most memory it ever had, in bytes.
    fn most_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it");
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

/// Answers a GET of `endless` without end, another with something large, in chunks: after the first it waits until that has been seen. Answers a POST
/// with how much has come.
async fn upstream(first_bytes: mpsc::Receiver<()>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let first_bytes = std::sync::Arc::new(tokio::sync::Mutex::new(first_bytes));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let first_bytes = std::sync::Arc::clone(&first_bytes);
            tokio::spawn(async move {
                let head = head(&mut stream).await;
                if head.contains("/rpc/") {
                    answer(&mut stream, SETTINGS).await;
                } else if head.starts_with("GET /rest/v1/endless") {
                    endless(&mut stream).await;
                } else if head.contains("/auth/v1/settings") {
                    answer(&mut stream, r#"{"mailer_autoconfirm":false}"#).await;
                } else if head.contains("/user_profiles?role=eq.admin") {
                    answer(&mut stream, "[]").await;
                } else if head.starts_with("GET") {
                    export(&mut stream, &mut *first_bytes.lock().await).await;
                } else {
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                    let mut body = stream.take(length.parse().unwrap());
                    let came = tokio::io::copy(&mut body, &mut tokio::io::sink()).await.unwrap();
                    answer(&mut body.into_inner(), &came.to_string()).await;
                }
            });
        }
    });
    url
}

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

async fn answer(stream: &mut TcpStream, body: &str) {
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + body).as_bytes()).await.unwrap();
}

async fn export(stream: &mut TcpStream, first_bytes: &mut mpsc::Receiver<()>) {
    let chunk = [&b"100000\r\n"[..], &vec![b'x'; MIB], b"\r\n"].concat();
    stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    stream.write_all(&chunk).await.unwrap();
    first_bytes.recv().await.expect("the client has seen something before all was sent");
    for _ in 1..LARGE / MIB {
        stream.write_all(&chunk).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
}

async fn endless(stream: &mut TcpStream) {
    let chunk = [&b"10000\r\n"[..], &[b'x'; 0x10000], b"\r\n"].concat();
    stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    // Until the client's connection ends, and with it this one.
    while stream.write_all(&chunk).await.is_ok() {}
}

#[tokio::test]
async fn a_large_export_flows_through_without_ever_being_whole_in_memory() {
    let edge = Edge::start().await;
    let before = edge.most_memory();
    let mut response = edge.client.get(edge.path("/rest/v1/admin_orders")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut came = response.chunk().await.unwrap().expect("the first bytes").len();
    edge.seen.send(()).await.unwrap();
    while let Some(chunk) = response.chunk().await.unwrap() {
        came += chunk.len();
    }
    assert_eq!(came, LARGE);
    let growth = edge.most_memory() - before;
    assert!(growth < GROWTH, "it grew by {growth} bytes");
}

#[tokio::test]
async fn an_upload_at_the_limit_flows_through_without_ever_being_whole_in_memory() {
    let edge = Edge::start().await;
    let before = edge.most_memory();
    let content = ReaderStream::with_capacity(tokio::io::repeat(b'x').take(LARGE as u64), 64 * 1024);
    let request = edge.client.post(edge.path("/storage/v1/object/exports/large.bin"));
    let response = request.header("content-length", LARGE).body(Body::wrap_stream(content)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.text().await.unwrap(), LARGE.to_string());
    let growth = edge.most_memory() - before;
    assert!(growth < GROWTH, "it grew by {growth} bytes");

    let content = ReaderStream::with_capacity(tokio::io::repeat(b'x').take(LARGE as u64 + 1), 64 * 1024);
    let request = edge.client.post(edge.path("/storage/v1/object/exports/larger.bin"));
    let response = request.header("content-length", LARGE + 1).body(Body::wrap_stream(content)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "one byte more is too much");
}

#[tokio::test]
async fn a_client_that_does_not_read_takes_no_more_than_its_buffers() {
    const CLIENTS: usize = 100;
    let edge = Edge::start().await;
    let before = edge.most_memory();
    let mut held = Vec::new();
    for _ in 0..CLIENTS {
        let mut client = TcpStream::connect(edge.url.trim_start_matches("http://")).await.unwrap();
        client.write_all(b"GET /rest/v1/endless HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        client.read_exact(&mut vec![0; 1024]).await.unwrap();
        held.push(client);
    }
    // Others are served meanwhile.
    let health = edge.client.get(edge.path("/health")).send().await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);
    let each = (edge.most_memory() - before) / CLIENTS;
    println!("{each} bytes each");
    assert!(each < BUFFERS, "each took {each} bytes");
}

#[tokio::test]
async fn a_signal_ends_it_with_success() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut edge = Edge::start().await;
        kill(edge.pid(), signal).unwrap();
        let status = tokio::time::timeout(TIMEOUT, edge.child.wait()).await.expect("it ends").unwrap();
        assert!(status.success(), "{signal}: {status}");
    }
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    for (first, second, code) in [
        (Signal::SIGINT, Signal::SIGINT, 130),
        (Signal::SIGTERM, Signal::SIGINT, 130),
        (Signal::SIGINT, Signal::SIGTERM, 143),
    ] {
        let mut edge = Edge::start().await;
        // An export that its client does not read on: a stop waits for it.
        let mut export = edge.client.get(edge.path("/rest/v1/endless")).send().await.unwrap();
        export.chunk().await.unwrap().expect("the first bytes");
        kill(edge.pid(), first).unwrap();
        let stops = async {
            while TcpStream::connect(edge.url.trim_start_matches("http://")).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(TIMEOUT, stops).await.expect("it takes nobody else in");
        kill(edge.pid(), second).unwrap();
        let status = tokio::time::timeout(TIMEOUT, edge.child.wait()).await.expect("it ends").unwrap();
        assert_eq!(status.code(), Some(code), "{first}, {second}: {status}");
    }
}

#[tokio::test]
async fn a_terminal_that_closes_is_no_second_signal() {
    let mut edge = Edge::start().await;
    kill(edge.pid(), Signal::SIGTERM).unwrap();
    kill(edge.pid(), Signal::SIGHUP).unwrap();
    let status = tokio::time::timeout(TIMEOUT, edge.child.wait()).await.expect("it ends").unwrap();
    assert!(status.success(), "{status}");
}
