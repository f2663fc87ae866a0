//! Supabase slow, refusing, broken or gone.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

use super::upstream::edge_before;
use crate::support::{TIMEOUT, TestEdge, config_for, free_port, start};

const PATH: &str = "/rest/v1/products";

/// Long enough for what answers, short enough to wait for what does not.
const SOON: Duration = Duration::from_secs(1);

/// Asks, and expects to hear that Supabase is unavailable.
async fn unavailable(edge: &TestEdge, status: StatusCode) {
    let request = edge.client().get(format!("{}{PATH}", edge.url())).header("x-request-id", "asked-once");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["x-request-id"], "asked-once");
    assert!(response.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["code"], "upstream_unavailable");
    assert!(!body.to_string().contains("127.0.0.1"), "an address is nobody's business: {body}");
}

#[tokio::test]
async fn a_supabase_that_refuses_connections_is_503() {
    let edge = start(config_for(&format!("http://127.0.0.1:{}", free_port()))).await;
    unavailable(&edge, StatusCode::SERVICE_UNAVAILABLE).await;
}

#[tokio::test]
async fn a_supabase_that_has_no_address_is_503() {
    let edge = start(config_for("http://no-such-project.invalid")).await;
    unavailable(&edge, StatusCode::SERVICE_UNAVAILABLE).await;
}

#[tokio::test]
async fn a_supabase_that_does_not_answer_is_504() {
    let silent = |call| async move {
        let _held = call;
        std::future::pending::<()>().await;
    };
    let edge = edge_before(silent, |config| config.upstream_timeout = SOON).await;
    unavailable(&edge, StatusCode::GATEWAY_TIMEOUT).await;
}

#[tokio::test]
async fn a_supabase_that_hangs_up_is_502() {
    let edge = edge_before(|call| async move { drop(call) }, |_| {}).await;
    unavailable(&edge, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test]
async fn a_supabase_that_speaks_something_else_is_502() {
    let edge = edge_before(|mut call| async move { call.say("SSH-2.0-OpenSSH\r\n\r\n").await }, |_| {}).await;
    unavailable(&edge, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test]
async fn an_error_of_supabase_s_own_is_passed_on_as_it_is() {
    let failing = |mut call: super::upstream::Call| async move {
        call.answer("500 Internal Server Error", "content-type: text/plain\r\n", "of its own").await;
    };
    let edge = edge_before(failing, |_| {}).await;
    let response = edge.client().get(format!("{}{PATH}", edge.url())).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(response.text().await.unwrap(), "of its own");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_never_taken_for_a_whole_one() {
    for head in ["content-length: 1000\r\n\r\nsome", "transfer-encoding: chunked\r\n\r\n4\r\nsome\r\n"] {
        let edge =
            edge_before(move |mut call| async move { call.say(&format!("HTTP/1.1 200 OK\r\n{head}")).await }, |_| {})
                .await;
        let response = edge.client().get(format!("{}{PATH}", edge.url())).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.bytes().await.unwrap_err();
    }
}

#[tokio::test]
async fn an_answer_that_stands_still_is_cut_and_never_taken_for_a_whole_one() {
    let stalling = |mut call: super::upstream::Call| async move {
        call.say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\n").await;
        std::future::pending::<()>().await;
    };
    let edge = edge_before(stalling, |config| config.upstream_timeout = SOON).await;
    let mut response = edge.client().get(format!("{}{PATH}", edge.url())).send().await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "some", "what came is passed on at once");
    let rest = tokio::time::timeout(TIMEOUT, response.chunk()).await.expect("it is cut");
    rest.unwrap_err();
}

#[tokio::test]
async fn a_request_whose_client_has_gone_is_dropped() {
    let (asked, mut asks) = mpsc::unbounded_channel();
    let edge = edge_before(
        move |mut call| {
            let asked = asked.clone();
            async move {
                asked.send("asked").unwrap();
                let mut rest = Vec::new();
                // Ends when the edge closes the connection.
                let _ = call.stream.read_to_end(&mut rest).await;
                asked.send("dropped").unwrap();
            }
        },
        |_| {},
    )
    .await;
    let request = edge.client().get(format!("{}{PATH}", edge.url())).send();
    let request = tokio::spawn(request);
    assert_eq!(asks.recv().await, Some("asked"));
    request.abort();
    let dropped = tokio::time::timeout(TIMEOUT, asks.recv()).await.expect("Supabase is told");
    assert_eq!(dropped, Some("dropped"));
}
