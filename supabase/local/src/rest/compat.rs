//! Where the REST crate reads a request unlike PostgREST, the request is written in the way that both read alike.
//!
//! - supabase-js quotes the names in `columns` (`columns="name","price"`) when it inserts a list; the crate takes the
//!   quotes for part of the name.
//! - A null argument of a function reaches PostgreSQL as an empty text. Left out, it is null, where null is the default.
//! - A text where a function wants an array is taken for an array of it; PostgreSQL's own conversion refuses it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use serde_json::{Value, json};
use sqlx::PgPool;

/// More than any call needs, in bytes.
const LARGEST_BODY: usize = 50 * 1024 * 1024;

/// What is known of the functions' arguments, by the functions' names.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownArguments(Arc<RwLock<HashMap<String, Arguments>>>);

/// Of one function, or of all of the same name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Arguments {
    /// Those that are null when they are left out.
    nullable: HashSet<String>,
    /// Those that are arrays.
    arrays: HashSet<String>,
}

impl KnownArguments {
    /// Reads them from the database.
    pub(super) async fn reload(&self, admin: &PgPool, schemas: &[String]) -> sqlx::Result<()> {
        let rows: Vec<(String, String, bool, bool)> = sqlx::query_as(
            "select functions.proname::text, argument.name,
                bool_and(
                    coalesce(pg_get_function_arg_default(functions.oid, argument.position::integer), '')
                        ~* '^null(::|$)'
                ),
                bool_and(types.typcategory = 'A')
             from pg_proc as functions
             cross join unnest(
                 functions.proargnames, coalesce(functions.proallargtypes, functions.proargtypes::oid[])
             ) with ordinality as argument (name, type, position)
             join pg_type as types on types.oid = argument.type
             where functions.pronamespace in (select oid from pg_namespace where nspname = any($1))
                 and argument.name <> ''
             group by functions.proname, argument.name",
        )
        .bind(schemas)
        .fetch_all(admin)
        .await?;
        let mut known: HashMap<String, Arguments> = HashMap::new();
        for (function, argument, is_nullable, is_array) in rows {
            let arguments = known.entry(function).or_default();
            if is_nullable {
                arguments.nullable.insert(argument.clone());
            }
            if is_array {
                arguments.arrays.insert(argument);
            }
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }

    fn of(&self, function: &str) -> Option<Arguments> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(function).cloned()
    }
}

/// The middleware.
pub(super) async fn rewrite(State(known): State<KnownArguments>, mut request: Request, next: Next) -> Response {
    if let Some(uri) = with_plain_columns(request.uri()) {
        *request.uri_mut() = uri;
    }
    let arguments = (request.method() == Method::POST && is_json(request.headers()))
        .then(|| request.uri().path().rsplit_once("/rpc/").and_then(|(_, function)| known.of(function)))
        .flatten();
    let Some(arguments) = arguments else {
        return next.run(request).await;
    };

    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if let Some(text) = text_for_an_array(&body, &arguments.arrays) {
        let error = json!({
            "code": "22P02",
            "details": "Array value must start with \"{\" or dimension information.",
            "hint": null,
            "message": format!("malformed array literal: \"{text}\""),
        });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let body = without_nulls(&body, &arguments.nullable).map_or(body, Bytes::from);
    if parts.headers.contains_key(CONTENT_LENGTH) {
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// The address with plain names in `columns`; none when they are so already.
fn with_plain_columns(uri: &Uri) -> Option<Uri> {
    let query = uri.query()?;
    let plain: Vec<String> = query
        .split('&')
        .map(|pair| match pair.strip_prefix("columns=") {
            Some(names) => format!("columns={}", names.replace("%22", "").replace('"', "")),
            None => pair.to_owned(),
        })
        .collect();
    let plain = plain.join("&");
    if plain == query {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("{}?{plain}", uri.path())).ok()?);
    Uri::from_parts(parts).ok()
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim_start().starts_with("application/json"))
}

/// A text that stands where an array is wanted, and is none as PostgreSQL writes arrays.
fn text_for_an_array(body: &[u8], arrays: &HashSet<String>) -> Option<String> {
    if arrays.is_empty() {
        return None;
    }
    let arguments: serde_json::Map<String, Value> = serde_json::from_slice(body).ok()?;
    arguments.into_iter().find_map(|(name, value)| match value {
        Value::String(text) if arrays.contains(&name) && !text.trim_start().starts_with(['{', '[']) => Some(text),
        _ => None,
    })
}

/// The arguments without those that are null and may be left out; none when there are no such.
fn without_nulls(body: &[u8], nullable: &HashSet<String>) -> Option<Vec<u8>> {
    let mut arguments: serde_json::Map<String, Value> = serde_json::from_slice(body).ok()?;
    let before = arguments.len();
    arguments.retain(|name, value| !(value.is_null() && nullable.contains(name)));
    if arguments.len() == before {
        return None;
    }
    serde_json::to_vec(&arguments).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(uri: &'static str) -> Option<String> {
        with_plain_columns(&Uri::from_static(uri)).map(|uri| uri.to_string())
    }

    #[test]
    fn quoted_columns_become_plain_and_the_rest_stays() {
        assert_eq!(
            plain("/products?columns=%22name%22%2C%22price%22&select=%22name%22").as_deref(),
            Some("/products?columns=name%2Cprice&select=%22name%22")
        );
        assert_eq!(plain("/products?columns=name,price"), None);
        assert_eq!(plain("/products"), None);
    }

    #[test]
    fn only_nulls_that_are_the_default_are_left_out() {
        let nullable = HashSet::from(["q".to_owned(), "brand".to_owned()]);
        let body = without_nulls(br#"{"q": null, "brand": "x", "page": null}"#, &nullable).unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), r#"{"brand":"x","page":null}"#);
        assert_eq!(without_nulls(br#"{"brand": "x"}"#, &nullable), None);
        assert_eq!(without_nulls(b"[1]", &nullable), None);
        assert_eq!(without_nulls(b"not json", &nullable), None);
    }

    #[test]
    fn a_text_is_no_array() {
        let arrays = HashSet::from(["brands".to_owned()]);
        let refused = |body: &str| text_for_an_array(body.as_bytes(), &arrays);
        assert_eq!(refused(r#"{"brands": "Dar Beldi"}"#).as_deref(), Some("Dar Beldi"));
        for body in [r#"{"brands": ["a"]}"#, r#"{"brands": "{a,b}"}"#, r#"{"q": "a"}"#, r#"{"brands": null}"#] {
            assert_eq!(refused(body), None, "{body}");
        }
    }
}
