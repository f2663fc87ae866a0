//! What a request shows: an API key, a token, or both.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use url::form_urlencoded;

const API_KEY: HeaderName = HeaderName::from_static("apikey");

/// An API key and a bearer token, as they were sent.
#[derive(Default)]
pub(crate) struct Credentials {
    pub(super) api_key: Option<String>,
    pub(super) token: Option<String>,
}

impl Credentials {
    /// `apikey` from the header, else from the query, where WebSockets send it; the token from `Authorization`.
    pub(crate) fn of(headers: &HeaderMap, query: Option<&str>) -> Self {
        let said = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let in_query = || {
            let mut pairs = form_urlencoded::parse(query?.as_bytes());
            pairs.find(|(name, _)| name == "apikey").map(|(_, key)| key.into_owned())
        };
        let token = said(AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        let present = |text: &String| !text.is_empty();
        Self {
            api_key: said(API_KEY).map(ToOwned::to_owned).filter(present).or_else(in_query).filter(present),
            token: token.filter(present),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &str)], query: Option<&str>) -> (Option<String>, Option<String>) {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let credentials = Credentials::of(&HeaderMap::from_iter(headers), query);
        (credentials.api_key, credentials.token)
    }

    #[test]
    fn the_key_is_in_its_header_or_in_the_query() {
        let key = Some("sb_publishable_a".to_owned());
        assert_eq!(of(&[("apikey", "sb_publishable_a")], Some("apikey=other")), (key.clone(), None));
        assert_eq!(of(&[], Some("vsn=1&apikey=sb_publishable_a")), (key, None));
        assert_eq!(of(&[("apikey", "")], Some("apikey=")), (None, None));
    }

    #[test]
    fn the_token_is_a_bearer_s() {
        assert_eq!(of(&[("authorization", "bearer  abc")], None), (None, Some("abc".to_owned())));
        assert_eq!(of(&[("authorization", "Basic abc")], None), (None, None));
        assert_eq!(of(&[("authorization", "Bearer ")], None), (None, None));
    }
}
