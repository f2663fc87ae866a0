//! What a request may do by its keys, decided as Supabase's gateway decides it.

use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::keys::Keys;

const API_KEY: HeaderName = HeaderName::from_static("apikey");

/// What `Authorization` must be towards the services.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Authorization {
    /// As the client sent it, or absent.
    Unchanged,
    /// `Bearer` with the JWT of the key's role.
    OfRole(String),
}

/// A refusal: always 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Missing,
    Invalid,
    SecretInBrowser,
}

impl Refusal {
    /// The answer's body, as Supabase words it.
    pub(crate) fn body(self) -> Value {
        let (message, hint) = match self {
            Self::Missing => ("No API key found in request", "No `apikey` request header or url param was found."),
            Self::Invalid => {
                ("Invalid API key", "Double check that the API key is one of this project's: see `primostore status`.")
            }
            Self::SecretInBrowser => (
                "Forbidden use of secret API key in browser",
                "Secret API keys can only be used in a protected environment and should never be used in a browser.",
            ),
        };
        json!({ "message": message, "hint": hint })
    }
}

/// Whether a path is open to clients without a key.
///
/// Links in mails and redirects can't carry a key, nor can images. Storage checks what it serves by itself.
pub(crate) fn is_open(path: &str) -> bool {
    const OPEN: [&str; 4] =
        ["/auth/v1/verify", "/auth/v1/callback", "/auth/v1/authorize", "/auth/v1/.well-known/jwks.json"];
    OPEN.contains(&path) || path.starts_with("/storage/v1/")
}

/// Decides about a request by its key: the header `apikey`, else the parameter of the same name.
///
/// A key of the new kind isn't a JWT, so where it stands in `Authorization`, or nothing does, its role's JWT takes its
/// place. A user's own JWT wins over the key.
pub(crate) fn authorise(
    headers: &HeaderMap,
    query: Option<&str>,
    open: bool,
    keys: &Keys,
) -> Result<Authorization, Refusal> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let key = text(API_KEY).map(ToOwned::to_owned).or_else(|| query.and_then(key_in_query));
    let bearer = text(AUTHORIZATION).and_then(bearer_token);

    let Some(key) = key.filter(|key| !key.is_empty()) else {
        // A key alone in `Authorization` is no key in `apikey`.
        return match bearer {
            Some(token) if is_new_key(token) => Err(Refusal::Invalid),
            _ if open => Ok(Authorization::Unchanged),
            _ => Err(Refusal::Missing),
        };
    };
    let role_token = if key == keys.publishable() || key == keys.anon_key() {
        keys.anon_key()
    } else if key == keys.secret() || key == keys.service_role_key() {
        keys.service_role_key()
    } else {
        return Err(Refusal::Invalid);
    };
    if key == keys.secret() && text(USER_AGENT).is_some_and(is_browser) {
        return Err(Refusal::SecretInBrowser);
    }
    match bearer {
        Some(token) if token == key => Ok(Authorization::OfRole(format!("Bearer {role_token}"))),
        Some(token) if is_new_key(token) => Err(Refusal::Invalid),
        Some(_) => Ok(Authorization::Unchanged),
        None if headers.contains_key(AUTHORIZATION) => Ok(Authorization::Unchanged),
        None => Ok(Authorization::OfRole(format!("Bearer {role_token}"))),
    }
}

/// Whether the request's key is the secret key; the older `service_role` key doesn't count.
pub(crate) fn has_secret_key(headers: &HeaderMap, keys: &Keys) -> bool {
    headers.get(API_KEY).is_some_and(|value| value.as_bytes() == keys.secret().as_bytes())
}

/// The query without the key: services must not take it for a filter. `None` when nothing is left.
pub(crate) fn without_key(query: &str) -> Option<String> {
    let rest: Vec<&str> = query.split('&').filter(|pair| key_of_pair(pair).is_none()).collect();
    (!rest.is_empty()).then(|| rest.join("&"))
}

