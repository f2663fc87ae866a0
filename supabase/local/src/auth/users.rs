//! Users, and their identities and factors: rows of `auth`, and the JSON that clients read.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row as _};
use uuid::Uuid;

use super::error::AuthError;

mod writing;

pub(super) use self::writing::{
    NewUser, confirm, insert, merge_app_metadata, merge_user_metadata, set_email, set_password,
};

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
    pub(super) identity_id: Uuid,
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
