//! Everything that is served: the routes of the edge's own, and Supabase behind them.

use axum::routing::get;
use axum::{Extension, Router, middleware};
use http::header::CONTENT_TYPE;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::edge::Edge;
use crate::openapi::{self, Document};
use crate::{guard, health, images, metrics, payments, proxy, stripe};

/// What the public sees.
pub(crate) fn app(edge: Edge) -> Router {
    let (router, description) = openapi::routes()
        .merge(health::routes())
        .merge(images::routes())
        .merge(payments::routes())
        .merge(stripe::routes())
        .split_for_parts();
    let router = router
        .layer(Extension(Document::of(&description)))
        .method_not_allowed_fallback(proxy::no_such_method)
        .fallback(proxy::pass_on);
    guard::around(router, &edge).layer(middleware::from_fn(metrics::measure)).with_state(edge)
}

/// What only the operator sees, on an address of its own.
pub(crate) fn private(metrics: &'static PrometheusHandle) -> Router {
    let rendered =
        move || async move { ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render()) };
    Router::new().route("/metrics", get(rendered)).route("/health", get(health::alive))
}
