//! Request bodies.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::error::AuthError;

/// The largest body, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// A JSON body, whatever its content type says; an empty one counts as `{}`.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Params<T> {
    type Rejection = AuthError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AuthError> {
        let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY)
            .await
            .map_err(|error| AuthError::bad_request("bad_json", format!("Could not read the body: {error}")))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text).map(Self).map_err(|error| {
            AuthError::bad_request("bad_json", format!("Could not parse request body as JSON: {error}"))
        })
    }
}

/// A text parameter; empty counts as absent.
pub(super) fn filled(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|text| !text.is_empty())
}
