//! Health: a cheap look for load balancers, a thorough one for admins and monitors.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{FromRef, State};
use chrono::{TimeDelta, Utc};
use http::header::CACHE_CONTROL;
use http::{HeaderName, StatusCode};
use primostore_shared::Project;
use primostore_shared::probe::ProbeError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::confirmation;
use crate::error::ErrorBody;
use crate::guard::{GATEWAY_WARNING, Gateway};

/// How long one check may take.
const CHECK_WITHIN: Duration = Duration::from_secs(3);

/// How long ago a job's run may lie to say anything.
const RECENT: TimeDelta = TimeDelta::hours(24);

const NOT_KEPT: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

/// What is looked at. Cheap to clone.
#[derive(Clone)]
pub(crate) struct HealthChecks {
    pub(crate) project: Project,
    /// When the edge began to serve.
    pub(crate) started: Instant,
    pub(crate) gateway: Gateway,
}

/// The routes; the guard says who may have the thorough one.
pub(crate) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    HealthChecks: FromRef<S>,
{
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
    /// What works, and is a risk: for the operator to mend.
    warnings: Vec<&'static str>,
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
async fn detailed(State(checks): State<HealthChecks>) -> (StatusCode, [(HeaderName, &'static str); 1], Json<Health>) {
    let health = checks.examine().await;
    let status = if health.status == Status::Down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, NOT_KEPT, Json(health))
}

impl HealthChecks {
    async fn examine(&self) -> Health {
        let (database, auth, storage, jobs, warnings) = tokio::join!(
            check(self.answers("/rest/v1/system_settings?select=key&limit=1")),
            check(self.answers("/auth/v1/health")),
            check(self.answers("/storage/v1/bucket?limit=1")),
            check(self.jobs()),
            self.warnings(),
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
            uptime_seconds: self.started.elapsed().as_secs(),
            checks: Checks { database, auth, storage, jobs },
            warnings,
        }
    }

    async fn warnings(&self) -> Vec<&'static str> {
        let is_off = tokio::time::timeout(CHECK_WITHIN, confirmation::is_off(&self.project));
        // Without an answer there is nothing to warn of: the check of Auth says so.
        let confirmation = matches!(is_off.await, Ok(Ok(true))).then_some(confirmation::WARNING);
        let gateway = self.gateway.was_noticed().then_some(GATEWAY_WARNING);
        [confirmation, gateway].into_iter().flatten().collect()
    }

    /// Whether a service answers a request with the secret key.
    async fn answers(&self, path: &str) -> Result<(), Fault> {
        Ok(self.project.probe(path).await.map(drop)?)
    }

    /// Whether the jobs run, and each one's last run that ended went well.
    async fn jobs(&self) -> Result<(), Fault> {
        if self.runs("limit=1").await?.is_empty() {
            return Err(Fault(Status::Unknown, "no job has run yet".to_owned()));
        }
        let since = (Utc::now() - RECENT).format("%Y-%m-%dT%H:%M:%SZ");
        if self.runs(&format!("started_at=gte.{since}&limit=1")).await?.is_empty() {
            return Err(Fault(Status::Degraded, "no job has run for a day".to_owned()));
        }
        let failed = self.runs(&format!("started_at=gte.{since}&status=eq.failed&limit=1000")).await?;
        let mut names: Vec<String> = failed.into_iter().map(|run| run.job).collect();
        names.sort();
        names.dedup();
        let mut failing = Vec::new();
        for name in names {
            // A job's name is a word of small letters.
            let last = self.runs(&format!("job=eq.{name}&status=neq.running&limit=1")).await?;
            if last.first().is_some_and(|run| run.status == "failed") {
                failing.push(name);
            }
        }
        match failing.is_empty() {
            true => Ok(()),
            false => Err(Fault(Status::Degraded, format!("failed: {}", failing.join(", ")))),
        }
    }

    async fn runs(&self, filter: &str) -> Result<Vec<Run>, Fault> {
        let path = format!("/rest/v1/job_runs?select=job,status&order=started_at.desc&{filter}");
        let answer = self.project.probe(&path).await?;
        serde_json::from_slice(&answer).map_err(|_| Fault(Status::Down, "the answer can't be read".to_owned()))
    }
}

#[derive(Deserialize)]
struct Run {
    job: String,
    status: String,
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

impl From<ProbeError> for Fault {
    fn from(error: ProbeError) -> Self {
        if let ProbeError::Unreachable(reason) = &error {
            tracing::warn!(error = %reason, "a health check failed");
        }
        Self(Status::Down, error.to_string())
    }
}
