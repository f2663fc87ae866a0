//! A small Supabase for one machine, without Docker: PostgreSQL, REST, Auth and Storage behind one gateway.
//!
//! It stands in for `supabase start` during development and tests. It is not meant to face the internet.

mod api_key;
pub mod auth;
pub mod bootstrap;
pub mod error;
mod gateway;
mod go_duration;
pub mod keys;
mod local;
mod mailbox;
pub mod migrate;
pub mod ports;
pub mod postgres;
pub mod progress;
pub mod project_config;
mod rest;
pub mod seed;
pub mod state_dir;
pub mod storage;

pub use error::{Error, Result};
pub use local::{Config, LocalSupabase, Running};
