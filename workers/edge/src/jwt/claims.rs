//! What a verified token says.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::TokenError;

/// How far clocks may be apart, in seconds.
const LEEWAY: f64 = 30.0;

/// Whether these are the claims of a legacy `anon` or `service_role` key.
pub(super) fn is_legacy_key(claims: &Map<String, Value>) -> bool {
    matches!(claims.get("role").and_then(Value::as_str), Some("anon" | "service_role"))
}

/// The user of a token that is for this project and for now.
pub(super) fn user(claims: &Map<String, Value>, issuer: &str, now: u64) -> Result<Uuid, TokenError> {
    if !claims.contains_key("exp") {
        return Err(TokenError::Invalid("it never expires"));
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let for_us = match claims.get("aud") {
        Some(Value::String(audience)) => audience == "authenticated",
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == "authenticated"),
        _ => false,
    };
    if !for_us {
        return Err(TokenError::Invalid("its audience is another"));
    }
    if text("iss") != Some(issuer) {
        return Err(TokenError::Invalid("its issuer is another"));
    }
    if text("role") != Some("authenticated") {
        return Err(TokenError::Invalid("its role is no user's"));
    }
    let user = text("sub").and_then(|user| user.parse().ok()).ok_or(TokenError::Invalid("it names no user"))?;
    check_times(claims, now)?;
    Ok(user)
}

/// Refuses claims whose time is over or to come. `now` is in Unix seconds.
pub(super) fn check_times(claims: &Map<String, Value>, now: u64) -> Result<(), TokenError> {
    #[allow(clippy::cast_precision_loss)] // Unix seconds are far below 2^53.
    let now = now as f64;
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(TokenError::Invalid("its times are no numbers")),
    };
    for begins in [time("nbf")?, time("iat")?] {
        if begins.is_some_and(|begins| begins > now + LEEWAY) {
            return Err(TokenError::Invalid("it is not valid yet"));
        }
    }
    if time("exp")?.is_some_and(|ends| ends + LEEWAY <= now) {
        return Err(TokenError::Expired);
    }
    Ok(())
}

/// When a token is over for certain, in Unix seconds: that of a user whose times were checked.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is a time, or else one long ago.
pub(super) fn ends(claims: &Map<String, Value>) -> u64 {
    claims.get("exp").and_then(Value::as_f64).map_or(0, |ends| (ends + LEEWAY) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ISSUER: &str = "https://ref.supabase.co/auth/v1";
    const USER: &str = "6f1b8a3e-1111-4222-8333-444455556666";
    const NOW: u64 = 1_800_000_000;

    fn claims(changes: Value) -> Map<String, Value> {
        let mut claims = json!({
            "iss": ISSUER, "aud": "authenticated", "role": "authenticated", "sub": USER, "iat": NOW, "exp": NOW + 60,
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object().unwrap().clone()
    }

    fn user_of(changes: Value) -> Result<Uuid, TokenError> {
        user(&claims(changes), ISSUER, NOW)
    }

    #[test]
    fn a_user_s_token_names_the_user() {
        assert_eq!(user_of(json!({})), Ok(USER.parse().unwrap()));
        assert!(user_of(json!({ "aud": ["other", "authenticated"] })).is_ok());
    }

    #[test]
    fn a_token_for_somebody_else_is_refused() {
        for wrong in [
            json!({ "aud": "other" }),
            json!({ "aud": null }),
            json!({ "aud": ["other"] }),
            json!({ "iss": "https://other.supabase.co/auth/v1" }),
            json!({ "iss": null }),
            json!({ "role": "service_role" }),
            json!({ "role": null }),
            json!({ "sub": "somebody" }),
            json!({ "sub": null }),
            json!({ "exp": "soon" }),
            json!({ "exp": null }),
            json!({ "nbf": [] }),
        ] {
            assert!(matches!(user_of(wrong.clone()), Err(TokenError::Invalid(_))), "{wrong}");
        }
        let mut eternal = claims(json!({}));
        eternal.remove("exp");
        assert!(matches!(user(&eternal, ISSUER, NOW), Err(TokenError::Invalid(_))));
    }

    #[test]
    fn clocks_may_be_half_a_minute_apart() {
        assert!(user_of(json!({ "exp": NOW - 29 })).is_ok());
        assert_eq!(user_of(json!({ "exp": NOW - 30 })), Err(TokenError::Expired));
        for begin in ["nbf", "iat"] {
            assert!(user_of(json!({ begin: NOW + 30 })).is_ok());
            assert!(matches!(user_of(json!({ begin: NOW + 31 })), Err(TokenError::Invalid(_))));
        }
    }

    #[test]
    fn legacy_keys_are_told_by_their_role() {
        assert!(is_legacy_key(&claims(json!({ "role": "anon" }))));
        assert!(!is_legacy_key(&claims(json!({}))));
    }
}
