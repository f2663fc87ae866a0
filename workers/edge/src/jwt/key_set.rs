//! The project's public signing keys (JWKS): fetched when needed, again before they get old, and kept while Auth can't be
//! reached.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// How old keys get before they are fetched again, beside the requests that need them.
const REFRESHED_AFTER: Duration = Duration::from_secs(300);
/// How long keys are believed while Auth answers: a revoked one at most so long.
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

/// The keys of one fetch.
pub(super) struct Fetched {
    keys: HashMap<String, Arc<Key>>,
    at: Instant,
}

impl Fetched {
    pub(super) fn key(&self, name: &str) -> Option<&Arc<Key>> {
        self.keys.get(name)
    }
}

/// The latest attempt.
struct Attempt {
    ended: Instant,
    failed: bool,
    /// Until when the endpoint is left alone.
    rest_until: Instant,
}

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct KeySet(Arc<Inner>);

struct Inner {
    client: reqwest::Client,
    url: Url,
    fetched: RwLock<Option<Arc<Fetched>>>,
    /// Held while fetching: all who need it wait for the same answer.
    attempt: Arc<Mutex<Option<Attempt>>>,
    /// Whether the latest attempt failed.
    is_unreachable: AtomicBool,
}

impl KeySet {
    pub(super) fn new(url: Url) -> Result<Self, reqwest::Error> {
        let client = http_client::builder(FETCH_WITHIN).build()?;
        let (attempt, is_unreachable) = (Arc::default(), AtomicBool::new(false));
        Ok(Self(Arc::new(Inner { client, url, fetched: RwLock::new(None), attempt, is_unreachable })))
    }

    /// The keys as they are known. Nobody waits for new ones before these are too old, nor then if Auth can't be reached:
    /// the old ones stay.
    pub(super) async fn current(&self) -> Result<Arc<Fetched>, TokenError> {
        let asked = Instant::now();
        if let Some(known) = self.0.known() {
            let age = known.at.elapsed();
            if age < REFRESHED_AFTER {
                return Ok(known);
            }
            if age < KEPT_FOR || self.0.is_unreachable.load(Ordering::Relaxed) {
                self.refresh_in_background();
                return Ok(known);
            }
        }
        self.0.refresh(asked).await;
        self.0.known().ok_or(TokenError::KeysUnavailable)
    }

    /// The key of a name (`kid`), which is fetched when it is not known yet.
    pub(super) async fn get(&self, name: &str) -> Result<Arc<Key>, TokenError> {
        let known = self.current().await?;
        if let Some(key) = known.key(name) {
            return Ok(Arc::clone(key));
        }
        let reached = self.0.refresh_for(name, Instant::now()).await;
        let key = self.0.known().and_then(|known| known.key(name).cloned());
        key.ok_or(if reached { TokenError::Invalid("its key is unknown") } else { TokenError::KeysUnavailable })
    }

    /// Who holds the lock is at it.
    fn refresh_in_background(&self) {
        let Ok(mut attempt) = Arc::clone(&self.0.attempt).try_lock_owned() else { return };
        if attempt.as_ref().is_some_and(|last| last.failed && Instant::now() < last.rest_until) {
            return;
        }
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move { inner.try_once(&mut attempt).await });
    }

    /// Makes the keys this much older.
    #[cfg(test)]
    pub(super) async fn grow_older(&self, by: Duration) {
        let earlier = |at: Instant| at.checked_sub(by).unwrap_or(at);
        if let Some(attempt) = self.0.attempt.lock().await.as_mut() {
            attempt.ended = earlier(attempt.ended);
            attempt.rest_until = earlier(attempt.rest_until);
        }
        let mut fetched = self.0.fetched.write().unwrap_or_else(PoisonError::into_inner);
        *fetched = fetched.take().map(|known| Arc::new(Fetched { keys: known.keys.clone(), at: earlier(known.at) }));
    }
}

