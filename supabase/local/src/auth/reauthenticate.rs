//! Reauthentication: a code by mail, which a change of the password asks for when the sign-in was long ago.

use axum::Json;
use axum::extract::State as Shared;
use chrono::{Duration, Utc};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};

use super::State;
use super::audit::{self, Action};
use super::body::filled;
use super::caller::{Caller, Client};
use super::error::AuthError;
use super::letters::Letter;
use super::mailing;
use super::one_time::{self, Kind};
use super::sessions::Session;
use super::users::User;

/// How long after signing in the password may be changed without more, in hours.
const RECENT_HOURS: i64 = 24;

/// `GET /reauthenticate`: mails a code.
pub(super) async fn send(
    Shared(state): Shared<State>,
    client: Client,
    Caller { user, .. }: Caller,
) -> Result<Json<Value>, AuthError> {
    if user.email.is_empty() {
        let message = "Reauthentication requires the user to have an email or a phone number";
        return Err(AuthError::invalid(message));
    }
    if !user.is_confirmed() {
        return Err(AuthError::unprocessable("email_not_confirmed", "Please verify your email first."));
    }
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    audit::by_user(&mut transaction, &client, &user, Action::Reauthenticated).await?;
    mailing::post(&state, &mut transaction, &user, Letter::Reauthentication, None, "").await?;
    transaction.commit().await?;
    Ok(Json(json!({})))
}

/// Asks for the code of the mail, where the project wants that and the session is old. The code is spent with the
/// transaction.
///
/// # Errors
/// 400 `reauthentication_needed`, 422 `reauthentication_not_valid`.
pub(super) async fn require(
    state: &State,
    connection: &mut PgConnection,
    user: &User,
    session: &Session,
    nonce: Option<&String>,
) -> Result<(), AuthError> {
    let is_old = session.created_at.is_none_or(|at| Utc::now() - at > Duration::hours(RECENT_HOURS));
    if !state.config().settings.email.secure_password_change || !is_old {
        return Ok(());
    }
    let nonce = filled(nonce).ok_or_else(|| {
        AuthError::bad_request("reauthentication_needed", "Password update requires reauthentication")
    })?;
    let hash = one_time::hash(&user.email, nonce);
    one_time::spend(connection, state.otp_lifetime(), &[Kind::Reauthentication], &[hash])
        .await?
        .filter(|spent| spent.user_id == user.id && !spent.expired)
        .map(drop)
        .ok_or_else(|| AuthError::unprocessable("reauthentication_not_valid", "Nonce has expired or is invalid"))
}
