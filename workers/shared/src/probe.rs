//! Whether a service of a project answers.

use bytes::Bytes;
use reqwest::Method;

use crate::project::Project;

/// Why a service counts as down. The texts may be shown: they give nothing away.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// It answers that it can't.
    #[error("status {0}")]
    Status(u16),
    /// No answer came in time.
    #[error("no answer in time")]
    TimedOut,
    /// No connection came about, or it broke; the reason is for logs.
    #[error("can't be reached")]
    Unreachable(#[source] reqwest::Error),
}

impl From<reqwest::Error> for ProbeError {
    fn from(error: reqwest::Error) -> Self {
        // The address may tell more than a log should keep.
        if error.is_timeout() { Self::TimedOut } else { Self::Unreachable(error.without_url()) }
    }
}

impl Project {
    /// Reads a path such as `/auth/v1/health` with the secret key; the body is what the service answers.
    ///
    /// # Errors
    /// [`ProbeError`], where it does not answer with success.
    pub async fn probe(&self, path: &str) -> Result<Bytes, ProbeError> {
        let response = self.request(Method::GET, path).send().await?;
        if !response.status().is_success() {
            return Err(ProbeError::Status(response.status().as_u16()));
        }
        Ok(response.bytes().await?)
    }
}
