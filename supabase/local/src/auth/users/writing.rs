//! What changes users and their identities.

use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AUDIENCE, User, get};
use crate::auth::error::AuthError;
use crate::auth::one_time::{self, Kind};

/// What a new user is made of.
#[derive(Debug, Default)]
pub(in crate::auth) struct NewUser {
    /// Chosen by an admin; else made.
    pub(in crate::auth) id: Option<Uuid>,
    /// In lower case; `None` for anonymous users.
    pub(in crate::auth) email: Option<String>,
    /// The password's hash; `None` for those who sign in otherwise.
    pub(in crate::auth) password_hash: Option<String>,
    pub(in crate::auth) role: Option<String>,
    pub(in crate::auth) user_metadata: Map<String, Value>,
    pub(in crate::auth) app_metadata: Map<String, Value>,
    /// Whether what the identity knows is repeated in the user's metadata, as a sign-up does it.
    pub(in crate::auth) mirror_identity: bool,
}

/// Adds a user, with an identity where there is an address. The project's triggers on `auth.users` run with it.
///
/// # Errors
/// 422 `user_already_exists` when the address is taken; 500 `unexpected_failure` when a trigger fails.
pub(in crate::auth) async fn insert(connection: &mut PgConnection, new: NewUser) -> Result<User, AuthError> {
    let id = new.id.unwrap_or_else(Uuid::new_v4);
    let mut identity_data = Map::new();
    let mut app_metadata = Map::new();
    let mut user_metadata = new.user_metadata;
    if let Some(email) = &new.email {
        identity_data.extend(user_metadata.clone());
        identity_data.insert("sub".to_owned(), json!(id));
        identity_data.insert("email".to_owned(), json!(email));
        identity_data.insert("email_verified".to_owned(), json!(false));
        identity_data.insert("phone_verified".to_owned(), json!(false));
        app_metadata.insert("provider".to_owned(), json!("email"));
        app_metadata.insert("providers".to_owned(), json!(["email"]));
        if new.mirror_identity {
            user_metadata.clone_from(&identity_data);
        }
    }
    app_metadata.extend(new.app_metadata.into_iter().filter(|(_, value)| !value.is_null()));
    user_metadata.retain(|_, value| !value.is_null());
    sqlx::query(
        "insert into auth.users (
            instance_id, id, aud, role, email, encrypted_password, raw_app_meta_data, raw_user_meta_data,
            confirmation_token, recovery_token, email_change_token_new, email_change, is_anonymous,
            created_at, updated_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, '', '', '', '', $9, now(), now())",
    )
    .bind(Uuid::nil())
    .bind(id)
    .bind(AUDIENCE)
    .bind(new.role.as_deref().unwrap_or(AUDIENCE))
    .bind(new.email.as_deref())
    .bind(new.password_hash.as_deref().unwrap_or_default())
    .bind(Value::Object(app_metadata))
    .bind(Value::Object(user_metadata))
    .bind(new.email.is_none())
    .execute(&mut *connection)
    .await
    .map_err(|error| {
        if is_duplicate_email(&error) {
            AuthError::unprocessable("user_already_exists", "User already registered")
        } else if error.as_database_error().is_some_and(|error| error.constraint() == Some("users_pkey")) {
            AuthError::unprocessable("user_already_exists", "A user with this id has already been registered")
        } else {
            AuthError::Database { message: "Database error saving new user", source: error }
        }
    })?;
    if new.email.is_some() {
        insert_identity(connection, id, &identity_data).await?;
    }
    get(connection, id).await
}

async fn insert_identity(
    connection: &mut PgConnection,
    user_id: Uuid,
    data: &Map<String, Value>,
) -> Result<(), AuthError> {
    sqlx::query(
        "insert into auth.identities (
            id, provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at
        )
        values ($1, $2, $3, $4, 'email', now(), now(), now())",
    )
    .bind(Uuid::new_v4())
    .bind(user_id.to_string())
    .bind(user_id)
    .bind(Value::Object(data.clone()))
    .execute(connection)
    .await
    .map_err(AuthError::database("Database error saving new user"))?;
    Ok(())
}

/// Whether the address collided with another user's.
fn is_duplicate_email(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.constraint() == Some("users_email_partial_key"))
}

