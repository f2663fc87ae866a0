//! Each request's id: the client's, where it has a form that can be logged, or a new one.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id, in the request's extensions.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id = accepted(request.headers()).unwrap_or_else(|| Uuid::new_v4().to_string());
    let Ok(value) = HeaderValue::from_str(&id) else { return next.run(request).await };
    request.headers_mut().insert(REQUEST_ID, value.clone());
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).await;
    // Ours, also where Supabase names one.
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

/// The form is the database's too: see `private.request_id()`.
fn accepted(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fits = (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-'));
    fits.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_word() {
        let accept = |id: &str| accepted(&HeaderMap::from_iter([(REQUEST_ID, id.parse().unwrap())])).is_some();
        assert!(accept("cart-1:2.3_4") && accept(&"a".repeat(128)));
        assert!(!accept("") && !accept(&"a".repeat(129)) && !accept("a b") && !accept("a\"b") && !accept("a;b"));
    }
}
