//! Headers, addresses and redirects on their way.

use http::StatusCode;
use primostore_edge::Config;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::upstream::{Call, edge_before};
use crate::support::{TestEdge, edge};

/// An edge before an upstream that answers with these headers, and the calls it gets.
async fn recorded(headers: &'static str) -> (TestEdge, mpsc::UnboundedReceiver<Call>) {
    recorded_by(headers, |_| {}).await
}

async fn recorded_by(
    headers: &'static str,
    change: impl FnOnce(&mut Config),
) -> (TestEdge, mpsc::UnboundedReceiver<Call>) {
    let (sender, calls) = mpsc::unbounded_channel();
    let work = move |mut call: Call| {
        let sender = sender.clone();
        async move {
            call.answer("200 OK", headers, "{}").await;
            sender.send(call).unwrap();
        }
    };
    let edge = edge_before(work, |config| {
        config.public_url = "https://api.shop.example".into();
        change(config);
    });
    (edge.await, calls)
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
async fn supabase_is_told_its_own_host_and_the_edge_s_public_address() {
    let (edge, mut calls) = recorded("").await;
    let request = edge
        .client()
        .get(format!("{}/auth/v1/settings", edge.url()))
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-port", "1")
        .header("x-forwarded-proto", "gopher");
    request.send().await.unwrap();
    let call = calls.recv().await.unwrap();
    assert_eq!(call.header("host"), [call.stream.local_addr().unwrap().to_string()]);
    assert_eq!(call.header("x-forwarded-host"), ["api.shop.example"]);
    assert_eq!(call.header("x-forwarded-proto"), ["https"]);
    assert_eq!(call.header("x-forwarded-port"), ["443"]);
}

#[tokio::test]
async fn a_client_s_connection_takes_away_nothing_of_ours() {
    let (edge, mut calls) = recorded("").await;
    let ours =
        ["x-primostore-client", "x-request-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "host"];
    let request = edge.client().get(format!("{}/rest/v1/products", edge.url()));
    request.header("connection", ours.join(", ")).send().await.unwrap();
    let call = calls.recv().await.unwrap();
    for name in ours {
        assert_eq!(call.header(name).len(), 1, "{name}: {}", call.head);
    }
}

#[tokio::test]
async fn where_a_body_ends_is_not_for_the_connection_to_take_away() {
    let (sender, mut calls) = mpsc::unbounded_channel();
    let work = move |mut call: Call| {
        let sender = sender.clone();
        async move {
            let length = call.header("content-length").pop().expect("the length is passed on").parse().unwrap();
            let mut body = vec![0; length];
            call.stream.read_exact(&mut body).await.unwrap();
            call.answer("200 OK", "", "{}").await;
            call.stream.read_to_end(&mut body).await.unwrap();
            sender.send((call.head, body)).unwrap();
        }
    };
    let edge = edge_before(work, |_| {}).await;
    let smuggled = "GET /storage/v1/smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    let head =
        "POST /storage/v1/object/a/b HTTP/1.1\r\nhost: x\r\nconnection: close, content-length, transfer-encoding\r\n";
    let mut stream = tokio::net::TcpStream::connect(edge.url().trim_start_matches("http://")).await.unwrap();
    let request = format!("{head}content-length: {}\r\n\r\n{smuggled}", smuggled.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    edge.stop().await;
    let (head, body) = calls.recv().await.unwrap();
    assert!(head.starts_with("POST "), "{head}");
    assert_eq!(body, smuggled.as_bytes());
    assert!(calls.try_recv().is_err(), "nothing else came");
}

#[tokio::test]
async fn auth_is_told_whose_sign_in_it_is_by_a_request_that_it_believes() {
    let (edge, mut calls) = recorded_by("", |config| config.auth_ip_forwarding = true).await;
    let mut sent = async |path: &str| {
        let request = edge.client().post(format!("{}{path}", edge.url())).header("content-type", "application/json");
        let request = request.header("apikey", "sb_publishable_x").bearer_auth("sb_publishable_x");
        request.header("sb-forwarded-for", "203.0.113.9").body("{}").send().await.unwrap();
        calls.recv().await.unwrap()
    };
    let sign_in = sent("/auth/v1/token?grant_type=password").await;
    assert_eq!(sign_in.header("apikey"), ["sb_secret_of_nobody"]);
    assert_eq!(sign_in.header("sb-forwarded-for"), ["127.0.0.1"]);
    assert!(sign_in.header("authorization").is_empty(), "{}", sign_in.head);
    for path in ["/auth/v1/admin/users", "/auth/v1/invite", "/rest/v1/rpc/me"] {
        let other = sent(path).await;
        assert_eq!(other.header("apikey"), ["sb_publishable_x"], "{path}");
        assert_eq!(other.header("sb-forwarded-for"), ["127.0.0.1"], "{path}");
    }
}

#[tokio::test]
async fn the_secret_key_is_nobody_s_unless_that_is_configured() {
    let (edge, mut calls) = recorded("").await;
    let request =
        edge.client().post(format!("{}/auth/v1/token", edge.url())).header("content-type", "application/json");
    request.header("apikey", "sb_publishable_x").body("{}").send().await.unwrap();
    assert_eq!(calls.recv().await.unwrap().header("apikey"), ["sb_publishable_x"]);
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
