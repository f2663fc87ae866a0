//! What is left of a refused body.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures_util::StreamExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// How much of an unwanted body is still read, in bytes, and for how long.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;
const DRAIN_WITHIN: Duration = Duration::from_secs(5);
/// How many are read so at a time; the connections of others are closed at once.
static DRAINS: Semaphore = Semaphore::const_new(64);

/// A body whose rest is still read for a while when nobody wants it. Otherwise its connection would be reset, and a client
/// that sends first and reads later might never see why it was refused.
struct Drained {
    body: Body,
    ended: bool,
    drains: &'static Semaphore,
}

/// The body, with its rest read in the background once it is dropped.
pub(crate) fn drained(body: Body) -> Body {
    drained_by(&DRAINS, body)
}

fn drained_by(drains: &'static Semaphore, body: Body) -> Body {
    if body.is_end_stream() { body } else { Body::new(Drained { body, ended: false, drains }) }
}

impl HttpBody for Drained {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(None | Some(Err(_))) = polled {
            self.ended = true;
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

impl Drop for Drained {
    fn drop(&mut self) {
        if self.ended || self.body.is_end_stream() {
            return;
        }
        // Without a runtime the server is gone, and its connections with it.
        if let (Ok(runtime), Ok(permit)) = (Handle::try_current(), self.drains.try_acquire()) {
            let rest = drain(std::mem::take(&mut self.body));
            runtime.spawn(async move {
                let _permit = permit;
                let _ = tokio::time::timeout(DRAIN_WITHIN, rest).await;
            });
        }
    }
}

async fn drain(body: Body) {
    let mut chunks = body.into_data_stream();
    let mut read = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        read += chunk.len();
        if read > DRAIN_BYTES {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn what_nobody_reads_of_a_body_is_read_all_the_same() {
        let (sender, mut ended) = tokio::sync::oneshot::channel();
        let mut sender = Some(sender);
        let chunks = futures_util::stream::iter(0..3).map(move |count| {
            if count == 2
                && let Some(sender) = sender.take()
            {
                sender.send(()).unwrap();
            }
            Ok::<_, std::io::Error>("chunk")
        });
        let mut body = drained(Body::from_stream(chunks));
        body.frame().await.unwrap().unwrap();
        assert!(ended.try_recv().is_err());
        drop(body);
        ended.await.unwrap();
    }

    #[tokio::test]
    async fn no_more_than_so_many_are_read_at_a_time() {
        static ONE: Semaphore = Semaphore::const_new(1);
        struct Held(tokio::sync::oneshot::Sender<()>);
        let body = || {
            let (sender, dropped) = tokio::sync::oneshot::channel();
            let held = Held(sender);
            let endless = futures_util::stream::poll_fn(move |_| {
                let _ = &held.0;
                Poll::<Option<Result<&str, std::io::Error>>>::Pending
            });
            (drained_by(&ONE, Body::from_stream(endless)), dropped)
        };
        let ((first, mut first_dropped), (second, second_dropped)) = (body(), body());
        drop(first);
        drop(second);
        second_dropped.await.unwrap_err();
        assert_eq!(first_dropped.try_recv(), Err(tokio::sync::oneshot::error::TryRecvError::Empty));
    }
}