impl Inner {
    fn known(&self) -> Option<Arc<Fetched>> {
        self.fetched.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fetches the keys, unless somebody did since `asked`, or the endpoint is to be left alone. Whether Auth answered.
    async fn refresh(&self, asked: Instant) -> bool {
        let mut attempt = self.attempt.lock().await;
        match attempt.as_ref() {
            Some(last) if last.ended >= asked || (last.failed && Instant::now() < last.rest_until) => !last.failed,
            _ => self.try_once(&mut attempt).await,
        }
    }

    /// The same for a key that is not known.
    async fn refresh_for(&self, name: &str, asked: Instant) -> bool {
        let mut attempt = self.attempt.lock().await;
        if let Some(last) = attempt.as_ref()
            && (last.ended >= asked || Instant::now() < last.rest_until)
        {
            return !last.failed;
        }
        let reached = self.try_once(&mut attempt).await;
        let is_known = self.known().is_some_and(|known| known.key(name).is_some());
        if let Some(attempt) = attempt.as_mut().filter(|_| reached && !is_known) {
            attempt.rest_until = attempt.ended + COOL_DOWN;
        }
        reached
    }

    async fn try_once(&self, attempt: &mut Option<Attempt>) -> bool {
        let fetched = self.fetch().await;
        let ended = Instant::now();
        let failed = fetched.is_err();
        let failed_before = self.is_unreachable.swap(failed, Ordering::Relaxed);
        match fetched {
            Ok(keys) => {
                let fetched = Some(Arc::new(Fetched { keys, at: ended }));
                *self.fetched.write().unwrap_or_else(PoisonError::into_inner) = fetched;
                if failed_before {
                    tracing::info!("the signing keys can be read again");
                }
            }
            Err(error) if !failed_before => {
                tracing::error!(%error, "the signing keys can't be read: those that are known stay until they can");
            }
            // It is told once.
            Err(_) => {}
        }
        let rest = if failed { FAILED_COOL_DOWN } else { Duration::ZERO };
        *attempt = Some(Attempt { ended, failed, rest_until: ended + rest });
        !failed
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

    /// An Auth with one key, which may stop answering; and how often it was asked.
    struct Auth {
        keys: KeySet,
        answer: Arc<std::sync::Mutex<Option<Value>>>,
        asked: Arc<std::sync::atomic::AtomicUsize>,
    }

    impl Auth {
        async fn start() -> Self {
            let answer = Arc::new(std::sync::Mutex::new(Some(json!({ "keys": [ec(json!({}))] }))));
            let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let (answers, asks) = (Arc::clone(&answer), Arc::clone(&asked));
            let router = axum::Router::new().fallback(async move || {
                asks.fetch_add(1, Ordering::SeqCst);
                let answer = answers.lock().unwrap().clone();
                answer.map(axum::Json).ok_or(http::StatusCode::SERVICE_UNAVAILABLE)
            });
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/", listener.local_addr().unwrap());
            tokio::spawn(async move { axum::serve(listener, router).await });
            Self { keys: KeySet::new(Url::parse(&url).unwrap()).unwrap(), answer, asked }
        }

        fn publish(&self, keys: Option<Value>) {
            *self.answer.lock().unwrap() = keys;
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }

        async fn has(&self, name: &str) -> Result<(), TokenError> {
            self.keys.get(name).await.map(drop)
        }

        async fn was_asked(&self, times: usize) {
            let asked = async {
                while self.asked() < times {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                // And the answer has been dealt with.
                drop(self.keys.0.attempt.lock().await);
            };
            tokio::time::timeout(Duration::from_secs(30), asked).await.expect("it is asked");
        }
    }

    const UNKNOWN: TokenError = TokenError::Invalid("its key is unknown");

    #[tokio::test]
    async fn keys_are_fetched_again_before_they_are_too_old_and_nobody_waits_for_that() {
        let auth = Auth::start().await;
        assert_eq!(auth.has("k").await, Ok(()));
        auth.keys.grow_older(REFRESHED_AFTER).await;
        auth.publish(Some(json!({ "keys": [] })));
        assert_eq!(auth.has("k").await, Ok(()), "it is served from what is known");
        auth.was_asked(2).await;
        assert_eq!(auth.has("k").await, Err(UNKNOWN), "what Auth has removed is gone");
    }

    #[tokio::test]
    async fn keys_that_are_too_old_are_not_believed_while_auth_answers() {
        let auth = Auth::start().await;
        assert_eq!(auth.has("k").await, Ok(()));
        auth.keys.grow_older(KEPT_FOR).await;
        auth.publish(Some(json!({ "keys": [] })));
        assert_eq!(auth.has("k").await, Err(UNKNOWN));
    }

    #[tokio::test]
    async fn known_keys_are_kept_while_auth_can_t_be_reached() {
        let auth = Auth::start().await;
        assert_eq!(auth.has("k").await, Ok(()));
        auth.publish(None);
        for _ in 0..3 {
            auth.keys.grow_older(KEPT_FOR * 2).await;
            assert_eq!(auth.has("k").await, Ok(()));
        }
        assert_eq!(auth.has("another").await, Err(TokenError::KeysUnavailable), "it may be a new one");
        auth.publish(Some(json!({ "keys": [ec(json!({ "kid": "another" }))] })));
        auth.keys.grow_older(FAILED_COOL_DOWN).await;
        assert_eq!(auth.has("another").await, Ok(()));
        auth.keys.grow_older(COOL_DOWN).await;
        assert_eq!(auth.has("k").await, Err(UNKNOWN), "the first answer after the outage counts");
    }
}
