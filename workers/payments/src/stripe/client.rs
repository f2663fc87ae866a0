//! Stripe's API, as much of it as we use.

use std::time::Duration;

use http::StatusCode;
use primostore_shared::http_client;
use reqwest::{Client, Method, RequestBuilder, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::idempotency::IdempotencyKeys;
use crate::encoding::percent_encoded;

/// Of Stripe's API the version that this is written for.
const VERSION: &str = "2024-06-20";
/// How long to wait before another attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(900)];
/// How many failures that Stripe has kept, under keys of earlier attempts, one call passes over.
const MOST_REPLAYS: u32 = 20;

/// Access to Stripe. Cheap to clone.
#[derive(Clone)]
pub struct Stripe {
    client: Client,
    base: String,
    key: SecretString,
    idempotency_keys: IdempotencyKeys,
}

/// A payment that Stripe collects. Has no `Debug`: its secret lets its holder pay and see it.
#[derive(Deserialize)]
pub struct Intent {
    /// Stripe's id of it.
    pub id: String,
    /// Lets its holder pay.
    pub client_secret: String,
    /// Such as `succeeded`: <https://docs.stripe.com/payments/paymentintents/lifecycle>.
    pub status: String,
}

/// Why Stripe did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// Stripe said no. Its message may quote a key: only codes are kept.
    #[error("Stripe refused with status {status}: {kind} {code} (Stripe's request {request_id})")]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// Stripe's `type` of the error.
        kind: String,
        /// Stripe's `code`, such as `amount_too_small`.
        code: String,
        /// Stripe's id of the request.
        request_id: String,
    },
    /// No connection came about, or it broke.
    #[error("Stripe can't be reached: {0}")]
    Unreachable(String),
    /// No answer came in time.
    #[error("Stripe did not answer in time")]
    TimedOut,
    /// The answer is not what Stripe's API promises.
    #[error("Stripe's answer can't be read: {0}")]
    Unreadable(String),
}

#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    error: ErrorDetails,
}

#[derive(Default, Deserialize)]
struct ErrorDetails {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    code: String,
}

impl Stripe {
    /// Stripe as it answers at `base`, with a secret key of the account. All attempts at one call take at most `timeout`
    /// and the pauses between them.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(base: &Url, key: SecretString, timeout: Duration) -> Result<Self, reqwest::Error> {
        let attempts = u32::try_from(PAUSES.len() + 1).unwrap_or(1);
        let client = http_client::builder(timeout / attempts).build()?;
        let base = base.as_str().trim_end_matches('/').to_owned();
        Ok(Self { client, base, key, idempotency_keys: IdempotencyKeys::default() })
    }

    /// Makes an intent. `purpose` names what it is for: as long as Stripe did not say that an attempt has failed, another
    /// with the same purpose and fields returns the same intent.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_intent(&self, fields: &[(&str, &str)], purpose: &str) -> Result<Intent, StripeError> {
        self.create("/v1/payment_intents", fields, purpose).await
    }

    /// Reads an intent; `None` when Stripe knows none such.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn intent(&self, id: &str) -> Result<Option<Intent>, StripeError> {
        let path = format!("/v1/payment_intents/{}", percent_encoded(id));
        let mut pauses = PAUSES.iter();
        loop {
            let failed = match attempt(self.request(Method::GET, &path)).await {
                Ok(intent) => return Ok(Some(intent)),
                Err(failed) => failed,
            };
            if let StripeError::Refused { status: StatusCode::NOT_FOUND, code, .. } = &failed.error
                && code == "resource_missing"
            {
                return Ok(None);
            }
            failed.pause(&mut pauses).await?;
        }
    }

    /// Makes something, once for each purpose. Stripe keeps what it answered under an idempotency key for a day, its own
    /// failures too (<https://docs.stripe.com/api/idempotent_requests>): so an attempt whose end nobody knows is repeated
    /// with its key, and one that has failed is followed by another key. Keys of a purpose follow each other in an order
    /// that all callers know, so that those who try at the same time meet.
    async fn create<T: DeserializeOwned>(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        purpose: &str,
    ) -> Result<T, StripeError> {
        let mut pauses = PAUSES.iter();
        let mut replays = 0;
        loop {
            let (number, key) = self.idempotency_keys.current(purpose).await;
            let request = self.request(Method::POST, path).header("idempotency-key", key).form(fields);
            let failed = match attempt(request).await {
                Ok(made) => return Ok(made),
                Err(failed) => failed,
            };
            if failed.is_final {
                self.idempotency_keys.give_up(purpose, number).await;
            }
            // What was kept of an earlier attempt says nothing about this one.
            if failed.is_replay && failed.is_final && replays < MOST_REPLAYS {
                replays += 1;
                continue;
            }
            failed.pause(&mut pauses).await?;
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(self.key.expose_secret())
            .header("stripe-version", VERSION)
    }
}

/// How an attempt failed.
struct Failed {
    error: StripeError,
    /// Whether another may succeed.
    again: bool,
    /// Whether Stripe has said that it failed: what is asked for was not done, and will not be under this key.
    is_final: bool,
    /// Whether the answer is that of an earlier attempt with the same key.
    is_replay: bool,
}

impl Failed {
    /// Nobody knows whether it was done.
    fn unknown(error: reqwest::Error) -> Self {
        Self { error: error.into(), again: true, is_final: false, is_replay: false }
    }

    /// Waits until the next attempt, if there is to be one.
    async fn pause(self, pauses: &mut std::slice::Iter<'_, Duration>) -> Result<(), StripeError> {
        let Some(pause) = pauses.next().filter(|_| self.again) else {
            return Err(self.error);
        };
        tracing::warn!(error = %self.error, "another attempt at Stripe follows");
        tokio::time::sleep(*pause).await;
        Ok(())
    }
}

async fn attempt<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Failed> {
    let response = request.send().await.map_err(Failed::unknown)?;
    if !response.status().is_success() {
        return Err(refusal(response).await);
    }
    let body = response.bytes().await.map_err(Failed::unknown)?;
    serde_json::from_slice(&body).map_err(|error| Failed {
        // The reason names a place in the text, never the text.
        error: StripeError::Unreadable(error.to_string()),
        again: false,
        is_final: false,
        is_replay: false,
    })
}

async fn refusal(response: Response) -> Failed {
    let status = response.status();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request_id = header("request-id").unwrap_or_default();
    let advice = header("stripe-should-retry");
    let is_replay = header("idempotent-replayed").as_deref() == Some("true");
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return Failed::unknown(error),
    };
    let details = serde_json::from_slice::<ErrorBody>(&body).unwrap_or_default().error;
    // A conflict is another request with the same key that is under way; and what has no id, something between Stripe and
    // us has answered.
    let is_final = status != StatusCode::CONFLICT && !request_id.is_empty();
    let again = match advice.as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => status.is_server_error() || status == StatusCode::CONFLICT || details.code == "lock_timeout",
    };
    let error = StripeError::Refused { status, kind: details.kind, code: details.code, request_id };
    Failed { error, again, is_final, is_replay }
}

impl From<reqwest::Error> for StripeError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_timeout() { Self::TimedOut } else { Self::Unreachable(error.to_string()) }
    }
}
