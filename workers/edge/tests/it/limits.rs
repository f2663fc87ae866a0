//! How often is too often.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::guard::{address, guarded, logged, network, request};
use crate::support::{Changed, TestEdge, eventually, settings, supabase};

/// Limits that no end of a minute interrupts, and that are high where the database counts for other tests too.
async fn limits_on(others: &[(&str, Value)]) -> Changed {
    let mut changes = vec![
        ("rate_limits.enabled", json!(true)),
        ("rate_limits.general", json!("1000/hour")),
        ("rate_limits.orders", json!("40/hour")),
        ("rate_limits.coupons", json!("30/hour")),
        ("security.auto_block_after", json!(100_000)),
    ];
    changes.extend(others.iter().cloned());
    settings(&changes).await
}

/// Who sends: an address, and a token of somebody who is signed in.
struct Sender<'a> {
    from: &'a str,
    token: Option<&'a str>,
}

async fn send(edge: &TestEdge, method: Method, path: &str, sender: &Sender<'_>) -> Response {
    let asked = request(edge, method.clone(), path, sender.from).await;
    let asked = if method == Method::POST { asked.json(&json!({})) } else { asked };
    let asked = match sender.token {
        Some(token) => asked.bearer_auth(token),
        None => asked,
    };
    asked.send().await.unwrap()
}

/// Sends until it is refused, and expects that after `allowed`.
async fn assert_allows(edge: &TestEdge, method: Method, path: &str, sender: &Sender<'_>, allowed: usize) -> Response {
    for sent in 0..allowed {
        let answer = send(edge, method.clone(), path, sender).await;
        assert_ne!(answer.status(), 429, "{path} after {sent}");
    }
    let refused = send(edge, method, path, sender).await;
    assert_eq!(refused.status(), 429, "{path} after {allowed}");
    refused
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn guest(from: &str) -> Sender<'_> {
    Sender { from, token: None }
}

#[tokio::test]
async fn an_address_has_its_general_limit_and_is_told_where_it_stands() {
    let _limits = limits_on(&[]).await;
    let (edge, from, other) = (guarded(|_| {}).await, address(), address());
    let first = send(&edge, Method::GET, "/nowhere", &guest(&from)).await;
    assert_eq!(header(&first, "ratelimit-policy"), "\"general\";q=1000;w=3600");
    assert!(header(&first, "ratelimit").starts_with("\"general\";r=999;t="));
    let refused = assert_allows(&edge, Method::GET, "/nowhere", &guest(&from), 999).await;
    let wait: u64 = header(&refused, "retry-after").parse().unwrap();
    assert!((1..=3600).contains(&wait));
    assert_eq!(header(&refused, "ratelimit"), format!("\"general\";r=0;t={wait}"));
    let body: Value = refused.json().await.unwrap();
    assert_eq!(
        (&body["code"], &body["details"]),
        (&json!("rate_limited"), &json!(format!("{{\"retry_after\":{wait}}}")))
    );

    assert_eq!(send(&edge, Method::GET, "/nowhere", &guest(&other)).await.status(), 404);
    // Health has a limit of its own.
    let health = send(&edge, Method::GET, "/health", &guest(&from)).await;
    assert_eq!((health.status().as_u16(), header(&health, "ratelimit-policy")), (200, "\"health\";q=1000;w=60"));
    edge.stop().await;
}

#[tokio::test]
async fn sign_ins_by_password_are_limited_by_address_and_the_refusal_is_logged() {
    let _limits = limits_on(&[]).await;
    let (edge, from, id) = (guarded(|_| {}).await, address(), Uuid::new_v4().to_string());
    let path = "/auth/v1/token?grant_type=password";
    let refused = assert_allows(&edge, Method::POST, path, &guest(&from), 10).await;
    assert_eq!(header(&refused, "ratelimit-policy"), "\"sign_in\";q=10;w=3600");
    for dodge in ["/auth/v1/token/?grant_type=pass%77ord", "/auth/v1/token", "/auth/v1/tok%65n?grant_type=password"] {
        assert_eq!(send(&edge, Method::POST, dodge, &guest(&from)).await.status(), 429, "{dodge}");
    }
    let refresh = "/auth/v1/token?grant_type=refresh_token";
    assert_ne!(send(&edge, Method::POST, refresh, &guest(&from)).await.status(), 429);
    assert_ne!(send(&edge, Method::POST, path, &guest(&address())).await.status(), 429);

    let asked = request(&edge, Method::POST, path, &from).await.header("x-request-id", &id).json(&json!({}));
    assert_eq!(asked.send().await.unwrap().status(), 429);
    let entry = logged(&id).await;
    assert_eq!((&entry["event_type"], &entry["ip_address"]), (&json!("rate_limited"), &json!(from)));
    assert_eq!(entry["endpoint"], "POST /auth/v1/token");
    assert_eq!(entry["request_data"], json!({ "limit": "sign_in" }));
    edge.stop().await;
}

