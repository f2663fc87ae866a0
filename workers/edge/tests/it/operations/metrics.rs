//! Metrics, on an address of their own.

use http::StatusCode;
use serde_json::json;

use crate::support::{edge, eventually, settings};

/// The value of a metric's line that has all of these in it; tests share one process, so it may be more.
fn value(text: &str, parts: &[&str]) -> Option<f64> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let line = lines.find(|line| parts.iter().all(|part| line.contains(part)))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test]
async fn requests_are_counted_and_measured_by_route_never_by_path() {
    let edge = edge(|config| config.metrics_address = Some("127.0.0.1:0".parse().unwrap())).await;
    let metrics = format!("http://{}/metrics", edge.metrics_address().expect("they are served"));
    let get = async |url: String| edge.client().get(url).send().await.unwrap();
    get(format!("{}/health", edge.url())).await;
    get(format!("{}/rest/v1/products?limit=1", edge.url())).await;
    get(format!("{}/pay/a-token-of-a-customer", edge.url())).await;
    get(format!("{}/somewhere/else", edge.url())).await;

    let response = get(metrics).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let text = response.text().await.unwrap();
    for parts in [
        &["http_requests_total{", r#"route="/health""#, r#"method="GET""#, r#"status="200""#][..],
        &["http_requests_total{", r#"route="rest""#],
        &["http_requests_total{", r#"route="/pay/{token}""#],
        &["http_requests_total{", r#"route="other""#, r#"status="404""#],
        &["http_request_duration_seconds_count{", r#"route="rest""#],
        &["http_request_duration_seconds_bucket{", r#"route="/health""#, r#"le="0.5""#],
        &["upstream_duration_seconds_count{", r#"service="rest""#],
    ] {
        assert!(value(&text, parts).is_some_and(|value| value >= 1.0), "{parts:?} isn't in:\n{text}");
    }
    assert!(value(&text, &["http_requests_in_flight"]).is_some(), "{text}");
    for path in ["a-token-of-a-customer", "somewhere"] {
        assert!(!text.contains(path), "{text}");
    }
}

#[tokio::test]
async fn limits_hit_and_refusals_are_counted() {
    let _settings = settings(&[("rate_limits.enabled", json!(true)), ("rate_limits.health", json!("1/hour"))]).await;
    let edge = edge(|config| config.metrics_address = Some("127.0.0.1:0".parse().unwrap())).await;
    let health = format!("{}/health", edge.url());
    eventually("a request over the limit", async || {
        let status = edge.client().get(&health).send().await.unwrap().status();
        (status == StatusCode::TOO_MANY_REQUESTS).then_some(())
    })
    .await;
    let metrics = format!("http://{}/metrics", edge.metrics_address().unwrap());
    let text = edge.client().get(metrics).send().await.unwrap().text().await.unwrap();
    assert!(value(&text, &["limits_hit_total{", r#"limit="health""#]).is_some_and(|hits| hits >= 1.0), "{text}");
    assert!(value(&text, &["refusals_total{", r#"reason="rate_limited""#]).is_some_and(|hits| hits >= 1.0), "{text}");
}

#[tokio::test]
async fn metrics_are_not_for_the_public() {
    let edge = edge(|_| {}).await;
    assert!(edge.metrics_address().is_none());
    let response = edge.client().get(format!("{}/metrics", edge.url())).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
