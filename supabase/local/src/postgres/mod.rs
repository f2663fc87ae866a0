//! A real PostgreSQL for one project: found or fetched, created once, started as our child, stopped cleanly.

mod binaries;
mod cluster;
mod download;
mod os_user;
mod pid_file;
mod server;

pub use binaries::{BIN_DIR_VARIABLE, Binaries};
pub use cluster::Cluster;
pub use server::Server;
