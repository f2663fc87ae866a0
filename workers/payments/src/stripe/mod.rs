//! Stripe: its API, its events, and how it counts amounts.

mod client;
mod event;
mod idempotency;
mod minor_units;

pub use client::{Intent, Stripe, StripeError};
pub use event::{Report, StripeEvent};
pub use minor_units::{from_minor_units, to_minor_units};
