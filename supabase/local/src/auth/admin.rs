//! `/admin/users`: what admins do with users.

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::http::HeaderMap;
use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::audit::{self, Action};
use super::body::{Params, filled};
use super::caller::{Admin, Client};
use super::error::AuthError;
use super::paging::PageQuery;
use super::users::{self, AUDIENCE, NewUser, User};
use super::{State, address, mailing, password, sessions};
use crate::go_duration;

/// The longest role that the database keeps, in characters.
const MAX_ROLE: usize = 255;

#[derive(Debug, Deserialize)]
pub(super) struct UserParams {
    id: Option<String>,
    role: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
    password_hash: Option<String>,
    email_confirm: Option<bool>,
    user_metadata: Option<Map<String, Value>>,
    app_metadata: Option<Map<String, Value>>,
    ban_duration: Option<String>,
}

impl UserParams {
    /// The wanted role.
    fn role(&self) -> Result<Option<&str>, AuthError> {
        let role = filled(self.role.as_ref());
        if role.is_some_and(|role| role.chars().count() > MAX_ROLE) {
            return Err(AuthError::invalid("The role is too long"));
        }
        Ok(role)
    }

    /// The hash of the wanted password.
    async fn password_hash(&self, state: &State) -> Result<Option<String>, AuthError> {
        match (filled(self.password.as_ref()), filled(self.password_hash.as_ref())) {
            (Some(_), Some(_)) => Err(AuthError::invalid("Only a password or a password hash should be provided")),
            (Some(chosen), None) => {
                password::check_strength(chosen, state.config())?;
                password::hash(chosen.to_owned()).await.map(Some)
            }
            (None, Some(hash)) if password::is_hash(hash) => Ok(Some(hash.to_owned())),
            (None, Some(_)) => Err(AuthError::invalid("The password hash must be bcrypt")),
            (None, None) => Ok(None),
        }
    }

