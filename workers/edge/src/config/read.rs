//! Which variables the edge has, and what each may be.

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use primostore_shared::environment::kinds::{is_local, is_origin, is_private};
use primostore_shared::environment::{Faults, Reader};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{AllowedOrigins, Capacity, Config, StripeConfig};

const STRIPE: &str = "https://api.stripe.com";

pub(super) fn config(variable: &dyn Fn(&str) -> Option<String>) -> Result<(Config, Vec<String>), Faults> {
    let mut reader = Reader::new(variable);
    let config = config_of(&mut reader);
    reader.finish(config)
}

/// `None` only where a fault says why.
fn config_of(reader: &mut Reader<'_>) -> Option<Config> {
    let address = reader
        .parsed("EDGE_ADDRESS", "write an address and a port, such as 0.0.0.0:8080", |value| value.parse().ok())
        .unwrap_or(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080)));
    let metrics_address = metrics_address(reader);
    let supabase_url = reader.url("SUPABASE_URL", "https://YOUR-PROJECT-REF.supabase.co");
    if supabase_url.is_none() && reader.get("SUPABASE_URL").is_none() {
        reader.fault("SUPABASE_URL", "is missing", "write your project's address, such as https://REF.supabase.co");
    }
    if supabase_url.as_ref().is_some_and(|url| url.scheme() == "http" && !is_local(url)) {
        reader.warn("SUPABASE_URL is not https: keys and orders cross the network in the clear");
    }
    let (secret_key, publishable_key) = api_keys(reader);
    let jwks_url = jwks_url(reader, supabase_url.as_ref());
    let jwt_issuer = reader.get("SUPABASE_JWT_ISSUER").or_else(|| {
        let url = supabase_url.as_ref()?;
        Some(format!("{}/auth/v1", url.as_str().trim_end_matches('/')))
    });
    let jwt_secret = reader.own_secret("SUPABASE_JWT_SECRET");
    let allowed_origins = allowed_origins(reader);
    let client_ip_header = client_ip_header(reader, address);
    let auth_ip_forwarding = auth_ip_forwarding(reader, secret_key.as_ref());
    let capacity = capacity(reader);
    let max_request_bytes = reader.number("MAX_REQUEST_SIZE_MB", 1..=1024, 10) * 1024 * 1024;
    let upstream_timeout = Duration::from_secs(reader.number("UPSTREAM_TIMEOUT_SECONDS", 1..=600, 30));
    let shutdown_timeout = Duration::from_secs(reader.number("SHUTDOWN_SECONDS", 0..=600, 30));
    let monitor_token = reader.own_secret("MONITOR_TOKEN");
    let payment_link_secret = reader.own_secret("PAYMENT_LINK_SECRET");
    let public_url = public_url(reader, address, payment_link_secret.is_some());
    let stripe = stripe(reader);
    Some(Config {
        address,
        metrics_address,
        public_url,
        supabase_url: supabase_url?,
        secret_key: secret_key?,
        publishable_key,
        jwks_url: jwks_url?,
        jwt_issuer: jwt_issuer?,
        jwt_secret,
        allowed_origins,
        client_ip_header,
        auth_ip_forwarding,
        capacity,
        max_request_bytes,
        upstream_timeout,
        shutdown_timeout,
        monitor_token,
        payment_link_secret,
        stripe,
    })
}

fn metrics_address(reader: &mut Reader<'_>) -> Option<SocketAddr> {
    if reader.get("METRICS_ADDRESS").is_some_and(|value| value == "off") {
        return None;
    }
    let address = reader
        .parsed("METRICS_ADDRESS", "write an address and a port, such as 127.0.0.1:9464, or off", |value| {
            value.parse().ok()
        })
        .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)));
    if !is_private(address.ip()) {
        reader.warn("METRICS_ADDRESS is not a private address: make sure that the public can't reach it");
    }
    Some(address)
}

fn api_keys(reader: &mut Reader<'_>) -> (Option<SecretString>, Option<String>) {
    const SECRET: &str = "SUPABASE_SECRET_KEY";
    const PUBLISHABLE: &str = "SUPABASE_PUBLISHABLE_KEY";
    let secret = reader.secret(SECRET);
    let publishable = reader.secret(PUBLISHABLE);
    match &secret {
        None if reader.get(SECRET).is_none() => {
            reader.fault(SECRET, "is missing", "write the project's sb_secret_… key, from its settings, API keys");
        }
        Some(key) if key.starts_with("sb_publishable_") || secret == publishable => {
            reader.fault(SECRET, "is a publishable key", "write the project's sb_secret_… key");
        }
        _ => {}
    }
    if publishable.as_ref().is_some_and(|key| key.starts_with("sb_secret_")) {
        reader.fault(PUBLISHABLE, "is a secret key", "write the project's sb_publishable_… key");
    }
    (secret.map(Into::into), publishable)
}

fn jwks_url(reader: &mut Reader<'_>, supabase_url: Option<&Url>) -> Option<Url> {
    const NAME: &str = "SUPABASE_JWKS_URL";
    let given = reader.url(NAME, "https://YOUR-PROJECT-REF.supabase.co/auth/v1/.well-known/jwks.json");
    if given.as_ref().is_some_and(|url| url.scheme() == "http" && !is_local(url)) {
        reader.fault(NAME, "is not https", "write an https address: who can change the keys can be anybody");
        return None;
    }
    if reader.get(NAME).is_some() {
        return given;
    }
    let supabase_url = supabase_url?;
    if supabase_url.scheme() == "http" && !is_local(supabase_url) {
        reader.fault(NAME, "is missing, and SUPABASE_URL is not https", "write an https address of the signing keys");
        return None;
    }
    let base = supabase_url.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}/auth/v1/.well-known/jwks.json")).ok()
}

