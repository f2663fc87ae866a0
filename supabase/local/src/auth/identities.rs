//! `/user/identities`: the ways by which a user signs in, and taking one off.

use axum::Json;
use axum::extract::{Path, State as Shared};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::State;
use super::audit::{self, Action};
use super::caller::{Caller, Client};
use super::elsewhere;
use super::error::AuthError;
use super::users;

/// `GET /user/identities/authorize`: would lead to a provider, of which there is none.
pub(super) async fn link(Shared(state): Shared<State>, _: Caller) -> Result<Json<Value>, AuthError> {
    require_linking(&state)?;
    Err(elsewhere::provider_disabled())
}

/// `DELETE /user/identities/{id}`: takes one off, but never the last.
pub(super) async fn unlink(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    client: Client,
    Caller { user, .. }: Caller,
) -> Result<Json<Value>, AuthError> {
    require_linking(&state)?;
    let id: Uuid = id.parse().map_err(|_| AuthError::not_found("validation_failed", "identity_id must be an UUID"))?;
    if user.identities.len() <= 1 {
        return Err(AuthError::unprocessable(
            "single_identity_not_deletable",
            "User must have at least 1 identity after unlinking",
        ));
    }
    if !user.identities.iter().any(|identity| identity.identity_id == id) {
        return Err(AuthError::unprocessable("identity_not_found", "Identity doesn't exist"));
    }
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    audit::by_user(&mut transaction, &client, &user, Action::IdentityUnlinked).await?;
    // Requests of the same user wait here for each other: two at once must not take off the last two.
    sqlx::query("select from auth.users where id = $1 for update").bind(user.id).execute(&mut *transaction).await?;
    sqlx::query("delete from auth.identities where id = $1 and user_id = $2")
        .bind(id)
        .bind(user.id)
        .execute(&mut *transaction)
        .await
        .map_err(AuthError::database("Database error deleting identity"))?;
    if users::get(&mut transaction, user.id).await?.identities.is_empty() {
        return Err(AuthError::unprocessable(
            "single_identity_not_deletable",
            "User must have at least 1 identity after unlinking",
        ));
    }
    follow_identities(&mut transaction, user.id).await?;
    transaction.commit().await?;
    Ok(Json(json!({})))
}

fn require_linking(state: &State) -> Result<(), AuthError> {
    if state.config().settings.enable_manual_linking {
        return Ok(());
    }
    Err(AuthError::not_found("manual_linking_disabled", "Manual linking is disabled"))
}

/// Gives a user the address and the providers of the identities that are left.
async fn follow_identities(connection: &mut PgConnection, user_id: Uuid) -> Result<(), AuthError> {
    sqlx::query(
        "update auth.users
        set
            email = coalesce(
                (
                    select identity.email from auth.identities as identity
                    where identity.user_id = users.id and identity.email = users.email limit 1
                ),
                (
                    select identity.email from auth.identities as identity
                    where identity.user_id = users.id and identity.email is not null
                    order by identity.created_at limit 1
                )
            ),
            raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || (
                select jsonb_build_object(
                    'provider', (array_agg(identity.provider order by identity.created_at))[1],
                    'providers', jsonb_agg(distinct identity.provider)
                )
                from auth.identities as identity
                where identity.user_id = users.id
            ),
            updated_at = now()
        where id = $1",
    )
    .bind(user_id)
    .execute(connection)
    .await
    .map_err(AuthError::database("Database error updating user providers"))?;
    Ok(())
}
