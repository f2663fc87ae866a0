//! The HTTP client with which others' services are called.

use std::time::Duration;

use reqwest::{Client, ClientBuilder};

/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A client that says who we are, and whose requests fail when they take longer than `timeout`.
pub fn builder(timeout: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("primostore/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_WITHIN)
        .timeout(timeout)
}
