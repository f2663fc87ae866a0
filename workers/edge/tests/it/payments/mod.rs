//! Paying orders: links, Stripe, and what payment providers report.

mod callback;
mod create_intent;
mod fake_stripe;
mod late_money;
mod link;
mod refunds;
mod signature;
mod till;
mod webhook;
mod webhook_signature;
