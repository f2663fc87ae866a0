//! Headers that are about one connection (RFC 9110, section 7.6.1), and no business of the next.

use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// What every connection has of its own, said by `Connection` or not.
const ALWAYS: [HeaderName; 6] = [CONNECTION, KEEP_ALIVE, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, PROXY_CONNECTION, TE];

/// What `Connection` can't take away: without these nobody knows where a message ends, or whom it is for.
const ESSENTIAL: [HeaderName; 3] = [CONTENT_LENGTH, HOST, TRANSFER_ENCODING];

/// Takes off what is about the connection a request came by, but for its framing and the wish to upgrade. Before
/// anything of ours is added: `Connection` may list any name.
pub(crate) fn strip_from_request(headers: &mut HeaderMap) {
    let upgrade = has_token(headers, CONNECTION, "upgrade").then(|| headers.remove(UPGRADE)).flatten();
    strip(headers);
    if let Some(upgrade) = upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, upgrade);
    }
}

/// Takes off what is about the connection an answer came by. Its framing is not seen from here.
pub(crate) fn strip_from_response(headers: &mut HeaderMap) {
    strip(headers);
    headers.remove(TRANSFER_ENCODING);
}

fn strip(headers: &mut HeaderMap) {
    let listed = tokens(headers, CONNECTION).filter_map(|name| name.parse().ok());
    let listed: Vec<HeaderName> = listed.filter(|name| !ESSENTIAL.contains(name)).collect();
    for name in ALWAYS.into_iter().chain([UPGRADE]).chain(listed) {
        headers.remove(name);
    }
}

/// Whether a header's list of tokens has this one.
pub(crate) fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|value| value.eq_ignore_ascii_case(token))
}

fn tokens(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
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
            ("upgrade", "h2c"),
            ("prefer", "return=minimal"),
        ]);
        strip_from_request(&mut sent);
        assert_eq!(sent, headers(&[("prefer", "return=minimal")]));
    }

    #[test]
    fn where_a_message_ends_and_whom_it_is_for_is_not_for_the_connection_to_take_away() {
        let essential = [("content-length", "3"), ("host", "shop.example"), ("transfer-encoding", "chunked")];
        let mut sent = headers(&essential);
        sent.insert(CONNECTION, HeaderValue::from_static("Content-Length, Host, transfer-encoding"));
        strip_from_request(&mut sent);
        assert_eq!(sent, headers(&essential));
    }

    #[test]
    fn the_wish_to_upgrade_stays_where_it_is_one() {
        let wish = [("connection", "upgrade"), ("upgrade", "websocket")];
        let mut sent = headers(&[("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")]);
        strip_from_request(&mut sent);
        assert_eq!(sent, headers(&wish));
        let mut sent = headers(&[("connection", "keep-alive"), ("upgrade", "websocket")]);
        strip_from_request(&mut sent);
        assert_eq!(sent, HeaderMap::new());
    }
}
