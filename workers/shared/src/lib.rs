//! What the edge and the jobs share: a Supabase project, spoken to over HTTP with its secret key, and how configuration is
//! read.

pub mod client_address;
pub mod database;
pub mod environment;
pub mod http_client;
pub mod probe;
pub mod project;
pub mod storage;
pub mod transient;

pub use client_address::SigningKey;
pub use database::{Database, DatabaseError, Origin, Refusal};
pub use project::Project;
pub use storage::{Storage, StorageError};
pub use transient::Transient;