fn allowed_origins(reader: &mut Reader<'_>) -> AllowedOrigins {
    const NAME: &str = "ALLOWED_ORIGINS";
    let Some(value) = reader.get(NAME) else {
        reader.warn("ALLOWED_ORIGINS is not set: no web page may call; write your shop's origin");
        return AllowedOrigins::These(Vec::new());
    };
    if value == "*" {
        reader.warn("ALLOWED_ORIGINS is *: any web page may call; write your shop's origins");
        return AllowedOrigins::Any;
    }
    let origins: Vec<&str> = value.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
    if let Some(wrong) = origins.iter().position(|origin| !is_origin(origin)) {
        let problem = format!("has an entry that is no origin (number {})", wrong + 1);
        let instead = "write scheme, host and port only, such as https://shop.example, separated by commas, or * alone";
        reader.fault(NAME, &problem, instead);
    }
    AllowedOrigins::These(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect())
}

fn client_ip_header(reader: &mut Reader<'_>, address: SocketAddr) -> Option<HeaderName> {
    const NAME: &str = "CLIENT_IP_HEADER";
    let instead = "write the name of a header that your proxy sets itself, such as x-real-ip or cf-connecting-ip";
    let header = reader.parsed(NAME, instead, |value| value.parse::<HeaderName>().ok());
    if reader.get(NAME).is_none() && !address.ip().is_loopback() {
        reader.warn(
            "CLIENT_IP_HEADER is not set: behind a proxy, all clients have the proxy's address, and share its limits, or have \
             none where it is a private one",
        );
    }
    header
}

fn auth_ip_forwarding(reader: &mut Reader<'_>, secret_key: Option<&SecretString>) -> bool {
    const NAME: &str = "AUTH_IP_FORWARDING";
    let wanted = reader.parsed(NAME, "write true or false", |value| value.parse().ok()).unwrap_or(false);
    if wanted && secret_key.is_some_and(|key| !key.expose_secret().starts_with("sb_secret_")) {
        reader.fault(NAME, "needs a secret key that begins with sb_secret_", "make one, or leave it out");
    }
    wanted
}

fn capacity(reader: &mut Reader<'_>) -> Capacity {
    let default = Capacity::default();
    let mut number = |name, default: usize| {
        let number = reader.number(name, 1..=1_000_000, default as u64);
        usize::try_from(number).unwrap_or(default)
    };
    Capacity {
        connections: number("MAX_CONNECTIONS", default.connections),
        connections_per_address: number("MAX_CONNECTIONS_PER_ADDRESS", default.connections_per_address),
        websockets: number("MAX_WEBSOCKETS", default.websockets),
        websockets_per_address: number("MAX_WEBSOCKETS_PER_ADDRESS", default.websockets_per_address),
        ..default
    }
}

/// Without a slash at its end.
fn public_url(reader: &mut Reader<'_>, address: SocketAddr, needed: bool) -> String {
    const NAME: &str = "EDGE_PUBLIC_URL";
    let given = reader.url(NAME, "https://api.shop.example");
    if reader.get(NAME).is_none() && needed && !address.ip().is_loopback() {
        reader.fault(NAME, "is missing", "payment links begin with it: write the edge's address as customers reach it");
    }
    match given {
        Some(url) => {
            if url.scheme() == "http" && !is_local(&url) {
                reader.warn("EDGE_PUBLIC_URL is not https: customers' tokens cross the network in the clear");
            }
            url.as_str().trim_end_matches('/').to_owned()
        }
        None => format!("http://127.0.0.1:{}", address.port()),
    }
}

fn stripe(reader: &mut Reader<'_>) -> Option<StripeConfig> {
    const KEY: &str = "STRIPE_SECRET_KEY";
    const WEBHOOK: &str = "STRIPE_WEBHOOK_SECRET";
    const BASE: &str = "STRIPE_API_BASE";
    let secret_key = reader.secret(KEY);
    let webhook_secret = reader.secret(WEBHOOK);
    let api_base = reader.url(BASE, STRIPE);
    if secret_key.as_ref().is_some_and(|key| key.starts_with("pk_")) {
        reader.fault(KEY, "is a publishable key", "write the secret key, sk_… or rk_…");
    }
    match (&secret_key, &webhook_secret) {
        (Some(_), None) if reader.get(WEBHOOK).is_none() => {
            reader.fault(WEBHOOK, "is missing", "write the signing secret of the webhook's endpoint, whsec_…");
        }
        (None, Some(_)) if reader.get(KEY).is_none() => {
            reader.fault(KEY, "is missing", "write Stripe's secret key, or remove STRIPE_WEBHOOK_SECRET");
        }
        _ => {}
    }
    if let Some(base) = api_base.as_ref() {
        if base.scheme() == "http" && !is_local(base) {
            reader.fault(BASE, "is not https", "leave it out: the secret key would cross the network in the clear");
        } else if base.as_str().trim_end_matches('/') != STRIPE {
            reader.warn("STRIPE_API_BASE is not Stripe's: whoever answers there gets the secret key");
        }
    }
    let api_base = api_base.or_else(|| Url::parse(STRIPE).ok());
    Some(StripeConfig { secret_key: secret_key?.into(), webhook_secret: webhook_secret?.into(), api_base: api_base? })
}
