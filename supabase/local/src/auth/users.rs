//! Users, and their identities and factors: rows of `auth`, and the JSON that clients read.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row as _};
use uuid::Uuid;

use super::error::AuthError;
use super::one_time::{self, Kind};

/// The audience and role of every user, unless an admin chose another role.
pub(super) const AUDIENCE: &str = "authenticated";

/// A user as clients read it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct User {
    pub(super) id: Uuid,
    pub(super) aud: String,
    pub(super) role: String,
    pub(super) email: String,
    #[serde(skip)]
    pub(super) encrypted_password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_confirmed_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invited_at: Option<DateTime<Utc>>,
    pub(super) phone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phone_confirmed_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confirmation_sent_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confirmed_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recovery_sent_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) new_email: String,
    #[serde(skip)]
    pub(super) email_change_confirm_status: i16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_change_sent_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reauthentication_sent_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_sign_in_at: Option<DateTime<Utc>>,
    pub(super) app_metadata: Value,
    pub(super) user_metadata: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) factors: Vec<Factor>,
    pub(super) identities: Vec<Identity>,
    pub(super) created_at: Option<DateTime<Utc>>,
    pub(super) updated_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) banned_until: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deleted_at: Option<DateTime<Utc>>,
    pub(super) is_anonymous: bool,
}

impl User {
    pub(super) fn is_confirmed(&self) -> bool {
        self.email_confirmed_at.is_some()
    }

    pub(super) fn is_banned(&self) -> bool {
        self.banned_until.is_some_and(|until| until > Utc::now())
    }

    /// The hash of the password, when there is one.
    pub(super) fn password_hash(&self) -> Option<&str> {
        self.encrypted_password.as_deref().filter(|hash| !hash.is_empty())
    }

    pub(super) fn has_verified_factor(&self) -> bool {
        self.factors.iter().any(Factor::is_verified)
    }
}

impl FromRow<'_, PgRow> for User {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        // Rows written by hand may have null where Auth writes an empty text.
        let text = |column| row.try_get::<Option<String>, _>(column).map(Option::unwrap_or_default);
        let object = |column| row.try_get::<Option<Value>, _>(column).map(|value| value.unwrap_or_else(|| json!({})));
        Ok(Self {
            id: row.try_get("id")?,
            aud: text("aud")?,
            role: text("role")?,
            email: text("email")?,
            encrypted_password: row.try_get("encrypted_password")?,
            email_confirmed_at: row.try_get("email_confirmed_at")?,
            invited_at: row.try_get("invited_at")?,
            phone: text("phone")?,
            phone_confirmed_at: row.try_get("phone_confirmed_at")?,
            confirmation_sent_at: row.try_get("confirmation_sent_at")?,
            confirmed_at: row.try_get("confirmed_at")?,
            recovery_sent_at: row.try_get("recovery_sent_at")?,
            new_email: text("email_change")?,
            email_change_confirm_status: row
                .try_get::<Option<i16>, _>("email_change_confirm_status")?
                .unwrap_or_default(),
            email_change_sent_at: row.try_get("email_change_sent_at")?,
            reauthentication_sent_at: row.try_get("reauthentication_sent_at")?,
            last_sign_in_at: row.try_get("last_sign_in_at")?,
            app_metadata: object("raw_app_meta_data")?,
            user_metadata: object("raw_user_meta_data")?,
            factors: Vec::new(),
            identities: Vec::new(),
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            banned_until: row.try_get("banned_until")?,
            deleted_at: row.try_get("deleted_at")?,
            is_anonymous: row.try_get("is_anonymous")?,
        })
    }
}

/// One way by which a user signs in.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Identity {
    identity_id: Uuid,
    /// The user's name at the provider; for e-mail, the user's id.
    id: String,
    user_id: Uuid,
    identity_data: Value,
    provider: String,
    last_sign_in_at: Option<DateTime<Utc>>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl FromRow<'_, PgRow> for Identity {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            identity_id: row.try_get("id")?,
            id: row.try_get("provider_id")?,
            user_id: row.try_get("user_id")?,
            identity_data: row.try_get("identity_data")?,
            provider: row.try_get("provider")?,
            last_sign_in_at: row.try_get("last_sign_in_at")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            email: row.try_get("email")?,
        })
    }
}

/// A second factor.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Factor {
    pub(super) id: Uuid,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) friendly_name: String,
    pub(super) factor_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_challenged_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub(super) user_id: Uuid,
    #[serde(skip)]
    pub(super) secret: Option<String>,
}

