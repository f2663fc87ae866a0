//! What Stripe reports about payments.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;
use primostore_payments::records::Booked;
use primostore_payments::signature::verify;
use primostore_payments::stripe::{Report, StripeEvent};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::StripePayments;
use crate::body::read;
use crate::clock::unix_now;
use crate::error::{ApiError, ErrorBody};
use crate::faults::Faults;
use crate::payments::errors::{bad_signature, unavailable};
use crate::request_context::RequestContext;

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
    State(StripePayments { payments, account }): State<StripePayments>,
    context: RequestContext,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Received>, ApiError> {
    let account = account.ok_or_else(|| unavailable("The operator sets STRIPE_WEBHOOK_SECRET."))?;
    let body = read(body).await?;
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    verify(&account.webhook_secret, signature, &body, unix_now()).map_err(bad_signature)?;
    let event: StripeEvent = serde_json::from_slice(&body)
        .map_err(|error| Faults::of("body", json!(["not_object"]), format!("is not an event: {error}")))?;
    let result = match event.report() {
        Report::Payment(event) => payments.record_event(&event, &context.origin()).await?,
        Report::Refund(event) => payments.record_refund_event(&event, &context.origin()).await?,
    };
    Ok(Json(Received { received: true, result }))
}
