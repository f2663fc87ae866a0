//! The database's functions, called through PostgREST.

use http::header::RETRY_AFTER;
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client_address::CLIENT_HEADER;
use crate::project::Project;

/// The database, reached with the secret key. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database(Project);

/// On whose behalf a call is made: what the database logs and counts it under.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The request's id.
    pub request_id: Option<String>,
    /// The value of [`CLIENT_HEADER`], see [`crate::SigningKey::client_header`].
    pub client: Option<String>,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
}

/// What the database answers when it refuses: the catalogue of errors is `sql/base/errors.sql`.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The stable code, such as `not_found`; an SQLSTATE or PostgREST's own code where no rule spoke.
    pub code: String,
    /// Human-readable.
    pub message: String,
    /// JSON in a string, by code.
    pub details: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// Seconds, as in `Retry-After`.
    pub retry_after: Option<u64>,
}

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The database said no.
    #[error("the database refused: {} ({})", .0.message, .0.code)]
    Refused(Box<Refusal>),
    /// No connection came about, or it broke.
    #[error("the database can't be reached: {0}")]
    Unreachable(String),
    /// No answer came in time.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The answer isn't what the function promises.
    #[error("the database's answer can't be read: {0}")]
    Unreadable(String),
}

impl From<reqwest::Error> for DatabaseError {
    fn from(error: reqwest::Error) -> Self {
        // The address may tell more than a log should keep.
        let error = error.without_url();
        if error.is_timeout() {
            Self::TimedOut
        } else if error.is_decode() {
            Self::Unreadable(error.to_string())
        } else {
            Self::Unreachable(error.to_string())
        }
    }
}

impl Database {
    /// The database of a project.
    #[must_use]
    pub fn new(project: Project) -> Self {
        Self(project)
    }

    /// Calls a function with arguments by name, and reads its JSON result. A function that returns nothing reads as
    /// `()`, null as `None`.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn call<T: DeserializeOwned>(
        &self,
        function: &str,
        arguments: &(impl Serialize + ?Sized),
        origin: &Origin,
    ) -> Result<T, DatabaseError> {
        let request = self.0.request(Method::POST, &format!("/rest/v1/rpc/{function}"));
        read(with_origin(request, origin).json(arguments).send().await?).await
    }

    /// Reads rows of a table with the secret key: `path` is such as `user_profiles?select=role`.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn select<T: DeserializeOwned>(&self, path: &str, origin: &Origin) -> Result<T, DatabaseError> {
        read(with_origin(self.0.request(Method::GET, &format!("/rest/v1/{path}")), origin).send().await?).await
    }

    /// Calls a function in the name of a user, with the key and the token that they sent.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn call_as<T: DeserializeOwned>(
        &self,
        function: &str,
        arguments: &(impl Serialize + ?Sized),
        (api_key, token): (&str, &str),
        origin: &Origin,
    ) -> Result<T, DatabaseError> {
        let request = self.0.request_as(Method::POST, &format!("/rest/v1/rpc/{function}"), api_key, token);
        read(with_origin(request, origin).json(arguments).send().await?).await
    }

    /// Sends a request to a table in the name of a user: `path` is such as `product_images?select=*`. `prefer` is the
    /// header of that name.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn send_as<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        (api_key, token): (&str, &str),
        prefer: &str,
        origin: &Origin,
    ) -> Result<T, DatabaseError> {
        let request = self.0.request_as(method, &format!("/rest/v1/{path}"), api_key, token).header("prefer", prefer);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        read(with_origin(request, origin).send().await?).await
    }
}

fn with_origin(mut request: RequestBuilder, origin: &Origin) -> RequestBuilder {
    for (name, value) in
        [("x-request-id", &origin.request_id), (CLIENT_HEADER, &origin.client), ("user-agent", &origin.user_agent)]
    {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    request
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, DatabaseError> {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = response.bytes().await?;
    if status.is_success() {
        // A function that returns nothing answers 204, without a body.
        let body = if body.is_empty() { "null".as_bytes() } else { &body };
        return serde_json::from_slice(body).map_err(|error| DatabaseError::Unreadable(error.to_string()));
    }
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    Err(match text(&body, "code") {
        Some(code) => DatabaseError::Refused(Box::new(Refusal {
            status: status.as_u16(),
            code,
            message: text(&body, "message").unwrap_or_default(),
            details: text(&body, "details"),
            hint: text(&body, "hint"),
            retry_after,
        })),
        None => {
            let reason = text(&body, "message").or_else(|| text(&body, "msg")).unwrap_or_default();
            DatabaseError::Unreachable(format!("status {} {reason}", status.as_u16()))
        }
    })
}
