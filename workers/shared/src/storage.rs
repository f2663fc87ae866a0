//! Objects in Supabase Storage.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::project::Project;

/// Storage, reached with the secret key. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage(Project);

/// Why Storage did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No connection came about, or it broke.
    #[error("Storage can't be reached: {0}")]
    Unreachable(String),
    /// No answer came in time.
    #[error("Storage did not answer in time")]
    TimedOut,
    /// Storage said no.
    #[error("Storage refused ({status}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Storage's reason.
        message: String,
    },
}

impl StorageError {
    /// Whether what was asked for has not been done, and will not be. Where Storage did not say so itself, a request may
    /// still arrive after it was given up.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { status: 400..=499, .. })
    }
}

impl From<reqwest::Error> for StorageError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_timeout() { Self::TimedOut } else { Self::Unreachable(error.to_string()) }
    }
}

impl Storage {
    /// The Storage of a project.
    #[must_use]
    pub fn new(project: Project) -> Self {
        Self(project)
    }

    /// Writes a new object, which must not exist yet. `path` is its name in the bucket.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn upload(
        &self,
        bucket: &str,
        path: &str,
        content: Bytes,
        content_type: &str,
    ) -> Result<(), StorageError> {
        let request = self
            .0
            .request(Method::POST, &format!("/storage/v1/object/{bucket}/{path}"))
            .header(CONTENT_TYPE, content_type)
            // An object never changes: another picture gets another name.
            .header(CACHE_CONTROL, "max-age=31536000")
            .body(content);
        done(request.send().await?).await
    }

    /// Deletes objects; those that don't exist are no error.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn remove(&self, bucket: &str, paths: &[String]) -> Result<(), StorageError> {
        let request = self.0.request(Method::DELETE, &format!("/storage/v1/object/{bucket}"));
        done(request.json(&json!({ "prefixes": paths })).send().await?).await
    }

    /// Where everybody can read an object of a public bucket, after the address of the project or of the edge.
    #[must_use]
    pub fn public_path(bucket: &str, path: &str) -> String {
        format!("/storage/v1/object/public/{bucket}/{path}")
    }
}

async fn done(response: Response) -> Result<(), StorageError> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let body = response.bytes().await?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let message = ["message", "error"].iter().find_map(|name| body.get(name)?.as_str()).unwrap_or_default();
    if matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT) {
        return Err(StorageError::Unreachable(format!("status {} {message}", status.as_u16())));
    }
    Err(StorageError::Refused { status: status.as_u16(), message: message.to_owned() })
}
