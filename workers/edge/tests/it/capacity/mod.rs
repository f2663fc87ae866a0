//! What clients may hold of the edge, and that those who hold it hold up nobody else.

mod connections;
mod slow_clients;
mod websockets;

use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{TIMEOUT, TestEdge, eventually};

/// A connection to the edge from this address, one of this machine's own (127.0.0.0/8).
async fn connect_from(from: &str, edge: &TestEdge) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from.parse::<IpAddr>().unwrap(), 0)).unwrap();
    socket.connect(edge.url().trim_start_matches("http://").parse().unwrap()).await.unwrap()
}

/// A connection on which this was said.
async fn said(edge: &TestEdge, text: &str) -> TcpStream {
    let mut stream = connect_from("127.0.0.1", edge).await;
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// What comes back for a request for the edge's health.
async fn health(mut stream: TcpStream) -> String {
    // A connection that was refused may be closed already.
    let _ = stream.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(TIMEOUT, stream.read_to_end(&mut answer)).await;
    let _ = read.expect("the edge answers or closes");
    String::from_utf8(answer).unwrap()
}

fn is_served(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 ")
}

/// Refused for now, and told when to come again.
fn is_busy(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 503 ")
        && answer.contains("retry-after: 5\r\n")
        && answer.contains(r#""code":"busy""#)
        && answer.contains(r#"{\"retry_after\":5}"#)
}

/// Waits until somebody from this address is served.
async fn served_again(from: &str, edge: &TestEdge) {
    eventually("somebody is served", async || is_served(&health(connect_from(from, edge).await).await).then_some(()))
        .await;
}
