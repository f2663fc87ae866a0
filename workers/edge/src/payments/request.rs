//! What a customer sends to pay an order.

use axum::body::Body;
use primostore_payments::Payments;
use primostore_payments::records::{Payment, Provider};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body::{object, read};
use crate::error::ApiError;
use crate::faults::Faults;
use crate::request_context::RequestContext;

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
    pub(super) async fn read(body: Body) -> Result<Self, ApiError> {
        Self::parse(&object(&read(body).await?)?)
    }

    /// The payment with which the customer pays the order now; `not_found` when the order isn't theirs.
    pub(super) async fn start(
        &self,
        payments: &Payments,
        provider: Provider,
        context: &RequestContext,
    ) -> Result<Payment, ApiError> {
        let (user, guest) = (context.user().map(|user| user.id), self.guest_token.as_deref());
        let payment = payments.start(provider, self.order_id, user, guest, &context.origin()).await?;
        payment.ok_or_else(|| ApiError::not_found("There is no such order."))
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn parse(body: &'static str) -> Result<PaymentRequest, ApiError> {
        PaymentRequest::read(Body::from(body)).await
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
}
