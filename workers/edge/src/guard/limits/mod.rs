//! How often is too often.

mod bucket;
mod rate;

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::bucket::{Bucket, Key};
use self::rate::Rate;
use super::path::Target;
use crate::shop::Shop;

/// How often keys that are at rest are forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

type Counter = RateLimiter<Key, DefaultKeyedStateStore<Key>, DefaultClock, StateInformationMiddleware>;

/// One bucket's counts at one rate.
#[derive(Clone)]
struct Counts {
    rate: Rate,
    counter: Arc<Counter>,
}

impl Counts {
    fn new(rate: Rate) -> Self {
        let counter = RateLimiter::keyed(rate.quota()).with_middleware();
        Self { rate, counter: Arc::new(counter) }
    }
}

/// Who asks for what.
pub(super) struct Asking<'a> {
    pub(super) method: &'a Method,
    pub(super) target: &'a Target,
    pub(super) query: Option<&'a str>,
    pub(super) address: IpAddr,
    pub(super) user: Option<Uuid>,
    pub(super) is_admin: bool,
}

/// How a request stands towards the tightest of its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    bucket: Bucket,
    rate: Rate,
    remaining: u32,
    /// Seconds: until all is allowed again, or until the next is.
    reset: u64,
}

impl Standing {
    /// The limit's name.
    pub(super) fn limit(&self) -> &'static str {
        self.bucket.name()
    }

    /// Seconds until the next may come, at least 1.
    pub(super) fn retry_after(&self) -> u64 {
        self.reset.max(1)
    }

    /// The headers of draft-ietf-httpapi-ratelimit-headers.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let (name, rate) = (self.bucket.name(), self.rate);
        let policy = format!("\"{name}\";q={};w={}", rate.count, rate.seconds);
        let standing = format!("\"{name}\";r={};t={}", self.remaining, self.reset);
        for (header, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, standing)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(header, value);
            }
        }
    }
}

/// All counts. A bucket's counts last as long as its setting.
pub(super) struct Limits([RwLock<Counts>; Bucket::ALL.len()]);

impl Limits {
    pub(super) fn new() -> Self {
        let shop = Shop::default();
        Self(Bucket::ALL.map(|bucket| RwLock::new(Counts::new(bucket.rate(&shop)))))
    }

    /// Counts a request.
    ///
    /// # Errors
    /// Its standing towards the limit that it is over.
    pub(super) fn count(&self, asking: &Asking<'_>, shop: &Shop) -> Result<Standing, Standing> {
        let Asking { method, target, query, address, user, is_admin } = *asking;
        let mut tightest: Option<Standing> = None;
        for (bucket, key) in bucket::of(method, target, query, address, user, is_admin) {
            let standing = self.count_one(bucket, &key, bucket.rate(shop))?;
            if tightest.is_none_or(|tightest| standing.remaining < tightest.remaining) {
                tightest = Some(standing);
            }
        }
        // Everything counts under something.
        Ok(tightest.unwrap_or(Standing { bucket: Bucket::General, rate: Rate::new(1, 1), remaining: 0, reset: 0 }))
    }

    fn count_one(&self, bucket: Bucket, key: &Key, rate: Rate) -> Result<Standing, Standing> {
        let counts = self.counts(bucket, rate);
        match counts.counter.check_key(key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                Ok(Standing { bucket, rate, remaining, reset: rate.seconds_to_full(remaining) })
            }
            Err(until) => {
                let wait = until.wait_time_from(counts.counter.clock().now());
                let reset = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                Err(Standing { bucket, rate, remaining: 0, reset })
            }
        }
    }

    fn counts(&self, bucket: Bucket, rate: Rate) -> Counts {
        let place = &self.0[bucket as usize];
        let counts = place.read().unwrap_or_else(PoisonError::into_inner).clone();
        if counts.rate == rate {
            return counts;
        }
        let mut counts = place.write().unwrap_or_else(PoisonError::into_inner);
        if counts.rate != rate {
            *counts = Counts::new(rate);
        }
        counts.clone()
    }

    /// Forgets, until `stop`, who asks no more.
    pub(super) async fn prune(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(PRUNE_EVERY)).await.is_some() {
            for place in &self.0 {
                let counter = Arc::clone(&place.read().unwrap_or_else(PoisonError::into_inner).counter);
                counter.retain_recent();
                counter.shrink_to_fit();
            }
        }
    }
}

#[cfg(test)]
mod tests;
