//! Bodies of the edge's own routes, read whole: the guard has limited them.

use axum::body::Body;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::TooLarge;
use crate::error::ApiError;
use crate::faults::Faults;

/// Reads a body.
pub(crate) async fn read(body: Body) -> Result<Bytes, ApiError> {
    axum::body::to_bytes(body, usize::MAX).await.map_err(|error| match TooLarge::among_causes(&error) {
        Some(TooLarge { limit }) => ApiError::payload_too_large(*limit),
        // Whoever broke off does not read this.
        None => ApiError::new(StatusCode::BAD_REQUEST, "invalid_input", "The request broke off."),
    })
}

/// The fields of a JSON object.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(body).map_err(|_| Faults::of("body", json!(["not_object"]), "is not a JSON object").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::limited;

    #[tokio::test]
    async fn a_body_that_is_too_long_is_refused() {
        let (body, _) = limited(Body::from(vec![b' '; 11]), 10);
        let error = read(body).await.unwrap_err();
        assert_eq!((error.status.as_u16(), error.body.code.as_str()), (413, "payload_too_large"));
        let (body, _) = limited(Body::from(vec![b' '; 10]), 10);
        assert!(read(body).await.is_ok());
    }
}
