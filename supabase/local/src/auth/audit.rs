//! The audit log of Auth, `auth.audit_log_entries`.

use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::caller::Client;
use super::error::AuthError;
use super::users::User;

/// What was done. Names and kinds as Supabase Auth has them (supabase/auth, `internal/models/audit_log_entry.go`).
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    Login,
    Logout,
    Invited,
    SignedUp,
    Deleted,
    Modified,
    RecoveryRequested,
    ConfirmationRequested,
    RepeatedSignUp,
    PasswordUpdated,
    TokenRefreshed,
    TokenRevoked,
    FactorEnrolled,
    FactorUnenrolled,
    FactorVerified,
    FactorDeleted,
    ChallengeCreated,
    Reauthenticated,
    IdentityUnlinked,
}

impl Action {
    /// The action's name and the kind of entry it belongs to.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Login => ("login", "account"),
            Self::Logout => ("logout", "account"),
            Self::Invited => ("user_invited", "team"),
            Self::SignedUp => ("user_signedup", "team"),
            Self::Deleted => ("user_deleted", "team"),
            Self::Modified => ("user_modified", "user"),
            Self::RecoveryRequested => ("user_recovery_requested", "user"),
            Self::ConfirmationRequested => ("user_confirmation_requested", "user"),
            Self::RepeatedSignUp => ("user_repeated_signup", "user"),
            Self::PasswordUpdated => ("user_updated_password", "user"),
            Self::TokenRefreshed => ("token_refreshed", "token"),
            Self::TokenRevoked => ("token_revoked", "token"),
            Self::FactorEnrolled => ("factor_in_progress", "factor"),
            Self::FactorUnenrolled => ("factor_unenrolled", "factor"),
            Self::FactorVerified => ("verification_attempted", "factor"),
            Self::FactorDeleted => ("factor_deleted", "factor"),
            Self::ChallengeCreated => ("challenge_created", "factor"),
            Self::Reauthenticated => ("user_reauthenticate_requested", "user"),
            Self::IdentityUnlinked => ("identity_unlinked", "user"),
        }
    }
}

/// Notes what a user did.
pub(super) async fn by_user(
    connection: &mut PgConnection,
    client: &Client,
    user: &User,
    action: Action,
) -> Result<(), AuthError> {
    let actor = json!({ "actor_id": user.id, "actor_username": user.email, "actor_via_sso": false });
    write(connection, client, actor, action, Value::Null).await
}

/// Notes what an admin did to a user.
pub(super) async fn by_admin(
    connection: &mut PgConnection,
    client: &Client,
    user: &User,
    action: Action,
) -> Result<(), AuthError> {
    let actor = json!({ "actor_id": Uuid::nil(), "actor_username": "service_role", "actor_via_sso": false });
    let traits = json!({ "user_id": user.id, "user_email": user.email, "user_phone": user.phone });
    write(connection, client, actor, action, traits).await
}

async fn write(
    connection: &mut PgConnection,
    client: &Client,
    mut payload: Value,
    action: Action,
    traits: Value,
) -> Result<(), AuthError> {
    let (name, kind) = action.names();
    payload["action"] = json!(name);
    payload["log_type"] = json!(kind);
    if !traits.is_null() {
        payload["traits"] = traits;
    }
    sqlx::query(
        "insert into auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
        values ($1, $2, $3, now(), $4)",
    )
    .bind(Uuid::nil())
    .bind(Uuid::new_v4())
    .bind(sqlx::types::Json(payload))
    .bind(client.address_text().unwrap_or_default())
    .execute(connection)
    .await
    .map_err(AuthError::database("Error recording audit log entry"))?;
    Ok(())
}
