//! One line per request, and what is left of a handler that broke.

use std::any::Any;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::request_id::RequestId;
use crate::error::ApiError;
use crate::routes;

/// Neither query nor headers are logged: keys and tokens travel there.
pub(super) async fn log(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let sent = request.uri().path();
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.as_str()).unwrap_or_default();
    let path = routes::path_for_logs(request.method(), sent);
    let span = tracing::info_span!("request", request_id, method = %request.method(), path);
    let route = routes::find(request.method(), sent, request.uri().query()).service.name();
    async move {
        let response = next.run(request).await;
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(route, status = response.status().as_u16(), duration_ms, "answered");
        response
    }
    .instrument(span)
    .await
}

/// The answer of a handler that panicked.
#[allow(clippy::needless_pass_by_value)] // CatchPanicLayer gives it so.
pub(super) fn panicked(reason: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let text = reason.downcast_ref::<String>().map(String::as_str).or_else(|| reason.downcast_ref::<&str>().copied());
    tracing::error!(reason = text.unwrap_or("unknown"), "a handler panicked");
    ApiError::upstream_unavailable(StatusCode::BAD_GATEWAY).into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_handler_that_breaks_is_answered_for_without_its_reason() {
        async fn broken() -> StatusCode {
            panic!("a secret of the handler")
        }
        let router: Router = Router::new().route("/", get(broken)).layer(CatchPanicLayer::custom(panicked));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("upstream_unavailable") && !body.contains("secret"), "{body}");
    }
}
