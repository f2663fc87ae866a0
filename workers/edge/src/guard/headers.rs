//! Headers that tell browsers to be careful, on every answer.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::path::Service;

const ALWAYS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-xss-protection", "1; mode=block"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", "geolocation=(), microphone=(), camera=()"),
];
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'self'");
/// For what somebody uploaded: it may be a page, and must not act in the shop's name.
const POLICY_OF_UPLOADS: HeaderValue = HeaderValue::from_static("default-src 'self'; sandbox");

pub(super) async fn secure(request: Request, next: Next) -> Response {
    let service = Service::of(request.uri().path());
    let mut response = next.run(request).await;
    add(response.headers_mut(), service);
    response
}

fn add(headers: &mut HeaderMap, service: Service) {
    for (name, value) in ALWAYS {
        // A payment link must not be told to the page it leads to: its own policy is the stricter.
        if service == Service::Pay && headers.contains_key(name) {
            continue;
        }
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if service != Service::Storage {
        headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    } else if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        // Storage's own policy, where it sends one, is the stricter.
        let policy = if is_page(headers) { POLICY_OF_UPLOADS } else { POLICY };
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
}

/// Whether a browser could run what is in it.
fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    kind.contains("html") || kind.contains("xml")
}

#[cfg(test)]
mod tests {
    use http::header::REFERRER_POLICY;

    use super::*;

    fn policy(service: Service, said: &[(HeaderName, &'static str)]) -> String {
        let said = said.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        let mut headers = HeaderMap::from_iter(said);
        add(&mut headers, service);
        assert!(ALWAYS.iter().all(|(name, value)| headers[*name] == *value));
        headers[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
    }

    #[test]
    fn a_payment_link_is_not_told_to_the_page_it_leads_to() {
        let mut headers = HeaderMap::from_iter([(REFERRER_POLICY, HeaderValue::from_static("no-referrer"))]);
        add(&mut headers, Service::Pay);
        assert_eq!(headers[REFERRER_POLICY], "no-referrer");
        let mut headers = HeaderMap::from_iter([(REFERRER_POLICY, HeaderValue::from_static("unsafe-url"))]);
        add(&mut headers, Service::Rest);
        assert_eq!(headers[REFERRER_POLICY], "strict-origin-when-cross-origin");
    }

    #[test]
    fn uploads_can_not_act_as_the_shop() {
        assert_eq!(policy(Service::Rest, &[]), "default-src 'self'");
        assert_eq!(policy(Service::Rest, &[(CONTENT_SECURITY_POLICY, "default-src *")]), "default-src 'self'");
        assert_eq!(policy(Service::Storage, &[(CONTENT_TYPE, "image/png")]), "default-src 'self'");
        for page in ["text/html; charset=utf-8", "image/svg+xml", "application/xhtml+xml"] {
            assert_eq!(policy(Service::Storage, &[(CONTENT_TYPE, page)]), "default-src 'self'; sandbox", "{page}");
        }
        let own = "default-src 'none'; sandbox";
        assert_eq!(policy(Service::Storage, &[(CONTENT_SECURITY_POLICY, own)]), own);
    }
}