impl Factor {
    pub(super) fn is_verified(&self) -> bool {
        self.status == "verified"
    }
}

impl FromRow<'_, PgRow> for Factor {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            status: row.try_get("status_name")?,
            friendly_name: row.try_get::<Option<String>, _>("friendly_name")?.unwrap_or_default(),
            factor_type: row.try_get("type_name")?,
            last_challenged_at: row.try_get("last_challenged_at")?,
            user_id: row.try_get("user_id")?,
            secret: row.try_get("secret")?,
        })
    }
}

/// The user with this id.
pub(super) async fn find(connection: &mut PgConnection, id: Uuid) -> Result<Option<User>, AuthError> {
    let user = sqlx::query_as("select * from auth.users where id = $1").bind(id).fetch_optional(&mut *connection).await;
    with_parts(connection, user).await
}

/// The user with this id, who is known to exist.
pub(super) async fn get(connection: &mut PgConnection, id: Uuid) -> Result<User, AuthError> {
    find(connection, id).await?.ok_or_else(|| AuthError::not_found("user_not_found", "User not found"))
}

/// The user with this address, which is in lower case.
pub(super) async fn find_by_email(connection: &mut PgConnection, email: &str) -> Result<Option<User>, AuthError> {
    let user = sqlx::query_as("select * from auth.users where email = $1 and not is_sso_user")
        .bind(email)
        .fetch_optional(&mut *connection)
        .await;
    with_parts(connection, user).await
}

async fn with_parts(
    connection: &mut PgConnection,
    user: sqlx::Result<Option<User>>,
) -> Result<Option<User>, AuthError> {
    let user = user.map_err(AuthError::database("Database error finding user"))?;
    let mut users: Vec<User> = user.into_iter().collect();
    complete(connection, &mut users).await?;
    Ok(users.pop())
}

/// Adds identities and factors to users.
pub(super) async fn complete(connection: &mut PgConnection, users: &mut [User]) -> Result<(), AuthError> {
    // For nobody too: how long it takes must not tell whether there is a user.
    let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
    let identities: Vec<Identity> =
        sqlx::query_as("select * from auth.identities where user_id = any($1) order by created_at, id")
            .bind(&ids)
            .fetch_all(&mut *connection)
            .await?;
    let factors: Vec<Factor> = sqlx::query_as(
        "select *, status::text as status_name, factor_type::text as type_name
        from auth.mfa_factors where user_id = any($1) order by created_at, id",
    )
    .bind(&ids)
    .fetch_all(connection)
    .await?;
    for user in users {
        user.identities = identities.iter().filter(|identity| identity.user_id == user.id).cloned().collect();
        user.factors = factors.iter().filter(|factor| factor.user_id == user.id).cloned().collect();
    }
    Ok(())
}

/// What a new user is made of.
#[derive(Debug, Default)]
pub(super) struct NewUser {
    /// Chosen by an admin; else made.
    pub(super) id: Option<Uuid>,
    /// In lower case; `None` for anonymous users.
    pub(super) email: Option<String>,
    /// The password's hash; `None` for those who sign in otherwise.
    pub(super) password_hash: Option<String>,
    pub(super) role: Option<String>,
    pub(super) user_metadata: Map<String, Value>,
    pub(super) app_metadata: Map<String, Value>,
    /// Whether what the identity knows is repeated in the user's metadata, as a sign-up does it.
    pub(super) mirror_identity: bool,
}

/// Adds a user, with an identity where there is an address. The project's triggers on `auth.users` run with it.
///
/// # Errors
/// 422 `user_already_exists` when the address is taken; 500 `unexpected_failure` when a trigger fails.
pub(super) async fn insert(connection: &mut PgConnection, new: NewUser) -> Result<User, AuthError> {
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
pub(super) async fn confirm(connection: &mut PgConnection, id: Uuid) -> Result<(), AuthError> {
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
pub(super) async fn set_email(connection: &mut PgConnection, id: Uuid, email: &str) -> Result<(), AuthError> {
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
pub(super) async fn set_password(connection: &mut PgConnection, id: Uuid, hash: &str) -> Result<(), AuthError> {
    sqlx::query("update auth.users set encrypted_password = $2, updated_at = now() where id = $1")
        .bind(id)
        .bind(hash)
        .execute(connection)
        .await
        .map_err(AuthError::database("Error during password storage"))?;
    Ok(())
}

/// Merges into `user_metadata`; null takes a key away.
pub(super) async fn merge_user_metadata(
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
pub(super) async fn merge_app_metadata(
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