fn key_in_query(query: &str) -> Option<String> {
    let value = query.split('&').find_map(key_of_pair)?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

fn key_of_pair(pair: &str) -> Option<&str> {
    pair.strip_prefix("apikey=")
}

fn bearer_token(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_new_key(token: &str) -> bool {
    token.starts_with("sb_")
}

/// Every browser's user agent begins like this, and hardly anything else's.
fn is_browser(user_agent: &str) -> bool {
    user_agent.starts_with("Mozilla/")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::generate("http://127.0.0.1:54321").unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn bearer(token: &str) -> String {
        format!("Bearer {token}")
    }

    #[test]
    fn a_request_without_a_key_is_refused_unless_the_path_is_open() {
        let keys = keys();
        assert_eq!(authorise(&headers(&[]), None, false, &keys), Err(Refusal::Missing));
        assert_eq!(authorise(&headers(&[("apikey", "")]), None, false, &keys), Err(Refusal::Missing));
        assert_eq!(authorise(&headers(&[]), None, true, &keys), Ok(Authorization::Unchanged));
    }

    #[test]
    fn an_unknown_key_is_refused_even_where_none_is_needed() {
        let keys = keys();
        for key in ["nonsense", "sb_secret_nonsense", keys.jwt_secret()] {
            for open in [false, true] {
                let answer = authorise(&headers(&[("apikey", key)]), None, open, &keys);
                assert_eq!(answer, Err(Refusal::Invalid), "{key}");
            }
        }
    }

    #[test]
    fn each_key_stands_for_its_role() {
        let keys = keys();
        for (key, token) in [
            (keys.publishable(), keys.anon_key()),
            (keys.anon_key(), keys.anon_key()),
            (keys.secret(), keys.service_role_key()),
            (keys.service_role_key(), keys.service_role_key()),
        ] {
            let expected = Ok(Authorization::OfRole(bearer(token)));
            assert_eq!(authorise(&headers(&[("apikey", key)]), None, false, &keys), expected);
            let both = headers(&[("apikey", key), ("authorization", &bearer(key))]);
            assert_eq!(authorise(&both, None, false, &keys), expected);
            let query = format!("select=*&apikey={key}");
            assert_eq!(authorise(&headers(&[]), Some(&query), false, &keys), expected);
        }
    }

    #[test]
    fn a_user_s_token_wins_over_the_key() {
        let keys = keys();
        let request = headers(&[("apikey", keys.secret()), ("authorization", "Bearer eyJ.user.token")]);
        assert_eq!(authorise(&request, None, false, &keys), Ok(Authorization::Unchanged));
    }

    #[test]
    fn a_key_in_authorization_must_equal_the_api_key() {
        let keys = keys();
        let request = headers(&[("apikey", keys.publishable()), ("authorization", &bearer(keys.secret()))]);
        assert_eq!(authorise(&request, None, false, &keys), Err(Refusal::Invalid));
        let alone = headers(&[("authorization", &bearer(keys.secret()))]);
        assert_eq!(authorise(&alone, None, true, &keys), Err(Refusal::Invalid));
    }

    #[test]
    fn a_browser_may_not_use_the_secret_key() {
        let keys = keys();
        let browser = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0";
        let request = headers(&[("apikey", keys.secret()), ("user-agent", browser)]);
        assert_eq!(authorise(&request, None, false, &keys), Err(Refusal::SecretInBrowser));
        let request = headers(&[("apikey", keys.publishable()), ("user-agent", browser)]);
        assert!(authorise(&request, None, false, &keys).is_ok());
    }

    #[test]
    fn the_key_does_not_reach_the_services_as_a_parameter() {
        assert_eq!(without_key("select=*&apikey=x&id=eq.1").as_deref(), Some("select=*&id=eq.1"));
        assert_eq!(without_key("apikey=x"), None);
    }

    #[test]
    fn links_and_files_need_no_key() {
        for path in ["/auth/v1/verify", "/auth/v1/.well-known/jwks.json", "/storage/v1/object/public/a/b.png"] {
            assert!(is_open(path), "{path}");
        }
        for path in ["/auth/v1/token", "/auth/v1/verify/x", "/rest/v1/", "/rest/v1/products", "/storage/v1"] {
            assert!(!is_open(path), "{path}");
        }
    }
}
