//! Request bodies.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::AuthError;

/// The largest body, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// A JSON body, whatever its content type says; an empty one counts as `{}`.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Params<T> {
    type Rejection = AuthError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AuthError> {
        let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY)
            .await
            .map_err(|error| AuthError::bad_request("bad_json", format!("Could not read the body: {error}")))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        parse(text).map(Self)
    }
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, AuthError> {
    let malformed = |reason: &dyn std::fmt::Display| {
        AuthError::bad_request("bad_json", format!("Could not parse request body as JSON: {reason}"))
    };
    let value: Value = serde_json::from_slice(text).map_err(|error| malformed(&error))?;
    // serde would take an array for a struct.
    if !value.is_object() {
        return Err(malformed(&"it must be an object"));
    }
    if has_null_character(&value) {
        return Err(malformed(&"texts may not hold the null character"));
    }
    serde_json::from_value(value).map_err(|error| malformed(&error))
}

/// JSON can hold the character U+0000, PostgreSQL can't.
fn has_null_character(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_null_character),
        Value::Object(entries) => entries.iter().any(|(key, value)| key.contains('\0') || has_null_character(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text parameter; empty counts as absent.
pub(super) fn filled(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        name: Option<String>,
        data: Option<serde_json::Map<String, Value>>,
    }

    #[test]
    fn what_the_database_can_not_keep_is_refused() {
        for text in [
            r#"{"name":"a\u0000"}"#,
            r#"{"data":{"a":[{"b\u0000":1}]}}"#,
            r#"{"name":1}"#,
            r#"{"data":[]}"#,
            "[",
            "[]",
            r#"["a",{}]"#,
            "7",
        ] {
            let code = parse::<Sample>(text.as_bytes()).map_err(|error| error.code().1).err();
            assert_eq!(code, Some("bad_json"), "{text}");
        }
    }

    #[test]
    fn null_and_absent_are_alike_and_numbers_keep_their_digits() {
        let sample = parse::<Sample>(br#"{"name":null,"data":{"a":12345678901234567890.12}}"#);
        let data = sample.ok().filter(|sample| sample.name.is_none()).and_then(|sample| sample.data);
        assert_eq!(
            data.and_then(|data| serde_json::to_string(&data).ok()).as_deref(),
            Some(r#"{"a":12345678901234567890.12}"#)
        );
    }
}
