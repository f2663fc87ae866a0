//! Stripe's API, as much of it as we use.

use std::time::Duration;

use http::StatusCode;
use primostore_shared::http_client;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use crate::encoding::percent_encoded;

/// Of Stripe's API the version that this is written for.
const VERSION: &str = "2024-06-20";
/// How long to wait before another attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(900)];

/// Access to Stripe. Cheap to clone.
#[derive(Clone)]
pub struct Stripe {
    client: Client,
    base: String,
    key: SecretString,
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
        let client = http_client::builder(timeout / attempts).redirect(Policy::none()).build()?;
        Ok(Self { client, base: base.as_str().trim_end_matches('/').to_owned(), key })
    }

    /// Makes an intent; with the same key and fields, the same again. Stripe keeps what it answered under a key for a
    /// day, its own failures too: after one of those another attempt needs another key.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_intent(&self, fields: &[(&str, &str)], idempotency_key: &str) -> Result<Intent, StripeError> {
        let request = |last: Option<&StripeError>| {
            let key = match last {
                Some(StripeError::Refused { status, .. }) if status.is_server_error() => {
                    format!("{idempotency_key}:{}", Uuid::new_v4().simple())
                }
                _ => idempotency_key.to_owned(),
            };
            self.request(Method::POST, "/v1/payment_intents").header("idempotency-key", key).form(fields)
        };
        self.send(request).await
    }

    /// Reads an intent; `None` when Stripe knows none such.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn intent(&self, id: &str) -> Result<Option<Intent>, StripeError> {
        let path = format!("/v1/payment_intents/{}", percent_encoded(id));
        match self.send(|_| self.request(Method::GET, &path)).await {
            Ok(intent) => Ok(Some(intent)),
            Err(StripeError::Refused { status: StatusCode::NOT_FOUND, code, .. }) if code == "resource_missing" => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(self.key.expose_secret())
            .header("stripe-version", VERSION)
    }

    /// `request` makes each attempt, knowing how the last one failed.
    async fn send(&self, request: impl Fn(Option<&StripeError>) -> RequestBuilder) -> Result<Intent, StripeError> {
        let mut pauses = PAUSES.iter();
        let mut last = None;
        loop {
            let (error, again) = match attempt(request(last.as_ref())).await {
                Ok(intent) => return Ok(intent),
                Err(failed) => failed,
            };
            match pauses.next() {
                Some(pause) if again => {
                    tracing::warn!(%error, "another attempt at Stripe follows");
                    tokio::time::sleep(*pause).await;
                    last = Some(error);
                }
                _ => return Err(error),
            }
        }
    }
}

/// One attempt; where it fails, whether another may succeed.
async fn attempt(request: RequestBuilder) -> Result<Intent, (StripeError, bool)> {
    let response = request.send().await.map_err(|error| (error.into(), true))?;
    if !response.status().is_success() {
        return Err(refusal(response).await);
    }
    let body = response.bytes().await.map_err(|error| (error.into(), true))?;
    // The reason names a place in the text, never the text.
    serde_json::from_slice(&body).map_err(|error| (StripeError::Unreadable(error.to_string()), false))
}

async fn refusal(response: Response) -> (StripeError, bool) {
    let status = response.status();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request_id = header("request-id").unwrap_or_default();
    let advice = header("stripe-should-retry");
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return (error.into(), true),
    };
    let details = serde_json::from_slice::<ErrorBody>(&body).unwrap_or_default().error;
    let again = match advice.as_deref() {
        Some("true") => true,
        Some("false") => false,
        // A conflict is another request with the same key that is under way.
        _ => status.is_server_error() || status == StatusCode::CONFLICT || details.code == "lock_timeout",
    };
    (StripeError::Refused { status, kind: details.kind, code: details.code, request_id }, again)
}

impl From<reqwest::Error> for StripeError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_timeout() { Self::TimedOut } else { Self::Unreachable(error.to_string()) }
    }
}
