//! PKCE: a link answers with a code that only the browser which asked for it can exchange for a session (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::error::AuthError;
use super::users::{self, User};

/// How long a code lives, in seconds.
const LIFETIME: i64 = 300;

/// What the browser that asks commits itself to.
#[derive(Debug)]
pub(super) struct Challenge {
    method: &'static str,
    value: String,
}

impl Challenge {
    /// Reads the parameters of a request; without any there is no PKCE.
    ///
    /// # Errors
    /// 400 `validation_failed` when they are incomplete or malformed.
    pub(super) fn read(value: Option<&str>, method: Option<&str>) -> Result<Option<Self>, AuthError> {
        let (value, method) = (value.unwrap_or_default(), method.unwrap_or_default());
        if value.is_empty() && method.is_empty() {
            return Ok(None);
        }
        if value.is_empty() || method.is_empty() {
            return Err(AuthError::invalid("PKCE flow requires code_challenge_method and code_challenge"));
        }
        if !(43..=128).contains(&value.len()) {
            return Err(AuthError::invalid("code challenge has to be between 43 and 128 characters"));
        }
        if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Err(AuthError::invalid(
                "code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes",
            ));
        }
        let method = match method.to_ascii_lowercase().as_str() {
            "s256" => "s256",
            "plain" => "plain",
            other => return Err(AuthError::invalid(format!("unsupported code_challenge method {other}"))),
        };
        Ok(Some(Self { method, value: value.to_owned() }))
    }

    /// Keeps the challenge until the user follows the link. `purpose` is the method that the session will have.
    pub(super) async fn save(
        &self,
        connection: &mut PgConnection,
        user_id: Uuid,
        purpose: &str,
    ) -> Result<(), AuthError> {
        sqlx::query(
            "insert into auth.flow_state (
                id, user_id, auth_code, code_challenge_method, code_challenge, provider_type, authentication_method,
                created_at, updated_at
            )
            values ($1, $2, $3, $4::auth.code_challenge_method, $5, $6, $6, now(), now())",
        )
        .bind(Uuid::new_v4())
        .bind(user_id)
        .bind(Uuid::new_v4().to_string())
        .bind(self.method)
        .bind(&self.value)
        .bind(purpose)
        .execute(connection)
        .await?;
        Ok(())
    }
}

fn keeps(method: &str, challenge: &str, verifier: &str) -> bool {
    match method {
        "s256" => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge,
        _ => verifier == challenge,
    }
}

/// The code for the link that a user has just followed.
pub(super) async fn issue_code(
    connection: &mut PgConnection,
    user_id: Uuid,
    purpose: &str,
) -> Result<String, AuthError> {
    sqlx::query_scalar(
        "update auth.flow_state
        set auth_code_issued_at = now(), updated_at = now()
        where id = (
            select id from auth.flow_state
            where user_id = $1 and authentication_method = $2
            order by created_at desc limit 1
        )
        returning auth_code",
    )
    .bind(user_id)
    .bind(purpose)
    .fetch_optional(connection)
    .await?
    .ok_or_else(no_flow)
}

/// Spends a code; returns the user and the method of the session that it is good for.
///
/// # Errors
/// 404 `flow_state_not_found`, 422 `flow_state_expired`, 400 `bad_code_verifier`.
pub(super) async fn redeem(
    connection: &mut PgConnection,
    code: &str,
    verifier: &str,
) -> Result<(User, String), AuthError> {
    let row = sqlx::query(
        "delete from auth.flow_state
        where auth_code = $1 and auth_code_issued_at is not null
        returning user_id, code_challenge, code_challenge_method::text as method, authentication_method,
            auth_code_issued_at",
    )
    .bind(code)
    .fetch_optional(&mut *connection)
    .await?
    .ok_or_else(no_flow)?;
    let issued: DateTime<Utc> = row.try_get("auth_code_issued_at")?;
    if (Utc::now() - issued).num_seconds() >= LIFETIME {
        return Err(AuthError::unprocessable("flow_state_expired", "invalid flow state, flow state has expired"));
    }
    let (method, challenge): (String, String) = (row.try_get("method")?, row.try_get("code_challenge")?);
    if !keeps(&method, &challenge, verifier) {
        let message = "code challenge does not match previously saved code verifier";
        return Err(AuthError::bad_request("bad_code_verifier", message));
    }
    let user = users::get(connection, row.try_get("user_id")?).await?;
    Ok((user, row.try_get("authentication_method")?))
}

fn no_flow() -> AuthError {
    AuthError::not_found("flow_state_not_found", "invalid flow state, no valid flow state found")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_complete_and_well_formed_or_absent() {
        let value = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(Challenge::read(None, None).unwrap().is_none());
        assert!(Challenge::read(Some(""), Some("")).unwrap().is_none());
        assert_eq!(Challenge::read(Some(value), Some("S256")).unwrap().unwrap().method, "s256");
        let too_long = "x".repeat(129);
        for (value, method) in [
            (value, ""),
            ("", "s256"),
            (value, "md5"),
            ("short", "s256"),
            (too_long.as_str(), "plain"),
            (&"é".repeat(30), "plain"),
        ] {
            assert!(Challenge::read(Some(value), Some(method)).is_err(), "{value} {method}");
        }
    }

    #[test]
    fn only_the_verifier_keeps_the_challenge() {
        // RFC 7636, appendix B.
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(keeps("s256", challenge, verifier));
        assert!(!keeps("s256", challenge, challenge));
        assert!(keeps("plain", challenge, challenge));
        assert!(!keeps("plain", challenge, verifier));
    }
}
