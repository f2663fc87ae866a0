//! A Supabase that behaves as a test wants it to, byte by byte.

use std::net::Ipv4Addr;
use std::time::Duration;

use primostore_edge::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{TestEdge, config_for, start};

/// What the edge asks on its own account.
const SETTINGS: &str = r#"{"settings":{"rate_limits.enabled":false},"blocked_addresses":[],"signing_key":"6b6579"}"#;

/// A request's head as it arrived, and the connection it came by.
pub(crate) struct Call {
    pub(crate) head: String,
    pub(crate) stream: TcpStream,
}

impl Call {
    /// The values of a header.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).collect()
    }

    /// Says this, and nothing more yet.
    pub(crate) async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// A whole answer.
    pub(crate) async fn answer(&mut self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        let text = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
        self.say(&text).await;
    }
}

/// An edge before an upstream that does this with each request.
pub(crate) async fn edge_before<Work: Future<Output = ()> + Send + 'static>(
    work: impl Fn(Call) -> Work + Send + 'static,
    change: impl FnOnce(&mut Config),
) -> TestEdge {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut call = read_head(stream).await;
            if call.head.contains("/rpc/edge_configuration") {
                call.answer("200 OK", "content-type: application/json\r\n", SETTINGS).await;
            } else if call.head.contains("/auth/v1/settings") && call.head.contains("user-agent: primostore") {
                call.answer("200 OK", "content-type: application/json\r\n", r#"{"mailer_autoconfirm":false}"#).await;
            } else if call.head.contains("/rpc/record_refusals") {
                call.answer("200 OK", "content-type: application/json\r\n", "1").await;
            } else if call.head.contains("/user_profiles?role=eq.admin") {
                call.answer("200 OK", "content-type: application/json\r\n", "[]").await;
            } else if !call.head.is_empty() {
                tokio::spawn(work(call));
            }
        }
    });
    let mut config = config_for(&format!("http://{address}"));
    config.upstream_timeout = Duration::from_secs(30);
    change(&mut config);
    start(config).await
}

async fn read_head(mut stream: TcpStream) -> Call {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    Call { head: String::from_utf8(head).unwrap(), stream }
}
