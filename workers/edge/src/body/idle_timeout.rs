//! Bodies that fail when nothing comes any more, rather than be waited for without end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Sleep;

/// The error of a body that stood still for too long.
#[derive(Debug, thiserror::Error)]
#[error("it stopped in the middle")]
pub(crate) struct Stalled;

/// A body that fails once its sender has been idle for so long.
pub(crate) struct IdleTimeout<B> {
    body: B,
    timeout: Duration,
    /// Set while the sender is waited for; a slow receiver is no reason.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<B> IdleTimeout<B> {
    pub(crate) fn new(body: B, timeout: Duration) -> Self {
        Self { body, timeout, alarm: None }
    }
}

impl<B> HttpBody for IdleTimeout<B>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.alarm = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let timeout = this.timeout;
        let alarm = this.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        ready!(alarm.as_mut().poll(context));
        Poll::Ready(Some(Err(Stalled.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::StreamExt as _;
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn what_comes_is_passed_on() {
        let slow = futures_util::stream::iter(["one", "two"]).then(|part| async move {
            tokio::task::yield_now().await;
            Ok::<_, BoxError>(part)
        });
        let body = IdleTimeout::new(Body::from_stream(slow), Duration::from_secs(60));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "onetwo");
    }

    #[tokio::test]
    async fn what_stands_still_fails() {
        let parts = futures_util::stream::iter([Ok::<_, BoxError>("one")]).chain(futures_util::stream::pending());
        let mut body = IdleTimeout::new(Body::from_stream(parts), Duration::from_millis(10));
        assert!(body.frame().await.unwrap().is_ok());
        assert!(body.frame().await.unwrap().unwrap_err().is::<Stalled>());
    }
}
