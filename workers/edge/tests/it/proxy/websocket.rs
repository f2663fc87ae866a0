//! WebSockets, as Realtime speaks them.

use futures_util::{SinkExt as _, StreamExt as _};
use http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, connect_async};

use super::upstream::{Call, edge_before};
use crate::support::{TIMEOUT, TestEdge};

/// An edge before a Realtime that repeats what it hears.
async fn echoing() -> TestEdge {
    let work = |mut call: Call| async move {
        let key = call.header("sec-websocket-key").pop().expect("the handshake is passed on");
        let accept = derive_accept_key(key.as_bytes());
        let headers = "connection: Upgrade\r\nupgrade: websocket\r\n";
        call.say(&format!("HTTP/1.1 101 Switching Protocols\r\n{headers}sec-websocket-accept: {accept}\r\n\r\n")).await;
        let mut socket = WebSocketStream::from_raw_socket(call.stream, Role::Server, None).await;
        while let Some(Ok(message)) = socket.next().await {
            if message.is_text() && socket.send(message).await.is_err() {
                return;
            }
        }
    };
    edge_before(work, |_| {}).await
}

fn address(edge: &TestEdge) -> String {
    format!("{}/realtime/v1/websocket?vsn=1.0.0", edge.url().replace("http://", "ws://"))
}

#[tokio::test]
async fn both_sides_hear_each_other() {
    let edge = echoing().await;
    let (mut socket, response) = connect_async(address(&edge)).await.unwrap();
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    for text in ["marhba", "bienvenue"] {
        socket.send(Message::text(text)).await.unwrap();
        let heard = tokio::time::timeout(TIMEOUT, socket.next()).await.expect("it answers").unwrap().unwrap();
        assert_eq!(heard, Message::text(text));
    }
}

#[tokio::test]
async fn a_stop_of_the_edge_ends_them() {
    let edge = echoing().await;
    let (mut socket, _) = connect_async(address(&edge)).await.unwrap();
    tokio::time::timeout(TIMEOUT, edge.stop()).await.expect("nobody is waited for");
    let ended = tokio::time::timeout(TIMEOUT, socket.next()).await.expect("the client is told");
    assert!(!matches!(ended, Some(Ok(_))), "{ended:?}");
}

#[tokio::test]
async fn a_realtime_that_declines_is_heard() {
    let work = |mut call: Call| async move { call.answer("403 Forbidden", "x-of-realtime: yes\r\n", "no").await };
    let edge = edge_before(work, |_| {}).await;
    let Err(Error::Http(response)) = connect_async(address(&edge)).await else {
        panic!("it was declined");
    };
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(response.headers()["x-of-realtime"], "yes");
}

#[tokio::test]
async fn an_upgrade_is_for_realtime_alone() {
    let work = |mut call: Call| async move {
        let upgrades = call.header("upgrade").len();
        call.answer("200 OK", "", &format!("{upgrades} upgrades")).await;
    };
    let edge = edge_before(work, |_| {}).await;
    let mut stream = tokio::net::TcpStream::connect(edge.url().trim_start_matches("http://")).await.unwrap();
    let request = "GET /rest/v1/x HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("0 upgrades"), "{answer}");
}
