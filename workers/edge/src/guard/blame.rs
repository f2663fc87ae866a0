//! Which refusals count towards a block: those that an honest client seldom earns. This is the one place that says so; the
//! database adds up the warnings of the kinds in `private.refusal_types`.

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};

use super::rejection::Event;
use crate::config::AllowedOrigins;
use crate::http_headers::{media_type, text};
use crate::routes::Route;
use crate::settings::Settings;

const RPC: &str = "/rest/v1/rpc/";

/// <https://www.w3.org/TR/fetch-metadata/>
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What is known of a request that may be refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blame {
    /// Whether its sender may be blocked at all.
    is_blockable: bool,
    /// Whether it changes nothing: a page with many pictures, or a search while somebody types, is soon over a limit.
    is_read: bool,
    /// Whether another site's page made the browser send it.
    is_of_another_site: bool,
}

impl Blame {
    /// `route` is `None` where nothing is served; `is_service` for the secret key, which is ours.
    pub(super) fn of(
        parts: &Parts,
        route: Option<&Route>,
        is_service: bool,
        allowed: &AllowedOrigins,
        settings: &Settings,
    ) -> Self {
        Self {
            is_blockable: !is_service && route.is_none_or(|route| route.is_blockable) && !is_preflight(parts),
            is_read: is_read(&parts.method, parts.uri.path(), settings),
            is_of_another_site: is_of_another_site(parts, allowed),
        }
    }

    /// The severity of a refusal in `security_logs`: a `warning` counts.
    pub(super) fn severity(self, event: &Event) -> &'static str {
        let is_honest = event.is_honest
            || !self.is_blockable
            || self.is_of_another_site
            || (self.is_read && event.event_type == "rate_limited");
        if is_honest { "info" } else { "warning" }
    }
}

/// Whether a browser asks before it sends the request of a page: <https://fetch.spec.whatwg.org/#cors-preflight-request>.
pub(super) fn is_preflight(parts: &Parts) -> bool {
    parts.method == Method::OPTIONS
        && parts.headers.contains_key(ORIGIN)
        && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn is_read(method: &Method, path: &str, settings: &Settings) -> bool {
    let function = path.strip_prefix(RPC).map(|name| name.trim_end_matches('/'));
    method.is_safe()
        || (*method == Method::POST && function.is_some_and(|name| settings.reading_functions.contains(name)))
}

/// Only what a browser sends without asking first: whoever shows a key or sends JSON is no picture on another site's page.
fn is_of_another_site(parts: &Parts, allowed: &AllowedOrigins) -> bool {
    const FORMS: [&str; 4] = ["", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    let headers = &parts.headers;
    let is_simple = matches!(parts.method, Method::GET | Method::HEAD | Method::POST)
        && FORMS.contains(&media_type(headers).as_str())
        && !headers.contains_key(AUTHORIZATION)
        && !headers.contains_key("apikey");
    is_simple
        && match text(headers, SEC_FETCH_SITE) {
            Some(site) => site == "cross-site" && !is_ours(headers, allowed),
            // Browsers of old say at most the page's origin.
            None => headers.contains_key(ORIGIN) && !is_ours(headers, allowed),
        }
}

/// Whether a page of the shop sent it.
fn is_ours(headers: &HeaderMap, allowed: &AllowedOrigins) -> bool {
    match (headers.get(ORIGIN), allowed) {
        (Some(origin), AllowedOrigins::These(ours)) => ours.contains(origin),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::routes;

    const SHOP: &str = "https://shop.example";
    const RATE_LIMITED: Event = Event { event_type: "rate_limited", is_honest: false, data: None };
    const INVALID: Event = Event { event_type: "invalid_request", is_honest: false, data: None };

    fn counts(event: &Event, method: &str, path: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        let allowed = AllowedOrigins::These(vec![SHOP.parse().unwrap()]);
        let mut settings = Settings::default();
        settings.reading_functions.insert("search_products".to_owned());
        let route = routes::admitted(&parts.method, &parts.uri);
        Blame::of(&parts, route, false, &allowed, &settings).severity(event) == "warning"
    }

    #[test]
    fn a_read_over_its_limit_does_not_count_and_a_write_does() {
        for (method, path) in [
            ("GET", "/rest/v1/products"),
            ("HEAD", "/rest/v1/products"),
            ("OPTIONS", "/rest/v1/rpc/place_order"),
            ("GET", "/rest/v1/rpc/track_order?order_number=1"),
            ("POST", "/rest/v1/rpc/search_products"),
            ("POST", "/rest/v1/rpc/search_products/"),
        ] {
            assert!(!counts(&RATE_LIMITED, method, path, &[]), "{method} {path}");
        }
        for (method, path) in
            [("POST", "/rest/v1/rpc/place_order"), ("POST", "/auth/v1/signup"), ("POST", "/rest/v1/search_products")]
        {
            assert!(counts(&RATE_LIMITED, method, path, &[]), "{method} {path}");
        }
        assert!(counts(&INVALID, "GET", "/rest/v1//products", &[]));
    }

    #[test]
    fn what_another_site_s_page_made_the_browser_send_does_not_count() {
        let picture = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")];
        assert!(!counts(&INVALID, "GET", "/rest/v1//products", &picture));
        let form =
            [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("content-type", "text/plain")];
        assert!(!counts(&INVALID, "POST", "/rest/v1/products", &form));
        assert!(!counts(&INVALID, "POST", "/rest/v1/products", &[("origin", "https://evil.example")]));
    }

    #[test]
    fn what_no_page_can_make_a_browser_send_counts() {
        for header in [("apikey", "a"), ("authorization", "Bearer a"), ("content-type", "application/json")] {
            let sent = [("sec-fetch-site", "cross-site"), header];
            assert!(counts(&INVALID, "POST", "/rest/v1/products", &sent), "{header:?}");
        }
        let cross = [("sec-fetch-site", "cross-site")];
        assert!(counts(&INVALID, "DELETE", "/rest/v1/products", &cross));
        let own = [("sec-fetch-site", "cross-site"), ("origin", SHOP)];
        assert!(counts(&INVALID, "POST", "/rest/v1/products", &own), "the shop's own page");
        assert!(counts(&INVALID, "POST", "/rest/v1/products", &[("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn an_expired_session_a_preflight_and_a_route_without_visitors_do_not_count() {
        let expired = Event { event_type: "invalid_token", is_honest: true, data: None };
        assert!(!counts(&expired, "POST", "/rest/v1/rpc/place_order", &[]));
        let asks = [("origin", SHOP), ("access-control-request-method", "POST")];
        assert!(!counts(&INVALID, "OPTIONS", "/rest/v1//products", &asks));
        let forged = Event { event_type: "invalid_signature", is_honest: false, data: None };
        assert!(!counts(&forged, "POST", "/functions/v1/stripe/webhook", &[]));
        assert!(!counts(&INVALID, "GET", "/storage/v1/object/public/a", &[]));
    }
}
