//! Sign-ins on their way to a hosted Auth, which counts them by the client's address if the edge vouches for it.
//!
//! Auth believes `Sb-Forwarded-For`, which the guard writes, where the request has a secret key as its `apikey` and the
//! project has "IP address forwarding" on: <https://supabase.com/docs/guides/auth/rate-limits#ip-address-forwarding>.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret as _, SecretString};

use crate::http_headers::bearer_token;

const API_KEY: HeaderName = HeaderName::from_static("apikey");

/// What Auth counts by address and anybody may call. Nothing here does more for the service than for a visitor, but
/// that Auth asks the service for no CAPTCHA; so no other path may ever stand here.
const COUNTED_BY_ADDRESS: [&str; 7] = [
    "/auth/v1/magiclink",
    "/auth/v1/otp",
    "/auth/v1/recover",
    "/auth/v1/resend",
    "/auth/v1/signup",
    "/auth/v1/token",
    "/auth/v1/verify",
];

/// The key that vouches for clients' addresses. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Voucher(HeaderValue);

impl Voucher {
    /// `None` where the key can't stand in a header.
    pub(crate) fn new(secret_key: &SecretString) -> Option<Self> {
        let mut key = HeaderValue::from_str(secret_key.expose_secret()).ok()?;
        key.set_sensitive(true);
        Some(Self(key))
    }

    /// Puts our key in place of the client's, where that is of use and of no harm. `path` is taken as it was sent: one
    /// that is written in another way is passed on as it is.
    pub(super) fn vouch(&self, method: &Method, path: &str, headers: &mut HeaderMap) {
        if *method != Method::POST || !COUNTED_BY_ADDRESS.contains(&path) {
            return;
        }
        // A key as bearer must be the one in `apikey`, or the gateway refuses it. A token is the user's own, and stays.
        if bearer_token(headers).is_some_and(|token| token.starts_with("sb_")) {
            headers.remove(AUTHORIZATION);
        }
        headers.insert(API_KEY, self.0.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHABLE: &str = "sb_publishable_x";

    /// `apikey` and `Authorization` as they are passed on.
    fn vouched(method: &Method, path: &str, authorization: &str) -> (String, Option<String>) {
        let mut headers = HeaderMap::new();
        headers.insert(API_KEY, HeaderValue::from_static(PUBLISHABLE));
        headers.insert(AUTHORIZATION, authorization.parse().unwrap());
        Voucher::new(&"sb_secret_x".into()).unwrap().vouch(method, path, &mut headers);
        let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        (text(&API_KEY).unwrap(), text(&AUTHORIZATION))
    }

    #[test]
    fn a_sign_in_is_passed_on_with_the_key_that_vouches_for_its_address() {
        let anonymous = vouched(&Method::POST, "/auth/v1/token", "Bearer sb_publishable_x");
        assert_eq!(anonymous, ("sb_secret_x".to_owned(), None));
        let user = vouched(&Method::POST, "/auth/v1/verify", "Bearer ey.J.x");
        assert_eq!(user, ("sb_secret_x".to_owned(), Some("Bearer ey.J.x".to_owned())));
    }

    #[test]
    fn nothing_else_ever_gets_the_key() {
        for (method, path) in [
            (Method::GET, "/auth/v1/token"),
            (Method::POST, "/auth/v1/admin/users"),
            (Method::POST, "/auth/v1/invite"),
            (Method::POST, "/auth/v1/token/"),
            (Method::POST, "/auth/v1/token/../admin/users"),
            (Method::PUT, "/auth/v1/user"),
            (Method::POST, "/rest/v1/orders"),
        ] {
            let passed_on = vouched(&method, path, "Bearer sb_publishable_x");
            assert_eq!(passed_on, (PUBLISHABLE.to_owned(), Some("Bearer sb_publishable_x".to_owned())), "{path}");
        }
    }
}
