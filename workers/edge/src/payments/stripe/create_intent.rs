//! A payment intent for an order.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use primostore_payments::Payments;
use primostore_payments::records::{NotDue, Payment, Provider};
use primostore_payments::stripe::{Intent, Stripe, to_minor_units};
use serde::Serialize;
use utoipa::ToSchema;

use super::StripePayments;
use crate::error::{ApiError, ErrorBody};
use crate::payments::errors::{unavailable, unavailable_amount};
use crate::payments::request::PaymentRequest;
use crate::request_context::RequestContext;

/// What Stripe's own code in the browser needs.
#[derive(Serialize, ToSchema)]
struct PaymentIntent {
    /// For Stripe.js; lets its holder pay.
    client_secret: String,
    /// Stripe's id.
    payment_intent_id: String,
}

/// Returns the Stripe payment intent with which a customer pays an order.
///
/// For one's own order, or a guest's with its `guest_token`. The same intent again until it is paid or cancelled.
#[utoipa::path(
    post, path = "/functions/v1/stripe/create-intent", tag = "payments", request_body = PaymentRequest,
    responses(
        (status = 200, description = "The intent", body = PaymentIntent),
        (status = 404, description = "`not_found`: there is no such order of theirs", body = ErrorBody),
        (status = 409, description = "`already_paid`; `invalid_transition`: the order is cancelled; `out_of_stock`: its \
            units are held no longer, and gone", body = ErrorBody),
        (status = 413, description = "`payload_too_large`", body = ErrorBody),
        (status = 415, description = "`unsupported_media_type`", body = ErrorBody),
        (status = 422, description = "`invalid_input`; `payment_method_unavailable`: the order is paid in another way, \
            Stripe is not set up, or can't charge this amount", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
        (status = 502, description = "`upstream_unavailable`: Stripe refused", body = ErrorBody),
        (status = 503, description = "`busy`, `upstream_unavailable`", body = ErrorBody),
        (status = 504, description = "`upstream_unavailable`: Stripe did not answer in time", body = ErrorBody),
    )
)]
pub(super) async fn create(
    State(StripePayments { payments, account }): State<StripePayments>,
    context: RequestContext,
    body: Body,
) -> Result<Response, ApiError> {
    let request = PaymentRequest::read(body).await?;
    let account = account.ok_or_else(|| unavailable("The operator sets STRIPE_SECRET_KEY."))?;
    let payment = request.start(&payments, Provider::Stripe, &context).await?;
    let intent = intent_of(&payments, &account.api, &payment, &context).await?;
    if intent.status == "succeeded" {
        // Its event is on its way.
        return Err(NotDue::Paid.into());
    }
    let answer = PaymentIntent { client_secret: intent.client_secret, payment_intent_id: intent.id };
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// The payment's intent: the one that is known while it can be used, else a new one.
async fn intent_of(
    payments: &Payments,
    stripe: &Stripe,
    payment: &Payment,
    context: &RequestContext,
) -> Result<Intent, ApiError> {
    let known = payment.provider_reference.as_deref();
    if let Some(id) = known
        && let Some(intent) = usable(stripe, id).await?
    {
        return Ok(intent);
    }
    let made = make(stripe, payment, known).await?;
    let stored = payments.set_reference(payment.payment_id, &made.id, known, &context.origin()).await?.still_due()?;
    match stored.provider_reference {
        Some(id) if id != made.id => {
            // Somebody else was first: theirs is the payment's.
            usable(stripe, &id).await?.ok_or_else(|| ApiError::upstream_unavailable(StatusCode::SERVICE_UNAVAILABLE))
        }
        _ => Ok(made),
    }
}

/// An intent, unless it was cancelled or is not (or no longer) Stripe's.
async fn usable(stripe: &Stripe, id: &str) -> Result<Option<Intent>, ApiError> {
    Ok(stripe.intent(id).await?.filter(|intent| intent.status != "canceled"))
}

async fn make(stripe: &Stripe, payment: &Payment, replaces: Option<&str>) -> Result<Intent, ApiError> {
    let amount = to_minor_units(payment.amount, &payment.currency).ok_or_else(unavailable_amount)?;
    let payment_id = payment.payment_id.to_string();
    // Whoever asks at the same time, or again where no answer came, gets the same intent.
    let purpose = format!("{payment_id}:{}", replaces.unwrap_or("first"));
    let fields = [
        ("amount", amount.to_string()),
        ("currency", payment.currency.to_ascii_lowercase()),
        ("automatic_payment_methods[enabled]", "true".to_owned()),
        ("metadata[order_id]", payment.order_id.to_string()),
        ("metadata[order_number]", payment.order_number.clone()),
        ("metadata[payment_id]", payment_id),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(stripe.create_intent(&fields, &purpose).await?)
}
