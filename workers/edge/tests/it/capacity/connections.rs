//! How many connections there may be.

use super::{connect_from, health, is_busy, is_served, served_again};
use crate::support::{config_for, free_port, start};
use primostore_edge::Config;

use crate::support::TestEdge;

/// An edge before nobody.
async fn edge(change: impl FnOnce(&mut Config)) -> TestEdge {
    let mut config = config_for(&format!("http://127.0.0.1:{}", free_port()));
    change(&mut config);
    start(config).await
}

#[tokio::test]
async fn one_client_does_not_take_the_connections_of_others() {
    let edge = edge(|config| config.capacity.connections_per_address = 2).await;
    let first = connect_from("127.0.0.2", &edge).await;
    let _second = connect_from("127.0.0.2", &edge).await;
    let answer = health(connect_from("127.0.0.2", &edge).await).await;
    assert!(is_busy(&answer), "{answer}");
    assert!(is_served(&health(connect_from("127.0.0.3", &edge).await).await));
    drop(first);
    served_again("127.0.0.2", &edge).await;
}

#[tokio::test]
async fn connections_above_all_that_there_may_be_are_told_to_come_again() {
    let edge = edge(|config| config.capacity.connections = 3).await;
    let mut held = Vec::new();
    for from in ["127.0.0.1", "127.0.0.2", "127.0.0.3"] {
        held.push(connect_from(from, &edge).await);
    }
    let answer = health(connect_from("127.0.0.4", &edge).await).await;
    assert!(is_busy(&answer), "{answer}");
    drop(held);
    served_again("127.0.0.4", &edge).await;
}

#[tokio::test]
async fn a_trusted_proxy_has_as_many_as_it_needs() {
    let edge = edge(|config| {
        config.capacity.connections_per_address = 1;
        config.client_ip_header = Some("x-real-ip".parse().unwrap());
    })
    .await;
    let _held = [connect_from("127.0.0.2", &edge).await, connect_from("127.0.0.2", &edge).await];
    assert!(is_served(&health(connect_from("127.0.0.2", &edge).await).await));
}

#[tokio::test]
async fn the_operator_sees_metrics_of_an_edge_that_is_full() {
    let edge = edge(|config| {
        config.capacity.connections = 1;
        config.metrics_address = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let _held = connect_from("127.0.0.2", &edge).await;
    assert!(is_busy(&health(connect_from("127.0.0.3", &edge).await).await));
    let metrics = format!("http://{}/metrics", edge.metrics_address().unwrap());
    assert_eq!(edge.client().get(metrics).send().await.unwrap().status(), 200);
}
