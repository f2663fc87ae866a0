//! The edge's configuration, from the environment; `.env.example` describes each variable.

mod capacity;
mod read;

use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use url::Url;

pub use capacity::Capacity;
pub use primostore_shared::environment::{Fault, Faults};

/// What the environment decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens: `EDGE_ADDRESS`.
    pub address: SocketAddr,
    /// Where metrics are served, away from the public: `METRICS_ADDRESS`; nowhere when `None`.
    pub metrics_address: Option<SocketAddr>,
    /// Its own address as customers reach it, without a slash at its end: `EDGE_PUBLIC_URL`.
    pub public_url: String,
    /// The Supabase project: `SUPABASE_URL`.
    pub supabase_url: Url,
    /// `SUPABASE_SECRET_KEY`.
    pub secret_key: SecretString,
    /// `SUPABASE_PUBLISHABLE_KEY`.
    pub publishable_key: Option<String>,
    /// Where the project's signing keys are: `SUPABASE_JWKS_URL`.
    pub jwks_url: Url,
    /// Who issues the project's tokens: `SUPABASE_JWT_ISSUER`.
    pub jwt_issuer: String,
    /// The legacy HS256 secret: `SUPABASE_JWT_SECRET`. Without it no HS256 token is believed.
    pub jwt_secret: Option<SecretString>,
    /// Web pages that may call: `ALLOWED_ORIGINS`.
    pub allowed_origins: AllowedOrigins,
    /// The one header that is believed about the client's address: `CLIENT_IP_HEADER`; the peer's address without it.
    pub client_ip_header: Option<HeaderName>,
    /// Whether Auth is told sign-ins' addresses with the secret key: `AUTH_IP_FORWARDING`.
    pub auth_ip_forwarding: bool,
    /// How much may go on at a time.
    pub capacity: Capacity,
    /// The largest request, in bytes: `MAX_REQUEST_SIZE_MB`.
    pub max_request_bytes: u64,
    /// How long Supabase may take to begin its answer: `UPSTREAM_TIMEOUT_SECONDS`.
    pub upstream_timeout: Duration,
    /// How long open requests may go on after a stop: `SHUTDOWN_SECONDS`.
    pub shutdown_timeout: Duration,
    /// Opens `/health/detailed` to monitors: `MONITOR_TOKEN`.
    pub monitor_token: Option<SecretString>,
    /// Signs payment links and verifies their callback: `PAYMENT_LINK_SECRET`.
    pub payment_link_secret: Option<SecretString>,
    /// Stripe, when it is set up.
    pub stripe: Option<StripeConfig>,
}

/// Access to Stripe.
#[derive(Clone, Debug)]
pub struct StripeConfig {
    /// `STRIPE_SECRET_KEY`.
    pub secret_key: SecretString,
    /// `STRIPE_WEBHOOK_SECRET`.
    pub webhook_secret: SecretString,
    /// `STRIPE_API_BASE`; Stripe's own by default.
    pub api_base: Url,
}

/// Which web pages may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// `*`: any page. Sign-in does not use cookies, so this gives no page another's session.
    Any,
    /// These alone.
    These(Vec<HeaderValue>),
}

impl Config {
    /// Reads the configuration; `variable` gives the value of an environment variable, an empty one counts as absent.
    /// The texts beside it are warnings: settings that work, and are a risk.
    ///
    /// # Errors
    /// Everything that is wrong, at once. No value is repeated in it, so neither is a secret.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<(Self, Vec<String>), Faults> {
        read::config(&variable)
    }
}
