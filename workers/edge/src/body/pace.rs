//! How slow the other side may be.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// How long the other side may keep us waiting, and how much faster that is made good again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// The longest wait in all.
    pub(crate) waits: Duration,
    /// Bytes that make good one second of it; `None` where any byte makes good all.
    pub(crate) bytes_per_second: Option<u32>,
}

impl Patience {
    /// What is left of it after a wait that ended with so many bytes: a leaky bucket, so that who is as fast as is asked
    /// may pause, and who sends a byte now and then is not waited for without end.
    fn after(self, left: Duration, waited: Duration, bytes: usize) -> Duration {
        let made_good = match self.bytes_per_second {
            Some(rate) => Duration::from_secs(bytes as u64) / rate.max(1),
            None => self.waits,
        };
        left.saturating_sub(waited).saturating_add(made_good).min(self.waits)
    }
}

/// Watches over one direction of a connection: only what the other side makes us wait counts.
#[derive(Debug)]
pub(crate) struct Pace {
    patience: Patience,
    left: Duration,
    /// Since when the other side is waited for, and when that is too long.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Pace {
    pub(crate) fn new(patience: Patience) -> Self {
        Self { patience, left: patience.waits, waiting: None }
    }

    /// Nothing moved: ready once that has been so for too long.
    pub(crate) fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let left = self.left;
        let (_, alarm) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(left))));
        alarm.as_mut().poll(context)
    }

    /// So many bytes moved.
    pub(crate) fn moved(&mut self, bytes: usize) {
        let waited = self.waiting.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
        self.left = self.patience.after(self.left, waited, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { waits: Duration::from_secs(60), bytes_per_second: Some(100) };

    /// What is left after so many seconds with so many bytes at the end of each.
    fn left(patience: Patience, bytes: usize, seconds: u32) -> u64 {
        (0..seconds).fold(patience.waits, |left, _| patience.after(left, Duration::from_secs(1), bytes)).as_secs()
    }

    #[test]
    fn who_is_fast_enough_is_waited_for_as_long_as_it_takes() {
        assert_eq!(left(PATIENCE, 100, 10_000), 60);
        assert_eq!(PATIENCE.after(PATIENCE.waits, Duration::from_secs(50), 5000).as_secs(), 60, "a pause is made good");
    }

    #[test]
    fn a_byte_a_second_is_not_waited_for_without_end() {
        assert_eq!(left(PATIENCE, 1, 100), 0);
        assert_eq!(PATIENCE.after(PATIENCE.waits, Duration::ZERO, 1_000_000), PATIENCE.waits, "nothing is saved up");
    }

    #[test]
    fn without_a_rate_any_byte_will_do() {
        assert_eq!(left(Patience { bytes_per_second: None, ..PATIENCE }, 1, 10_000), 60);
    }
}
