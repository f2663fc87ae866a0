//! Everything that is served: the routes of the edge's own, and Supabase behind them.

use axum::routing::get;
use axum::{Extension, Router, middleware};
use http::header::CONTENT_TYPE;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::guard::{self, Guard};
use crate::openapi::{self, Document};
use crate::payments::{link, stripe};
use crate::state::AppState;
use crate::{health, images, metrics, proxy};

/// What the public sees.
pub(crate) fn public(state: AppState, guard: &Guard) -> Router {
    let (router, description) = openapi::routes::<AppState>()
        .merge(health::routes())
        .merge(images::routes())
        .merge(link::routes())
        .merge(stripe::routes())
        .split_for_parts();
    let router = router
        .layer(Extension(Document::of(&description)))
        .method_not_allowed_fallback(proxy::no_such_method)
        .fallback(proxy::forward);
    guard::around(router, guard).layer(middleware::from_fn(metrics::measure)).with_state(state)
}

/// What only the operator sees, on an address of its own.
pub(crate) fn private(metrics: &'static PrometheusHandle) -> Router {
    let rendered =
        move || async move { ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render()) };
    Router::new().route("/metrics", get(rendered)).route("/health", get(health::alive))
}
