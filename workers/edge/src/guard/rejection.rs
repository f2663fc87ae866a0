//! Why a request goes no further.

use axum::response::{IntoResponse as _, Response};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::error::{ApiError, Refusal};
use crate::jwt::TokenError;
use crate::limits::LimitState;

/// The answer, and the entry in `security_logs`.
pub(super) struct Rejection {
    pub(super) answer: Box<Response>,
    /// `None` where nobody is to blame.
    pub(super) event: Option<Event>,
}

pub(super) struct Event {
    pub(super) event_type: &'static str,
    /// Whether it happens to honest clients, whatever they asked for. See [`super::blame`].
    pub(super) is_honest: bool,
    pub(super) data: Option<Value>,
}

impl Rejection {
    pub(super) fn new(event_type: &'static str, error: ApiError) -> Self {
        let event = Event { event_type, is_honest: false, data: None };
        Self { answer: Box::new(error.into_response()), event: Some(event) }
    }

    /// One that is nobody's fault, or not worth an entry.
    pub(super) fn unlogged(error: ApiError) -> Self {
        Self { answer: Box::new(error.into_response()), event: None }
    }

    /// What a handler answered, noted as it asks.
    pub(super) fn of_handler(answer: Response, Refusal { event_type, data }: Refusal) -> Self {
        Self { answer: Box::new(answer), event: Some(Event { event_type, is_honest: false, data }) }
    }

    pub(super) fn too_large(limit: u64) -> Self {
        Self::new("payload_too_large", ApiError::payload_too_large(limit))
    }

    pub(super) fn over_limit(state: &LimitState) -> Self {
        metrics::counter!("limits_hit_total", "limit" => state.limit()).increment(1);
        let seconds = state.retry_after();
        let message = format!("Too many requests. Try again in {seconds} seconds.");
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).retry_after(seconds);
        let mut rejection = Self::new("rate_limited", error).data(json!({ "limit": state.limit() }));
        state.write(rejection.answer.headers_mut());
        rejection
    }

    pub(super) fn token(error: &TokenError) -> Self {
        let (message, hint) = match error {
            TokenError::KeysUnavailable => {
                return Self::unlogged(ApiError::upstream_unavailable(StatusCode::SERVICE_UNAVAILABLE));
            }
            TokenError::Expired => ("The session has expired.", "Refresh the session and try again."),
            TokenError::Invalid(_) => ("The access token is not valid.", "Sign in again."),
        };
        let error_of_api = ApiError::new(StatusCode::UNAUTHORIZED, "unauthenticated", message).hint(hint);
        let mut rejection = Self::new("invalid_token", error_of_api).data(json!({ "reason": error.to_string() }));
        let challenge = match error {
            TokenError::Expired => "Bearer error=\"invalid_token\", error_description=\"the token has expired\"",
            _ => "Bearer error=\"invalid_token\"",
        };
        rejection.answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        if let Some(event) = &mut rejection.event {
            event.is_honest = *error == TokenError::Expired;
        }
        rejection
    }

    fn data(mut self, data: Value) -> Self {
        if let Some(event) = &mut self.event {
            event.data = Some(data);
        }
        self
    }
}
