//! Paying orders: links, Stripe, and what payment providers report.

mod callback;
mod create_intent;
mod fake_stripe;
mod fixture;
mod late_payments;
mod link;
mod refunds;
mod signature;
mod webhook;
mod webhook_limits;
mod webhook_signature;
