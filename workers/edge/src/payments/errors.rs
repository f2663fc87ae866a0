//! What customers and providers are told where a payment can't be.

use http::StatusCode;
use primostore_payments::records::NotDue;
use primostore_payments::signature::SignatureError;
use primostore_payments::stripe::StripeError;

use crate::error::{ApiError, Refusal};

/// The answer where a way to pay is not set up; `hint` is for the operator.
pub(super) fn unavailable(hint: &str) -> ApiError {
    let message = "This payment method is not offered.";
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "payment_method_unavailable", message).hint(hint)
}

/// The answer where a way to pay has no such amount.
pub(super) fn unavailable_amount() -> ApiError {
    let message = "This amount can't be paid this way.";
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "payment_method_unavailable", message)
}

/// The answer to a report that nobody we know has signed, which the guard notes.
pub(super) fn bad_signature(error: SignatureError) -> ApiError {
    let data = serde_json::json!({ "reason": error.to_string() });
    ApiError::new(StatusCode::UNAUTHORIZED, "unauthenticated", format!("The signature can't be accepted: {error}."))
        .refusal(Refusal { event_type: "invalid_signature", data: Some(data) })
}

impl From<NotDue> for ApiError {
    fn from(reason: NotDue) -> Self {
        match reason {
            NotDue::Paid => Self::new(StatusCode::CONFLICT, "already_paid", "The order is paid already."),
            NotDue::Cancelled => {
                Self::new(StatusCode::CONFLICT, "invalid_transition", "The order is not to be paid any more.")
            }
        }
    }
}

impl From<StripeError> for ApiError {
    fn from(error: StripeError) -> Self {
        tracing::error!(%error, "Stripe failed");
        if let StripeError::Refused { code, .. } = &error
            && matches!(code.as_str(), "amount_too_small" | "amount_too_large")
        {
            return unavailable_amount();
        }
        Self::upstream_unavailable(match error {
            StripeError::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            StripeError::Unreachable(_) => StatusCode::SERVICE_UNAVAILABLE,
            StripeError::Refused { .. } | StripeError::Unreadable(_) => StatusCode::BAD_GATEWAY,
        })
    }
}
