//! Which web pages may call. The edge alone says it; what is asked by OPTIONS is answered here.

use std::time::Duration;

use axum::response::Response;
use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use http::{HeaderMap, HeaderName, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::config::AllowedOrigins;

/// How long browsers may keep the answer to a preflight.
const PREFLIGHT_AGE: Duration = Duration::from_secs(3600);

/// What pages may read of an answer, beside what they always may.
const READABLE: [&str; 16] = [
    "content-disposition",
    "content-location",
    "content-range",
    "etag",
    "link",
    "location",
    "preference-applied",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "sb-gateway-version",
    "sb-project-ref",
    "sb-request-id",
    "www-authenticate",
    "x-request-id",
    "x-total-count",
];

pub(super) fn layer(allowed: &AllowedOrigins) -> CorsLayer {
    let origins = match allowed {
        AllowedOrigins::Any => AllowOrigin::any(),
        AllowedOrigins::These(origins) => AllowOrigin::list(origins.iter().cloned()),
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(READABLE.map(HeaderName::from_static))
        .max_age(PREFLIGHT_AGE)
}

/// Takes off what Supabase says about it.
pub(super) async fn strip_supabase_headers(mut response: Response) -> Response {
    remove(response.headers_mut());
    response
}

/// An origin that may not call is told nothing else either.
pub(super) async fn for_allowed_origins_only(mut response: Response) -> Response {
    if !response.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        remove(response.headers_mut());
    }
    response
}

fn remove(headers: &mut HeaderMap) {
    let about: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
    for name in about {
        headers.remove(name);
    }
}
