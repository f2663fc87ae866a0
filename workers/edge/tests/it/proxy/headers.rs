//! Headers, addresses and redirects on their way.

use http::StatusCode;
use serde_json::Value;
use tokio::sync::mpsc;

use super::upstream::{Call, edge_before};
use crate::support::{TestEdge, edge};

/// An edge before an upstream that answers with these headers, and the calls it gets.
async fn recorded(headers: &'static str) -> (TestEdge, mpsc::UnboundedReceiver<Call>) {
    let (sender, calls) = mpsc::unbounded_channel();
    let work = move |mut call: Call| {
        let sender = sender.clone();
        async move {
            call.answer("200 OK", headers, "{}").await;
            sender.send(call).unwrap();
        }
    };
    (edge_before(work, |config| config.public_url = "https://api.shop.example".into()).await, calls)
}

#[tokio::test]
async fn what_is_about_a_connection_stays_on_it() {
    let (edge, mut calls) =
        recorded("connection: x-of-upstream\r\nx-of-upstream: 1\r\nkeep-alive: timeout=9\r\nx-kept: yes\r\n").await;
    let response = edge
        .client()
        .get(format!("{}/rest/v1/products?select=a%2Cb", edge.url()))
        .header("connection", "x-of-client")
        .header("x-of-client", "1")
        .header("te", "trailers")
        .header("proxy-authorization", "Basic abc")
        .header("prefer", "count=exact")
        .send()
        .await
        .unwrap();
    for gone in ["x-of-upstream", "keep-alive"] {
        assert!(!response.headers().contains_key(gone), "{gone}: {:?}", response.headers());
    }
    assert_eq!(response.headers()["x-kept"], "yes");

    let call = calls.recv().await.unwrap();
    assert!(call.head.starts_with("GET /rest/v1/products?select=a%2Cb HTTP/1.1\r\n"), "{}", call.head);
    for gone in ["x-of-client", "te", "proxy-authorization", "transfer-encoding", "content-length"] {
        assert!(call.header(gone).is_empty(), "{gone}: {}", call.head);
    }
    assert_eq!(call.header("prefer"), ["count=exact"]);
}

#[tokio::test]
async fn supabase_is_told_its_own_host_and_the_client_s() {
    let (edge, mut calls) = recorded("").await;
    let request = edge
        .client()
        .get(format!("{}/auth/v1/settings", edge.url()))
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "gopher");
    request.send().await.unwrap();
    let call = calls.recv().await.unwrap();
    assert_eq!(call.header("host"), [call.stream.local_addr().unwrap().to_string()]);
    assert_eq!(call.header("x-forwarded-host"), [edge.url().trim_start_matches("http://")]);
    assert_eq!(call.header("x-forwarded-proto"), ["https"]);
}

#[tokio::test]
async fn a_redirect_is_passed_on_and_not_followed() {
    let work = |mut call: Call| async move {
        call.answer("303 See Other", "location: https://shop.example/after\r\n", "").await;
    };
    let edge = edge_before(work, |_| {}).await;
    let response = edge.client().get(format!("{}/auth/v1/verify?token=x", edge.url())).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["location"], "https://shop.example/after");
}

#[tokio::test]
async fn paths_that_are_neither_supabase_s_nor_ours_are_not_found() {
    let edge = edge(|_| {}).await;
    for path in ["/", "/rest/v2/products", "/pg/meta", "/functions/v1/nothing", "/rest/v1/../../pg", "/metrics"] {
        let response = edge.client().get(format!("{}{path}", edge.url())).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(response.headers().contains_key("x-request-id"), "{path}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["code"], "not_found", "{path}");
    }
}
