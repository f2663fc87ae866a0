//! A customer follows a payment link.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue, StatusCode};
use primostore_payments::link::{Parameters, Token, template};
use primostore_payments::records::LinkStatus;

use super::PaymentLinks;
use super::page::{self, LinkError};
use crate::clock::unix_now;
use crate::error::ErrorBody;
use crate::payments::errors::unavailable;
use crate::request_context::RequestContext;

/// Leads a customer to the shop's payment page.
///
/// Browsers (`Accept: text/html`) get a short page where it can't, in French, Arabic or English.
#[utoipa::path(
    get, path = "/pay/{token}", tag = "payments",
    params(("token" = String, Path, description = "From the address that `payment-link` returned")),
    responses(
        (status = 303, description = "To the payment page", headers(("location" = String))),
        (status = 404, description = "`not_found`: no such link was made", body = ErrorBody),
        (status = 409, description = "`already_paid`", body = ErrorBody),
        (status = 410, description = "`not_found`: the link has expired, or the order is not to be paid any more",
            body = ErrorBody),
        (status = 422, description = "`payment_method_unavailable`: links are not set up", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
        (status = 502, description = "`upstream_unavailable`", body = ErrorBody),
        (status = 503, description = "`busy`, `upstream_unavailable`", body = ErrorBody),
        (status = 504, description = "`upstream_unavailable`", body = ErrorBody),
    )
)]
pub(super) async fn open(
    State(links): State<PaymentLinks>,
    context: RequestContext,
    headers: HeaderMap,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let token = token.map(|Path(token)| token).unwrap_or_default();
    let mut response = match destination(&links, &context, &token).await {
        Ok(url) => (StatusCode::SEE_OTHER, [(LOCATION, url)]).into_response(),
        Err(error) => page::answer(error, &headers),
    };
    // The token is in the address: neither a cache nor the next page is to learn it.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn destination(links: &PaymentLinks, context: &RequestContext, token: &str) -> Result<HeaderValue, LinkError> {
    let secret = links.secret()?;
    let token = Token::verify(secret, token).ok_or(LinkError::Unknown)?;
    let target = links.payments.link_target(token.payment_id, &context.origin()).await?;
    let target = target.ok_or(LinkError::Unknown)?;
    let (expires, template) = match (target.status, target.expires, &target.template) {
        (LinkStatus::Paid, ..) => return Err(LinkError::Paid),
        (LinkStatus::Expired, ..) => return Err(LinkError::Expired),
        // A newer link may have more time: this one has its own.
        (LinkStatus::Open, Some(expires), Some(template)) if token.expires > unix_now() => (expires, template),
        (LinkStatus::Open, Some(_), Some(_)) => return Err(LinkError::Expired),
        (LinkStatus::Closed | LinkStatus::Open, ..) => return Err(LinkError::Closed),
    };
    let parameters = Parameters {
        order_number: &target.order_number,
        amount: target.amount,
        currency: &target.currency,
        email: target.email.as_deref(),
        language: &target.language,
        expires,
    };
    HeaderValue::from_str(&template::fill(template, &parameters, secret)).map_err(|_| {
        tracing::error!("payment_link.template is no address");
        LinkError::Failed(unavailable("An admin sets payment_link.template."))
    })
}
