//! Why no answer came, and what the client is told.

use std::error::Error as StdError;
use std::io::ErrorKind;

use http::StatusCode;
use hyper_util::client::legacy::Error as ClientError;

use crate::body::{Stalled, TooLarge};
use crate::error::ApiError;
use crate::routes::Service;

/// Why a request got no answer from Supabase.
#[derive(Debug)]
pub(super) enum Failure {
    /// It took too long.
    TimedOut,
    /// The client stopped in the middle of its request.
    ClientStalled,
    /// The connection did not come about, or broke.
    Broken(ClientError),
}

impl Failure {
    /// The client's answer; what exactly happened goes to the log.
    pub(super) fn into_refusal(self, service: Service) -> ApiError {
        let service = service.name();
        match self {
            Self::ClientStalled => request_timeout(),
            Self::TimedOut => {
                tracing::error!(service, "Supabase did not answer in time");
                ApiError::upstream_unavailable(StatusCode::GATEWAY_TIMEOUT)
            }
            Self::Broken(error) if caused_by::<Stalled>(&error).is_some() => request_timeout(),
            Self::Broken(error) => {
                if let Some(TooLarge { limit }) = TooLarge::among_causes(&error) {
                    return ApiError::payload_too_large(*limit);
                }
                let status = status_of(&error);
                tracing::error!(service, error = %Reasons(&error), "Supabase can't be reached");
                ApiError::upstream_unavailable(status)
            }
        }
    }
}

fn request_timeout() -> ApiError {
    let message = "The request did not arrive in time. Try again.";
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", message)
}

/// Refused or not found: 503. Slow to connect: 504. A broken answer: 502.
fn status_of(error: &ClientError) -> StatusCode {
    if !error.is_connect() {
        return StatusCode::BAD_GATEWAY;
    }
    match caused_by::<std::io::Error>(error).map(std::io::Error::kind) {
        Some(ErrorKind::TimedOut) => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The first cause of this kind.
fn caused_by<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// An error with its causes, for the log.
struct Reasons<'a>(&'a (dyn StdError + 'static));

impl std::fmt::Display for Reasons<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
