//! The shop as a frontend in Rust meets it, with the crates `postgrest` and `supabase-auth`, and as the services that
//! administer its users do: through its public door, and past it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod admin;
mod auth_admin;
mod person;
mod purchase;
mod shop;
mod sign_in;
mod stack;
mod warehouse;
