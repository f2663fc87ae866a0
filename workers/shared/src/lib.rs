//! What the edge and the jobs share: a Supabase project, spoken to over HTTP with its secret key.

pub mod auth;
pub mod client_address;
pub mod clock;
pub mod database;
pub mod language;
pub mod mail;
pub mod project;
pub mod storage;

pub use auth::{AuthAdmin, AuthError};
pub use client_address::SigningKey;
pub use clock::Clock;
pub use database::{Database, DatabaseError, Origin, Refusal};
pub use language::Language;
pub use mail::Mailer;
pub use project::Project;
pub use storage::{Storage, StorageError};
