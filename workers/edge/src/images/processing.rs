//! The processing of pictures: away from the threads that serve, and as many at a time as memory bears.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::picture::{self, InvalidPicture, Picture};
use crate::error::ApiError;
use crate::faults::Faults;

/// What is counted, in bytes.
const UNIT: u64 = 1_000_000;
/// The memory that pictures may take at a time, in units: one of the largest kind does, or several smaller ones.
static MEMORY: Semaphore = Semaphore::const_new(600);
/// What a small picture counts as, because it takes a processor too.
const AT_LEAST: u64 = 75;
/// How long a picture may wait for its turn. No more wait than uploads may go on.
const WAIT: Duration = Duration::from_secs(20);

/// The picture that a file holds, in the sizes that are stored.
pub(super) async fn prepare(file: Bytes) -> Result<Picture, ApiError> {
    let bytes = picture::memory(&file);
    run(&MEMORY, WAIT, bytes, move || picture::prepare(&file)).await
}

/// What a picture that takes so much counts as.
fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT).max(AT_LEAST)).unwrap_or(u32::MAX)
}

async fn run(
    memory: &'static Semaphore,
    wait: Duration,
    bytes: u64,
    work: impl FnOnce() -> Result<Picture, InvalidPicture> + Send + 'static,
) -> Result<Picture, ApiError> {
    let Ok(Ok(permit)) = timeout(wait, memory.acquire_many(units(bytes))).await else {
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
        static SOME: Semaphore = Semaphore::const_new(200);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let large = tokio::spawn(run(&SOME, Duration::ZERO, 100 * UNIT, move || {
            begin.send(()).unwrap();
            let _ = ended.recv();
            Err(InvalidPicture::Damaged)
        }));
        begun.await.unwrap();
        let refusal = run(&SOME, Duration::ZERO, 101 * UNIT, || Err(InvalidPicture::Damaged)).await.unwrap_err();
        assert_eq!((refusal.status.as_u16(), refusal.body.code.as_str(), refusal.retry_after), (503, "busy", Some(5)));
        let beside = run(&SOME, Duration::ZERO, 1, || Err(InvalidPicture::Damaged)).await.unwrap_err();
        assert_eq!(beside.body.code, "invalid_input");
        drop(end);
        assert_eq!(large.await.unwrap().unwrap_err().body.code, "invalid_input");
        let after = run(&SOME, Duration::from_secs(60), 200 * UNIT, || Err(InvalidPicture::Damaged)).await.unwrap_err();
        assert_eq!(after.body.code, "invalid_input");
    }

    #[tokio::test]
    async fn a_picture_that_breaks_its_decoder_is_refused_and_gives_its_permits_back() {
        static ONE: Semaphore = Semaphore::const_new(75);
        for _ in 0..2 {
            let refusal = run(&ONE, Duration::from_secs(60), 1, || panic!("a decoder's bug")).await.unwrap_err();
            assert_eq!(refusal.body.code, "invalid_input");
        }
        assert_eq!(ONE.available_permits(), 75);
    }

    #[test]
    fn the_largest_pictures_get_a_turn() {
        for (width, height) in [(8000, 5000), (5000, 8000), (6324, 6324)] {
            assert!(units(picture::memory_of(width, height)) as usize <= MEMORY.available_permits());
        }
        assert_eq!((units(512_000_001), units(0)), (513, 75));
    }
}
