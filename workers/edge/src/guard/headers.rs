//! Headers that tell browsers to be careful, on every answer.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::http_headers::media_type;
use crate::routes::{self, HeaderPolicy};

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
const UPLOAD_POLICY: HeaderValue = HeaderValue::from_static("default-src 'self'; sandbox");

pub(super) async fn secure(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let rule = routes::find(request.method(), uri.path(), uri.query()).headers;
    let mut response = next.run(request).await;
    add(response.headers_mut(), rule);
    response
}

fn add(headers: &mut HeaderMap, rule: HeaderPolicy) {
    for (name, value) in ALWAYS {
        if rule == HeaderPolicy::HandlersFirst && headers.contains_key(name) {
            continue;
        }
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if rule != HeaderPolicy::Uploads {
        headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    } else if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        // Storage's own policy, where it sends one, is the stricter.
        let policy = if is_page(headers) { UPLOAD_POLICY } else { POLICY };
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
}

/// Whether a browser could run what is in it.
fn is_page(headers: &HeaderMap) -> bool {
    let kind = media_type(headers);
    kind.contains("html") || kind.contains("xml")
}

#[cfg(test)]
mod tests {
    use http::header::{CONTENT_TYPE, REFERRER_POLICY};

    use super::*;

    fn policy(rule: HeaderPolicy, said: &[(HeaderName, &'static str)]) -> String {
        let said = said.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        let mut headers = HeaderMap::from_iter(said);
        add(&mut headers, rule);
        assert!(ALWAYS.iter().all(|(name, value)| headers[*name] == *value));
        headers[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
    }

    #[test]
    fn a_payment_link_is_not_told_to_the_page_it_leads_to() {
        let mut headers = HeaderMap::from_iter([(REFERRER_POLICY, HeaderValue::from_static("no-referrer"))]);
        add(&mut headers, HeaderPolicy::HandlersFirst);
        assert_eq!(headers[REFERRER_POLICY], "no-referrer");
        let mut headers = HeaderMap::from_iter([(REFERRER_POLICY, HeaderValue::from_static("unsafe-url"))]);
        add(&mut headers, HeaderPolicy::Standard);
        assert_eq!(headers[REFERRER_POLICY], "strict-origin-when-cross-origin");
    }

    #[test]
    fn uploads_can_not_act_as_the_shop() {
        assert_eq!(policy(HeaderPolicy::Standard, &[]), "default-src 'self'");
        assert_eq!(policy(HeaderPolicy::Standard, &[(CONTENT_SECURITY_POLICY, "default-src *")]), "default-src 'self'");
        assert_eq!(policy(HeaderPolicy::Uploads, &[(CONTENT_TYPE, "image/png")]), "default-src 'self'");
        for page in ["text/html; charset=utf-8", "image/svg+xml", "application/xhtml+xml"] {
            assert_eq!(policy(HeaderPolicy::Uploads, &[(CONTENT_TYPE, page)]), "default-src 'self'; sandbox", "{page}");
        }
        let own = "default-src 'none'; sandbox";
        assert_eq!(policy(HeaderPolicy::Uploads, &[(CONTENT_SECURITY_POLICY, own)]), own);
    }
}
