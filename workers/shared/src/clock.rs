//! What time it is: the machine's time, or one that a test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// Tells the time. Cheap to clone; the clones of a clock that is set by hand go together.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    /// Microseconds since 1970, as precise as the database.
    ByHand(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at a moment until [`Clock::advance`] moves it: for tests.
    #[must_use]
    pub fn standing_at(moment: DateTime<Utc>) -> Self {
        Self(Source::ByHand(Arc::new(AtomicI64::new(moment.timestamp_micros()))))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => Utc::now(),
            Source::ByHand(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or(DateTime::<Utc>::MAX_UTC)
            }
        }
    }

    /// Now, in seconds since 1970, as signatures and tokens count.
    #[must_use]
    pub fn unix_seconds(&self) -> u64 {
        self.now().timestamp().try_into().unwrap_or(0)
    }

    /// Moves a clock that is set by hand; the machine's stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Source::ByHand(micros) = &self.0 {
            micros.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_goes_with_the_machine() {
        let before = Utc::now();
        let now = Clock::default().now();
        assert!((before..=Utc::now()).contains(&now));
    }

    #[test]
    fn a_clock_set_by_hand_moves_only_when_told_and_its_clones_with_it() {
        let moment = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let clock = Clock::standing_at(moment);
        let clone = clock.clone();
        assert_eq!((clone.now(), clone.unix_seconds()), (moment, 1_700_000_000));
        clock.advance(Duration::from_millis(1_500));
        assert_eq!((clone.now() - moment).num_milliseconds(), 1_500);
    }
}
