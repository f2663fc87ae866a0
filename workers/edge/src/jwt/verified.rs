//! Tokens that were verified a moment ago: checking a signature takes longer than all else that the edge does about a
//! request.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::key_set::Key;

const KEPT_FOR: Duration = Duration::from_secs(60);
/// So many take some 20 MB.
const MOST: u64 = 100_000;

/// Whose they are. They are known by their SHA-256: a copy of the memory gives no token away.
pub(super) struct Verified(Cache<[u8; 32], Known>);

#[derive(Clone)]
struct Known {
    user: Uuid,
    /// Held, so that no other key can be taken for it.
    key: Arc<Key>,
    /// Unix seconds.
    ends: u64,
}

impl Default for Verified {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_live(KEPT_FOR).build())
    }
}

impl Verified {
    /// The user of a token that was verified with this very key as it was last fetched, and has not ended. `now` is in Unix
    /// seconds.
    pub(super) fn user(&self, token: &str, key: &Arc<Key>, now: u64) -> Option<Uuid> {
        let known = self.0.get(&hash(token))?;
        (Arc::ptr_eq(&known.key, key) && now < known.ends).then_some(known.user)
    }

    /// `ends` is in Unix seconds.
    pub(super) fn remember(&self, token: &str, key: &Arc<Key>, user: Uuid, ends: u64) {
        self.0.insert(hash(token), Known { user, key: Arc::clone(key), ends });
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey};

    use super::*;

    fn key() -> Arc<Key> {
        Arc::new(Key { key: DecodingKey::from_secret(b"key"), algorithm: Algorithm::ES256 })
    }

    #[test]
    fn a_token_is_known_until_it_ends_and_with_the_key_that_it_was_verified_with() {
        let (verified, user, one) = (Verified::default(), Uuid::from_u128(7), key());
        assert_eq!(verified.user("token", &one, 99), None);
        verified.remember("token", &one, user, 100);
        assert_eq!(verified.user("token", &one, 99), Some(user));
        assert_eq!(verified.user("token", &one, 100), None, "it has ended");
        assert_eq!(verified.user("token", &key(), 99), None, "the key was fetched anew");
        assert_eq!(verified.user("another", &one, 99), None);
    }
}
