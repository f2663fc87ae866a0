//! Stripe: payment intents, the webhook, and that the shop knows of it.

mod announce;
mod create_intent;
mod webhook;

use axum::extract::FromRef;
use primostore_payments::Payments;
use primostore_payments::stripe::Stripe;
use secrecy::SecretString;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use announce::{announce, keep_announcing};

/// Payments by Stripe. Cheap to clone.
#[derive(Clone)]
pub(crate) struct StripePayments {
    pub(crate) payments: Payments,
    /// The shop's, when Stripe is set up.
    pub(crate) account: Option<Account>,
}

/// The shop's account at Stripe.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) api: Stripe,
    /// Signs Stripe's events.
    pub(crate) webhook_secret: SecretString,
}

/// The routes.
pub(crate) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    StripePayments: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(create_intent::create)).routes(routes!(webhook::receive))
}
