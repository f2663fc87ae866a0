//! A stop finishes what is under way, and waits for nobody else.

use std::time::Duration;

use http::StatusCode;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::proxy::upstream::{Call, edge_before};
use crate::support::{TIMEOUT, edge, eventually};

#[tokio::test]
async fn a_request_under_way_is_finished() {
    let (sender, mut calls) = mpsc::unbounded_channel();
    let work = move |call: Call| {
        let sender = sender.clone();
        async move { sender.send(call).unwrap() }
    };
    let edge = edge_before(work, |_| {}).await;
    let (url, client) = (edge.url().to_owned(), edge.client().clone());
    let request = tokio::spawn(client.get(format!("{url}/rest/v1/products")).send());
    let mut call = calls.recv().await.unwrap();

    let stopped = tokio::spawn(edge.stop());
    // It takes nobody else in.
    eventually("connections are refused", async || {
        TcpStream::connect(url.trim_start_matches("http://")).await.is_err().then_some(())
    })
    .await;
    assert!(!stopped.is_finished());
    call.answer("200 OK", "", "finished").await;
    let response = request.await.unwrap().unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.text().await.unwrap(), "finished");
    tokio::time::timeout(TIMEOUT, stopped).await.expect("then it ends").unwrap();
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_in_the_end() {
    let (sender, mut calls) = mpsc::unbounded_channel();
    let work = move |call: Call| {
        let sender = sender.clone();
        async move { sender.send(call).unwrap() }
    };
    let edge = edge_before(work, |config| config.shutdown_timeout = Duration::from_millis(100)).await;
    let request = tokio::spawn(edge.client().get(format!("{}/rest/v1/products", edge.url())).send());
    let _held = calls.recv().await.unwrap();
    tokio::time::timeout(TIMEOUT, edge.stop()).await.expect("it ends");
    request.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn idle_connections_are_not_waited_for() {
    let edge = edge(|config| config.shutdown_timeout = Duration::from_secs(3600)).await;
    let used = edge.client().get(format!("{}/health", edge.url())).send().await.unwrap();
    assert_eq!(used.status(), StatusCode::OK);
    let _unused = TcpStream::connect(edge.url().trim_start_matches("http://")).await.unwrap();
    tokio::time::timeout(TIMEOUT, edge.stop()).await.expect("it ends");
}
