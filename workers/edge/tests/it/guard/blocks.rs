//! Who is not let in.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::{address, guarded, logged, request, told};
use crate::support::{eventually, settings, supabase};

#[tokio::test]
async fn scanners_are_refused_and_logged_with_address_and_request_id() {
    let (edge, from, id) = (guarded(|_| {}).await, address(), Uuid::new_v4().to_string());
    let asked = request(&edge, Method::GET, "/rest/v1/products?select=id&limit=1&secret=x", &from).await;
    let answer = asked.header("user-agent", "SQLMap/1.8").header("x-request-id", &id).send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], id.as_str());
    assert_eq!(told(answer).await, (403, "blocked".to_owned()));
    let entry = logged(&id).await;
    assert_eq!(entry["event_type"], "blocked_user_agent");
    assert_eq!(entry["ip_address"], from.as_str());
    assert_eq!(entry["user_agent"], "SQLMap/1.8");
    assert_eq!(entry["endpoint"], "GET /rest/v1/products");
    assert_eq!(entry["severity"], "warning");

    let asked = request(&edge, Method::GET, "/rest/v1/products?select=id&limit=1", &from).await;
    assert_eq!(asked.header("user-agent", "Mozilla/5.0").send().await.unwrap().status(), 200);
    edge.stop().await;
}

#[tokio::test]
async fn an_address_is_blocked_soon_after_the_setting_says_so_and_free_soon_after_it_does_not() {
    let (edge, blocked, free) = (guarded(|_| {}).await, address(), address());
    let status = async |from: &str| request(&edge, Method::GET, "/health", from).await.send().await.unwrap().status();
    assert_eq!(status(&blocked).await, 200);
    let changed = settings(&[("security.blocked_ips", json!([format!("{blocked}/32")]))]).await;
    eventually("the block", async || (status(&blocked).await == 403).then_some(())).await;
    assert_eq!(status(&free).await, 200);
    drop(changed);
    eventually("the end of the block", async || (status(&blocked).await == 200).then_some(())).await;
    edge.stop().await;
}

#[tokio::test]
async fn a_repeat_offender_is_blocked_for_a_time_and_nobody_else() {
    let _changed = settings(&[
        ("rate_limits.enabled", json!(true)),
        ("rate_limits.general", json!("500/minute")),
        ("rate_limits.orders", json!("100/minute")),
        ("security.auto_block_after", json!(100)),
    ])
    .await;
    let (edge, offender, other) = (guarded(|_| {}).await, address(), address());
    for _ in 0..100 {
        let asked = request(&edge, Method::GET, "/rest/v1//products", &offender).await;
        assert_eq!(asked.send().await.unwrap().status(), 404);
    }
    let status = async |from: &str| request(&edge, Method::GET, "/health", from).await.send().await.unwrap().status();
    eventually("the block", async || (status(&offender).await == 403).then_some(())).await;
    assert_eq!(status(&other).await, 200);
    let events = format!(
        "select count(*) from public.security_logs where event_type = 'address_blocked' and ip_address = '{offender}'"
    );
    assert_eq!(supabase().await.query_one::<i64>(&events).await, 1);
    edge.stop().await;
}

#[tokio::test]
async fn a_path_of_two_meanings_is_refused() {
    let (edge, from) = (guarded(|_| {}).await, address());
    for path in ["//rest/v1/products", "/rest/v1/rpc//place_order", "/rest%2Fv1/products", "/rest/v1/products%00"] {
        let asked = request(&edge, Method::POST, path, &from).await.json(&json!({}));
        assert_eq!(told(asked.send().await.unwrap()).await, (404, "not_found".to_owned()), "{path}");
    }
    let id = Uuid::new_v4().to_string();
    let trace = request(&edge, Method::TRACE, "/rest/v1/products", &from).await.header("x-request-id", &id);
    assert_eq!(told(trace.send().await.unwrap()).await, (404, "not_found".to_owned()));
    assert_eq!(logged(&id).await["event_type"], "invalid_request");
    edge.stop().await;
}
