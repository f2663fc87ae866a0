//! Access tokens, and the answer that brings them.

use chrono::Utc;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use super::State;
use super::caller::Client;
use super::error::AuthError;
use super::sessions::{self, Session};
use super::users::{self, User};

/// What a client gets when it signs in or refreshes.
#[derive(Debug, Serialize)]
pub(super) struct TokenResponse {
    pub(super) access_token: String,
    pub(super) token_type: &'static str,
    /// Seconds.
    pub(super) expires_in: i64,
    /// Unix seconds.
    pub(super) expires_at: i64,
    pub(super) refresh_token: String,
    pub(super) user: User,
}

/// Opens a session for a user and issues its tokens.
pub(super) async fn sign_in(
    state: &State,
    connection: &mut PgConnection,
    user: &User,
    method: &str,
    client: &Client,
) -> Result<TokenResponse, AuthError> {
    let session = sessions::open(connection, user, method, client).await?;
    let refresh_token = sessions::add_refresh_token(connection, &session, None).await?;
    let user = users::get(connection, user.id).await?;
    issue(state, connection, user, &session, refresh_token).await
}

/// Signs an access token for a session.
pub(super) async fn issue(
    state: &State,
    connection: &mut PgConnection,
    user: User,
    session: &Session,
    refresh_token: String,
) -> Result<TokenResponse, AuthError> {
    let methods = sessions::methods(connection, session.id).await?;
    let now = Utc::now().timestamp();
    let expires_in = state.config().settings.jwt_expiry;
    let claims = claims(&state.keys().issuer(), &user, session, methods, now, expires_in);
    Ok(TokenResponse {
        access_token: state.keys().sign(&claims)?,
        token_type: "bearer",
        expires_in,
        expires_at: now + expires_in,
        refresh_token,
        user,
    })
}

/// The claims of Supabase's access tokens.
fn claims(
    issuer: &str,
    user: &User,
    session: &Session,
    methods: Vec<Value>,
    now: i64,
    expires_in: i64,
) -> Map<String, Value> {
    [
        ("iss", json!(issuer)),
        ("sub", json!(user.id)),
        ("aud", json!(user.aud)),
        ("exp", json!(now + expires_in)),
        ("iat", json!(now)),
        ("email", json!(user.email)),
        ("phone", json!(user.phone)),
        ("app_metadata", user.app_metadata.clone()),
        ("user_metadata", user.user_metadata.clone()),
        ("role", json!(user.role)),
        ("aal", json!(session.aal)),
        ("amr", json!(methods)),
        ("session_id", json!(session.id)),
        ("is_anonymous", json!(user.is_anonymous)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
