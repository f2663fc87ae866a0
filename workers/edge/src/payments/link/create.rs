//! A payment link for an order.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use primostore_payments::link::Token;
use primostore_payments::records::{Payment, Provider};
use secrecy::SecretString;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::PaymentLinks;
use crate::clock::unix_now;
use crate::error::{ApiError, ErrorBody};
use crate::payments::request::PaymentRequest;
use crate::request_context::RequestContext;

/// Where the customer pays.
#[derive(Serialize, ToSchema)]
struct PaymentLink {
    /// For the customer's browser: leads to the shop's payment page.
    url: String,
    /// Until when it can be used: ISO 8601.
    expires_at: Option<String>,
}

/// Returns the link with which a customer pays an order.
///
/// For one's own order, or a guest's with its `guest_token`. The same link again while it is valid.
#[utoipa::path(
    post, path = "/functions/v1/payment-link", tag = "payments", request_body = PaymentRequest,
    responses(
        (status = 200, description = "The link", body = PaymentLink),
        (status = 404, description = "`not_found`: there is no such order of theirs", body = ErrorBody),
        (status = 409, description = "`already_paid`; `invalid_transition`: the order is cancelled; `out_of_stock`: its \
            units are held no longer, and gone", body = ErrorBody),
        (status = 413, description = "`payload_too_large`", body = ErrorBody),
        (status = 415, description = "`unsupported_media_type`", body = ErrorBody),
        (status = 422, description = "`invalid_input`; `payment_method_unavailable`: the order is paid in another way, or \
            links are not set up", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
        (status = 502, description = "`upstream_unavailable`", body = ErrorBody),
        (status = 503, description = "`busy`, `upstream_unavailable`", body = ErrorBody),
        (status = 504, description = "`upstream_unavailable`", body = ErrorBody),
    )
)]
pub(super) async fn create(
    State(links): State<PaymentLinks>,
    context: RequestContext,
    body: Body,
) -> Result<Response, ApiError> {
    let request = PaymentRequest::read(body).await?;
    let secret = links.secret()?;
    let payment = request.start(&links.payments, Provider::PaymentLink, &context).await?;
    let url = match payment.url.as_deref().filter(|url| links.opens(secret, url, payment.payment_id)) {
        Some(url) => url.to_owned(),
        None => links.make(secret, &payment, &context).await?,
    };
    let link = PaymentLink { url, expires_at: payment.expires_at };
    Ok(([(CACHE_CONTROL, "no-store")], Json(link)).into_response())
}

impl PaymentLinks {
    /// What every link begins with.
    fn address(&self) -> String {
        format!("{}/pay/", self.public_url.trim_end_matches('/'))
    }

    /// Whether a link that was made before still leads to the payment: the secret or our own address may be new.
    fn opens(&self, secret: &SecretString, url: &str, payment_id: Uuid) -> bool {
        let token = url.strip_prefix(&self.address()).and_then(|token| Token::verify(secret, token));
        token.is_some_and(|token| token.payment_id == payment_id && token.expires > unix_now())
    }

    async fn make(
        &self,
        secret: &SecretString,
        payment: &Payment,
        context: &RequestContext,
    ) -> Result<String, ApiError> {
        let target = self.payments.link_target(payment.payment_id, &context.origin()).await?;
        let Some(expires) = target.and_then(|target| target.expires) else {
            tracing::error!(payment_id = %payment.payment_id, "a payment link was started without an end");
            return Err(ApiError::upstream_unavailable(StatusCode::BAD_GATEWAY));
        };
        let token = Token { payment_id: payment.payment_id, expires };
        // Whoever asks at the same time makes the same.
        let url = format!("{}{}", self.address(), token.sign(secret));
        self.payments.set_url(payment.payment_id, &url, &context.origin()).await?.still_due()?;
        Ok(url)
    }
}