/// Marks the user's address as theirs.
pub(in crate::auth) async fn confirm(connection: &mut PgConnection, id: Uuid) -> Result<(), AuthError> {
    one_time::forget(connection, id, &[Kind::Confirmation]).await?;
    sqlx::query(
        "update auth.users
        set
            email_confirmed_at = coalesce(email_confirmed_at, now()),
            raw_user_meta_data = coalesce(raw_user_meta_data, '{}') || '{\"email_verified\": true}',
            updated_at = now()
        where id = $1",
    )
    .bind(id)
    .execute(&mut *connection)
    .await
    .map_err(AuthError::database("Database error updating user"))?;
    sqlx::query(
        "update auth.identities
        set identity_data = identity_data || '{\"email_verified\": true}', updated_at = now()
        where user_id = $1 and provider = 'email'",
    )
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives the user this address, and the identity that goes with it. An anonymous user stops being one.
///
/// # Errors
/// 422 `email_exists` when the address is taken.
pub(in crate::auth) async fn set_email(connection: &mut PgConnection, id: Uuid, email: &str) -> Result<(), AuthError> {
    sqlx::query(
        "update auth.users
        set
            email = $2,
            is_anonymous = false,
            raw_app_meta_data = coalesce(raw_app_meta_data, '{}')
                || case
                    when raw_app_meta_data ? 'provider' then '{}'::jsonb
                    else '{\"provider\": \"email\", \"providers\": [\"email\"]}'::jsonb
                end,
            updated_at = now()
        where id = $1",
    )
    .bind(id)
    .bind(email)
    .execute(&mut *connection)
    .await
    .map_err(|error| {
        if is_duplicate_email(&error) {
            AuthError::email_exists()
        } else {
            AuthError::Database { message: "Error updating user", source: error }
        }
    })?;
    let updated = sqlx::query(
        "update auth.identities
        set identity_data = identity_data || jsonb_build_object('email', $2::text), updated_at = now()
        where user_id = $1 and provider = 'email'",
    )
    .bind(id)
    .bind(email)
    .execute(&mut *connection)
    .await?;
    if updated.rows_affected() == 0 {
        let data = json!({ "sub": id, "email": email, "email_verified": false, "phone_verified": false });
        insert_identity(connection, id, data.as_object().unwrap_or(&Map::new())).await?;
    }
    Ok(())
}

/// Sets the password's hash.
pub(in crate::auth) async fn set_password(
    connection: &mut PgConnection,
    id: Uuid,
    hash: &str,
) -> Result<(), AuthError> {
    sqlx::query("update auth.users set encrypted_password = $2, updated_at = now() where id = $1")
        .bind(id)
        .bind(hash)
        .execute(connection)
        .await
        .map_err(AuthError::database("Error during password storage"))?;
    Ok(())
}

/// Merges into `user_metadata`; null takes a key away.
pub(in crate::auth) async fn merge_user_metadata(
    connection: &mut PgConnection,
    id: Uuid,
    changes: &Map<String, Value>,
) -> Result<(), AuthError> {
    let statement = "update auth.users
        set raw_user_meta_data = (coalesce(raw_user_meta_data, '{}') || $2) - $3::text[], updated_at = now()
        where id = $1";
    merge(connection, statement, id, changes).await
}

/// Merges into `app_metadata`; null takes a key away.
pub(in crate::auth) async fn merge_app_metadata(
    connection: &mut PgConnection,
    id: Uuid,
    changes: &Map<String, Value>,
) -> Result<(), AuthError> {
    let statement = "update auth.users
        set raw_app_meta_data = (coalesce(raw_app_meta_data, '{}') || $2) - $3::text[], updated_at = now()
        where id = $1";
    merge(connection, statement, id, changes).await
}

async fn merge(
    connection: &mut PgConnection,
    statement: &'static str,
    id: Uuid,
    changes: &Map<String, Value>,
) -> Result<(), AuthError> {
    let removed: Vec<&str> =
        changes.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name.as_str()).collect();
    sqlx::query(statement)
        .bind(id)
        .bind(Value::Object(changes.clone()))
        .bind(removed)
        .execute(connection)
        .await
        .map_err(AuthError::database("Error updating user"))?;
    Ok(())
}
