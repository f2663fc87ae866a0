//! What a customer sends to pay an order, and how the bodies of our routes are read.

use axum::body::Body;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::ApiError;
use crate::faults::Faults;
use crate::guard::body::TooLarge;

/// The largest request to pay, in bytes.
const LIMIT: usize = 64 * 1024;
/// Longer than any guest token.
const TOKEN_LENGTH: usize = 512;

/// Which order to pay.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
pub(crate) struct PaymentRequest {
    /// The order's id.
    pub(crate) order_id: Uuid,
    /// The guest token that `place_order` returned; not needed for one's own orders.
    pub(crate) guest_token: Option<String>,
}

impl PaymentRequest {
    /// Reads it from a request's body.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, ApiError> {
        if !is_json(headers) {
            return Err(ApiError::unsupported_media_type("application/json"));
        }
        Self::parse(&object(&read(body, LIMIT).await?)?)
    }

    fn parse(fields: &Map<String, Value>) -> Result<Self, ApiError> {
        let mut faults = Faults::default();
        let value = |name: &str| fields.get(name).filter(|value| !value.is_null());
        let order_id = value("order_id").map(|id| id.as_str().and_then(|id| Uuid::try_parse(id).ok()));
        match order_id {
            None => faults.required("order_id"),
            Some(None) => faults.add("order_id", json!(["not_uuid"]), "is not a UUID"),
            Some(Some(_)) => {}
        }
        let guest_token = value("guest_token").map(|token| {
            let is_token = |text: &&str| text.len() <= TOKEN_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic());
            token.as_str().filter(is_token).map(ToOwned::to_owned)
        });
        if guest_token == Some(None) {
            faults.add("guest_token", json!(["pattern", "guest_token"]), "is not a guest token");
        }
        match order_id.flatten() {
            Some(order_id) if faults.is_empty() => Ok(Self { order_id, guest_token: guest_token.flatten() }),
            _ => Err(faults.into()),
        }
    }
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        let mut causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        if causes.any(|cause| cause.is::<LengthLimitError>() || cause.is::<TooLarge>()) {
            ApiError::payload_too_large(limit as u64)
        } else {
            // Whoever broke off does not read this.
            ApiError::new(StatusCode::BAD_REQUEST, "invalid_input", "The request broke off.")
        }
    })
}

/// The fields of a JSON object.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(body).map_err(|_| Faults::of("body", json!(["not_object"]), "is not a JSON object").into())
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn parse(body: &'static str) -> Result<PaymentRequest, ApiError> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap())]);
        PaymentRequest::read(&headers, Body::from(body)).await
    }

    async fn faults(body: &'static str) -> Value {
        let error = parse(body).await.unwrap_err();
        assert_eq!((error.status.as_u16(), error.body.code.as_str()), (422, "invalid_input"));
        serde_json::from_str(&error.body.details.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn an_order_and_perhaps_a_token_are_read_and_the_rest_is_let_be() {
        let id = "5c8b2a0e-0a5c-4f0e-9d43-000000000001";
        let request =
            parse(r#"{"order_id": "5c8b2a0e-0a5c-4f0e-9d43-000000000001", "lang": "fr", "guest_token": null}"#);
        assert_eq!(request.await.unwrap(), PaymentRequest { order_id: id.parse().unwrap(), guest_token: None });
        let request = parse(r#"{"order_id": "5c8b2a0e-0a5c-4f0e-9d43-000000000001", "guest_token": "gt_1"}"#);
        assert_eq!(request.await.unwrap().guest_token.as_deref(), Some("gt_1"));
    }

    #[tokio::test]
    async fn all_faults_are_told_at_once() {
        assert_eq!(
            faults(r#"{"order_id": 7, "guest_token": ["x"]}"#).await,
            json!({ "order_id": "is not a UUID", "guest_token": "is not a guest token" })
        );
        assert_eq!(faults("{}").await, json!({ "order_id": "is required" }));
        assert_eq!(
            faults(r#"{"order_id": null, "guest_token": "a\u0000b"}"#).await,
            json!({ "order_id": "is required", "guest_token": "is not a guest token" })
        );
        for body in ["", "[]", "null", "{", "\"x\"", "{}{}", "\u{feff}{}"] {
            assert_eq!(faults(body).await, json!({ "body": "is not a JSON object" }), "{body}");
        }
    }

    #[tokio::test]
    async fn another_content_type_is_refused() {
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
            let error = PaymentRequest::read(&headers, Body::from("{}")).await.unwrap_err();
            assert_eq!(error.status.as_u16(), 415, "{kind}");
        }
    }

    #[tokio::test]
    async fn a_request_that_is_too_long_is_refused() {
        let error = read(Body::from(vec![b' '; LIMIT + 1]), LIMIT).await.unwrap_err();
        assert_eq!((error.status.as_u16(), error.body.code.as_str()), (413, "payload_too_large"));
        assert!(read(Body::from(vec![b' '; LIMIT]), LIMIT).await.is_ok());
    }
}
