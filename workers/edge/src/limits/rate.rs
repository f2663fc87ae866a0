//! How much is allowed in how long.

use std::num::NonZeroU32;
use std::time::Duration;

/// A limit such as `100/minute`: that many in each minute of the clock, as the database counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) count: NonZeroU32,
    pub(super) seconds: u32,
}

impl Rate {
    pub(super) const fn new(count: u32, seconds: u32) -> Self {
        let count = match NonZeroU32::new(count) {
            Some(count) => count,
            None => NonZeroU32::MIN,
        };
        Self { count, seconds }
    }

    /// `N/second`, `N/minute`, `N/hour` or `N/day`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (count, unit) = text.split_once('/')?;
        let seconds = match unit {
            "second" => 1,
            "minute" => 60,
            "hour" => 3600,
            "day" => 86400,
            _ => return None,
        };
        Some(Self { count: count.parse().ok()?, seconds })
    }

    /// When the window began that `now` lies in, in seconds since 1970.
    pub(super) fn window(self, now: Duration) -> u64 {
        now.as_secs() - now.as_secs() % u64::from(self.seconds)
    }

    /// Seconds from `now` to the end of the window that began at `start`, rounded up, and at least 1.
    pub(super) fn seconds_left(self, start: u64, now: Duration) -> u64 {
        let left = Duration::from_secs(start + u64::from(self.seconds)).saturating_sub(now);
        (left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_and_a_unit() {
        assert_eq!(Rate::parse("100/minute"), Some(Rate::new(100, 60)));
        assert_eq!(Rate::parse("9999999/day"), Some(Rate::new(9_999_999, 86400)));
        for wrong in ["", "100", "/minute", "0/minute", "-1/minute", "1/week", "1.5/hour", "1/minute/"] {
            assert_eq!(Rate::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn windows_are_counted_from_the_epoch() {
        let window = |seconds, now| Rate::new(1, seconds).window(Duration::from_millis(now));
        assert_eq!((window(60, 0), window(60, 59_999), window(60, 60_000)), (0, 0, 60));
        assert_eq!((window(1, 1_999), window(3600, 3_600_000), window(86400, 86_399_999)), (1, 3600, 0));
    }

    #[test]
    fn what_is_left_of_a_window_is_whole_seconds_rounded_up() {
        let left = |now| Rate::new(1, 60).seconds_left(120, Duration::from_millis(now));
        assert_eq!((left(120_000), left(120_001), left(178_000), left(178_001), left(179_999)), (60, 60, 2, 2, 1));
        // By a clock that was set back or forth meanwhile.
        assert_eq!((left(180_000), left(200_000), left(119_000)), (1, 1, 61));
    }
}
