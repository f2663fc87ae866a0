//! How much is allowed in how long.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;

/// A limit such as `100/minute`: that many at once, each of which comes back after its share of the time.
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

    pub(super) fn quota(self) -> Quota {
        let share = Duration::from_secs(self.seconds.into()) / self.count.get();
        let share = share.max(Duration::from_nanos(1));
        Quota::with_period(share).map_or_else(|| Quota::per_second(self.count), |quota| quota.allow_burst(self.count))
    }

    /// Seconds until all is allowed again when `remaining` is left.
    pub(super) fn seconds_to_full(self, remaining: u32) -> u64 {
        let used = u64::from(self.count.get().saturating_sub(remaining));
        (used * u64::from(self.seconds)).div_ceil(u64::from(self.count.get()))
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
    fn the_whole_number_may_come_at_once() {
        let quota = Rate::new(30, 60).quota();
        assert_eq!((quota.burst_size().get(), quota.replenish_interval()), (30, Duration::from_secs(2)));
        assert_eq!(Rate::new(9_999_999, 1).quota().burst_size().get(), 9_999_999);
    }

    #[test]
    fn it_is_full_again_when_all_shares_are_back() {
        assert_eq!(Rate::new(30, 60).seconds_to_full(30), 0);
        assert_eq!(Rate::new(30, 60).seconds_to_full(29), 2);
        assert_eq!(Rate::new(30, 60).seconds_to_full(0), 60);
        assert_eq!(Rate::new(100, 60).seconds_to_full(99), 1);
    }
}
