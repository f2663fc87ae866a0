//! How often is too often: so many in each window of the clock. The database counts in the same windows, so whoever waits
//! as long as they are told is served here and there.

mod bucket;
mod counts;
mod rate;

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use uuid::Uuid;

use self::bucket::Bucket;
use self::counts::Counts;
use self::rate::Rate;
use super::path::Target;
use crate::shop::Shop;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Who asks for what.
pub(super) struct Asking<'a> {
    pub(super) method: &'a Method,
    pub(super) target: &'a Target,
    pub(super) query: Option<&'a str>,
    pub(super) address: IpAddr,
    pub(super) user: Option<Uuid>,
    pub(super) is_admin: bool,
    /// Since 1970, by the database's clock.
    pub(super) now: Duration,
}

/// How a request stands towards the tightest of its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    bucket: Bucket,
    rate: Rate,
    remaining: u32,
    /// Seconds until all is allowed again, at least 1.
    reset: u64,
}

impl Standing {
    /// The limit's name.
    pub(super) fn limit(&self) -> &'static str {
        self.bucket.name()
    }

    /// Seconds until the next may come.
    pub(super) fn retry_after(&self) -> u64 {
        self.reset
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

/// All counts.
#[derive(Default)]
pub(super) struct Limits([Counts; Bucket::ALL.len()]);

impl Limits {
    /// Counts a request.
    ///
    /// # Errors
    /// Its standing towards the limit that it is over.
    pub(super) fn count(&self, asking: &Asking<'_>, shop: &Shop) -> Result<Standing, Standing> {
        let Asking { method, target, query, address, user, is_admin, now } = *asking;
        let mut tightest: Option<Standing> = None;
        for (bucket, key) in bucket::of(method, target, query, address, user, is_admin) {
            let rate = bucket.rate(shop);
            let count = self.0[bucket as usize].count(key, rate, now);
            let standing = Standing { bucket, rate, remaining: count.remaining, reset: count.reset };
            if !count.allowed {
                return Err(standing);
            }
            if tightest.is_none_or(|tightest| standing.remaining < tightest.remaining) {
                tightest = Some(standing);
            }
        }
        // Everything counts under something.
        Ok(tightest.unwrap_or(Standing { bucket: Bucket::General, rate: Rate::new(1, 1), remaining: 0, reset: 1 }))
    }
}

#[cfg(test)]
mod tests;
