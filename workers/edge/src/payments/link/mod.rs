//! Payment links: the way to the shop's payment page, and what that page reports back.

mod callback;
mod create;
mod open;
mod page;

use axum::extract::FromRef;
use primostore_payments::Payments;
use secrecy::SecretString;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::errors::unavailable;
use crate::error::ApiError;

/// What payment links are made of. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PaymentLinks {
    pub(crate) payments: Payments,
    /// Signs links and what is reported; no links without it.
    pub(crate) secret: Option<SecretString>,
    /// The edge's own address, with which links begin.
    pub(crate) public_url: String,
}

impl PaymentLinks {
    fn secret(&self) -> Result<&SecretString, ApiError> {
        self.secret.as_ref().ok_or_else(|| unavailable("The operator sets PAYMENT_LINK_SECRET."))
    }
}

/// The routes.
pub(crate) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    PaymentLinks: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(create::create)).routes(routes!(open::open)).routes(routes!(callback::receive))
}
