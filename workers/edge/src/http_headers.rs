//! Headers that several parts read.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

/// A header's text; `None` where it is missing or holds more than visible ASCII.
pub(crate) fn text(headers: &HeaderMap, name: impl Into<HeaderName>) -> Option<&str> {
    headers.get(name.into())?.to_str().ok()
}

/// The media type of the content without its parameters, in lower case; empty where none is said.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = text(headers, CONTENT_TYPE).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The token of `Authorization: Bearer`: RFC 6750, with the scheme in any case as RFC 9110 has it.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = text(headers, AUTHORIZATION)?.trim().split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_media_type_is_read_without_its_parameters() {
        let of = |value| media_type(&headers(CONTENT_TYPE, value));
        assert_eq!(of("Application/JSON; charset=utf-8"), "application/json");
        assert_eq!((of(""), media_type(&HeaderMap::new())), (String::new(), String::new()));
    }

    #[test]
    fn only_a_bearer_has_a_token() {
        let of = |value| bearer_token(&headers(AUTHORIZATION, value)).map(ToOwned::to_owned);
        assert_eq!(of("bearer  abc"), Some("abc".to_owned()));
        assert_eq!((of("Basic abc"), of("Bearer "), of("abc")), (None, None, None));
    }
}
