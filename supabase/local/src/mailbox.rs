//! The page that shows the mails which Auth sent, and their JSON, as Mailpit has them behind `supabase start`.
//!
//! Mails hold links that sign in. The page listens on this machine only, and answers only to the machine's own names:
//! a site that points its name here reads nothing.

mod api;
mod page;
mod store;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use store::Store;

/// What the page itself may load: nothing but its own style, and a mail in a frame.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'; form-action 'none'; \
    base-uri 'none'";

#[derive(Clone)]
struct State(Arc<Store>);

impl FromRef<State> for Arc<Store> {
    fn from_ref(state: &State) -> Self {
        Arc::clone(&state.0)
    }
}

/// The page's routes; `mails` is the folder of the mails.
pub(crate) fn router(mails: PathBuf) -> Router {
    Router::new()
        .route("/", get(page::list))
        .route("/view/{id}", get(page::mail))
        .route("/view/{id}/html", get(page::html))
        .route("/api/v1/info", get(api::info))
        .route("/api/v1/messages", get(api::messages).delete(api::delete))
        .route("/api/v1/search", get(api::search))
        .route("/api/v1/message/{id}", get(api::message))
        .route("/api/v1/message/{id}/raw", get(api::raw))
        .layer(middleware::from_fn(guard))
        .with_state(State(Arc::new(Store::new(mails))))
}

async fn guard(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if !matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
        return (StatusCode::FORBIDDEN, "Open this page as http://127.0.0.1.\n").into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
