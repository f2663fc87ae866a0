//! Requests with bodies.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::upstream::{Call, edge_before};
use crate::support::TIMEOUT;

/// A client's connection, on which this was said.
async fn said(url: &str, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

async fn heard(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(TIMEOUT, stream.read_to_end(&mut answer)).await;
    read.expect("the edge answers").unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn what_a_client_sends_is_passed_on_before_the_rest_has_come() {
    let (sender, mut heard) = mpsc::unbounded_channel();
    let work = move |mut call: Call| {
        let sender = sender.clone();
        async move {
            let mut part = [0; 4];
            call.stream.read_exact(&mut part).await.unwrap();
            sender.send(part).unwrap();
            call.stream.read_exact(&mut part).await.unwrap();
            call.answer("200 OK", "", "").await;
        }
    };
    let edge = edge_before(work, |_| {}).await;
    let head = "POST /storage/v1/object/a/b HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\nconnection: close\r\n\r\n";
    let mut stream = said(edge.url(), &format!("{head}one.")).await;
    let first = tokio::time::timeout(TIMEOUT, heard.recv()).await.expect("it is passed on");
    assert_eq!(&first.unwrap(), b"one.");
    stream.write_all(b"two.").await.unwrap();
    let answer = self::heard(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_stops_in_the_middle_is_told_so() {
    let work = |mut call: Call| async move {
        let mut rest = Vec::new();
        let _ = call.stream.read_to_end(&mut rest).await;
    };
    let edge = edge_before(work, |config| config.upstream_timeout = Duration::from_secs(1)).await;
    let head = "POST /storage/v1/object/a/b HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n\r\n";
    let answer = heard(said(edge.url(), &format!("{head}one.")).await).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("request_timeout"), "{answer}");
}

#[tokio::test]
async fn a_body_that_grows_above_the_limit_is_refused_on_its_way() {
    let work = |mut call: Call| async move {
        let mut rest = Vec::new();
        let _ = call.stream.read_to_end(&mut rest).await;
    };
    let edge = edge_before(work, |config| config.max_request_bytes = 100_000).await;
    let endless = reqwest::Body::wrap_stream(futures_util::stream::iter(
        std::iter::repeat_n("0123456789".repeat(1000), 20).map(Ok::<_, std::io::Error>),
    ));
    let request = edge.client().post(format!("{}/storage/v1/object/a/b", edge.url())).body(endless);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["code"], "payload_too_large");
}
