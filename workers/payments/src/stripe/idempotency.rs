//! Which idempotency key an attempt at Stripe has.

use std::time::Duration;

use moka::future::Cache;
use moka::ops::compute::Op;

/// How long Stripe keeps an answer under its key, and some more.
const KEPT_FOR: Duration = Duration::from_secs(25 * 3600);
const MOST: u64 = 100_000;

/// The keys of all purposes: the purpose and a number that grows with each attempt that has failed. The numbers are
/// remembered to save requests only: an edge that does not know them, being new or another, finds Stripe's kept failures
/// under the first ones, and passes over them. Cheap to clone.
#[derive(Clone)]
pub(super) struct IdempotencyKeys(Cache<String, u32>);

impl Default for IdempotencyKeys {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_live(KEPT_FOR).build())
    }
}

impl IdempotencyKeys {
    /// The number of the attempt that is due, and its key.
    pub(super) async fn current(&self, purpose: &str) -> (u32, String) {
        let number = self.0.get(purpose).await.unwrap_or_default();
        let key = if number == 0 { purpose.to_owned() } else { format!("{purpose}:{number}") };
        (number, key)
    }

    /// The attempt of this number has failed: another one is due.
    pub(super) async fn give_up(&self, purpose: &str, number: u32) {
        let next = number.saturating_add(1);
        // Another call may have been quicker.
        let later = |known: Option<moka::Entry<String, u32>>| {
            let is_known = known.is_some_and(|known| known.into_value() >= next);
            std::future::ready(if is_known { Op::Nop } else { Op::Put(next) })
        };
        self.0.entry(purpose.to_owned()).and_compute_with(later).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_attempt_that_failed_is_followed_by_another_key_and_no_other_is() {
        let keys = IdempotencyKeys::default();
        assert_eq!(keys.current("a").await, (0, "a".to_owned()));
        assert_eq!(keys.current("a").await, (0, "a".to_owned()));
        keys.give_up("a", 0).await;
        assert_eq!(keys.current("a").await, (1, "a:1".to_owned()));
        // Two calls that met the same failure.
        keys.give_up("a", 0).await;
        assert_eq!(keys.current("a").await, (1, "a:1".to_owned()));
        assert_eq!(keys.current("b").await, (0, "b".to_owned()));
    }
}
