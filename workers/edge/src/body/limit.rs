//! How large a body may be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::http_headers::text;

/// The error of a body that turned out longer than allowed.
#[derive(Debug, thiserror::Error)]
#[error("the request is larger than {limit} bytes")]
pub(crate) struct TooLarge {
    /// Bytes.
    pub(crate) limit: u64,
}

impl TooLarge {
    /// The one that an error comes of.
    pub(crate) fn among_causes<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        std::iter::successors(Some(error), |error| error.source()).find_map(|cause| cause.downcast_ref())
    }
}

/// Whether a body turned out longer than allowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exceeded(Arc<AtomicBool>);

impl Exceeded {
    pub(crate) fn happened(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Whether the announced length is above `limit`, in bytes. One that can't be read is the server's affair.
pub(crate) fn announces_more_than(headers: &HeaderMap, limit: u64) -> bool {
    let length = text(headers, CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    length.is_some_and(|length| length > limit)
}

/// The body, which fails with [`TooLarge`] after `limit` bytes.
pub(crate) fn limited(body: Body, limit: u64) -> (Body, Exceeded) {
    let exceeded = Exceeded::default();
    let flag = exceeded.clone();
    let limited = Limited::new(body, usize::try_from(limit).unwrap_or(usize::MAX)).map_err(move |error| {
        if error.is::<LengthLimitError>() {
            flag.0.store(true, Ordering::Release);
            TooLarge { limit }.into()
        } else {
            error
        }
    });
    (Body::new(limited), exceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_without_a_length_is_cut_at_the_limit() {
        let chunks = || {
            let chunks = ["four", "more"].map(Ok::<_, std::io::Error>);
            Body::from_stream(futures_util::stream::iter(chunks))
        };
        let (body, exceeded) = limited(chunks(), 8);
        assert_eq!(axum::body::to_bytes(body, usize::MAX).await.unwrap(), "fourmore");
        assert!(!exceeded.happened());

        let (body, exceeded) = limited(chunks(), 7);
        let error = body.collect().await.unwrap_err();
        assert!(TooLarge::among_causes(&error).is_some_and(|error| error.limit == 7));
        assert!(exceeded.happened());
    }

    #[test]
    fn an_announced_length_is_believed_before_anything_is_read() {
        let of_length = |length: &str| HeaderMap::from_iter([(CONTENT_LENGTH, length.parse().unwrap())]);
        assert!(announces_more_than(&of_length("11"), 10));
        assert!(!announces_more_than(&of_length("10"), 10));
        assert!(!announces_more_than(&HeaderMap::new(), 10));
    }
}
