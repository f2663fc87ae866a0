//! Signing out: of this session, of all, or of all others.

use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use serde::Deserialize;
use sqlx::Connection as _;

use super::audit::{self, Action};
use super::caller::{Caller, Client};
use super::error::AuthError;
use super::{State, sessions};

#[derive(Debug, Deserialize)]
pub(super) struct Scope {
    scope: Option<String>,
}

/// `POST /logout?scope=global|local|others`; global when absent.
pub(super) async fn log_out(
    Shared(state): Shared<State>,
    Query(Scope { scope }): Query<Scope>,
    client: Client,
    Caller { user, session }: Caller,
) -> Result<StatusCode, AuthError> {
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    audit::by_user(&mut transaction, &client, &user, Action::Logout).await?;
    match scope.as_deref().unwrap_or_default() {
        "" | "global" => sessions::end_all(&mut transaction, user.id, None).await?,
        "local" => sessions::end(&mut transaction, session.id).await?,
        "others" => sessions::end_all(&mut transaction, user.id, Some(session.id)).await?,
        other => return Err(AuthError::invalid(format!("Unsupported logout scope \"{other}\""))),
    }
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