#[tokio::test]
async fn orders_are_limited_by_customer_and_by_address_for_guests() {
    let _limits = limits_on(&[]).await;
    let edge = guarded(|_| {}).await;
    let (from, supabase) = (address(), supabase().await);
    let path = "/rest/v1/rpc/place_order";
    // Nothing in them is an order: the database counts none of these.
    assert_allows(&edge, Method::POST, path, &guest(&from), 40).await;
    assert_eq!(send(&edge, Method::POST, "/rest/v1/rpc/place%5Forder", &guest(&from)).await.status(), 429);
    let customer = supabase.sign_in("limits-orders@example.com", "customer").await;
    let signed_in = Sender { from: &from, token: Some(&customer.access_token) };
    let refused = assert_allows(&edge, Method::POST, path, &signed_in, 40).await;
    assert_eq!(header(&refused, "ratelimit-policy"), "\"orders\";q=40;w=3600");
    let elsewhere = address();
    let moved = Sender { from: &elsewhere, token: signed_in.token };
    assert_eq!(send(&edge, Method::POST, path, &moved).await.status(), 429, "another address is no other customer");
    edge.stop().await;
}

#[tokio::test]
async fn guesses_at_coupons_and_guests_orders_are_limited_by_address() {
    let _limits = limits_on(&[]).await;
    let edge = guarded(|_| {}).await;
    for (path, limit) in [("validate_coupon", "coupons"), ("track_order", "guest_orders")] {
        let from = address();
        let refused = assert_allows(&edge, Method::POST, &format!("/rest/v1/rpc/{path}"), &guest(&from), 30).await;
        assert_eq!(header(&refused, "ratelimit-policy"), format!("\"{limit}\";q=30;w=3600"));
        assert_ne!(send(&edge, Method::GET, "/nowhere", &guest(&from)).await.status(), 429);
    }
    edge.stop().await;
}

#[tokio::test]
async fn guest_tokens_are_no_guesses() {
    let _limits = limits_on(&[("rate_limits.coupons", json!("3/hour"))]).await;
    let edge = guarded(|_| {}).await;
    let from = address();
    for _ in 0..6 {
        for path in ["guest_order", "cancel_guest_order"] {
            let answer = send(&edge, Method::POST, &format!("/rest/v1/rpc/{path}"), &guest(&from)).await;
            assert_eq!(header(&answer, "ratelimit-policy"), "\"general\";q=1000;w=3600", "{path}");
        }
    }
    edge.stop().await;
}

#[tokio::test]
async fn the_edge_and_the_database_end_a_window_together() {
    let _limits = limits_on(&[("rate_limits.orders", json!("3/day"))]).await;
    let (edge, from, supabase) = (guarded(|_| {}).await, address(), supabase().await);
    let refused = assert_allows(&edge, Method::POST, "/rest/v1/rpc/place_order", &guest(&from), 3).await;
    let told: i64 = header(&refused, "retry-after").parse().unwrap();
    let left: i64 = supabase.query_one("select (private.limit_window('3/day')).seconds_left::bigint").await;
    // Between the two answers the clock went on.
    assert!((left..left + 10).contains(&told), "{told} seconds at the edge, {left} in the database");
    edge.stop().await;
}

