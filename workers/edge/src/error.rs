//! Errors as clients get them: `{code, message, details, hint}`, as from the database.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use primostore_shared::{DatabaseError, StorageError, Transient};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// An answer that says no.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) body: ErrorBody,
    /// Seconds.
    pub(crate) retry_after: Option<u32>,
    /// Boxed: few have one.
    refusal: Option<Box<Refusal>>,
}

/// What the guard notes about an answer of a handler: in `security_logs`, and towards the route's `refusal_limits`. It
/// travels in the answer's extensions.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// One of `private.refusal_types` where it shall count towards a block.
    pub(crate) event_type: &'static str,
    pub(crate) data: Option<Value>,
}

/// The body of every error. `code` is stable.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// Stable, for programs: such as `not_found`.
    pub(crate) code: String,
    /// Human-readable.
    pub(crate) message: String,
    /// JSON in a string, by code: for `invalid_input` an object of field to reason, where it is worth to try again
    /// `retry_after` in seconds.
    pub(crate) details: Option<String>,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let body = ErrorBody { code: code.to_owned(), message: message.into(), details: None, hint: None };
        Self { status, body, retry_after: None, refusal: None }
    }

    /// Lets the guard note it.
    pub(crate) fn refusal(mut self, refusal: Refusal) -> Self {
        self.refusal = Some(Box::new(refusal));
        self
    }

    pub(crate) fn details(mut self, details: &Value) -> Self {
        self.body.details = Some(details.to_string());
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    /// When to try again, in seconds: in `details` too, because some clients hide headers.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self.details(&json!({ "retry_after": seconds }))
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first.")
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "You are not allowed to do this.")
    }

    pub(crate) fn blocked() -> Self {
        Self::new(StatusCode::FORBIDDEN, "blocked", "Requests from here are not accepted.")
    }

    pub(crate) fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// `faults` is an object of field to reason.
    pub(crate) fn invalid_input(faults: &Value) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", "Some fields are not valid.").details(faults)
    }

    pub(crate) fn payload_too_large(limit: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            format!("The request is larger than {limit} bytes."),
        )
    }

    pub(crate) fn unsupported_media_type(expected: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            format!("The content must be {expected}."),
        )
    }

    /// As much goes on as may at a time.
    pub(crate) fn busy() -> Self {
        let message = "The shop is busy right now. Try again in a moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message).retry_after(5)
    }

    /// A user's token came without the project's key, which Supabase wants beside it.
    pub(crate) fn no_api_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "No API key found in the request.")
            .hint("Send the project's publishable key in the header apikey, beside the user's token.")
    }

    /// Something behind the edge failed. What exactly is for the log, not for the client.
    pub(crate) fn upstream_unavailable(status: StatusCode) -> Self {
        let message = match status {
            StatusCode::GATEWAY_TIMEOUT => "The shop did not answer in time. Try again in a moment.",
            StatusCode::SERVICE_UNAVAILABLE => "The shop is not available right now. Try again in a moment.",
            _ => "The shop gave no usable answer. Try again in a moment.",
        };
        Self::new(status, "upstream_unavailable", message).retry_after(5)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self.body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(refusal) = self.refusal {
            response.extensions_mut().insert(*refusal);
        }
        response
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Refused(refusal) if is_of_catalogue(&refusal.code) => Self {
                status: StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_GATEWAY),
                body: ErrorBody {
                    code: refusal.code,
                    message: refusal.message,
                    details: refusal.details,
                    hint: refusal.hint,
                },
                retry_after: refusal.retry_after.and_then(|seconds| u32::try_from(seconds).ok()),
                refusal: None,
            },
            error => {
                tracing::error!(%error, "the database failed");
                if let DatabaseError::Refused(refusal) = &error
                    && let Some(transient) = Transient::of(&refusal.code)
                {
                    return transient.into();
                }
                Self::upstream_unavailable(match error {
                    DatabaseError::TimedOut => StatusCode::GATEWAY_TIMEOUT,
                    DatabaseError::Unreachable(_) => StatusCode::SERVICE_UNAVAILABLE,
                    DatabaseError::Refused(_) | DatabaseError::Unreadable(_) => StatusCode::BAD_GATEWAY,
                })
            }
        }
    }
}

impl From<Transient> for ApiError {
    fn from(transient: Transient) -> Self {
        let error = match transient {
            Transient::Busy => {
                let message = "The shop is busy right now. Try again in a moment.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
            }
            Transient::Unavailable => Self::upstream_unavailable(StatusCode::SERVICE_UNAVAILABLE),
        };
        error.retry_after(transient.retry_after())
    }
}

/// The catalogue's codes are words; SQLSTATEs and PostgREST's own are not for clients of the edge's routes.
pub(crate) fn is_of_catalogue(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        tracing::error!(%error, "Storage failed");
        Self::upstream_unavailable(match error {
            StorageError::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            StorageError::Unreachable(_) => StatusCode::SERVICE_UNAVAILABLE,
            StorageError::Refused { .. } => StatusCode::BAD_GATEWAY,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> (u16, String, Option<u32>, Option<String>) {
        let refusal = primostore_shared::Refusal {
            status: 500,
            code: code.to_owned(),
            message: "canceling statement due to lock timeout".to_owned(),
            details: None,
            hint: None,
            retry_after: None,
        };
        let error = ApiError::from(DatabaseError::Refused(Box::new(refusal)));
        (error.status.as_u16(), error.body.code, error.retry_after, error.body.details)
    }

    #[test]
    fn a_busy_database_is_busy_on_the_edge_s_own_routes_too() {
        for code in ["40P01", "55P03", "57014"] {
            assert_eq!(of(code), (503, "busy".to_owned(), Some(1), Some(r#"{"retry_after":1}"#.to_owned())), "{code}");
        }
        for code in ["57P01", "08006"] {
            let expected = (503, "upstream_unavailable".to_owned(), Some(5), Some(r#"{"retry_after":5}"#.to_owned()));
            assert_eq!(of(code), expected, "{code}");
        }
        assert_eq!(of("XX000").0, 502);
    }
}
