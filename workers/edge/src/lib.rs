//! PrimoStore's public door: Supabase behind limits and checks, and the routes that SQL can't serve.

pub mod config;
mod edge;
mod error;
mod faults;
mod guard;
mod health;
mod images;
mod jwt;
mod listener;
pub mod logging;
mod metrics;
mod openapi;
mod patience;
mod payments;
mod proxy;
mod routes;
mod serve;
mod shop;
mod stripe;
mod visitor;

pub use config::Config;
pub use serve::{Error, Running, start};
