//! The project's public signing keys (JWKS), fetched when needed and kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use primostore_shared::http_client;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::TokenError;

/// How long keys are believed: a revoked one at most so long.
const KEPT_FOR: Duration = Duration::from_secs(600);
/// How long after a name that nobody knows, or a failure, the endpoint is left alone: made-up names must not become a
/// flood of requests to it. A key that is rotated in is found at once, because Auth announces it before its use, or
/// because nobody asked in vain just before.
const COOL_DOWN: Duration = Duration::from_secs(10);
const FAILED_COOL_DOWN: Duration = Duration::from_secs(1);
/// How long the endpoint may take, and how much it may say, in bytes.
const FETCH_WITHIN: Duration = Duration::from_secs(5);
const LARGEST: u64 = 256 * 1024;

/// A public key and the one algorithm that it is for.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) key: DecodingKey,
    pub(super) algorithm: Algorithm,
}

struct Fetched {
    keys: HashMap<String, Arc<Key>>,
    at: Instant,
}

/// The latest attempt.
struct Attempt {
    ended: Instant,
    failed: bool,
    /// Until when the endpoint is left alone.
    rest_until: Instant,
}

pub(super) struct KeySet {
    client: reqwest::Client,
    url: Url,
    fetched: RwLock<Option<Arc<Fetched>>>,
    /// Held while fetching: all who need it wait for the same answer.
    attempt: Mutex<Option<Attempt>>,
}

impl KeySet {
    pub(super) fn new(url: Url) -> Result<Self, reqwest::Error> {
        let client = http_client::builder(FETCH_WITHIN).redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { client, url, fetched: RwLock::new(None), attempt: Mutex::new(None) })
    }

    /// The key of a name (`kid`).
    pub(super) async fn get(&self, name: &str) -> Result<Arc<Key>, TokenError> {
        const UNKNOWN: TokenError = TokenError::Invalid("its key is unknown");
        let asked = Instant::now();
        if let Some(key) = self.kept(name) {
            return Ok(key);
        }
        let mut attempt = self.attempt.lock().await;
        if let Some(key) = self.kept(name) {
            return Ok(key);
        }
        if let Some(attempt) = attempt.as_ref()
            && (attempt.ended >= asked || Instant::now() < attempt.rest_until)
        {
            return Err(if attempt.failed || self.fresh().is_none() { TokenError::KeysUnavailable } else { UNKNOWN });
        }
        let fetched = self.fetch().await;
        let ended = Instant::now();
        let failed = fetched.is_err();
        match fetched {
            Ok(keys) => {
                let fetched = Some(Arc::new(Fetched { keys, at: ended }));
                *self.fetched.write().unwrap_or_else(PoisonError::into_inner) = fetched;
            }
            Err(error) => tracing::error!(%error, "the signing keys can't be read"),
        }
        let key = self.kept(name);
        let rest = match (failed, &key) {
            (true, _) => FAILED_COOL_DOWN,
            (false, None) => COOL_DOWN,
            (false, Some(_)) => Duration::ZERO,
        };
        *attempt = Some(Attempt { ended, failed, rest_until: ended + rest });
        key.ok_or(if failed { TokenError::KeysUnavailable } else { UNKNOWN })
    }

    fn fresh(&self) -> Option<Arc<Fetched>> {
        let fetched = self.fetched.read().unwrap_or_else(PoisonError::into_inner).clone();
        fetched.filter(|fetched| fetched.at.elapsed() < KEPT_FOR)
    }

    fn kept(&self, name: &str) -> Option<Arc<Key>> {
        self.fresh()?.keys.get(name).cloned()
    }

    async fn fetch(&self) -> Result<HashMap<String, Arc<Key>>, FetchError> {
        let mut response = self.client.get(self.url.clone()).send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > LARGEST {
                return Err(FetchError::TooLarge);
            }
        }
        let set: Set = serde_json::from_slice(&body)?;
        Ok(set.keys.into_iter().filter_map(usable).collect())
    }
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("no answer: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the answer is no key set: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the answer is larger than {LARGEST} bytes")]
    TooLarge,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

/// A key with its name, if it is of a kind that tokens may be signed with. Others may be in the set, and are not ours.
fn usable(key: Value) -> Option<(String, Arc<Key>)> {
    let key: Jwk = serde_json::from_value(key).ok()?;
    let (algorithm, named) = match &key.algorithm {
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let common = &key.common;
    let verifies = common.key_algorithm.is_none_or(|said| said == named)
        && common.public_key_use.as_ref().is_none_or(|said| *said == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|said| said.contains(&KeyOperations::Verify));
    let name = common.key_id.clone()?;
    let key = DecodingKey::from_jwk(&key).ok().filter(|_| verifies)?;
    Some((name, Arc::new(Key { key, algorithm })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn algorithm(key: Value) -> Option<Algorithm> {
        usable(key).map(|(_, key)| key.algorithm)
    }

    fn ec(changes: Value) -> Value {
        let mut key = json!({
            "kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "use": "sig", "key_ops": ["verify"], "ext": true,
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        });
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    #[test]
    fn the_key_says_which_algorithm_it_is_for() {
        assert_eq!(algorithm(ec(json!({}))), Some(Algorithm::ES256));
        let ed =
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        assert_eq!(algorithm(ed), Some(Algorithm::EdDSA));
        let rsa = json!({ "kty": "RSA", "kid": "k", "alg": "RS256", "n": "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri", "e": "AQAB" });
        assert_eq!(algorithm(rsa), Some(Algorithm::RS256));
    }

    #[test]
    fn keys_for_anything_else_are_not_used() {
        for other in [
            ec(json!({ "use": "enc" })),
            ec(json!({ "key_ops": ["sign"] })),
            ec(json!({ "alg": "RS256" })),
            ec(json!({ "alg": "HS256" })),
            ec(json!({ "crv": "P-384" })),
            ec(json!({ "kid": null })),
            json!({ "kty": "oct", "kid": "k", "alg": "HS256", "k": "c2VjcmV0" }),
            json!({ "kty": "NEW", "kid": "k" }),
            json!("key"),
        ] {
            assert_eq!(algorithm(other.clone()), None, "{other}");
        }
    }
}
