//! Headers that tell Supabase about the address the client used.

use http::header::{ALT_SVC, CONNECTION, EXPECT, HOST, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Takes off what the guard left because the edge reads it: the client to Supabase frames and connects anew, and
/// `Expect` is answered here, as soon as the body is wanted.
pub(super) fn strip_framing(headers: &mut HeaderMap) {
    for name in [CONNECTION, EXPECT, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
}

/// Takes off what an answer says about the upstream's address.
pub(super) fn strip_upstream_headers(headers: &mut HeaderMap) {
    headers.remove(ALT_SVC);
}

/// The edge's own address, as Supabase is told it: from the configuration, because a client may write anything as its
/// `Host`, and whether TLS ends before the edge can't be seen from here.
#[derive(Clone, Debug)]
pub(crate) struct Forwarded {
    host: HeaderValue,
    proto: HeaderValue,
    port: HeaderValue,
}

impl Forwarded {
    /// `None` when the address has no host.
    pub(crate) fn of(public_url: &str) -> Option<Self> {
        let url = Url::parse(public_url).ok()?;
        let host = url.host_str()?;
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Some(Self {
            host: host.parse().ok()?,
            proto: url.scheme().parse().ok()?,
            port: url.port_or_known_default()?.into(),
        })
    }

    /// Writes it over whatever the client says about itself; the client to Supabase sets `Host` anew.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        for name in [HOST, FORWARDED_PREFIX] {
            headers.remove(name);
        }
        headers.insert(FORWARDED_HOST, self.host.clone());
        headers.insert(FORWARDED_PROTO, self.proto.clone());
        headers.insert(FORWARDED_PORT, self.port.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_says_about_its_address_is_written_over() {
        let told = |public_url: &str| {
            let said = ["host", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-proto"];
            let mut headers: HeaderMap = said
                .iter()
                .flat_map(|name| ["evil.example", "2"].map(|value| (*name, value)))
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            Forwarded::of(public_url).unwrap().write(&mut headers);
            let mut told: Vec<_> =
                headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
            told.sort_unstable();
            told.join(", ")
        };
        assert_eq!(
            told("https://api.shop.example"),
            "x-forwarded-host: api.shop.example, x-forwarded-port: 443, x-forwarded-proto: https"
        );
        assert_eq!(
            told("http://127.0.0.1:8080"),
            "x-forwarded-host: 127.0.0.1:8080, x-forwarded-port: 8080, x-forwarded-proto: http"
        );
    }
}
