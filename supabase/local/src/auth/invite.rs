//! `POST /invite`: an admin invites someone by mail.

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::{Connection as _, PgConnection};

use super::audit::{self, Action};
use super::body::Params;
use super::caller::{Admin, Client};
use super::error::AuthError;
use super::letters::Letter;
use super::mailing::{self, Wish};
use super::users::{self, NewUser, User};
use super::{State, address};

#[derive(Debug, Deserialize)]
pub(super) struct InviteParams {
    email: Option<String>,
    data: Option<Map<String, Value>>,
}

/// Answers with the user, who has no password yet.
pub(super) async fn invite(
    Shared(state): Shared<State>,
    Query(wish): Query<Wish>,
    client: Client,
    headers: HeaderMap,
    _: Admin,
    Params(params): Params<InviteParams>,
) -> Result<Json<User>, AuthError> {
    let email = address::normal(params.email.as_deref().unwrap_or_default())?;
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let user = invited(&mut transaction, &client, email, params.data.unwrap_or_default()).await?;
    let target = wish.target(&state, &headers);
    mailing::post(&state, &mut transaction, &user, Letter::Invitation, None, &target).await?;
    let user = users::get(&mut transaction, user.id).await?;
    transaction.commit().await?;
    Ok(Json(user))
}

/// The user with this address, made when there is none, and noted as invited.
///
/// # Errors
/// 422 `email_exists` when the address belongs to someone who has confirmed it.
pub(super) async fn invited(
    connection: &mut PgConnection,
    client: &Client,
    email: String,
    data: Map<String, Value>,
) -> Result<User, AuthError> {
    let user = match users::find_by_email(connection, &email).await? {
        Some(user) if user.is_confirmed() => return Err(AuthError::email_exists()),
        Some(user) => user,
        None => {
            let new = NewUser { email: Some(email), user_metadata: data, ..NewUser::default() };
            users::insert(connection, new).await?
        }
    };
    audit::by_admin(connection, client, &user, Action::Invited).await?;
    sqlx::query("update auth.users set invited_at = now(), updated_at = now() where id = $1")
        .bind(user.id)
        .execute(connection)
        .await?;
    Ok(user)
}
