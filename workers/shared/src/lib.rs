//! What the edge and the jobs share: a Supabase project, spoken to over HTTP with its secret key, and how configuration is
//! read.

pub mod auth;
pub mod client_address;
pub mod clock;
pub mod database;
pub mod environment;
pub mod http_client;
pub mod language;
pub mod mail;
pub mod probe;
pub mod project;
pub mod storage;
pub mod transient;

pub use auth::{AuthAdmin, AuthError};
pub use client_address::SigningKey;
pub use clock::Clock;
pub use database::{Database, DatabaseError, Origin, Refusal};
pub use language::Language;
pub use mail::Mailer;
pub use project::Project;
pub use storage::{Storage, StorageError};
pub use transient::Transient;
