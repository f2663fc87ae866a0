//! One line per request, and what is left of a handler that broke.

use std::any::Any;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{Extensions, StatusCode};
use hyper::body::{Frame, SizeHint};
use tokio::time::Instant;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::request_id::RequestId;
use super::{Guard, address};
use crate::error::ApiError;
use crate::request_context::RequestContext;
use crate::routes;

/// The line is written when the whole answer was sent, or given up. Neither query nor headers are logged: keys and
/// tokens travel there.
pub(super) async fn log(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let sent = request.uri().path();
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.as_str()).unwrap_or_default();
    let path = routes::path_for_logs(request.method(), sent);
    let address = address::of(request.headers(), request.extensions(), guard.client_ip_header.as_ref());
    let address = address.map(tracing::field::display);
    let span = tracing::info_span!("request", request_id, method = %request.method(), path, address);
    let route = routes::find(request.method(), sent, request.uri().query()).service.name();
    let user = NotedUser::default();
    request.extensions_mut().insert(user.clone());
    let response = next.run(request).instrument(span.clone()).await;
    let line = Line { span, began, route, user, status: response.status(), bytes: 0 };
    response.map(|body| Body::new(Logged { body, line }))
}

/// The user that a request turned out to be of, for its line.
#[derive(Clone, Debug, Default)]
pub(super) struct NotedUser(Arc<OnceLock<Uuid>>);

/// Notes whose request it is.
pub(super) fn note_user(extensions: &Extensions, context: &RequestContext) {
    if let (Some(noted), Some(user)) = (extensions.get::<NotedUser>(), context.user()) {
        // It is noted once.
        let _ = noted.0.set(user.id);
    }
}

/// What is logged of a request, once this is dropped.
struct Line {
    span: Span,
    began: Instant,
    route: &'static str,
    user: NotedUser,
    status: StatusCode,
    /// Of the answer's body, as far as they were sent.
    bytes: u64,
}

impl Drop for Line {
    fn drop(&mut self) {
        let Self { route, bytes, .. } = *self;
        let (status, user) = (self.status.as_u16(), self.user.0.get().map(tracing::field::display));
        let duration_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.span.in_scope(|| tracing::info!(route, user, status, duration_ms, bytes, "answered"));
    }
}

/// An answer's body, with the line to write when it ends.
struct Logged {
    body: Body,
    line: Line,
}

impl HttpBody for Logged {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.line.bytes += frame.data_ref().map_or(0, Bytes::len) as u64;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
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
