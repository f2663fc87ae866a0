//! Headers that are about one connection, and those that tell Supabase about the client's.

use http::header::{
    ALT_SVC, CONNECTION, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Takes off what is about the connection it came by, that which `Connection` lists included.
pub(super) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let always = [
        CONNECTION,
        KEEP_ALIVE,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        PROXY_CONNECTION,
        TE,
        TRANSFER_ENCODING,
        UPGRADE,
        // Answered here, as soon as the body is wanted.
        EXPECT,
    ];
    for name in always.into_iter().chain(listed) {
        headers.remove(name);
    }
}

/// Takes off what an answer says about the upstream's address.
pub(super) fn strip_upstream_headers(headers: &mut HeaderMap) {
    headers.remove(ALT_SVC);
}

/// Whether a header's list of tokens has this one.
pub(super) fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(token))
}

/// Which address the client used.
pub(super) struct Forwarded {
    host: Option<HeaderValue>,
    proto: &'static str,
}

impl Forwarded {
    /// `public_url` is the edge's own address: whether TLS ends before it can't be seen from here.
    pub(super) fn of(parts: &Parts, public_url: &str) -> Self {
        let proto = if public_url.starts_with("https://") { "https" } else { "http" };
        Self { host: parts.headers.get(HOST).cloned(), proto }
    }

    /// Writes it over whatever the client says about itself; the client sets `Host` anew.
    pub(super) fn write(self, headers: &mut HeaderMap) {
        headers.remove(HOST);
        headers.remove(FORWARDED_HOST);
        if let Some(host) = self.host {
            headers.insert(FORWARDED_HOST, host);
        }
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static(self.proto));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn what_is_about_the_connection_goes() {
        let mut sent = headers(&[
            ("connection", "keep-alive, X-Private"),
            ("keep-alive", "timeout=5"),
            ("x-private", "1"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("prefer", "return=minimal"),
        ]);
        strip_hop_by_hop(&mut sent);
        assert_eq!(sent, headers(&[("prefer", "return=minimal")]));
    }

    #[test]
    fn what_a_client_says_about_its_address_is_written_over() {
        let parts = http::Request::get("/").header("host", "shop.example").body(()).unwrap().into_parts().0;
        let mut sent = headers(&[("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "gopher")]);
        Forwarded::of(&parts, "https://shop.example").write(&mut sent);
        assert_eq!(sent, headers(&[("x-forwarded-host", "shop.example"), ("x-forwarded-proto", "https")]));
    }
}
