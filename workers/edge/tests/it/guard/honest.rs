//! What honest browsers do never adds up to a block.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::{ADDRESS, address, guarded, logged, request, told};
use crate::support::{TestEdge, settings, supabase};

/// That the last of these refusals is in the log, as what blocks nobody.
async fn assert_unblamed(edge: &TestEdge, from: &str, id: &str) {
    assert_eq!(logged(id).await["severity"], "info");
    let blocked = format!("select exists (select from private.blocked_addresses where ip = '{from}')");
    assert!(!supabase().await.query_one::<bool>(&blocked).await);
    let asked = request(edge, Method::GET, "/health", from).await;
    assert_eq!(asked.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn pictures_are_neither_counted_nor_held_against_anybody() {
    let _changed = settings(&[
        ("rate_limits.enabled", json!(true)),
        ("rate_limits.general", json!("100/day")),
        ("security.auto_block_after", json!(20)),
    ])
    .await;
    let (edge, from, id) = (guarded(|_| {}).await, address(), Uuid::new_v4().to_string());
    let picture = format!("/storage/v1/object/public/product-images/{id}.webp");
    for sent in 0..130 {
        let answer = edge.client().get(format!("{}{picture}", edge.url())).header(ADDRESS, &from).send().await.unwrap();
        assert!(answer.status() == 400 || answer.status() == 404, "{} after {sent}: there is no such", answer.status());
        assert!(!answer.headers().contains_key("ratelimit"));
    }
    let order = request(&edge, Method::POST, "/rest/v1/rpc/place_order", &from).await.json(&json!({}));
    let (status, code) = told(order.send().await.unwrap()).await;
    assert!(![403, 429].contains(&status), "{status} {code}");
    edge.stop().await;
}

#[tokio::test]
async fn reading_too_much_and_searching_too_much_block_nobody() {
    let _changed = settings(&[
        ("rate_limits.enabled", json!(true)),
        ("rate_limits.general", json!("1/day")),
        ("security.auto_block_after", json!(2)),
    ])
    .await;
    let edge = guarded(|_| {}).await;
    for (method, path) in [
        (Method::GET, "/rest/v1/products?limit=1"),
        (Method::HEAD, "/rest/v1/products?limit=1"),
        (Method::POST, "/rest/v1/rpc/search_products"),
        (Method::GET, "/rest/v1/rpc/search_products"),
    ] {
        let (from, id) = (address(), Uuid::new_v4().to_string());
        for sent in 0..6 {
            let asked = request(&edge, method.clone(), path, &from).await;
            let asked = if sent == 5 { asked.header("x-request-id", &id) } else { asked };
            let asked = if method == Method::POST { asked.json(&json!({})) } else { asked };
            let status = asked.send().await.unwrap().status();
            assert_eq!(status == 429, sent > 0, "{method} {path} {status}");
        }
        assert_unblamed(&edge, &from, &id).await;
    }
    edge.stop().await;
}

#[tokio::test]
async fn what_another_site_s_page_makes_a_browser_send_blocks_nobody() {
    let _changed = settings(&[("rate_limits.enabled", json!(true)), ("security.auto_block_after", json!(2))]).await;
    let (edge, from, id) = (guarded(|_| {}).await, address(), Uuid::new_v4().to_string());
    for sent in 0..6 {
        let asked = edge.client().get(format!("{}/rest/v1//products", edge.url())).header(ADDRESS, &from);
        let asked = asked.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "no-cors");
        let asked = asked.header("sec-fetch-dest", "image");
        let asked = if sent == 5 { asked.header("x-request-id", &id) } else { asked };
        assert_eq!(asked.send().await.unwrap().status(), 404, "it is refused all the same");
    }
    assert_unblamed(&edge, &from, &id).await;
    edge.stop().await;
}

#[tokio::test]
async fn preflights_over_their_limit_are_refused_and_block_nobody() {
    let _changed = settings(&[
        ("rate_limits.enabled", json!(true)),
        ("rate_limits.general", json!("3/day")),
        ("security.auto_block_after", json!(2)),
    ])
    .await;
    let (edge, from, id) = (guarded(|_| {}).await, address(), Uuid::new_v4().to_string());
    for sent in 0..8 {
        let asked = request(&edge, Method::OPTIONS, "/rest/v1/rpc/place_order", &from).await;
        let asked = asked.header("origin", "https://shop.example").header("access-control-request-method", "POST");
        let asked = if sent == 7 { asked.header("x-request-id", &id) } else { asked };
        let status = asked.send().await.unwrap().status();
        assert_eq!(status.as_u16(), if sent < 3 { 200 } else { 429 }, "after {sent}");
    }
    assert_unblamed(&edge, &from, &id).await;
    let get = request(&edge, Method::GET, "/rest/v1/products?limit=1", &from).await;
    assert_eq!(get.send().await.unwrap().status(), 200, "preflights use up nothing else");
    edge.stop().await;
}
