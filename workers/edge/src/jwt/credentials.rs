//! What a request shows: an API key, a token, or both.

use http::{HeaderMap, HeaderName};
use url::form_urlencoded;

use crate::http_headers::{bearer_token, text};

const API_KEY: HeaderName = HeaderName::from_static("apikey");

/// An API key and a bearer token, as they were sent.
#[derive(Default)]
pub(crate) struct Credentials {
    pub(super) api_key: Option<String>,
    pub(super) token: Option<String>,
}

impl Credentials {
    /// The bearer token, of whatever kind.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// `apikey` from the header, else from the query, where WebSockets send it; the token from `Authorization`.
    pub(crate) fn of(headers: &HeaderMap, query: Option<&str>) -> Self {
        let in_query = || {
            let mut pairs = form_urlencoded::parse(query?.as_bytes());
            pairs.find(|(name, _)| name == "apikey").map(|(_, key)| key.into_owned())
        };
        let present = |text: &String| !text.is_empty();
        Self {
            api_key: text(headers, API_KEY)
                .map(|key| key.trim().to_owned())
                .filter(present)
                .or_else(in_query)
                .filter(present),
            token: bearer_token(headers).map(ToOwned::to_owned),
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
