//! What Stripe reports about payments.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::event::{Report, StripeEvent};
use crate::edge::{Edge, unix_now};
use crate::error::{ApiError, ErrorBody};
use crate::faults::Faults;
use crate::payments::records::Booked;
use crate::payments::request::read;
use crate::payments::signature::verify;
use crate::payments::{bad_signature, unavailable};
use crate::visitor::Visitor;

/// The largest event, in bytes; Stripe's are far smaller.
const LIMIT: usize = 1024 * 1024;

/// What became of an event.
#[derive(Serialize, ToSchema)]
pub(super) struct Received {
    received: bool,
    result: Booked,
}

/// Takes Stripe's events about payments, refunds and disputes.
///
/// An event that is booked is answered 200, whatever came of it: where money needs a person, admins are told. Stripe sends
/// an event again after any other answer.
#[utoipa::path(
    post, path = "/functions/v1/stripe/webhook", tag = "payments",
    request_body(
        content = serde_json::Value, content_type = "application/json",
        description = "An event: <https://docs.stripe.com/api/events/object>"
    ),
    params((
        "stripe-signature" = String, Header,
        description = "Stripe's signature with STRIPE_WEBHOOK_SECRET, at most 5 minutes old"
    )),
    responses(
        (status = 200, description = "It is booked", body = Received),
        (status = 401, description = "`unauthenticated`: the signature is not right, or too old", body = ErrorBody),
        (status = 409, description = "`idempotency_conflict`: the event's id was reported with other content; admins are \
            told", body = ErrorBody),
        (status = 413, description = "`payload_too_large`", body = ErrorBody),
        (status = 422, description = "`invalid_input`; `payment_method_unavailable`: Stripe is not set up", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
        (status = 502, description = "`upstream_unavailable`", body = ErrorBody),
        (status = 503, description = "`busy`, `upstream_unavailable`", body = ErrorBody),
        (status = 504, description = "`upstream_unavailable`", body = ErrorBody),
    )
)]
pub(super) async fn receive(
    State(edge): State<Edge>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Received>, ApiError> {
    let config = edge.config.stripe.as_ref().ok_or_else(|| unavailable("The operator sets STRIPE_WEBHOOK_SECRET."))?;
    let body = read(body, LIMIT).await?;
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    if let Err(fault) = verify(&config.webhook_secret, signature, &body, unix_now()) {
        return Err(bad_signature(&edge, &visitor, "POST /functions/v1/stripe/webhook", fault));
    }
    let event: StripeEvent = serde_json::from_slice(&body)
        .map_err(|error| Faults::of("body", json!(["not_object"]), format!("is not an event: {error}")))?;
    let result = match event.report() {
        Report::Payment(event) => edge.record_payment_event(&visitor, &event).await?,
        Report::Refund(event) => edge.record_refund_event(&visitor, &event).await?,
    };
    Ok(Json(Received { received: true, result }))
}
