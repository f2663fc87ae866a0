//! Who makes a request: a user with a session, an admin, and from where.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::State;
use super::error::AuthError;
use super::sessions::{self, Session};
use super::users::{self, User};

/// The roles whose tokens may use the admin API.
const ADMIN_ROLES: [&str; 2] = ["service_role", "supabase_admin"];

/// A signed-in user.
pub(super) struct Caller {
    pub(super) user: User,
    /// The session that the token belongs to.
    pub(super) session: Session,
}

impl FromRequestParts<State> for Caller {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, AuthError> {
        let claims = claims(parts, state)?;
        let id = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let subject = id("sub").ok_or_else(|| AuthError::forbidden("bad_jwt", "invalid claim: missing sub claim"))?;
        let user_id: Uuid = subject
            .parse()
            .map_err(|_| AuthError::bad_request("bad_jwt", "invalid claim: sub claim must be a UUID"))?;
        let mut connection = state.pool().acquire().await?;
        let user = users::find(&mut connection, user_id)
            .await?
            .ok_or_else(|| AuthError::forbidden("user_not_found", "User from sub claim in JWT does not exist"))?;
        let gone = || AuthError::forbidden("session_not_found", "Session from session_id claim in JWT does not exist");
        let session_id: Uuid = id("session_id").and_then(|text| text.parse().ok()).ok_or_else(gone)?;
        let session = sessions::find(&mut connection, session_id)
            .await?
            .filter(|session| session.user_id == user_id)
            .ok_or_else(gone)?;
        Ok(Self { user, session })
    }
}

/// The bearer of an admin's token.
pub(super) struct Admin;

impl FromRequestParts<State> for Admin {
    type Rejection = AuthError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, AuthError> {
        let claims = claims(parts, state)?;
        let role = claims.get("role").and_then(Value::as_str).unwrap_or_default();
        if ADMIN_ROLES.contains(&role) { Ok(Self) } else { Err(AuthError::forbidden("not_admin", "User not allowed")) }
    }
}

fn claims(parts: &Parts, state: &State) -> Result<Map<String, Value>, AuthError> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or_else(|| AuthError::unauthorised("no_authorization", "This endpoint requires a valid Bearer token"))?;
    state.keys().verify(token).map_err(|error| {
        AuthError::forbidden("bad_jwt", format!("invalid JWT: unable to parse or verify signature, {error}"))
    })
}

/// Where a request comes from, for sessions and the audit log.
#[derive(Debug, Clone, Default)]
pub(super) struct Client {
    /// As the gateway tells it.
    pub(super) address: Option<IpAddr>,
    pub(super) user_agent: Option<String>,
}

impl Client {
    /// The address as text, as `inet` reads it.
    pub(super) fn address_text(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let text = |value: &axum::http::HeaderValue| value.to_str().ok().map(str::to_owned);
        let address = parts.headers.get("cf-connecting-ip").and_then(text).and_then(|text| text.trim().parse().ok());
        Ok(Self { address, user_agent: parts.headers.get(USER_AGENT).and_then(text) })
    }
}
