//! The processing of pictures: away from the threads that serve, and few at a time, because each takes a processor and
//! hundreds of megabytes.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::picture::{self, InvalidPicture, Picture};
use crate::error::ApiError;
use crate::faults::Faults;

/// As many pictures are worked on at a time.
static PERMITS: Semaphore = Semaphore::const_new(2);
/// How long a picture may wait for its turn.
const WAIT: Duration = Duration::from_secs(20);

/// The picture that a file holds, in the sizes that are stored.
pub(super) async fn prepare(file: Bytes) -> Result<Picture, ApiError> {
    run(&PERMITS, WAIT, move || picture::prepare(&file)).await
}

async fn run(
    permits: &'static Semaphore,
    wait: Duration,
    work: impl FnOnce() -> Result<Picture, InvalidPicture> + Send + 'static,
) -> Result<Picture, ApiError> {
    let Ok(Ok(permit)) = timeout(wait, permits.acquire()).await else {
        let message = "Many pictures are being worked on. Try again in a moment.";
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message).retry_after(5));
    };
    // The permit is held until the work ends, also when the client has gone.
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    let invalid = match done.await {
        Ok(Ok(picture)) => return Ok(picture),
        Ok(Err(invalid)) => invalid,
        Err(error) => {
            tracing::error!(%error, "a decoder broke on a picture");
            InvalidPicture::Damaged
        }
    };
    Err(Faults::of("file", invalid.code(), invalid.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_picture_that_gets_no_turn_is_refused_for_now() {
        static FULL: Semaphore = Semaphore::const_new(0);
        let refusal = run(&FULL, Duration::ZERO, || Err(InvalidPicture::Damaged)).await.unwrap_err();
        assert_eq!((refusal.status.as_u16(), refusal.body.code.as_str(), refusal.retry_after), (503, "busy", Some(5)));
    }

    #[tokio::test]
    async fn a_picture_that_breaks_its_decoder_is_refused_and_gives_its_permit_back() {
        static ONE: Semaphore = Semaphore::const_new(1);
        for _ in 0..2 {
            let refusal = run(&ONE, Duration::from_secs(60), || panic!("a decoder's bug")).await.unwrap_err();
            assert_eq!(refusal.body.code, "invalid_input");
        }
        assert_eq!(ONE.available_permits(), 1);
    }
}
