//! How large and of which kind a request's body may be.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures_util::StreamExt as _;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Frame, SizeHint};
use tokio::runtime::Handle;

use super::path::Service;

/// How much of an unwanted body is still read, in bytes, and for how long.
const LINGER_BYTES: usize = 64 * 1024 * 1024;
const LINGER: Duration = Duration::from_secs(5);

/// The error of a body that turned out longer than allowed.
#[derive(Debug, thiserror::Error)]
#[error("the request is too large")]
pub(crate) struct TooLarge;

/// Whether a body was cut.
#[derive(Clone, Debug, Default)]
pub(super) struct Cut(Arc<AtomicBool>);

impl Cut {
    pub(super) fn happened(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Whether the announced length is above `limit`, in bytes. One that can't be read is the server's affair.
pub(super) fn announces_more_than(headers: &HeaderMap, limit: u64) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > limit)
}

/// The body, which fails with [`TooLarge`] after `limit` bytes.
pub(super) fn limited(body: Body, limit: u64) -> (Body, Cut) {
    let cut = Cut::default();
    let told = cut.clone();
    let limited = Limited::new(body, usize::try_from(limit).unwrap_or(usize::MAX)).map_err(move |error| {
        if error.is::<LengthLimitError>() {
            told.0.store(true, Ordering::Release);
            TooLarge.into()
        } else {
            error
        }
    });
    (Body::new(limited), cut)
}

/// A body whose rest is still read for a while when nobody wants it. Otherwise its connection would be reset, and a client
/// that sends first and reads later might never see why it was refused.
pub(super) struct Lingering {
    body: Body,
    ended: bool,
}

/// The body, with its rest read in the background once it is dropped.
pub(super) fn lingering(body: Body) -> Body {
    if body.is_end_stream() { body } else { Body::new(Lingering { body, ended: false }) }
}

impl HttpBody for Lingering {
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

impl Drop for Lingering {
    fn drop(&mut self) {
        if self.ended || self.body.is_end_stream() {
            return;
        }
        // Without a runtime the server is gone, and its connections with it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(tokio::time::timeout(LINGER, read_on(std::mem::take(&mut self.body))));
        }
    }
}

async fn read_on(body: Body) {
    let mut chunks = body.into_data_stream();
    let mut read = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        read += chunk.len();
        if read > LINGER_BYTES {
            return;
        }
    }
}

/// What a service reads; `None` where the content type is right, or is for the service or the route to judge.
pub(super) fn expected_instead(service: Service, headers: &HeaderMap) -> Option<&'static str> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json_or_form = matches!(kind.as_str(), "application/json" | "application/x-www-form-urlencoded");
    match service {
        Service::Rest => {
            let of_postgrest = kind.starts_with("application/vnd.pgrst") && kind.ends_with("+json");
            let right = json_or_form || kind == "text/csv" || of_postgrest;
            (!right).then_some("application/json, text/csv or a form")
        }
        Service::Auth => (!json_or_form).then_some("application/json or a form"),
        Service::Realtime => (kind != "application/json").then_some("application/json"),
        Service::Storage | Service::Functions | Service::Pay | Service::Health | Service::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_type(kind: &str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())])
    }

    #[test]
    fn each_service_reads_its_own_kinds() {
        for (service, kind, right) in [
            (Service::Rest, "application/json", true),
            (Service::Rest, "Application/JSON; charset=utf-8", true),
            (Service::Rest, "application/vnd.pgrst.object+json", true),
            (Service::Rest, "text/csv", true),
            (Service::Rest, "application/x-www-form-urlencoded", true),
            (Service::Rest, "text/plain", false),
            (Service::Rest, "application/octet-stream", false),
            (Service::Rest, "multipart/form-data; boundary=x", false),
            (Service::Rest, "", false),
            (Service::Auth, "application/json", true),
            (Service::Auth, "text/csv", false),
            (Service::Storage, "image/png", true),
            (Service::Functions, "multipart/form-data; boundary=x", true),
        ] {
            assert_eq!(expected_instead(service, &of_type(kind)).is_none(), right, "{service:?} {kind}");
        }
    }

    #[tokio::test]
    async fn a_body_without_a_length_is_cut_at_the_limit() {
        let chunks = || {
            let chunks = ["four", "more"].map(Ok::<_, std::io::Error>);
            Body::from_stream(futures_util::stream::iter(chunks))
        };
        let (body, cut) = limited(chunks(), 8);
        assert_eq!(axum::body::to_bytes(body, usize::MAX).await.unwrap(), "fourmore");
        assert!(!cut.happened());

        let (body, cut) = limited(chunks(), 7);
        let error = body.collect().await.unwrap_err();
        let mut causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        assert!(causes.any(|cause| cause.is::<TooLarge>()));
        assert!(cut.happened());
    }

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
        let mut body = lingering(Body::from_stream(chunks));
        body.frame().await.unwrap().unwrap();
        assert!(ended.try_recv().is_err());
        drop(body);
        ended.await.unwrap();
    }

    #[test]
    fn an_announced_length_is_believed_before_anything_is_read() {
        let of_length = |length: &str| HeaderMap::from_iter([(CONTENT_LENGTH, length.parse().unwrap())]);
        assert!(announces_more_than(&of_length("11"), 10));
        assert!(!announces_more_than(&of_length("10"), 10));
        assert!(!announces_more_than(&HeaderMap::new(), 10));
    }
}
