//! Why the local Supabase didn't start, or stopped: sentences that say what to do next.

use std::path::PathBuf;

use crate::keys::KeysError;

/// The result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong while starting, running or stopping the local Supabase.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory can't be used.
    #[error("can't {action} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb: "create", "read".
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The keys can't be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The database refused or was lost.
    #[error("the database failed while {action}: {source}")]
    Database {
        /// What was being done: "applying the bootstrap".
        action: String,
        /// The driver's error.
        source: sqlx::Error,
    },
    /// Any failure whose message is complete in itself.
    #[error("{0}")]
    Message(String),
    /// Start-up was interrupted.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// A failure whose message is complete in itself.
    pub fn message(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }

    /// Wraps a failed file operation: `.map_err(Error::file("create", &path))`.
    pub fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }

    /// Wraps a failed database call: `.map_err(Error::database("reading the history"))`.
    pub fn database(action: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        let action = action.into();
        move |source| Self::Database { action, source }
    }
}
