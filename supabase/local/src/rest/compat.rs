//! Where the REST crate reads a request unlike PostgREST, the request is written in the way that both read alike.
//!
//! - supabase-js quotes the names in `columns` (`columns="name","price"`) when it inserts a list; the crate takes the
//!   quotes for part of the name.
//! - A null argument of a function reaches PostgreSQL as an empty text. Left out, it is null, where null is the default.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use serde_json::Value;
use sqlx::PgPool;

/// More than any call needs, in bytes.
const LARGEST_BODY: usize = 50 * 1024 * 1024;

/// For each function, the arguments that are null when they are left out.
#[derive(Debug, Clone, Default)]
pub(super) struct NullDefaults(Arc<RwLock<HashMap<String, HashSet<String>>>>);

impl NullDefaults {
    /// Reads them from the database.
    pub(super) async fn reload(&self, admin: &PgPool, schemas: &[String]) -> sqlx::Result<()> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select functions.proname::text, argument.name
             from pg_proc as functions
             cross join unnest(functions.proargnames) with ordinality as argument (name, position)
             where functions.pronamespace in (select oid from pg_namespace where nspname = any($1))
                 and argument.name <> ''
             group by functions.proname, argument.name
             having bool_and(
                 coalesce(pg_get_function_arg_default(functions.oid, argument.position::integer), '') ~* '^null(::|$)'
             )",
        )
        .bind(schemas)
        .fetch_all(admin)
        .await?;
        let mut defaults: HashMap<String, HashSet<String>> = HashMap::new();
        for (function, argument) in rows {
            defaults.entry(function).or_default().insert(argument);
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = defaults;
        Ok(())
    }

    fn of(&self, function: &str) -> Option<HashSet<String>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(function).cloned()
    }
}

/// The middleware.
pub(super) async fn rewrite(State(defaults): State<NullDefaults>, mut request: Request, next: Next) -> Response {
    if let Some(uri) = with_plain_columns(request.uri()) {
        *request.uri_mut() = uri;
    }
    let nullable = (request.method() == Method::POST && is_json(request.headers()))
        .then(|| request.uri().path().rsplit_once("/rpc/").and_then(|(_, function)| defaults.of(function)))
        .flatten();
    let Some(nullable) = nullable else {
        return next.run(request).await;
    };

    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body = without_nulls(&body, &nullable).map_or(body, Bytes::from);
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
}
