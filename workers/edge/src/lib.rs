//! PrimoStore's public door: Supabase behind limits and checks, and the routes that SQL can't serve.

mod app;
mod body;
mod clock;
pub mod config;
mod confirmation;
mod error;
mod faults;
mod guard;
mod health;
mod hop_by_hop;
mod http_headers;
mod images;
mod jwt;
mod limits;
mod listener;
pub mod logging;
mod metrics;
mod openapi;
mod payments;
mod peer;
mod places;
mod proxy;
mod request_context;
mod routes;
mod serve;
mod settings;
mod state;

pub use config::{Capacity, Config};
pub use serve::{Error, Running, start};
