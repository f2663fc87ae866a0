//! The routes about payments: payment links, Stripe, and what both report back. What a payment is, and how providers speak,
//! is in `primostore_payments`.

mod errors;
pub(crate) mod link;
mod request;
pub(crate) mod stripe;
