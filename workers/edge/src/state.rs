//! The parts of the running edge: each handler takes the one it needs.

use axum::extract::FromRef;

use crate::health::HealthChecks;
use crate::images::Pictures;
use crate::payments::link::PaymentLinks;
use crate::payments::stripe::StripePayments;
use crate::proxy::Proxy;

/// axum's state. Known to [`crate::app`] and [`crate::serve`] alone.
#[derive(Clone, FromRef)]
pub(crate) struct AppState {
    pub(crate) proxy: Proxy,
    pub(crate) health: HealthChecks,
    pub(crate) pictures: Pictures,
    pub(crate) links: PaymentLinks,
    pub(crate) stripe: StripePayments,
}
