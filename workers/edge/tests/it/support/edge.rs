//! Edges, before the local Supabase or another.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use primostore_edge::Running;
use primostore_edge::config::AllowedOrigins;
use primostore_edge::{Capacity, Config};
use secrecy::SecretString;
use url::Url;

use super::ports::free_port;
use super::supabase::{Supabase, supabase};

/// An edge that serves on a port of its own. Ends with the test.
pub(crate) struct TestEdge {
    running: Running,
    url: String,
    client: reqwest::Client,
}

/// An edge before the local Supabase; `change` may alter its configuration.
pub(crate) async fn edge(change: impl FnOnce(&mut Config)) -> TestEdge {
    let mut config = config(supabase().await);
    change(&mut config);
    start(config).await
}

/// The configuration of an edge before the local Supabase.
pub(crate) fn config(supabase: &Supabase) -> Config {
    let mut config = config_for(supabase.url());
    config.secret_key = SecretString::from(supabase.secret_key());
    config.publishable_key = Some(supabase.publishable_key().to_owned());
    config.jwt_secret = Some(SecretString::from(supabase.jwt_secret()));
    config
}

/// The configuration of an edge before whatever serves at `url`.
pub(crate) fn config_for(url: &str) -> Config {
    let port = free_port();
    Config {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        metrics_address: None,
        public_url: format!("http://127.0.0.1:{port}"),
        supabase_url: Url::parse(url).unwrap(),
        secret_key: SecretString::from("sb_secret_of_nobody"),
        publishable_key: None,
        jwks_url: Url::parse(&format!("{url}/auth/v1/.well-known/jwks.json")).unwrap(),
        jwt_issuer: format!("{url}/auth/v1"),
        jwt_secret: None,
        allowed_origins: AllowedOrigins::Any,
        client_ip_header: None,
        auth_ip_forwarding: false,
        capacity: Capacity::default(),
        max_request_bytes: 10 * 1024 * 1024,
        upstream_timeout: Duration::from_secs(30),
        shutdown_timeout: Duration::from_secs(10),
        monitor_token: None,
        payment_link_secret: Some(SecretString::from("the payment page and the edge share this")),
        stripe: None,
    }
}

/// Starts an edge.
pub(crate) async fn start(config: Config) -> TestEdge {
    let running = primostore_edge::start(config).await.unwrap();
    let url = format!("http://{}", running.address());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    TestEdge { running, url, client }
}

impl TestEdge {
    /// Its address, without a slash at its end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where its metrics are served, if anywhere.
    pub(crate) fn metrics_address(&self) -> Option<SocketAddr> {
        self.running.metrics_address()
    }

    /// A client that follows no redirects.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Ends it as a signal would.
    pub(crate) async fn stop(self) {
        self.running.shut_down().await;
    }
}
