//! How often is too often: so many in each window of the clock. The database counts in the same windows, so whoever waits
//! as long as they are told is served here and there.

mod bucket;
mod counts;
mod rate;

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use self::counts::Counts;
use self::rate::Rate;
use crate::settings::Settings;

pub(crate) use self::bucket::{Bucket, Key, Sender};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How far a limit is used up, after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LimitState {
    bucket: Bucket,
    rate: Rate,
    remaining: u32,
    /// Seconds until all is allowed again, at least 1.
    reset: u64,
}

impl LimitState {
    /// The limit's name.
    pub(crate) fn limit(&self) -> &'static str {
        self.bucket.name()
    }

    /// Seconds until the next may come.
    pub(crate) fn retry_after(&self) -> u32 {
        u32::try_from(self.reset).unwrap_or(u32::MAX)
    }

    /// Adds the headers of draft-ietf-httpapi-ratelimit-headers.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let (name, rate) = (self.bucket.name(), self.rate);
        let policy = format!("\"{name}\";q={};w={}", rate.count, rate.seconds);
        let state = format!("\"{name}\";r={};t={}", self.remaining, self.reset);
        for (header, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(header, value);
            }
        }
    }
}

/// All counts.
#[derive(Default)]
pub(crate) struct Limits([Counts; Bucket::ALL.len()]);

impl Limits {
    /// Counts a request of `sender` under these limits, in order. `now` is the time since 1970 by the database's clock.
    /// Returns the state of the tightest; `None` where none of them is about the request.
    ///
    /// # Errors
    /// The state of the limit that it is over.
    pub(crate) fn count(
        &self,
        buckets: &[Bucket],
        sender: &Sender,
        now: Duration,
        settings: &Settings,
    ) -> Result<Option<LimitState>, LimitState> {
        let mut tightest: Option<LimitState> = None;
        for (bucket, key) in buckets.iter().filter_map(|bucket| bucket.counted(sender)) {
            let rate = bucket.rate(settings);
            let count = self.0[bucket as usize].count(key, rate, now);
            let state = LimitState { bucket, rate, remaining: count.remaining, reset: count.reset };
            if !count.allowed {
                return Err(state);
            }
            if tightest.is_none_or(|tightest| state.remaining < tightest.remaining) {
                tightest = Some(state);
            }
        }
        Ok(tightest)
    }
}

#[cfg(test)]
mod tests;
