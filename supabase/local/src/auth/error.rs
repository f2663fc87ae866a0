//! The errors of Supabase Auth.
//!
//! Clients that name the API version 2024-01-01 or later get `{code, message}`, others `{code, error_code, msg}` with
//! the HTTP status as `code` (supabase/auth, `internal/api/errors.go`; the codes are in `apierrors/errorcode.go`).

use std::error::Error;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::mail::MailError;
use crate::keys::KeysError;

/// The header in which clients name the API version they speak, and hear which one was used.
const API_VERSION: HeaderName = HeaderName::from_static("x-supabase-api-version");
/// The version that changed the errors. Dates of this form sort as text.
const ERRORS_CHANGED: &str = "2024-01-01";

const UNEXPECTED: &str = "Unexpected failure, please check server logs for more information";

/// Why an Auth request failed. The display text is what the client reads.
#[derive(Debug, thiserror::Error)]
pub(super) enum AuthError {
    /// The request may not be fulfilled, for a reason that clients know by its code.
    #[error("{message}")]
    Refused { status: StatusCode, code: &'static str, message: String },
    /// The password doesn't satisfy the rules.
    #[error("{message}")]
    WeakPassword { message: String, reasons: Vec<&'static str> },
    /// An error in the form of OAuth 2.
    #[error("{description}")]
    OAuth { error: &'static str, description: &'static str },
    /// The database refused, which includes the project's own triggers.
    #[error("{message}")]
    Database { message: &'static str, source: sqlx::Error },
    /// A mail couldn't be sent.
    #[error("{message}")]
    Mail { message: &'static str, source: MailError },
    /// Something that should not happen.
    #[error("{UNEXPECTED}")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl AuthError {
    fn refused(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::Refused { status, code, message: message.into() }
    }

    /// 400.
    pub(super) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, code, message)
    }

    /// 400 with the code of malformed or missing parameters.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::bad_request("validation_failed", message)
    }

    /// 401.
    pub(super) fn unauthorised(code: &'static str, message: impl Into<String>) -> Self {
        Self::refused(StatusCode::UNAUTHORIZED, code, message)
    }

    /// 403.
    pub(super) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::refused(StatusCode::FORBIDDEN, code, message)
    }

    /// 404.
    pub(super) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::refused(StatusCode::NOT_FOUND, code, message)
    }

    /// 422.
    pub(super) fn unprocessable(code: &'static str, message: impl Into<String>) -> Self {
        Self::refused(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// 429.
    pub(super) fn too_many(code: &'static str, message: impl Into<String>) -> Self {
        Self::refused(StatusCode::TOO_MANY_REQUESTS, code, message)
    }

    /// A status that few answers have.
    pub(super) fn with_status(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::refused(status, code, message)
    }

    /// Another user has this address.
    pub(super) fn email_exists() -> Self {
        Self::unprocessable("email_exists", "A user with this email address has already been registered")
    }

    /// Wraps a failed database call: `.map_err(AuthError::database("Database error finding user"))`.
    pub(super) fn database(message: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { message, source }
    }

    /// Wraps what should not happen.
    pub(super) fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// Status and code.
    pub(super) fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Refused { status, code, .. } => (*status, code),
            Self::WeakPassword { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "weak_password"),
            Self::OAuth { error, .. } => (StatusCode::BAD_REQUEST, error),
            Self::Database { .. } | Self::Mail { .. } | Self::Internal(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "unexpected_failure")
            }
        }
    }

    fn body(&self, version: Version) -> Value {
        let (status, code) = self.code();
        let message = self.to_string();
        let mut body = match (self, version) {
            (Self::OAuth { error, description }, _) => json!({ "error": error, "error_description": description }),
            (_, Version::Initial) => json!({ "code": status.as_u16(), "error_code": code, "msg": message }),
            (_, Version::Of20240101) => json!({ "code": code, "message": message }),
        };
        if let Self::WeakPassword { reasons, .. } = self {
            body["weak_password"] = json!({ "reasons": reasons });
        }
        body
    }
}

impl From<sqlx::Error> for AuthError {
    fn from(source: sqlx::Error) -> Self {
        Self::Database { message: UNEXPECTED, source }
    }
}

impl From<KeysError> for AuthError {
    fn from(source: KeysError) -> Self {
        Self::internal(source)
    }
}

#[derive(Clone, Copy)]
enum Version {
    Initial,
    Of20240101,
}

/// The body for clients of version 2024-01-01, kept aside until it is known which one the client wants.
#[derive(Clone)]
struct NewBody(Value);

impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        let (status, code) = self.code();
        if status.is_server_error() {
            tracing::error!(error = ?self, "an auth request failed");
        } else {
            tracing::debug!(code, message = %self, "an auth request was refused");
        }
        let mut response = (status, Json(self.body(Version::Initial))).into_response();
        response.extensions_mut().insert(NewBody(self.body(Version::Of20240101)));
        response
    }
}

/// Gives errors the form that the client's API version has.
pub(super) async fn in_wanted_version(request: Request, next: Next) -> Response {
    let wanted = request.headers().get(&API_VERSION).and_then(|value| value.to_str().ok());
    let new = wanted.is_some_and(|version| version >= ERRORS_CHANGED);
    let mut response = next.run(request).await;
    if !new {
        return response;
    }
    if let Some(NewBody(body)) = response.extensions_mut().remove::<NewBody>() {
        response = (response.status(), Json(body)).into_response();
    }
    response.headers_mut().insert(API_VERSION, HeaderValue::from_static(ERRORS_CHANGED));
    response
}

/// The answer to a path that Auth doesn't have, or that isn't here.
pub(super) async fn not_found() -> AuthError {
    AuthError::not_found(
        "not_found",
        "the local Auth has no such route; use `supabase start` or a hosted project for it",
    )
}

/// The answer to a method that the path doesn't have.
pub(super) async fn method_not_allowed() -> AuthError {
    AuthError::refused(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "the path doesn't take this method")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn body_for(version: Option<&str>) -> (Option<String>, Value) {
        async fn refuse() -> AuthError {
            AuthError::WeakPassword { message: "too short".to_owned(), reasons: vec!["length"] }
        }
        let app = Router::new().route("/", get(refuse)).layer(from_fn(in_wanted_version));
        let mut request = axum::http::Request::get("/");
        if let Some(version) = version {
            request = request.header(API_VERSION, version);
        }
        let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let echoed = response.headers().get(API_VERSION).map(|value| value.to_str().unwrap().to_owned());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (echoed, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn a_client_without_a_version_reads_error_code_and_msg() {
        let (echoed, body) = body_for(None).await;
        assert_eq!(echoed, None);
        let expected = json!({ "code": 422, "error_code": "weak_password", "msg": "too short", "weak_password": { "reasons": ["length"] } });
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn a_client_of_2024_reads_code_and_message() {
        let (echoed, body) = body_for(Some("2024-01-01")).await;
        assert_eq!(echoed.as_deref(), Some("2024-01-01"));
        let expected =
            json!({ "code": "weak_password", "message": "too short", "weak_password": { "reasons": ["length"] } });
        assert_eq!(body, expected);
    }
}
