//! What Supabase answers while its database is busy or gone, said as the API says it: no 500, and when to try again.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use primostore_shared::Transient;
use serde_json::Value;

use crate::error::{self, ApiError};
use crate::routes::Service;

/// The largest error that is read, in bytes: those of Supabase are far smaller.
const LARGEST: usize = 64 * 1024;

/// Storage's own status for a database that takes too long
/// (<https://supabase.com/docs/guides/storage/debugging/error-codes>).
const DATABASE_TIMEOUT: u16 = 544;

/// Puts another answer in the place of one that tells of such trouble. All others pass as they are, their bodies unread.
pub(super) async fn translate(service: Service, response: Response) -> Response {
    let status = response.status();
    let is_ours = matches!(service, Service::Rest | Service::Auth | Service::Storage);
    if !is_ours || !matches!(status.as_u16(), 500 | 502..=504 | DATABASE_TIMEOUT) {
        return response;
    }
    let (parts, body) = response.into_parts();
    // PostgREST names its error here, too: <https://docs.postgrest.org/en/stable/references/observability.html>.
    let named = named_error(&parts.headers);
    if status == StatusCode::INTERNAL_SERVER_ERROR && named.is_none() && !is_json(&parts.headers) {
        return Response::from_parts(parts, body);
    }
    let read = Limited::new(body, LARGEST).collect().await.map(http_body_util::Collected::to_bytes);
    let Ok(bytes) = read else {
        tracing::error!(service = service.name(), %status, "Supabase failed, and its reason can't be read");
        return unavailable(status, &parts.headers).into_response();
    };
    let told: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let Some(error) = translated(service, status, &parts.headers, named, &told) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    tracing::error!(service = service.name(), %status, reason = reason(&bytes), "Supabase failed for now");
    error.into_response()
}

/// `None` for what is to pass as it is: what the database's own rules say, and faults that stay.
fn translated(
    service: Service,
    status: StatusCode,
    headers: &HeaderMap,
    named: Option<&str>,
    told: &Value,
) -> Option<ApiError> {
    let code = told.get("code").and_then(Value::as_str).or(named);
    if service == Service::Rest {
        if code.is_some_and(error::is_of_catalogue) {
            return None;
        }
        if let Some(transient) = code.and_then(Transient::of) {
            return Some(transient.into());
        }
    } else if tells_of_the_database(told) {
        return Some(match status.as_u16() {
            500 => Transient::Unavailable.into(),
            _ => unavailable(status, headers),
        });
    }
    (status != StatusCode::INTERNAL_SERVER_ERROR).then(|| unavailable(status, headers))
}

/// Auth and Storage have words for it: `Database error querying schema`, `DatabaseError`, `DatabaseTimeout`; and Auth has
/// other ones for all that it did not expect, such as a connection that breaks
/// (<https://github.com/supabase/auth>, `internal/api/errors.go`).
fn tells_of_the_database(told: &Value) -> bool {
    let texts = told.as_object().into_iter().flat_map(|told| told.values()).filter_map(Value::as_str);
    texts.into_iter().any(|text| {
        let words = text.to_ascii_lowercase();
        words.contains("database") || words.starts_with("unexpected failure") || Transient::of(text).is_some()
    })
}

/// With the time that Supabase itself says, where it does.
fn unavailable(status: StatusCode, headers: &HeaderMap) -> ApiError {
    let status = match status.as_u16() {
        500 => StatusCode::BAD_GATEWAY,
        DATABASE_TIMEOUT => StatusCode::GATEWAY_TIMEOUT,
        _ => status,
    };
    let said = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let error = ApiError::upstream_unavailable(status);
    match said {
        Some(seconds) => error.retry_after(seconds),
        None => error,
    }
}

fn named_error(headers: &HeaderMap) -> Option<&str> {
    let status = headers.get("proxy-status")?.to_str().ok()?;
    Some(status.split_once("error=")?.1.split([';', ',']).next().unwrap_or_default().trim())
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.to_ascii_lowercase().contains("json") && !headers.contains_key(CONTENT_ENCODING)
}

