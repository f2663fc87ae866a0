//! Where a request comes from, and what Supabase is told about it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use primostore_shared::client_address::CLIENT_HEADER;

use crate::peer::is_gateway;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const SB_FORWARDED_FOR: HeaderName = HeaderName::from_static("sb-forwarded-for");

/// Headers in which a client could name an address that somebody behind the edge believes.
const PROXY_HEADERS: [&str; 10] = [
    CLIENT_HEADER,
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "fastly-client-ip",
    "forwarded",
    "sb-forwarded-for",
    "true-client-ip",
    "x-client-ip",
    "x-forwarded-for",
    "x-real-ip",
];

/// The address of the one who sent a request; `None` where nobody knows it.
pub(super) fn of(headers: &HeaderMap, extensions: &Extensions, trusted: Option<&HeaderName>) -> Option<IpAddr> {
    client(headers, peer(extensions), trusted)
}

/// The address that the connection comes from.
pub(super) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip())
}

/// The client's address: the last entry of the last trusted header, which the nearest proxy wrote, else the peer's. `None`
/// where nobody knows it.
fn client(headers: &HeaderMap, peer: Option<IpAddr>, trusted: Option<&HeaderName>) -> Option<IpAddr> {
    let said = trusted.and_then(|name| {
        let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
        let entry = value.rsplit(',').next()?.trim();
        // Some proxies write the port too.
        entry.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
    });
    let peer = peer.map(|peer| peer.to_canonical()).filter(|peer| !is_gateway(*peer));
    said.map(|said: IpAddr| said.to_canonical()).or(peer)
}

/// Replaces what others say about the client by our own word. `signed` is the value of [`CLIENT_HEADER`].
pub(super) fn replace(
    headers: &mut HeaderMap,
    client: Option<IpAddr>,
    trusted: Option<&HeaderName>,
    signed: Option<String>,
) {
    for name in PROXY_HEADERS {
        headers.remove(name);
    }
    if let Some(name) = trusted {
        headers.remove(name);
    }
    if let Some(address) = client.and_then(|client| HeaderValue::from_str(&client.to_string()).ok()) {
        headers.insert(FORWARDED_FOR, address.clone());
        headers.insert(SB_FORWARDED_FOR, address);
    }
    if let Some(mut value) = signed.and_then(|signed| HeaderValue::from_str(&signed).ok()) {
        value.set_sensitive(true);
        headers.insert(CLIENT_HEADER, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn headers(values: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    fn client_of(values: &[(&'static str, &str)]) -> String {
        client(&headers(values), Some(PEER), Some(&FORWARDED_FOR)).unwrap().to_string()
    }

    #[test]
    fn without_a_trusted_header_it_is_the_peer() {
        let headers = headers(&[("x-forwarded-for", "203.0.113.9"), ("cf-connecting-ip", "203.0.113.9")]);
        assert_eq!(client(&headers, Some(PEER), None), Some(PEER));
        assert_eq!(client(&headers, Some("::ffff:192.0.2.1".parse().unwrap()), None), Some(PEER));
    }

    #[test]
    fn a_gateway_is_no_client() {
        let nothing = HeaderMap::new();
        for gateway in [
            "10.88.0.1",
            "172.17.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "100.127.255.254",
            "169.254.0.1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.88.0.1",
        ] {
            let peer = Some(gateway.parse().unwrap());
            assert_eq!(client(&nothing, peer, None), None, "{gateway}");
            assert_eq!(client(&nothing, peer, Some(&FORWARDED_FOR)), None, "{gateway}");
            let named = headers(&[("x-forwarded-for", gateway)]);
            let named = client(&named, peer, Some(&FORWARDED_FOR));
            assert_eq!(
                named,
                peer.map(|peer: IpAddr| peer.to_canonical()),
                "{gateway}: a proxy may know clients nearby"
            );
        }
        for client_of_its_own in ["127.0.0.1", "::1", "172.32.0.1", "100.128.0.1", "2001:db8::1"] {
            let peer = Some(client_of_its_own.parse().unwrap());
            assert_eq!(client(&nothing, peer, None), peer, "{client_of_its_own}");
        }
        assert_eq!(client(&nothing, None, None), None);
    }

    #[test]
    fn only_what_the_nearest_proxy_wrote_is_believed() {
        assert_eq!(client_of(&[("x-forwarded-for", "203.0.113.9, 198.51.100.7")]), "198.51.100.7");
        let twice = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "198.51.100.7")];
        assert_eq!(client_of(&twice), "198.51.100.7");
        assert_eq!(client_of(&[("x-forwarded-for", "2001:db8::7")]), "2001:db8::7");
        assert_eq!(client_of(&[("x-forwarded-for", "[2001:db8::7]:4711")]), "2001:db8::7");
        assert_eq!(client_of(&[("x-forwarded-for", "198.51.100.7:80")]), "198.51.100.7");
        assert_eq!(client_of(&[("x-forwarded-for", "::ffff:198.51.100.7")]), "198.51.100.7");
    }

    #[test]
    fn what_is_no_address_is_not_believed() {
        for value in ["", "unknown", "203.0.113.9,", "203.0.113.9/8", "é", "203.0.113.9 198.51.100.7"] {
            assert_eq!(client_of(&[("x-forwarded-for", value)]), "192.0.2.1", "{value}");
        }
        assert_eq!(client_of(&[("x-real-ip", "203.0.113.9")]), "192.0.2.1");
    }

    #[test]
    fn nothing_that_the_client_says_of_itself_is_passed_on() {
        let trusted = HeaderName::from_static("x-of-our-proxy");
        let mut said = HeaderMap::new();
        for name in PROXY_HEADERS.into_iter().chain(["x-of-our-proxy"]) {
            said.append(name, HeaderValue::from_static("203.0.113.9"));
            said.append(name, HeaderValue::from_static("203.0.113.10"));
        }
        replace(&mut said, Some(PEER), Some(&trusted), Some("v1;ip=192.0.2.1".to_owned()));
        let mut told: Vec<_> = said.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        told.sort_unstable();
        let peer = "192.0.2.1";
        let expected =
            [("sb-forwarded-for", peer), ("x-forwarded-for", peer), ("x-primostore-client", "v1;ip=192.0.2.1")];
        assert_eq!(told, expected);
    }
}
