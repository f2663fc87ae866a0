//! A Supabase project's address and secret key.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::http_client;

/// A project, spoken to with its secret key, which bypasses row level security. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Project {
    client: Client,
    url: String,
    secret_key: SecretString,
    timeout: Duration,
}

impl Project {
    /// `url` is the project's address, such as `https://ref.supabase.co`; `secret_key` its `sb_secret_…` key or legacy
    /// `service_role` key. A request that takes longer than `timeout` fails.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(url: &Url, secret_key: SecretString, timeout: Duration) -> Result<Self, reqwest::Error> {
        let client = http_client::builder(timeout).build()?;
        Ok(Self { client, url: url.as_str().trim_end_matches('/').to_owned(), secret_key, timeout })
    }

    /// The project's address, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How long a request may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn secret_key(&self) -> &SecretString {
        &self.secret_key
    }

    /// A request to a path such as `/rest/v1/products`, with the secret key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let key = self.secret_key.expose_secret();
        self.client.request(method, format!("{}{path}", self.url)).header("apikey", key).bearer_auth(key)
    }

    /// A request in somebody else's name: `api_key` and `token` are what they sent.
    pub fn request_as(&self, method: Method, path: &str, api_key: &str, token: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).header("apikey", api_key).bearer_auth(token)
    }
}
