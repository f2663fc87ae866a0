//! What a payment is, and how payment providers speak of it; nothing here knows of an HTTP server.
//!
//! [`amount`] and [`records`] are the same for all providers; [`link`] and [`stripe`] each speak as one provider does, and
//! share the form of [`signature`]s.

pub mod amount;
mod encoding;
pub mod link;
pub mod records;
pub mod signature;
pub mod stripe;

pub use amount::Amount;
pub use records::Payments;