    /// Until when the user is banned: `Some(None)` takes a ban away.
    fn ban(&self) -> Result<Option<Option<DateTime<Utc>>>, AuthError> {
        match filled(self.ban_duration.as_ref()) {
            None => Ok(None),
            Some("none") => Ok(Some(None)),
            Some(text) => go_duration::parse(text)
                .and_then(|duration| Duration::from_std(duration).ok())
                .and_then(|duration| Utc::now().checked_add_signed(duration))
                .map(|until| Some(Some(until)))
                .ok_or_else(|| AuthError::invalid(format!("invalid format for ban duration: {text}"))),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    page: Option<String>,
    per_page: Option<String>,
    filter: Option<String>,
}

/// `GET /admin/users`: a page of users, newest first.
pub(super) async fn list(
    Shared(state): Shared<State>,
    Query(query): Query<ListQuery>,
    _: Admin,
) -> Result<(HeaderMap, Json<Value>), AuthError> {
    let page = PageQuery::new(query.page, query.per_page).page()?;
    let filter = query.filter.filter(|filter| !filter.is_empty());
    if filter.as_ref().is_some_and(|filter| filter.contains('\0')) {
        return Err(AuthError::invalid("filter may not hold the null character"));
    }
    let mut connection = state.pool().acquire().await?;
    let total: i64 = sqlx::query_scalar(
        "select count(*) from auth.users
        where aud = $1
        and ($2::text is null or strpos(lower(email), lower($2)) > 0
            or strpos(lower(raw_user_meta_data ->> 'full_name'), lower($2)) > 0)",
    )
    .bind(AUDIENCE)
    .bind(&filter)
    .fetch_one(&mut *connection)
    .await
    .map_err(AuthError::database("Database error finding users"))?;
    let mut found: Vec<User> = sqlx::query_as(
        "select * from auth.users
        where aud = $1
        and ($2::text is null or strpos(lower(email), lower($2)) > 0
            or strpos(lower(raw_user_meta_data ->> 'full_name'), lower($2)) > 0)
        order by created_at desc, id
        limit $3 offset $4",
    )
    .bind(AUDIENCE)
    .bind(&filter)
    .bind(page.size)
    .bind(page.offset())
    .fetch_all(&mut *connection)
    .await
    .map_err(AuthError::database("Database error finding users"))?;
    users::complete(&mut connection, &mut found).await?;
    Ok((page.headers("/admin/users", total)?, Json(json!({ "users": found, "aud": AUDIENCE }))))
}

/// `GET /admin/users/{id}`.
pub(super) async fn read(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    _: Admin,
) -> Result<Json<User>, AuthError> {
    let mut connection = state.pool().acquire().await?;
    Ok(Json(users::get(&mut connection, user_id(&id)?).await?))
}

/// `POST /admin/users`: a user who needn't prove anything.
pub(super) async fn create(
    Shared(state): Shared<State>,
    client: Client,
    _: Admin,
    Params(params): Params<UserParams>,
) -> Result<Json<User>, AuthError> {
    if filled(params.phone.as_ref()).is_some() {
        return Err(mailing::phones_disabled());
    }
    let email = filled(params.email.as_ref())
        .ok_or_else(|| AuthError::invalid("Cannot create a user without either an email or phone"))?;
    let email = address::normal(email)?;
    let id = filled(params.id.as_ref()).map(user_id).transpose()?;
    if id.is_some_and(|id| id.is_nil()) {
        return Err(AuthError::invalid("ID cannot be a nil uuid"));
    }
    let ban = params.ban()?;
    let password_hash = match params.password_hash(&state).await? {
        Some(hash) => hash,
        None => password::hash(password::random()).await?,
    };
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    if users::find_by_email(&mut transaction, &email).await?.is_some() {
        return Err(AuthError::email_exists());
    }
    let new = NewUser {
        id,
        email: Some(email),
        password_hash: Some(password_hash),
        role: params.role()?.map(str::to_owned),
        user_metadata: params.user_metadata.clone().unwrap_or_default(),
        app_metadata: params.app_metadata.clone().unwrap_or_default(),
        mirror_identity: false,
    };
    let user = users::insert(&mut transaction, new).await.map_err(|error| match error {
        // Taken in the meantime.
        AuthError::Refused { code: "user_already_exists", .. } if id.is_none() => AuthError::email_exists(),
        AuthError::Database { source, .. } => {
            AuthError::Database { message: "Database error creating new user", source }
        }
        other => other,
    })?;
    audit::by_admin(&mut transaction, &client, &user, Action::SignedUp).await?;
    if params.email_confirm == Some(true) {
        users::confirm(&mut transaction, user.id).await?;
    }
    if let Some(until) = ban {
        set_ban(&mut transaction, user.id, until).await?;
    }
    let user = users::get(&mut transaction, user.id).await?;
    transaction.commit().await?;
    Ok(Json(user))
}

/// `PUT /admin/users/{id}`: changes what is given, at once.
pub(super) async fn update(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    client: Client,
    _: Admin,
    Params(params): Params<UserParams>,
) -> Result<Json<User>, AuthError> {
    if filled(params.phone.as_ref()).is_some() {
        return Err(mailing::phones_disabled());
    }
    let id = user_id(&id)?;
    let email = filled(params.email.as_ref()).map(address::normal).transpose()?;
    let ban = params.ban()?;
    let password_hash = params.password_hash(&state).await?;
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let user = users::get(&mut transaction, id).await?;
    if let Some(role) = params.role()? {
        sqlx::query("update auth.users set role = $2, updated_at = now() where id = $1")
            .bind(id)
            .bind(role)
            .execute(&mut *transaction)
            .await
            .map_err(AuthError::database("Error updating user"))?;
    }
    if let Some(hash) = password_hash {
        users::set_password(&mut transaction, id, &hash).await?;
        sessions::end_all(&mut transaction, id, None).await?;
    }
    if let Some(email) = email.filter(|email| *email != user.email) {
        users::set_email(&mut transaction, id, &email).await?;
    }
    if params.email_confirm == Some(true) {
        users::confirm(&mut transaction, id).await?;
    }
    if let Some(changes) = &params.app_metadata {
        users::merge_app_metadata(&mut transaction, id, changes).await?;
    }
    if let Some(changes) = &params.user_metadata {
        users::merge_user_metadata(&mut transaction, id, changes).await?;
    }
    if let Some(until) = ban {
        set_ban(&mut transaction, id, until).await?;
    }
    audit::by_admin(&mut transaction, &client, &user, Action::Modified).await?;
    let user = users::get(&mut transaction, id).await?;
    transaction.commit().await?;
    Ok(Json(user))
}

#[derive(Debug, Deserialize)]
pub(super) struct RemoveParams {
    #[serde(default)]
    should_soft_delete: bool,
}

/// `DELETE /admin/users/{id}`: for good, or so that only the id remains.
pub(super) async fn remove(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    client: Client,
    _: Admin,
    Params(params): Params<RemoveParams>,
) -> Result<Json<Value>, AuthError> {
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let user = users::get(&mut transaction, user_id(&id)?).await?;
    audit::by_admin(&mut transaction, &client, &user, Action::Deleted).await?;
    if !params.should_soft_delete {
        sqlx::query("delete from auth.users where id = $1")
            .bind(user.id)
            .execute(&mut *transaction)
            .await
            .map_err(AuthError::database("Database error deleting user"))?;
    } else if user.deleted_at.is_none() {
        anonymise(&mut transaction, &user).await?;
    }
    transaction.commit().await?;
    Ok(Json(json!({})))
}

/// Takes everything personal off a user, and every way to sign in.
async fn anonymise(connection: &mut PgConnection, user: &User) -> Result<(), AuthError> {
    sqlx::query(
        "update auth.users
        set
            email = $2, phone = null, encrypted_password = '', email_change = '', phone_change = '',
            confirmation_token = '', recovery_token = '', email_change_token_new = '',
            email_change_token_current = '', phone_change_token = '', reauthentication_token = '',
            raw_user_meta_data = '{}', raw_app_meta_data = '{}', deleted_at = now(), updated_at = now()
        where id = $1",
    )
    .bind(user.id)
    .bind(digest(user.id, &user.email))
    .execute(&mut *connection)
    .await
    .map_err(AuthError::database("Error soft deleting user"))?;
    let name = user.id.to_string();
    sqlx::query(
        "update auth.identities set identity_data = '{}', provider_id = $2, updated_at = now() where user_id = $1",
    )
    .bind(user.id)
    .bind(digest(user.id, &name))
    .execute(&mut *connection)
    .await
    .map_err(AuthError::database("Error soft deleting user identities"))?;
    for statement in [
        "delete from auth.mfa_factors where user_id = $1",
        "delete from auth.one_time_tokens where user_id = $1",
        "delete from auth.flow_state where user_id = $1",
    ] {
        sqlx::query(statement).bind(user.id).execute(&mut *connection).await?;
    }
    sessions::end_all(connection, user.id, None).await
}

/// What stands in the place of a deleted user's address: unique, and telling nothing.
fn digest(id: Uuid, text: &str) -> String {
    Sha256::digest(format!("{id}{text}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn set_ban(connection: &mut PgConnection, id: Uuid, until: Option<DateTime<Utc>>) -> Result<(), AuthError> {
    sqlx::query("update auth.users set banned_until = $2, updated_at = now() where id = $1")
        .bind(id)
        .bind(until)
        .execute(connection)
        .await
        .map_err(AuthError::database("Error updating user"))?;
    Ok(())
}

/// Reads a user's id from a path.
///
/// # Errors
/// 404 `validation_failed` when it isn't a UUID.
pub(super) fn user_id(text: &str) -> Result<Uuid, AuthError> {
    text.parse().map_err(|_| AuthError::not_found("validation_failed", "user_id must be an UUID"))
}
