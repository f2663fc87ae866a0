//! How large and of which kind a request's body may be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::path::Service;

/// How much of a refused body is still read, so that a client that sends first and reads later gets its answer.
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

/// Reads on in a refused body for a while, and forgets it.
pub(super) fn linger(body: Body) {
    tokio::spawn(tokio::time::timeout(LINGER, async move {
        let mut chunks = body.into_data_stream();
        let mut read = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            read += chunk.len();
            if read > LINGER_BYTES {
                return;
            }
        }
    }));
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

    #[test]
    fn an_announced_length_is_believed_before_anything_is_read() {
        let of_length = |length: &str| HeaderMap::from_iter([(CONTENT_LENGTH, length.parse().unwrap())]);
        assert!(announces_more_than(&of_length("11"), 10));
        assert!(!announces_more_than(&of_length("10"), 10));
        assert!(!announces_more_than(&HeaderMap::new(), 10));
    }
}
