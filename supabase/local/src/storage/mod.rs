//! Supabase Storage for one machine: buckets and objects as `storage-js` uses them, in its JSON and with its errors.
//!
//! Rows live in `storage.buckets` and `storage.objects`, under the caller's row level security; files live below
//! [`Config::root`], one per version of an object. What isn't here is on the list in this crate's README.

mod body;
mod buckets;
mod caller;
mod configured;
mod download;
mod error;
mod files;
mod limits;
mod listing;
mod removal;
mod rows;
mod scope;
mod signing;
mod transfer;
mod upload;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, delete, get, post};
use sqlx::PgPool;

pub(crate) use configured::make_buckets;
pub use error::StorageError;

use crate::keys::Keys;
use files::Files;

/// How the Storage API behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// The directory that keeps the files; created when missing.
    pub root: PathBuf,
    /// The API's address as clients see it, without a path: `http://127.0.0.1:54321`.
    pub api_url: String,
    /// The largest object that any bucket accepts, in bytes. A bucket may set a smaller limit.
    pub file_size_limit: u64,
}

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

struct Inner {
    pool: PgPool,
    keys: Keys,
    config: Config,
    files: Files,
}

impl State {
    /// Opens the file store. `pool` connects as a role that may `set role` to anon, authenticated and service_role.
    ///
    /// # Errors
    /// When the root directory can't be created or used.
    pub fn new(pool: PgPool, keys: Keys, config: Config) -> Result<Self, StorageError> {
        let files = Files::open(&config.root)?;
        Ok(Self(Arc::new(Inner { pool, keys, config, files })))
    }

    fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    fn keys(&self) -> &Keys {
        &self.0.keys
    }

    fn files(&self) -> &Files {
        &self.0.files
    }

    fn file_size_limit(&self) -> u64 {
        self.0.config.file_size_limit
    }
}

/// Whether a bucket can have this name.
pub(crate) fn is_bucket_name(name: &str) -> bool {
    limits::check_bucket_name(name).is_ok()
}

/// The routes of the Storage API, to be mounted at `/storage/v1`.
pub fn router(state: State) -> Router {
    let object = get(download::read).post(upload::create).put(upload::replace).delete(removal::remove_one);
    Router::new()
        .route("/status", get(buckets::status))
        .route("/health", get(buckets::health))
        .route("/bucket", get(buckets::list).post(buckets::create))
        .route("/bucket/{bucket}", get(buckets::read).put(buckets::update).delete(buckets::remove))
        .route("/bucket/{bucket}/empty", post(buckets::empty))
        .route("/object/list/{bucket}", post(listing::list))
        .route("/object/list-v2/{bucket}", post(listing::list_v2))
        .route("/object/move", post(transfer::move_object))
        .route("/object/copy", post(transfer::copy_object))
        .route("/object/sign/{bucket}", post(signing::sign_many))
        .route("/object/sign/{bucket}/{*key}", post(signing::sign_one).get(download::read_signed))
        .route("/object/upload/sign/{bucket}/{*key}", post(signing::sign_upload).put(upload::upload_signed))
        .route("/object/public/{bucket}/{*key}", get(download::read_public))
        .route("/object/authenticated/{bucket}/{*key}", get(download::read))
        .route("/object/info/public/{bucket}/{*key}", get(download::info_public))
        .route("/object/info/authenticated/{bucket}/{*key}", get(download::info))
        .route("/object/info/{bucket}/{*key}", get(download::info))
        .route("/object/{bucket}", delete(removal::remove_many))
        .route("/object/{bucket}/{*key}", object)
        .route("/render/image/{*path}", any(|| error::not_here("image transformation")))
        .route("/upload/resumable", any(|| error::not_here("resumable upload (TUS)")))
        .route("/upload/resumable/{*path}", any(|| error::not_here("resumable upload (TUS)")))
        .route("/s3", any(|| error::not_here("the S3 protocol")))
        .route("/s3/{*path}", any(|| error::not_here("the S3 protocol")))
        .route("/iceberg/{*path}", any(|| error::not_here("analytics buckets")))
        .route("/vector/{*path}", any(|| error::not_here("vector buckets")))
        .route("/cdn/{*path}", any(|| error::not_here("purging a CDN")))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::not_found)
        // Uploads are bounded by the bucket's limit while they stream, everything else by `body::JsonBody`.
        .layer(DefaultBodyLimit::disable())
        .with_state(state)
}

#[cfg(test)]
mod tests;
