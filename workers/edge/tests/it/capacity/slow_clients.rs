//! Clients that send or read slowly, or not at all.

use std::time::Duration;

use primostore_edge::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::{connect_from, health, is_served, said};
use crate::proxy::upstream::{Call, edge_before};
use crate::support::{TIMEOUT, TestEdge};

const UPLOAD: &str = "POST /storage/v1/object/a/b HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n";
const EXPORT: &str = "GET /rest/v1/admin_orders HTTP/1.1\r\nhost: x\r\n\r\n";

/// No client is fast enough for it.
fn impatient(config: &mut Config) {
    config.capacity.patience = Duration::from_millis(300);
    config.capacity.bytes_per_second = u32::MAX;
}

/// An edge before a Supabase that takes whatever comes, answers a GET without end, and tells when a request has ended.
async fn edge(change: impl FnOnce(&mut Config)) -> (TestEdge, mpsc::UnboundedReceiver<()>) {
    let (sender, ends) = mpsc::unbounded_channel();
    let work = move |mut call: Call| {
        let sender = sender.clone();
        async move {
            if call.head.starts_with("GET") {
                call.say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
                let chunk = [&b"10000\r\n"[..], &[b'x'; 0x10000], b"\r\n"].concat();
                while call.stream.write_all(&chunk).await.is_ok() {}
            } else {
                let _ = call.stream.read_to_end(&mut Vec::new()).await;
            }
            // The test may be over.
            let _ = sender.send(());
        }
    };
    (edge_before(work, change).await, ends)
}

async fn ends(mut ends: mpsc::UnboundedReceiver<()>) {
    tokio::time::timeout(TIMEOUT, ends.recv()).await.expect("Supabase is let go").unwrap();
}

/// Writes a byte now and then until that can't be done, or an answer has come, which it returns.
async fn trickle(mut stream: TcpStream) -> String {
    let mut answer = vec![0; 4096];
    let trickled = async {
        loop {
            tokio::select! {
                read = stream.read(&mut answer) => return read.unwrap_or(0),
                () = tokio::time::sleep(Duration::from_millis(20)) => {}
            }
            if stream.write_all(b"x").await.is_err() {
                return stream.read(&mut answer).await.unwrap_or(0);
            }
        }
    };
    let read = tokio::time::timeout(TIMEOUT, trickled).await.expect("the edge does not wait for it");
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[tokio::test]
async fn an_upload_that_trickles_is_not_waited_for() {
    let (edge, ended) = edge(impatient).await;
    let answer = trickle(said(&edge, UPLOAD).await).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("request_timeout"), "{answer}");
    ends(ended).await;
}

#[tokio::test]
async fn headers_that_trickle_are_not_waited_for() {
    let (edge, _) = edge(|config| config.capacity.head_timeout = Duration::from_millis(300)).await;
    trickle(said(&edge, "GET /health HTTP/1.1\r\nx-slow: ").await).await;
}

#[tokio::test]
async fn an_answer_that_nobody_reads_does_not_hold_supabase() {
    let (edge, ended) = edge(impatient).await;
    let _held = said(&edge, EXPORT).await;
    ends(ended).await;
}

#[tokio::test]
async fn an_answer_that_is_read_a_byte_at_a_time_does_not_hold_supabase() {
    let (edge, ended) = edge(impatient).await;
    let mut stream = said(&edge, EXPORT).await;
    let reader = tokio::spawn(async move {
        while stream.read_u8().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    ends(ended).await;
    reader.abort();
}

#[tokio::test]
async fn slow_clients_hold_up_nobody_else() {
    let (edge, _ends) = edge(|_| {}).await;
    let mut held = Vec::new();
    for _ in 0..40 {
        for begun in
            ["GET /health HT", UPLOAD, EXPORT, "POST /rest/v1/rpc/me HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{"]
        {
            held.push(said(&edge, begun).await);
        }
    }
    let answer = health(connect_from("127.0.0.1", &edge).await).await;
    assert!(is_served(&answer), "{answer}");
    // So is a request that is passed on.
    let response = edge.client().get(format!("{}/rest/v1/products", edge.url())).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_client_that_pauses_and_goes_on_is_waited_for() {
    let work = |mut call: Call| async move {
        let mut body = [0; 8];
        call.stream.read_exact(&mut body).await.unwrap();
        call.answer("200 OK", "", "taken").await;
    };
    let edge = edge_before(work, |_| {}).await;
    let head = "POST /storage/v1/object/a/b HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 8\r\n\r\n";
    let mut stream = said(&edge, head).await;
    for byte in b"12345678" {
        stream.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("taken"), "{answer}");
}
