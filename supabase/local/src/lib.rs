//! A small Supabase for one machine, without Docker: PostgreSQL, REST, Auth and Storage behind one gateway.
//!
//! It stands in for `supabase start` during development and tests. It is not meant to face the internet.

pub mod auth;
pub mod error;
pub mod keys;
pub mod ports;
pub mod postgres;
pub mod progress;
pub mod storage;

pub use error::{Error, Result};
