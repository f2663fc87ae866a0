//! Who makes a request: a user with a session, an admin, and from where.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::AuthError;
use super::sessions::{self, Session};
use super::users::{self, User};
use super::{ProxyConfig, State};

/// The header in which a trusted proxy tells the client's address.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("sb-forwarded-for");

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
    /// As the gateway tells it, or a proxy with the secret key.
    pub(super) address: Option<IpAddr>,
    /// What limits count by; none where no header is set to tell it.
    pub(super) limited_by: Option<String>,
    pub(super) user_agent: Option<String>,
}

impl Client {
    /// The address as text, as `inet` reads it.
    pub(super) fn address_text(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }
}

impl FromRequestParts<State> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers, &state.config().proxy))
    }
}

impl Client {
    fn of(headers: &HeaderMap, proxy: &ProxyConfig) -> Self {
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let user_agent = headers.get(USER_AGENT).and_then(text);
        // The leftmost address, as Supabase Auth has it (`internal/sbff`).
        let forwarded: Option<IpAddr> = headers
            .get(FORWARDED_FOR)
            .filter(|_| proxy.sb_forwarded_for)
            .and_then(text)
            .and_then(|text| text.split(',').next()?.trim().parse().ok());
        if let Some(address) = forwarded {
            let limited_by = proxy.rate_limit_header.as_ref().map(|_| address.to_string());
            return Self { address: Some(address), limited_by, user_agent };
        }
        let address = headers.get("cf-connecting-ip").and_then(text).and_then(|text| text.trim().parse().ok());
        let limited_by = proxy.rate_limit_header.as_ref().and_then(|name| headers.get(name)).and_then(text);
        Self { address, limited_by, user_agent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(headers: &[(&'static str, &'static str)], sb_forwarded_for: bool) -> Client {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let proxy =
            ProxyConfig { rate_limit_header: Some(HeaderName::from_static("cf-connecting-ip")), sb_forwarded_for };
        Client::of(&headers, &proxy)
    }

    const BOTH: [(&str, &str); 2] = [("cf-connecting-ip", "192.0.2.7"), ("sb-forwarded-for", "203.0.113.9, 192.0.2.7")];

    #[test]
    fn a_proxy_tells_the_client_s_address_where_that_is_turned_on() {
        let told = client(&BOTH, true);
        assert_eq!(told.address_text().as_deref(), Some("203.0.113.9"));
        assert_eq!(told.limited_by.as_deref(), Some("203.0.113.9"));
        let untold = client(&BOTH, false);
        assert_eq!(untold.address_text().as_deref(), Some("192.0.2.7"));
        assert_eq!(untold.limited_by.as_deref(), Some("192.0.2.7"));
    }

    #[test]
    fn what_is_no_address_is_not_believed() {
        let client = client(&[("cf-connecting-ip", "192.0.2.7"), ("sb-forwarded-for", "nobody, 203.0.113.9")], true);
        assert_eq!(client.address_text().as_deref(), Some("192.0.2.7"));
    }
}
