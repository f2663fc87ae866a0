//! Health, for the cheap look and the thorough one.

use http::StatusCode;
use secrecy::SecretString;
use serde_json::Value;

use crate::support::{TestEdge, config, config_for, edge, free_port, start, supabase};

const MONITOR: &str = "the monitor's token, long enough to be one";

async fn detailed(edge: &TestEdge, bearer: Option<&str>) -> (StatusCode, Value) {
    let mut request = edge.client().get(format!("{}/health/detailed", edge.url()));
    if let Some(bearer) = bearer {
        request = request.header("apikey", bearer).bearer_auth(bearer);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// Requests in a user's name carry the publishable key beside their token.
async fn detailed_for(edge: &TestEdge, token: &str) -> (StatusCode, Value) {
    let request = edge.client().get(format!("{}/health/detailed", edge.url()));
    let request = request.header("apikey", supabase().await.publishable_key()).bearer_auth(token);
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn the_cheap_look_needs_no_supabase() {
    let edge = start(config_for(&format!("http://127.0.0.1:{}", free_port()))).await;
    let response = edge.client().get(format!("{}/health", edge.url())).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.text().await.unwrap(), r#"{"status":"ok"}"#);
}

#[tokio::test]
async fn admins_the_service_and_monitors_see_every_part() {
    let supabase = supabase().await;
    let edge = edge(|config| config.monitor_token = Some(SecretString::from(MONITOR))).await;
    let admin = supabase.sign_in("health-admin@example.com", "admin").await;
    for answer in [
        detailed_for(&edge, &admin.access_token).await,
        detailed(&edge, Some(supabase.secret_key())).await,
        detailed(&edge, Some(MONITOR)).await,
    ] {
        let (status, health) = answer;
        assert_eq!(status, StatusCode::OK, "{health}");
        assert!(["ok", "degraded"].contains(&health["status"].as_str().unwrap()), "{health}");
        assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
        assert!(health["uptime_seconds"].is_u64(), "{health}");
        for part in ["database", "auth", "storage"] {
            assert_eq!(health["checks"][part]["status"], "ok", "{health}");
            assert!(health["checks"][part]["latency_ms"].is_u64(), "{health}");
        }
        assert!(health["checks"]["jobs"]["status"].is_string(), "{health}");
        // The local Auth confirms addresses itself, so this is said, and makes nothing degraded.
        let warnings = health["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 1, "{health}");
        assert!(warnings[0].as_str().unwrap().contains("confirms e-mail addresses without a mail"), "{health}");
    }
}

#[tokio::test]
async fn nobody_else_sees_them() {
    let supabase = supabase().await;
    let edge = edge(|config| config.monitor_token = Some(SecretString::from(MONITOR))).await;
    let customer = supabase.sign_in("health-customer@example.com", "customer").await;
    let (status, body) = detailed_for(&edge, &customer.access_token).await;
    assert_eq!((status, &body["code"]), (StatusCode::FORBIDDEN, &"forbidden".into()));
    for bearer in [None, Some("another token"), Some(supabase.publishable_key())] {
        let (status, body) = detailed(&edge, bearer).await;
        assert_eq!((status, &body["code"]), (StatusCode::UNAUTHORIZED, &"unauthenticated".into()), "{bearer:?}");
    }
}

#[tokio::test]
async fn without_a_monitor_token_no_token_is_one() {
    let edge = edge(|config| config.monitor_token = None).await;
    for bearer in ["", "null", MONITOR] {
        assert_eq!(detailed(&edge, Some(bearer)).await.0, StatusCode::UNAUTHORIZED, "{bearer}");
    }
}

#[tokio::test]
async fn a_supabase_that_is_gone_is_told_without_its_address() {
    let port = free_port();
    let mut config = config_for(&format!("http://127.0.0.1:{port}"));
    config.monitor_token = Some(SecretString::from(MONITOR));
    let edge = start(config).await;
    let (status, health) = detailed(&edge, Some(MONITOR)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(health["status"], "down");
    for part in ["database", "auth", "storage", "jobs"] {
        assert_eq!(health["checks"][part]["status"], "down", "{health}");
        assert!(health["checks"][part]["error"].is_string(), "{health}");
    }
    assert!(!health.to_string().contains(&port.to_string()), "{health}");
}

#[tokio::test]
async fn a_job_whose_last_run_failed_degrades_it() {
    let supabase = supabase().await;
    let mut config = config(supabase);
    config.monitor_token = Some(SecretString::from(MONITOR));
    let edge = start(config).await;
    let run = |status: &str, ago: &str| {
        let failed = if status == "failed" { "'it broke'" } else { "null" };
        format!(
            "insert into public.job_runs (job, status, started_at, finished_at, error) \
             values ('sweep', '{status}', now() - interval '{ago}', now() - interval '{ago}', {failed});"
        )
    };
    supabase.sql(&run("failed", "2 hours")).await;
    let (status, health) = detailed(&edge, Some(MONITOR)).await;
    assert_eq!((status, &health["status"]), (StatusCode::OK, &"degraded".into()));
    assert_eq!(health["checks"]["jobs"]["error"], "failed: sweep");

    supabase.sql(&run("succeeded", "1 hour")).await;
    let (status, health) = detailed(&edge, Some(MONITOR)).await;
    assert_eq!((status, &health["status"]), (StatusCode::OK, &"ok".into()), "{health}");
    assert_eq!(health["checks"]["jobs"]["status"], "ok");
}
