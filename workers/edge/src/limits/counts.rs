//! Counts of the present window.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use super::bucket::Key;
use super::rate::Rate;

/// How often each key was counted in the present window. Those of one key don't wait for each other: only who comes first
/// in a window waits for the lock.
#[derive(Default)]
pub(super) struct Counts(RwLock<Window>);

#[derive(Default)]
struct Window {
    seconds: u32,
    /// Seconds since 1970.
    start: u64,
    hits: HashMap<Key, AtomicU32>,
}

/// What a count came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) allowed: bool,
    pub(super) remaining: u32,
    /// Seconds to the end of the window.
    pub(super) reset: u64,
}

impl Window {
    /// Whether a request of now counts in this window. One that read the clock just before the window began does.
    fn holds(&self, rate: Rate, start: u64) -> bool {
        let seconds = u64::from(self.seconds);
        self.seconds == rate.seconds && start <= self.start && self.start <= start + seconds
    }

    fn count(&self, key: &Key, rate: Rate, now: Duration) -> Option<Count> {
        let reset = rate.seconds_left(self.start, now);
        let more = |hits: u32| (hits < rate.count.get()).then_some(hits + 1);
        // What is refused doesn't count, as in the database.
        Some(match self.hits.get(key)?.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(before) => Count { allowed: true, remaining: rate.count.get() - before - 1, reset },
            Err(_) => Count { allowed: false, remaining: 0, reset },
        })
    }
}

impl Counts {
    /// Counts, unless that is too much.
    pub(super) fn count(&self, key: Key, rate: Rate, now: Duration) -> Count {
        let start = rate.window(now);
        {
            let window = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if window.holds(rate, start)
                && let Some(count) = window.count(&key, rate, now)
            {
                return count;
            }
        }
        let mut window = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !window.holds(rate, start) {
            // Nobody is remembered longer than a window.
            *window = Window { seconds: rate.seconds, start, hits: HashMap::new() };
        }
        window.hits.entry(key).or_default();
        let none = Count { allowed: true, remaining: NonZeroU32::get(rate.count) - 1, reset: 1 };
        window.count(&key, rate, now).unwrap_or(none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::Network([1, 2, 3, 4]);

    fn allowed(counts: &Counts, rate: Rate, now: u64) -> bool {
        counts.count(KEY, rate, Duration::from_secs(now)).allowed
    }

    #[test]
    fn who_waits_for_the_end_of_the_window_is_served() {
        let (counts, rate) = (Counts::default(), Rate::new(2, 60));
        assert!(allowed(&counts, rate, 125) && allowed(&counts, rate, 130) && !allowed(&counts, rate, 131));
        let refused = counts.count(KEY, rate, Duration::from_millis(150_500));
        assert_eq!(refused, Count { allowed: false, remaining: 0, reset: 30 });
        assert!(allowed(&counts, rate, 181));
    }

    #[test]
    fn what_is_refused_does_not_count() {
        let counts = Counts::default();
        assert!(allowed(&counts, Rate::new(1, 60), 0));
        assert!((0..10).all(|_| !allowed(&counts, Rate::new(1, 60), 1)));
        assert!(allowed(&counts, Rate::new(2, 60), 2), "a limit that was raised holds at once");
    }

    #[test]
    fn a_window_forgets_the_one_before() {
        let (counts, rate) = (Counts::default(), Rate::new(1, 60));
        for address in 0..100 {
            counts.count(Key::Network([address, 0, 0, 0]), rate, Duration::from_secs(60));
        }
        assert!(allowed(&counts, rate, 120));
        assert_eq!(counts.0.read().unwrap().hits.len(), 1);
    }

    #[test]
    fn a_request_that_read_the_clock_before_the_window_began_counts_in_it() {
        let (counts, rate) = (Counts::default(), Rate::new(1, 60));
        assert!(allowed(&counts, rate, 120) && !allowed(&counts, rate, 119) && !allowed(&counts, rate, 121));
    }

    #[test]
    fn another_unit_or_a_clock_that_was_set_back_begins_anew() {
        let counts = Counts::default();
        assert!(allowed(&counts, Rate::new(1, 60), 7260) && !allowed(&counts, Rate::new(1, 60), 7261));
        assert!(allowed(&counts, Rate::new(1, 3600), 7262) && !allowed(&counts, Rate::new(1, 3600), 7263));
        assert!(allowed(&counts, Rate::new(1, 3600), 10));
    }

    #[test]
    fn as_many_as_allowed_pass_however_many_come_at_once() {
        let (counts, rate) = (Counts::default(), Rate::new(50, 60));
        let passed: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| (0..20).filter(|_| allowed(&counts, rate, 60)).count())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(passed, 50);
    }
}