#[tokio::test]
async fn an_admin_has_a_limit_of_their_own_and_one_for_new_products() {
    let _limits = limits_on(&[]).await;
    let edge = guarded(|_| {}).await;
    let (from, supabase) = (address(), supabase().await);
    let admin = supabase.sign_in("limits-admin@example.com", "admin").await;
    let customer = supabase.sign_in("limits-customer@example.com", "customer").await;
    let of_admin = Sender { from: &from, token: Some(&admin.access_token) };
    let of_customer = Sender { from: &from, token: Some(&customer.access_token) };
    let listed = "/rest/v1/products?limit=1";
    eventually("the edge hears of the new admin", async || {
        let answer = send(&edge, Method::GET, listed, &of_admin).await;
        assert_eq!(answer.status(), 200);
        (header(&answer, "ratelimit-policy") == "\"admin\";q=500;w=60").then_some(())
    })
    .await;
    let answer = send(&edge, Method::GET, listed, &of_customer).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "ratelimit-policy")), (200, "\"general\";q=1000;w=3600"));
    let refused = assert_allows(&edge, Method::POST, "/rest/v1/products", &of_admin, 20).await;
    assert_eq!(header(&refused, "ratelimit-policy"), "\"product_create\";q=20;w=3600");
    assert_eq!(send(&edge, Method::GET, listed, &of_admin).await.status(), 200);
    edge.stop().await;
}

#[tokio::test]
async fn the_service_is_not_limited() {
    let _limits = limits_on(&[]).await;
    let (edge, from, supabase) = (guarded(|_| {}).await, address(), supabase().await);
    for _ in 0..12 {
        let asked = edge.client().post(format!("{}/auth/v1/token?grant_type=password", edge.url()));
        let asked = asked.header("x-test-address", &from).header("apikey", supabase.secret_key());
        let answer = asked.bearer_auth(supabase.secret_key()).json(&json!({})).send().await.unwrap();
        assert_ne!(answer.status(), 429);
        assert!(!answer.headers().contains_key("ratelimit"));
    }
    edge.stop().await;
}

#[tokio::test]
async fn a_changed_limit_is_seen_soon_and_none_holds_while_limits_are_off() {
    let limits = limits_on(&[("rate_limits.sign_in", json!("7/hour"))]).await;
    let (edge, from) = (guarded(|_| {}).await, address());
    let policy = async || {
        let answer = send(&edge, Method::POST, "/auth/v1/token?grant_type=password", &guest(&from)).await;
        header(&answer, "ratelimit-policy").to_owned()
    };
    assert_eq!(policy().await, "\"sign_in\";q=7;w=3600");
    supabase()
        .await
        .sql("update public.system_settings set value = '\"3/day\"' where key = 'rate_limits.sign_in'")
        .await;
    eventually("the new limit", async || (policy().await == "\"sign_in\";q=3;w=86400").then_some(())).await;
    drop(limits);
    eventually("the end of limits", async || policy().await.is_empty().then_some(())).await;
    edge.stop().await;
}

#[tokio::test]
async fn what_auth_sends_and_what_can_be_guessed_there_is_limited_as_sign_in_is_each_by_itself() {
    let _limits = limits_on(&[("rate_limits.sign_in", json!("2/day"))]).await;
    let (edge, from) = (guarded(|_| {}).await, address());
    for (method, paths, limit) in [
        (Method::POST, &["signup"][..], "sign_up"),
        (Method::POST, &["recover", "otp", "magiclink", "resend"], "auth_mails"),
        (Method::POST, &["verify"], "auth_codes"),
        (Method::POST, &["factors/7/verify"], "second_factors"),
        (Method::POST, &["token?grant_type=password"], "sign_in"),
    ] {
        let path = |name: &str| format!("/auth/v1/{name}");
        let refused = assert_allows(&edge, method.clone(), &path(paths[0]), &guest(&from), 2).await;
        assert_eq!(header(&refused, "ratelimit-policy"), format!("\"{limit}\";q=2;w=86400"));
        for other in paths {
            assert_eq!(send(&edge, method.clone(), &path(other), &guest(&from)).await.status(), 429, "{other}");
        }
    }
    // A link in a mail can't be guessed.
    assert_ne!(send(&edge, Method::GET, "/auth/v1/verify?token=x&type=signup", &guest(&from)).await.status(), 429);
    edge.stop().await;
}

#[tokio::test]
async fn an_ipv6_customer_s_guesses_are_one_customer_s() {
    let _limits = limits_on(&[("rate_limits.coupons", json!("30/day"))]).await;
    let (edge, of, other) = (guarded(|_| {}).await, network(), network());
    let path = "/rest/v1/rpc/validate_coupon";
    for number in 1..=30 {
        assert_ne!(send(&edge, Method::POST, path, &guest(&of(number))).await.status(), 429, "after {number}");
    }
    assert_eq!(send(&edge, Method::POST, path, &guest(&of(0xffff))).await.status(), 429);
    assert_ne!(send(&edge, Method::POST, path, &guest(&other(1))).await.status(), 429);
    edge.stop().await;
}
