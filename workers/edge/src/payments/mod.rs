//! Payment links: the way to the shop's payment page, and what that page reports back. And what all ways to pay share.

mod amount;
mod callback;
mod link;
mod open;
mod page;
pub(crate) mod records;
pub(crate) mod request;
pub(crate) mod signature;
mod template;
mod token;

use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::visitor::Visitor;

pub(crate) use amount::Amount;
pub(crate) use template::percent_encoded;

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(link::create)).routes(routes!(open::open)).routes(routes!(callback::receive))
}

/// The answer where a way to pay is not set up; `hint` is for the operator.
pub(crate) fn unavailable(hint: &str) -> ApiError {
    let message = "This payment method is not offered.";
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "payment_method_unavailable", message).hint(hint)
}

/// The answer where an order is paid.
pub(crate) fn already_paid() -> ApiError {
    ApiError::new(StatusCode::CONFLICT, "already_paid", "The order is paid already.")
}

/// The answer to a report that nobody we know has signed, which is logged.
pub(crate) fn bad_signature(edge: &Edge, visitor: &Visitor, endpoint: &str, fault: signature::Fault) -> ApiError {
    let reason = serde_json::json!({ "reason": fault.to_string() });
    edge.guard.log_refusal(visitor, "invalid_signature", endpoint, Some(reason));
    ApiError::new(StatusCode::UNAUTHORIZED, "unauthenticated", format!("The signature can't be accepted: {fault}."))
}
