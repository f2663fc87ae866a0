//! Stripe: payment intents, the webhook, and that the shop knows of it.

mod announce;
mod client;
mod create_intent;
mod event;
mod minor_units;
mod webhook;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::edge::Edge;

pub(crate) use announce::{announce, keep_announcing};
pub(crate) use client::Stripe;

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(create_intent::create)).routes(routes!(webhook::receive))
}
