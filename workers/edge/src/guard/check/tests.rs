use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::StatusCode;
use http::header::ORIGIN;
use primostore_shared::{Database, Project};
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::*;
use crate::config::Config;
use crate::guard;
use crate::routes::BodyRule;

/// A guard before a Supabase that nobody reaches.
fn guard() -> Guard {
    guard_with(Settings::default())
}

/// The default limits, in windows that no test sees the end of.
fn guard_of_days() -> Guard {
    guard_with(Settings::of(serde_json::json!({
        "rate_limits.general": "100/day", "rate_limits.orders": "5/day", "rate_limits.sign_in": "10/day",
    })))
}

fn guard_with(settings: Settings) -> Guard {
    let variables = HashMap::from([
        ("SUPABASE_URL", "http://127.0.0.1:9"),
        ("SUPABASE_SECRET_KEY", "sb_secret_0123456789012345678901_abcdefgh"),
        ("MAX_REQUEST_SIZE_MB", "1"),
    ]);
    let (config, _) = Config::from_variables(|name| variables.get(name).map(ToString::to_string)).unwrap();
    let project = Project::new(&config.supabase_url, config.secret_key.clone(), Duration::from_secs(5)).unwrap();
    let (_, settings) = watch::channel(Arc::new(settings));
    Guard::new(&config, &Database::new(project), settings).unwrap().0
}

/// A request of nobody from this peer.
fn request(method: &str, path: &str, peer: &str) -> Request {
    let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
    let request = http::Request::builder().method(method).uri(path).extension(ConnectInfo(peer));
    request.body(Body::empty()).unwrap()
}

fn context(caller: Caller) -> RequestContext {
    let parts = request("GET", "/", "192.0.2.1").into_parts().0;
    RequestContext { caller, ..super::context(&guard(), &Settings::default(), &parts) }
}

/// How many of so many requests a guard lets pass.
async fn passed(guard: &Guard, count: usize, make: impl Fn() -> Request) -> usize {
    let served = Router::new().fallback(|| async { StatusCode::OK });
    let router = guard::around(served, guard);
    let mut passed = 0;
    for _ in 0..count {
        let status = router.clone().oneshot(make()).await.unwrap().status();
        assert!(status == StatusCode::OK || status == StatusCode::TOO_MANY_REQUESTS, "{status}");
        passed += usize::from(status == StatusCode::OK);
    }
    passed
}

fn route() -> Route {
    *routes::find(&Method::POST, "/functions/v1/stripe/webhook", None)
}

#[tokio::test]
async fn a_route_can_count_what_was_refused_and_nothing_else() {
    let (guard, settings, nobody) = (guard(), Settings::default(), context(Caller::Anonymous));
    let route = Route { limits: &[], refusal_limits: &[Bucket::Orders], ..route() };
    for _ in 0..10 {
        assert_eq!(guard.count(route.limits, &nobody, &settings).await, Ok(None));
    }
    for _ in 0..5 {
        assert!(guard.count(route.refusal_limits, &nobody, &settings).await.is_ok());
    }
    assert!(guard.count(route.refusal_limits, &nobody, &settings).await.is_err());
}

#[tokio::test]
async fn the_service_is_never_counted() {
    let (guard, settings, service) = (guard(), Settings::default(), context(Caller::Service));
    for _ in 0..10 {
        assert_eq!(guard.count(&[Bucket::Orders], &service, &settings).await, Ok(None));
    }
}

#[tokio::test]
async fn the_smaller_of_a_route_s_limit_and_the_configured_one_holds() {
    let limit = |limit| guard().body_limit(&Route { body: BodyRule { limit, ..BodyRule::ANY }, ..route() });
    assert_eq!((limit(Some(10)), limit(Some(10 * 1024 * 1024)), limit(None)), (10, 1024 * 1024, 1024 * 1024));
}

#[tokio::test]
async fn who_comes_through_a_gateway_does_not_use_up_the_limits_of_the_others() {
    let (guard, nowhere) = (guard_of_days(), "/nowhere");
    assert!(!guard.gateway().was_noticed());
    assert_eq!(passed(&guard, 300, || request("GET", nowhere, "10.88.0.1")).await, 300);
    assert!(guard.gateway().was_noticed(), "the operator is told");
    assert_eq!(passed(&guard, 300, || request("GET", nowhere, "192.0.2.1")).await, 100);
}

#[tokio::test]
async fn without_a_peer_nobody_is_counted() {
    let guard = guard_of_days();
    let nobody = || http::Request::builder().uri("/nowhere").body(Body::empty()).unwrap();
    assert_eq!(passed(&guard, 300, nobody).await, 300);
    let parts = nobody().into_parts().0;
    assert_eq!(super::context(&guard, &Settings::default(), &parts).ip, None);
}

#[tokio::test]
async fn a_question_counts_as_what_it_asks_about() {
    let guard = guard_of_days();
    let order = "/rest/v1/rpc/place_order";
    assert_eq!(passed(&guard, 10, || request("OPTIONS", order, "192.0.2.1")).await, 5);
    let mut asked = request("OPTIONS", "/auth/v1/verify", "192.0.2.1");
    asked.headers_mut().insert(ACCESS_CONTROL_REQUEST_METHOD, "POST".parse().unwrap());
    let (parts, _) = asked.into_parts();
    let about_codes = || Request::from_parts(parts.clone(), Body::empty());
    assert_eq!(passed(&guard, 20, about_codes).await, 10);
}

#[tokio::test]
async fn a_preflight_uses_up_no_limit_of_what_it_asks_about() {
    let guard = guard_of_days();
    let preflight = || {
        let mut asked = request("OPTIONS", "/rest/v1/rpc/place_order", "192.0.2.1");
        asked.headers_mut().insert(ORIGIN, "https://shop.example".parse().unwrap());
        asked.headers_mut().insert(ACCESS_CONTROL_REQUEST_METHOD, "POST".parse().unwrap());
        asked
    };
    assert_eq!(passed(&guard, 150, preflight).await, 100);
    assert_eq!(passed(&guard, 10, || request("POST", "/rest/v1/rpc/place_order", "192.0.2.1")).await, 5);
}

#[tokio::test]
async fn a_question_needs_no_body_of_what_it_asks_about() {
    let about_payment = || {
        let mut asked = request("OPTIONS", "/functions/v1/payment-link", "192.0.2.1");
        asked.headers_mut().insert(ORIGIN, "https://shop.example".parse().unwrap());
        asked.headers_mut().insert(ACCESS_CONTROL_REQUEST_METHOD, "POST".parse().unwrap());
        asked
    };
    assert_eq!(passed(&guard(), 3, about_payment).await, 3);
}