/// For the log, where it is text.
fn reason(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The status, code and `Retry-After` of what becomes of an answer.
    async fn becomes(service: Service, status: u16, body: &Value) -> (u16, Value, Option<String>) {
        let response = (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response();
        told(translate(service, response).await).await
    }

    async fn told(response: Response) -> (u16, Value, Option<String>) {
        let (parts, body) = response.into_parts();
        let body: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
        let retry = parts.headers.get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        if let Some(seconds) = &retry {
            assert_eq!(body["details"], json!({ "retry_after": seconds.parse::<u32>().unwrap() }).to_string());
            assert_eq!(body.as_object().unwrap().len(), 4, "{body}");
        }
        (parts.status.as_u16(), body["code"].clone(), retry)
    }

    fn of_postgrest(code: &str) -> Value {
        json!({ "code": code, "message": "canceling statement", "details": null, "hint": null })
    }

    #[tokio::test]
    async fn a_busy_database_is_busy_and_one_that_is_gone_unavailable() {
        for status in [500, 503, 504] {
            for (codes, expected, seconds) in [
                (&["40P01", "40001", "55P03", "57014", "53300", "PGRST003"][..], "busy", "1"),
                (
                    &["57P01", "57P02", "57P03", "08006", "PGRST000", "PGRST001", "PGRST002"],
                    "upstream_unavailable",
                    "5",
                ),
            ] {
                for code in codes {
                    let became = becomes(Service::Rest, status, &of_postgrest(code)).await;
                    assert_eq!(became, (503, json!(expected), Some(seconds.to_owned())), "{status} {code}");
                }
            }
        }
    }

    #[tokio::test]
    async fn auth_and_storage_without_their_database_are_unavailable() {
        let auth = json!({ "code": 500, "error_code": "unexpected_failure", "msg": "Database error querying schema" });
        let other =
            json!({ "code": 500, "error_code": "unexpected_failure", "msg": "Unexpected failure, please check" });
        let storage =
            json!({ "statusCode": "500", "error": "DatabaseError", "message": "database error, code: 57P01" });
        let timeout = json!({ "statusCode": "544", "error": "DatabaseTimeout", "message": "The connection timed out" });
        let unavailable = |status| (status, json!("upstream_unavailable"), Some("5".to_owned()));
        assert_eq!(becomes(Service::Auth, 500, &auth).await, unavailable(503));
        assert_eq!(becomes(Service::Auth, 500, &other).await, unavailable(503));
        assert_eq!(becomes(Service::Storage, 500, &storage).await, unavailable(503));
        assert_eq!(becomes(Service::Storage, 544, &timeout).await, unavailable(504));
    }

    #[tokio::test]
    async fn what_stands_before_supabase_is_understood_whatever_it_says() {
        for status in [502, 503, 504] {
            let response = (StatusCode::from_u16(status).unwrap(), "<html>error code: 502</html>").into_response();
            let became = told(translate(Service::Rest, response).await).await;
            assert_eq!(became, (status, json!("upstream_unavailable"), Some("5".to_owned())));
        }
        let endless =
            Body::from_stream(futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from("x"))));
        let response = (StatusCode::BAD_GATEWAY, [(RETRY_AFTER, "7")], endless).into_response();
        let became = told(translate(Service::Auth, response).await).await;
        assert_eq!(became, (502, json!("upstream_unavailable"), Some("7".to_owned())));
    }

    #[tokio::test]
    async fn an_error_without_a_body_is_known_by_its_name() {
        let headers = [("proxy-status", "PostgREST; error=57014")];
        let response = (StatusCode::INTERNAL_SERVER_ERROR, headers).into_response();
        assert_eq!(told(translate(Service::Rest, response).await).await, (503, json!("busy"), Some("1".to_owned())));
    }

    #[tokio::test]
    async fn everything_else_passes_as_it_is() {
        let busy = json!({ "code": "busy", "message": "Many people are ordering right now.", "details": "{}" });
        assert_eq!(becomes(Service::Rest, 503, &busy).await, (503, json!("busy"), None), "the database's own");
        assert_eq!(becomes(Service::Rest, 500, &of_postgrest("XX000")).await, (500, json!("XX000"), None));
        assert_eq!(becomes(Service::Rest, 409, &of_postgrest("40001")).await, (409, json!("40001"), None));
        let mail = json!({ "code": "unexpected_failure", "msg": "Error sending confirmation email" });
        assert_eq!(becomes(Service::Auth, 500, &mail).await, (500, json!("unexpected_failure"), None));
        assert_eq!(becomes(Service::Realtime, 503, &json!({ "code": "x" })).await, (503, json!("x"), None));
    }
}
