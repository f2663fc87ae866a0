//! The description of the edge's own routes, as OpenAPI. It is made from the handlers, so that it can't say otherwise.

use axum::extract::Extension;
use bytes::Bytes;
use http::HeaderName;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ErrorBody;

/// Every `code` that an error of the edge can have: the database's catalogue, and the edge's own.
const CODES: [&str; 30] = [
    "unauthenticated",
    "forbidden",
    "mfa_required",
    "blocked",
    "not_found",
    "out_of_stock",
    "product_unavailable",
    "coupon_exhausted",
    "coupon_already_used",
    "invalid_transition",
    "order_not_cancellable",
    "idempotency_conflict",
    "already_paid",
    "last_admin",
    "in_use",
    "invalid_input",
    "cart_empty",
    "coupon_invalid",
    "coupon_expired",
    "coupon_not_started",
    "coupon_min_amount",
    "shipping_unavailable",
    "payment_method_unavailable",
    "rate_limited",
    "busy",
    "method_not_allowed",
    "payload_too_large",
    "request_timeout",
    "unsupported_media_type",
    "upstream_unavailable",
];

/// What any route may answer instead of its own answers.
const ANY_ERROR: &str = "An error. On every route: `blocked` 403, `rate_limited` 429 with Retry-After, \
    `payload_too_large` 413, `unauthenticated` 401 for a token that is not valid, `upstream_unavailable` 502, 503 or 504.";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "PrimoStore edge",
        description = "The routes of the edge's own. Beside them it passes on /rest/v1, /auth/v1, /storage/v1 and \
                       /realtime/v1 to Supabase, which describes its API itself."
    ),
    components(schemas(ErrorBody))
)]
struct Description;

/// The document as it is served.
#[derive(Clone)]
pub(crate) struct Document(Bytes);

/// The description, and the route that serves it.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::with_openapi(Description::openapi()).routes(routes!(document))
}

/// This description.
#[utoipa::path(
    get,
    path = "/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object, content_type = "application/json")),
)]
async fn document(Extension(Document(text)): Extension<Document>) -> ([(HeaderName, &'static str); 1], Bytes) {
    ([(CONTENT_TYPE, "application/json")], text)
}

impl Document {
    /// Adds to every operation what all have in common.
    pub(crate) fn of(description: &utoipa::openapi::OpenApi) -> Self {
        let mut document = serde_json::to_value(description).unwrap_or_default();
        let any_error = json!({
            "description": ANY_ERROR,
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorBody" } } },
        });
        let paths = document.get_mut("paths").and_then(Value::as_object_mut);
        let operations = paths.into_iter().flat_map(|paths| paths.values_mut()).filter_map(Value::as_object_mut);
        for operation in operations.flat_map(|path| path.values_mut()) {
            if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
                responses.entry("default").or_insert_with(|| any_error.clone());
            }
        }
        if let Some(code) = document.pointer_mut("/components/schemas/ErrorBody/properties/code") {
            code["enum"] = json!(CODES);
        }
        Self(document.to_string().into())
    }
}
