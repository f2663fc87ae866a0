//! Where the REST crate answers unlike PostgREST, the answer is made like it.
//!
//! - What a signed-in user has no right to is 403; 401 is for those who have not said who they are.
//! - A column that a read asks for and that isn't there is PostgreSQL's own error, not one about the body.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

/// More than any error needs, in bytes.
const LARGEST_ERROR: usize = 1024 * 1024;

/// The middleware.
pub(super) async fn as_postgrest(request: Request, next: Next) -> Response {
    let is_known = has_role(request.headers());
    let has_no_body = request.method() == Method::HEAD;
    let reads = matches!(*request.method(), Method::GET | Method::DELETE);
    let response = next.run(request).await;
    let concerned = match response.status() {
        StatusCode::UNAUTHORIZED => is_known,
        StatusCode::BAD_REQUEST => reads,
        _ => false,
    };
    if !concerned {
        return response;
    }
    if has_no_body {
        return without_body(response);
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_ERROR).await else {
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(parts, Body::empty());
    };
    let error: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let body = match error["code"].as_str() {
        Some("42501") if parts.status == StatusCode::UNAUTHORIZED => {
            parts.status = StatusCode::FORBIDDEN;
            parts.headers.remove(WWW_AUTHENTICATE);
            Body::from(bytes)
        }
        Some("PGRST204") => match undefined_column(error["message"].as_str().unwrap_or_default()) {
            Some(error) => {
                parts.headers.remove(CONTENT_LENGTH);
                Body::from(error.to_string())
            }
            None => Body::from(bytes),
        },
        _ => Body::from(bytes),
    };
    Response::from_parts(parts, body)
}

/// The same where no body tells the code: a token that is not believed is told in the challenge.
fn without_body(mut response: Response) -> Response {
    let challenge = response.headers().get(WWW_AUTHENTICATE);
    if challenge.is_some_and(|challenge| challenge.as_bytes() == b"Bearer") {
        *response.status_mut() = StatusCode::FORBIDDEN;
        response.headers_mut().remove(WWW_AUTHENTICATE);
    }
    response
}

/// Whether the request's token is of somebody: of another role than `anon`. That the token is good was found before
/// the database refused.
fn has_role(headers: &HeaderMap) -> bool {
    let role = || {
        let token = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?.1.trim();
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let claims: Value = serde_json::from_slice(&claims).ok()?;
        claims.get("role")?.as_str().map(|role| role != "anon")
    };
    role().unwrap_or(false)
}

/// PostgreSQL's words for `Could not find the 'price' column of 'products' in the schema cache`.
fn undefined_column(message: &str) -> Option<Value> {
    let mut quoted = message.split('\'').skip(1).step_by(2);
    let (column, table) = (quoted.next()?, quoted.next()?);
    let message = format!("column {table}.{column} does not exist");
    Some(json!({ "code": "42703", "details": null, "hint": null, "message": message }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn;
    use axum::response::IntoResponse as _;
    use axum::routing::any;
    use tower::ServiceExt as _;

    use super::*;

    async fn send(role: Option<&str>, method: Method, status: StatusCode, error: Value) -> (StatusCode, Value, bool) {
        let has_body = method != Method::HEAD;
        let answer = move || {
            let answer = (status, [(WWW_AUTHENTICATE, "Bearer")], axum::Json(error.clone())).into_response();
            std::future::ready(answer)
        };
        // Routed as REST's are: what answers a HEAD loses its body on the way.
        let app = Router::new().route("/products", any(answer)).layer(from_fn(as_postgrest));
        let mut request = Request::builder().method(method).uri("/products");
        if let Some(role) = role {
            let claims = URL_SAFE_NO_PAD.encode(json!({ "role": role }).to_string());
            request = request.header(AUTHORIZATION, format!("Bearer x.{claims}.x"));
        }
        let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (status, challenged) = (response.status(), response.headers().contains_key(WWW_AUTHENTICATE));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(!body.is_empty(), has_body);
        (status, serde_json::from_slice(&body).unwrap_or_default(), challenged)
    }

    #[tokio::test]
    async fn what_a_signed_in_user_has_no_right_to_is_403() {
        let error = json!({ "code": "42501", "message": "permission denied for table audit_logs" });
        let refused = |role| send(role, Method::GET, StatusCode::UNAUTHORIZED, error.clone());
        assert_eq!(refused(Some("authenticated")).await, (StatusCode::FORBIDDEN, error.clone(), false));
        assert_eq!(refused(Some("anon")).await, (StatusCode::UNAUTHORIZED, error.clone(), true));
        assert_eq!(refused(None).await, (StatusCode::UNAUTHORIZED, error.clone(), true));
        let (head, _, challenged) =
            send(Some("authenticated"), Method::HEAD, StatusCode::UNAUTHORIZED, error.clone()).await;
        assert_eq!((head, challenged), (StatusCode::FORBIDDEN, false), "a count without rows, too");
    }

    #[tokio::test]
    async fn other_refusals_stay_as_they_are() {
        let error = json!({ "code": "PGRST301", "message": "JWT expired" });
        let (status, body, _) = send(Some("authenticated"), Method::GET, StatusCode::UNAUTHORIZED, error.clone()).await;
        assert_eq!((status, body), (StatusCode::UNAUTHORIZED, error));
    }

    #[tokio::test]
    async fn an_unknown_column_of_a_read_is_postgresql_s_error() {
        let message = "Could not find the 'prise' column of 'products' in the schema cache";
        let error = json!({ "code": "PGRST204", "message": message });
        let (_, read, _) = send(None, Method::GET, StatusCode::BAD_REQUEST, error.clone()).await;
        assert_eq!(
            (&read["code"], &read["message"]),
            (&json!("42703"), &json!("column products.prise does not exist"))
        );
        let (_, written, _) = send(None, Method::POST, StatusCode::BAD_REQUEST, error.clone()).await;
        assert_eq!(written, error);
    }
}
