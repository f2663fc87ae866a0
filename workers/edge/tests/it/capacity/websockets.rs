//! How many WebSockets there may be.

use futures_util::{SinkExt as _, StreamExt as _};
use primostore_edge::Config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::proxy::upstream::{Call, edge_before};
use crate::support::{TestEdge, eventually};

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// An edge before a Realtime that listens.
async fn edge(change: impl FnOnce(&mut Config)) -> TestEdge {
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
    edge_before(work, |config| {
        config.client_ip_header = Some("x-real-ip".parse().unwrap());
        change(config);
    })
    .await
}

/// A WebSocket of a client at this address.
async fn open(edge: &TestEdge, address: &str) -> Result<Socket, Error> {
    let url = format!("{}/realtime/v1/websocket?vsn=1.0.0", edge.url().replace("http://", "ws://"));
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("x-real-ip", address.parse().unwrap());
    connect_async(request).await.map(|(socket, _)| socket)
}

fn assert_busy(opened: Result<Socket, Error>) {
    let Err(Error::Http(response)) = opened else { panic!("there was room") };
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &"5".parse().unwrap()));
}

/// Waits until a client at this address gets one.
async fn opens_again(edge: &TestEdge, address: &str) {
    eventually("a WebSocket opens", async || open(edge, address).await.ok()).await;
}

#[tokio::test]
async fn one_client_does_not_take_those_of_others() {
    let edge = edge(|config| config.capacity.websockets_per_address = 1).await;
    let mut held = open(&edge, "2001:db8::1").await.unwrap();
    assert_busy(open(&edge, "2001:db8::2").await);
    open(&edge, "2001:db8:0:1::1").await.unwrap();
    held.send(Message::text("still there")).await.unwrap();
    assert_eq!(held.next().await.unwrap().unwrap(), Message::text("still there"));
    drop(held);
    opens_again(&edge, "2001:db8::2").await;
}

#[tokio::test]
async fn those_above_all_that_there_may_be_are_told_to_come_again() {
    let edge = edge(|config| config.capacity.websockets = 2).await;
    let held = [open(&edge, "192.0.2.1").await.unwrap(), open(&edge, "192.0.2.2").await.unwrap()];
    assert_busy(open(&edge, "192.0.2.3").await);
    // Others are served.
    let response = edge.client().get(format!("{}/health", edge.url())).send().await.unwrap();
    assert_eq!(response.status(), 200);
    drop(held);
    opens_again(&edge, "192.0.2.3").await;
}

#[tokio::test]
async fn one_that_realtime_declines_takes_no_place() {
    let work = |mut call: Call| async move { call.answer("403 Forbidden", "", "no").await };
    let edge = edge_before(work, |config| config.capacity.websockets = 1).await;
    for _ in 0..3 {
        let Err(Error::Http(response)) = open(&edge, "192.0.2.1").await else { panic!("it was declined") };
        assert_eq!(response.status(), 403);
    }
}
