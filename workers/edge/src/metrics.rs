//! What the edge counts and measures, for Prometheus.
//!
//! Labels have few values: a route's pattern or a service's name, never a path as it was sent.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing_appender::non_blocking::ErrorCounter;

use crate::routes;

const REQUESTS: &str = "http_requests_total";
const REQUEST_DURATION: &str = "http_request_duration_seconds";
const IN_FLIGHT: &str = "http_requests_in_flight";
const UPSTREAM_DURATION: &str = "upstream_duration_seconds";
const LIMITS_HIT: &str = "limits_hit_total";
const REFUSALS: &str = "refusals_total";
const LOG_LINES_LOST: &str = "log_lines_lost_total";

/// Upper bounds, in seconds.
const BUCKETS: [f64; 13] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// How often old samples are folded together.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The process's metrics. Several edges in one process share them.
pub(crate) fn recorder() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder =
            [REQUEST_DURATION, UPSTREAM_DURATION].into_iter().fold(PrometheusBuilder::new(), |builder, name| {
                // Fails for an empty list only.
                let with_buckets = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), &BUCKETS);
                with_buckets.unwrap_or_else(|_| PrometheusBuilder::new())
            });
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another part of this program has taken the metrics: the edge's are empty");
        }
        describe();
        handle
    })
}

fn describe() {
    describe_counter!(REQUESTS, "Answers, by route, method and status.");
    describe_histogram!(REQUEST_DURATION, "Seconds until an answer began, by route.");
    describe_gauge!(IN_FLIGHT, "Requests whose answer has not begun yet.");
    describe_histogram!(UPSTREAM_DURATION, "Seconds until Supabase began its answer, by service.");
    describe_counter!(LIMITS_HIT, "Requests refused by a limit, by its name.");
    describe_counter!(REFUSALS, "Requests refused by the guard, by reason.");
    describe_counter!(LOG_LINES_LOST, "Lines of the log that nobody took in time.");
}

/// Middleware around everything else: counts answers and measures how long they took to begin.
pub(crate) async fn measure(request: Request, next: Next) -> Response {
    let route = route(&request);
    let method = method(request.method());
    let began = Instant::now();
    let in_flight = InFlight::begin();
    let response = next.run(request).await;
    drop(in_flight);
    let status = response.status().as_u16().to_string();
    counter!(REQUESTS, "route" => route.clone(), "method" => method, "status" => status).increment(1);
    histogram!(REQUEST_DURATION, "route" => route).record(began.elapsed());
    response
}

/// Counts a request while its answer is made, be it given up or not.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        gauge!(IN_FLIGHT).increment(1);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1);
    }
}

fn route(request: &Request) -> String {
    match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => routes::find(request.method(), request.uri().path(), None).service.name().to_owned(),
    }
}

/// Methods are the client's to make up.
fn method(method: &http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// How long Supabase took to begin an answer, or to fail.
pub(crate) fn upstream(service: &'static str, took: Duration) {
    histogram!(UPSTREAM_DURATION, "service" => service).record(took);
}

/// Lines that the log of this process has lost.
static LOST: OnceLock<ErrorCounter> = OnceLock::new();

/// Tells of the lines that are lost from now on. There is one log: another's are not counted.
pub(crate) fn count_lost_log_lines(lost: ErrorCounter) {
    let _ = LOST.set(lost);
}

/// Folds old samples together until `stop`: they would pile up while nobody reads them.
pub(crate) async fn run_upkeep(stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(UPKEEP_EVERY)).await.is_some() {
        if let Some(lost) = LOST.get() {
            counter!(LOG_LINES_LOST).absolute(lost.dropped_lines() as u64);
        }
        recorder().run_upkeep();
    }
}
