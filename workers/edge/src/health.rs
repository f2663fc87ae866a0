//! Health: a cheap look for load balancers, a thorough one for admins and monitors.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use chrono::{TimeDelta, Utc};
use http::header::{AUTHORIZATION, CACHE_CONTROL};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::Edge;
use crate::error::{ApiError, ErrorBody};
use crate::visitor::{Caller, Visitor};

/// How long one check may take.
const CHECK_WITHIN: Duration = Duration::from_secs(3);

/// How long ago a job's run may lie to say anything.
const RECENT: TimeDelta = TimeDelta::hours(24);

const NOT_KEPT: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(detailed))
}

/// That the edge serves.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alive {
    /// `ok`.
    status: Status,
}

/// Whether the edge serves. Asks nothing of Supabase.
#[utoipa::path(get, path = "/health", responses((status = 200, description = "It serves.", body = Alive)))]
pub(crate) async fn alive() -> ([(HeaderName, &'static str); 1], Json<Alive>) {
    (NOT_KEPT, Json(Alive { status: Status::Ok }))
}

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// As it should be.
    Ok,
    /// It works, but something is wrong.
    Degraded,
    /// It does not work.
    Down,
    /// Nothing is known about it yet.
    Unknown,
}

/// How everything is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `down` without the database, `degraded` when anything else is wrong.
    status: Status,
    /// The edge's version.
    version: &'static str,
    /// Since when the edge serves, in seconds.
    uptime_seconds: u64,
    checks: Checks,
}

#[derive(Serialize, ToSchema)]
struct Checks {
    database: Check,
    auth: Check,
    storage: Check,
    jobs: Check,
}

/// One part, as it is now.
#[derive(Serialize, ToSchema)]
struct Check {
    status: Status,
    /// How long it took to find out, in milliseconds.
    latency_ms: u64,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// How the database, Auth, Storage and the jobs are. For admins, the secret key, and monitors with the monitor token as
/// bearer.
#[utoipa::path(
    get,
    path = "/health/detailed",
    responses(
        (status = 200, description = "Usable: `ok` or `degraded`.", body = Health),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`forbidden` or `mfa_required`", body = ErrorBody),
        (status = 503, description = "The database is down; `upstream_unavailable` where that keeps an admin from being \
         known.", body = Health),
    ),
)]
async fn detailed(
    State(edge): State<Edge>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1], Json<Health>), ApiError> {
    if !is_monitor(&edge, &headers) {
        require_admin(&edge, &visitor).await?;
    }
    let health = examine(&edge).await;
    let status = if health.status == Status::Down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    Ok((status, NOT_KEPT, Json(health)))
}

fn is_monitor(edge: &Edge, headers: &HeaderMap) -> bool {
    let sent = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match (&edge.config.monitor_token, sent) {
        (Some(token), Some(sent)) => token.expose_secret().as_bytes().ct_eq(sent.trim().as_bytes()).into(),
        _ => false,
    }
}

async fn require_admin(edge: &Edge, visitor: &Visitor) -> Result<(), ApiError> {
    match &visitor.caller {
        Caller::Service => Ok(()),
        Caller::Anonymous => Err(ApiError::unauthenticated()),
        Caller::User(user) => {
            let credentials = (user.api_key.as_str(), user.token.as_str());
            Ok(edge.database.call_as("require_admin", &json!({}), credentials, &edge.origin(visitor)).await?)
        }
    }
}

async fn examine(edge: &Edge) -> Health {
    let (database, auth, storage, jobs) = tokio::join!(
        check(answers(edge, "/rest/v1/system_settings?select=key&limit=1")),
        check(answers(edge, "/auth/v1/health")),
        check(answers(edge, "/storage/v1/bucket?limit=1")),
        check(jobs(edge)),
    );
    let fine = |check: &Check| matches!(check.status, Status::Ok | Status::Unknown);
    let status = match database.status {
        Status::Ok if [&auth, &storage, &jobs].into_iter().all(fine) => Status::Ok,
        Status::Ok => Status::Degraded,
        _ => Status::Down,
    };
    Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: edge.started.elapsed().as_secs(),
        checks: Checks { database, auth, storage, jobs },
    }
}

/// What is wrong with a part, in words that give nothing away.
struct Fault(Status, String);

async fn check(look: impl Future<Output = Result<(), Fault>>) -> Check {
    let began = Instant::now();
    let outcome = tokio::time::timeout(CHECK_WITHIN, look).await;
    let latency_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match outcome {
        Ok(Ok(())) => Check { status: Status::Ok, latency_ms, error: None },
        Ok(Err(Fault(status, error))) => Check { status, latency_ms, error: Some(error) },
        Err(_) => Check { status: Status::Down, latency_ms, error: Some("no answer in time".to_owned()) },
    }
}

/// Whether a service answers a request with the secret key.
async fn answers(edge: &Edge, path: &str) -> Result<(), Fault> {
    ask(edge, path).await.map(drop)
}

async fn ask(edge: &Edge, path: &str) -> Result<reqwest::Response, Fault> {
    let down = |reason: String| Fault(Status::Down, reason);
    match edge.project.request(Method::GET, path).send().await {
        Ok(response) if response.status().is_success() => Ok(response),
        Ok(response) => Err(down(format!("status {}", response.status().as_u16()))),
        Err(error) if error.is_timeout() => Err(down("no answer in time".to_owned())),
        Err(error) => {
            tracing::warn!(error = %error.without_url(), "a health check failed");
            Err(down("can't be reached".to_owned()))
        }
    }
}

#[derive(Deserialize)]
struct Run {
    job: String,
    status: String,
}

/// Whether the jobs run, and each one's last run that ended went well.
async fn jobs(edge: &Edge) -> Result<(), Fault> {
    if runs(edge, "limit=1").await?.is_empty() {
        return Err(Fault(Status::Unknown, "no job has run yet".to_owned()));
    }
    let since = (Utc::now() - RECENT).format("%Y-%m-%dT%H:%M:%SZ");
    if runs(edge, &format!("started_at=gte.{since}&limit=1")).await?.is_empty() {
        return Err(Fault(Status::Degraded, "no job has run for a day".to_owned()));
    }
    let failed = runs(edge, &format!("started_at=gte.{since}&status=eq.failed&limit=1000")).await?;
    let mut names: Vec<String> = failed.into_iter().map(|run| run.job).collect();
    names.sort();
    names.dedup();
    let mut failing = Vec::new();
    for name in names {
        // A job's name is a word of small letters.
        let last = runs(edge, &format!("job=eq.{name}&status=neq.running&limit=1")).await?;
        if last.first().is_some_and(|run| run.status == "failed") {
            failing.push(name);
        }
    }
    match failing.is_empty() {
        true => Ok(()),
        false => Err(Fault(Status::Degraded, format!("failed: {}", failing.join(", ")))),
    }
}

async fn runs(edge: &Edge, filter: &str) -> Result<Vec<Run>, Fault> {
    let path = format!("/rest/v1/job_runs?select=job,status&order=started_at.desc&{filter}");
    let answer = ask(edge, &path).await?;
    answer.json().await.map_err(|_| Fault(Status::Down, "the answer can't be read".to_owned()))
}
