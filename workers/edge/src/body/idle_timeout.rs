//! Bodies that fail when nothing comes any more, rather than be waited for without end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use super::pace::{Pace, Patience};

/// The error of a body that was too slow, or stood still for too long.
#[derive(Debug, thiserror::Error)]
#[error("it stopped in the middle")]
pub(crate) struct Stalled;

/// A body that fails once its sender has tried our patience; a slow receiver is no reason.
pub(crate) struct IdleTimeout<B> {
    body: B,
    pace: Pace,
}

impl<B> IdleTimeout<B> {
    /// Fails once the sender has been idle for so long.
    pub(crate) fn new(body: B, timeout: Duration) -> Self {
        Self::paced(body, Patience { waits: timeout, bytes_per_second: None })
    }

    /// Fails once the sender has been too slow.
    pub(crate) fn paced(body: B, patience: Patience) -> Self {
        Self { body, pace: Pace::new(patience) }
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
            let bytes = match &frame {
                Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
                Some(Err(_)) | None => 0,
            };
            this.pace.moved(bytes);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        ready!(this.pace.poll_late(context));
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
    async fn what_trickles_fails_where_a_rate_is_asked_for() {
        let endless = futures_util::stream::repeat("x").then(|byte| async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok::<_, BoxError>(byte)
        });
        let patience = Patience { waits: Duration::from_millis(50), bytes_per_second: Some(u32::MAX) };
        let body = IdleTimeout::paced(Body::from_stream(endless), patience);
        assert!(body.collect().await.unwrap_err().is::<Stalled>());
    }

    #[tokio::test]
    async fn what_stands_still_fails() {
        let parts = futures_util::stream::iter([Ok::<_, BoxError>("one")]).chain(futures_util::stream::pending());
        let mut body = IdleTimeout::new(Body::from_stream(parts), Duration::from_millis(10));
        assert!(body.frame().await.unwrap().is_ok());
        assert!(body.frame().await.unwrap().unwrap_err().is::<Stalled>());
    }
}
