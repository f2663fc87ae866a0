//! The processing of pictures: away from the threads that serve, and as many at a time as memory bears.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::picture::{self, InvalidPicture, MOST_PIXELS, Picture};
use crate::error::ApiError;
use crate::faults::Faults;

/// What counts as one, in pixels.
const UNIT: u64 = 1_000_000;
/// The pixels that are worked on at a time, in units: those of one picture of the largest kind, or of several smaller
/// ones. At up to 13 bytes a pixel that is 520 MB; a test measures it.
static PIXELS: Semaphore = Semaphore::const_new((MOST_PIXELS / UNIT) as usize);
/// What a small picture counts as, because it takes a processor too.
const AT_LEAST: u64 = 5;
/// How long a picture may wait for its turn. No more wait than uploads may go on.
const WAIT: Duration = Duration::from_secs(20);

/// The picture that a file holds, in the sizes that are stored.
pub(super) async fn prepare(file: Bytes) -> Result<Picture, ApiError> {
    let pixels = picture::pixels(&file);
    run(&PIXELS, WAIT, pixels, move || picture::prepare(&file)).await
}

/// What a picture counts as. One with too many pixels is refused before it takes any memory.
fn units(pixels: u64) -> u32 {
    let pixels = if pixels > MOST_PIXELS { 0 } else { pixels };
    u32::try_from(pixels.div_ceil(UNIT).max(AT_LEAST)).unwrap_or(u32::MAX)
}

async fn run(
    units_at_a_time: &'static Semaphore,
    wait: Duration,
    pixels: u64,
    work: impl FnOnce() -> Result<Picture, InvalidPicture> + Send + 'static,
) -> Result<Picture, ApiError> {
    let Ok(Ok(permit)) = timeout(wait, units_at_a_time.acquire_many(units(pixels))).await else {
        return Err(ApiError::busy());
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
    async fn pictures_wait_for_those_whose_memory_they_need() {
        static TEN: Semaphore = Semaphore::const_new(10);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let large = tokio::spawn(run(&TEN, Duration::ZERO, 5 * UNIT, move || {
            begin.send(()).unwrap();
            let _ = ended.recv();
            Err(InvalidPicture::Damaged)
        }));
        begun.await.unwrap();
        let refusal = run(&TEN, Duration::ZERO, 6 * UNIT, || Err(InvalidPicture::Damaged)).await.unwrap_err();
        assert_eq!((refusal.status.as_u16(), refusal.body.code.as_str(), refusal.retry_after), (503, "busy", Some(5)));
        let beside = run(&TEN, Duration::ZERO, 1, || Err(InvalidPicture::Damaged)).await.unwrap_err();
        assert_eq!(beside.body.code, "invalid_input");
        drop(end);
        assert_eq!(large.await.unwrap().unwrap_err().body.code, "invalid_input");
        let after = run(&TEN, Duration::from_secs(60), 10 * UNIT, || Err(InvalidPicture::Damaged)).await.unwrap_err();
        assert_eq!(after.body.code, "invalid_input");
    }

    #[tokio::test]
    async fn a_picture_that_breaks_its_decoder_is_refused_and_gives_its_permits_back() {
        static FIVE: Semaphore = Semaphore::const_new(5);
        for _ in 0..2 {
            let refusal = run(&FIVE, Duration::from_secs(60), 1, || panic!("a decoder's bug")).await.unwrap_err();
            assert_eq!(refusal.body.code, "invalid_input");
        }
        assert_eq!(FIVE.available_permits(), 5);
    }

    #[test]
    fn the_largest_picture_gets_a_turn_and_one_that_is_too_large_waits_for_none() {
        assert_eq!(units(MOST_PIXELS) as usize, PIXELS.available_permits());
        assert_eq!((units(MOST_PIXELS + 1), units(12_500_000), units(1)), (5, 13, 5));
    }
}
