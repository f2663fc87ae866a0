//! The errors of Supabase Storage: a JSON body `{statusCode, error, message}` whose `statusCode` says more than the
//! HTTP status, which is 400 for nearly all of them (supabase/storage, `src/internal/errors/codes.ts`).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a Storage request failed. The display text is what the client reads in `message`.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No such bucket, or none that the caller may see.
    #[error("Bucket not found")]
    NoSuchBucket,
    /// No such object, or none that the caller may see.
    #[error("Object not found")]
    NoSuchKey,
    /// A row refers to something that isn't there, such as the bucket of a move.
    #[error("The related resource does not exist")]
    RelatedResourceNotFound,
    /// The object or bucket exists and may not be overwritten.
    #[error("The resource already exists")]
    AlreadyExists,
    /// Only empty buckets can be deleted.
    #[error("The bucket you tried to delete is not empty")]
    BucketNotEmpty,
    /// Row level security, a missing grant or a bad access token.
    #[error("{0}")]
    AccessDenied(String),
    /// The bucket's name has characters that aren't allowed, or is too long.
    #[error("Bucket name invalid")]
    InvalidBucketName,
    /// The object's name has characters that aren't allowed, is too long, or leads out of its bucket.
    #[error("Invalid key: {0}")]
    InvalidKey(String),
    /// The bucket doesn't take this content type, or the type isn't one.
    #[error("mime type {0} is not supported")]
    InvalidMimeType(String),
    /// A size that isn't a number of bytes or a text like `20MB`.
    #[error("Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B")]
    InvalidFileSizeLimit,
    /// Larger than the bucket or the server allows.
    #[error("The {0} exceeded the maximum allowed size")]
    TooLarge(&'static str),
    /// The upload has no file in it.
    #[error("No content provided")]
    NoContent,
    /// The body or a parameter isn't of the right form.
    #[error("{0}")]
    InvalidRequest(String),
    /// The token of a signed URL is malformed, expired or signed by someone else.
    #[error("{0}")]
    InvalidJwt(String),
    /// The token is good, but for another object.
    #[error("Invalid signature")]
    InvalidSignature,
    /// No byte of the wanted range exists.
    #[error("The requested range is not satisfiable")]
    InvalidRange {
        /// The object's size in bytes.
        size: u64,
    },
    /// Another request changed the object meanwhile.
    #[error("The resource is locked")]
    Locked,
    /// Storage has it, but not here.
    #[error("{0} is not part of the local Storage; use `supabase start` or a hosted project for it")]
    NotHere(&'static str),
    /// No such route.
    #[error("Route {0} not found")]
    NoSuchRoute(String),
    /// The database refused or was lost.
    #[error("database error, code: {}", database_code(.0))]
    Database(sqlx::Error),
    /// The database took too long.
    #[error("The connection to the database timed out")]
    DatabaseTimeout,
    /// The file store refused or was lost.
    #[error("Internal server error")]
    Files(#[from] object_store::Error),
    /// The file store's directory can't be used.
    #[error("can't use the storage directory {}: {source}", path.display())]
    Root {
        /// The directory.
        path: std::path::PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A bug or a stopping server.
    #[error("Internal server error")]
    Internal(String),
}

fn database_code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(|error| error.code()).map_or_else(|| "none".to_owned(), |code| code.into_owned())
}

/// PostgreSQL's errors as Storage reports them (supabase/storage, `src/storage/database/errors.ts`).
impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::DatabaseTimeout;
        }
        let Some(database) = error.as_database_error() else {
            return Self::Database(error);
        };
        match database.code().as_deref() {
            Some("42501") if database.message().contains("row-level security") => {
                Self::AccessDenied("new row violates row-level security policy".to_owned())
            }
            Some("42501") => Self::AccessDenied(database.message().to_owned()),
            Some("23505") => Self::AlreadyExists,
            Some("23503") => Self::RelatedResourceNotFound,
            Some("55P03") => Self::Locked,
            Some("57014") => Self::DatabaseTimeout,
            // A trigger of the project refused: its message is for the client.
            Some("P0001") => Self::InvalidRequest(database.message().to_owned()),
            _ => Self::Database(error),
        }
    }
}

impl StorageError {
    /// The body's `statusCode` and `error`.
    fn code(&self) -> (u16, &'static str) {
        match self {
            Self::NoSuchBucket => (404, "Bucket not found"),
            Self::NoSuchKey => (404, "not_found"),
            Self::RelatedResourceNotFound => (404, "InvalidRequest"),
            Self::NoSuchRoute(_) => (404, "Not Found"),
            Self::NotHere(_) => (501, "NotImplemented"),
            Self::AlreadyExists => (409, "Duplicate"),
            Self::BucketNotEmpty => (409, "ResourceNotEmpty"),
            Self::AccessDenied(_) => (403, "Unauthorized"),
            Self::InvalidBucketName => (400, "Invalid Input"),
            Self::InvalidKey(_) => (400, "InvalidKey"),
            Self::InvalidMimeType(_) => (415, "invalid_mime_type"),
            Self::TooLarge(_) => (413, "Payload too large"),
            Self::InvalidFileSizeLimit | Self::NoContent | Self::InvalidRequest(_) => (400, "InvalidRequest"),
            Self::InvalidJwt(_) => (400, "InvalidJWT"),
            Self::InvalidSignature => (400, "InvalidSignature"),
            Self::InvalidRange { .. } => (416, "InvalidRange"),
            Self::Locked => (423, "ResourceLocked"),
            Self::DatabaseTimeout => (544, "DatabaseTimeout"),
            Self::Database(_) => (500, "DatabaseError"),
            Self::Files(_) | Self::Root { .. } | Self::Internal(_) => (500, "InternalError"),
        }
    }

    /// The HTTP status: mostly 400, as the real one answers and `storage-js` expects.
    fn status(&self) -> StatusCode {
        match self.code().0 {
            status @ (416 | 500 | 501 | 544) => {
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            404 if matches!(self, Self::NoSuchRoute(_)) => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for StorageError {
    fn into_response(self) -> Response {
        let (code, error) = self.code();
        if code >= 500 && !matches!(self, Self::NotHere(_)) {
            tracing::error!(error = ?self, "a storage request failed");
        }
        let body = axum::Json(json!({ "statusCode": code.to_string(), "error": error, "message": self.to_string() }));
        let mut response = (self.status(), body).into_response();
        if let Self::InvalidRange { size } = self
            && let Ok(value) = format!("bytes */{size}").parse()
        {
            response.headers_mut().insert(axum::http::header::CONTENT_RANGE, value);
        }
        response
    }
}

/// The answer to the paths of a part of Storage that isn't here.
pub(super) async fn not_here(part: &'static str) -> StorageError {
    StorageError::NotHere(part)
}

/// The answer to a path or method that Storage doesn't have.
pub(super) async fn not_found(method: axum::http::Method, uri: axum::http::Uri) -> StorageError {
    StorageError::NoSuchRoute(format!("{method}:{}", uri.path()))
}
