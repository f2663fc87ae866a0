//! Refuses to change or delete all rows of a table at once, as the extension `safeupdate` does on a hosted project for
//! the Data API's sessions: `update` and `delete` there need a `where`.

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::json;

/// Parameters that filter nothing.
const NO_FILTERS: [&str; 6] = ["select", "columns", "order", "limit", "offset", "on_conflict"];

/// The middleware.
pub(super) async fn require_filter(request: Request, next: Next) -> Response {
    let statement = match *request.method() {
        Method::PATCH => "UPDATE",
        Method::DELETE => "DELETE",
        _ => return next.run(request).await,
    };
    let is_of_table = !request.uri().path().starts_with("/rpc/");
    if !is_of_table || has_filter(request.uri().query().unwrap_or_default()) {
        return next.run(request).await;
    }
    let message = format!("{statement} requires a WHERE clause");
    let body = json!({ "code": "21000", "details": null, "hint": null, "message": message });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// Whether one of the parameters becomes a condition on the table itself; `items.price=gt.1` is one on what is embedded.
fn has_filter(query: &str) -> bool {
    query.split('&').filter(|pair| !pair.is_empty()).any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8_lossy();
        let is_of_embedded = name.contains('.') && !name.starts_with('"') && !matches!(&*name, "not.and" | "not.or");
        !NO_FILTERS.contains(&&*name) && !is_of_embedded
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn;
    use serde_json::Value;
    use tower::ServiceExt as _;

    use super::*;

    async fn send(method: Method, uri: &str) -> (StatusCode, Value) {
        let app = Router::new().fallback(|| async { "done" }).layer(from_fn(require_filter));
        let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_change_of_all_rows_is_refused() {
        for uri in ["/products", "/products?select=id", "/products?order=id&limit=1", "/products?images.alt=is.null"] {
            let (status, body) = send(Method::PATCH, uri).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{uri}");
            assert_eq!((&body["code"], &body["message"]), (&json!("21000"), &json!("UPDATE requires a WHERE clause")));
            assert_eq!(send(Method::DELETE, uri).await.1["message"], "DELETE requires a WHERE clause");
        }
    }

    #[tokio::test]
    async fn a_change_of_chosen_rows_is_made() {
        for uri in [
            "/products?id=eq.1",
            "/products?or=(id.eq.1,id.eq.2)",
            "/products?not.and=(id.eq.1)",
            "/products?a=is.null",
        ] {
            assert_eq!(send(Method::PATCH, uri).await.0, StatusCode::OK, "{uri}");
            assert_eq!(send(Method::DELETE, uri).await.0, StatusCode::OK, "{uri}");
        }
        assert_eq!(send(Method::DELETE, "/rpc/me").await.0, StatusCode::OK, "functions refuse the method themselves");
        assert_eq!(send(Method::GET, "/products").await.0, StatusCode::OK);
        assert_eq!(send(Method::POST, "/products").await.0, StatusCode::OK);
    }
}
