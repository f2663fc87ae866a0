//! Sessions and their refresh tokens.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use rand::Rng as _;
use rand::distr::Alphanumeric;
use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row as _};
use uuid::Uuid;

use super::caller::Client;
use super::error::AuthError;
use super::users::User;
use crate::project_config::Sessions as SessionRules;

/// The length of a refresh token: 62 characters to choose from, 22 times, are 130 bits.
const TOKEN_LENGTH: usize = 22;

/// A session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    /// The assurance level, `aal1` or `aal2`.
    pub(super) aal: String,
    pub(super) not_after: Option<DateTime<Utc>>,
    pub(super) created_at: Option<DateTime<Utc>>,
    refreshed_at: Option<NaiveDateTime>,
}

impl Session {
    /// Whether a second factor was shown.
    pub(super) fn is_aal2(&self) -> bool {
        self.aal == "aal2"
    }

    /// Whether it has lasted, or lain idle, for as long as it may.
    pub(super) fn is_over(&self, rules: &SessionRules) -> bool {
        let now = Utc::now();
        let refreshed = self.refreshed_at.map(|at| at.and_utc()).or(self.created_at);
        let has_lasted = |since: Option<DateTime<Utc>>, limit: Duration| {
            !limit.is_zero() && since.is_some_and(|since| (now - since).to_std().is_ok_and(|time| time > limit))
        };
        self.not_after.is_some_and(|end| end <= now)
            || has_lasted(self.created_at, rules.timebox)
            || has_lasted(refreshed, rules.inactivity_timeout)
    }
}

impl FromRow<'_, PgRow> for Session {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            user_id: row.try_get("user_id")?,
            aal: row.try_get::<Option<String>, _>("aal")?.unwrap_or_else(|| "aal1".to_owned()),
            not_after: row.try_get("not_after")?,
            created_at: row.try_get("created_at")?,
            refreshed_at: row.try_get("refreshed_at")?,
        })
    }
}

/// Opens a session, and notes the user's sign-in. `method` is the first of its `amr` claim.
pub(super) async fn open(
    connection: &mut PgConnection,
    user: &User,
    method: &str,
    client: &Client,
) -> Result<Session, AuthError> {
    let session = sqlx::query_as(
        "insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip)
        values ($1, $2, now(), now(), 'aal1', $3, $4::inet)
        returning id, user_id, aal::text as aal, not_after, created_at, refreshed_at",
    )
    .bind(Uuid::new_v4())
    .bind(user.id)
    .bind(&client.user_agent)
    .bind(client.address_text())
    .fetch_one(&mut *connection)
    .await?;
    let Session { id, .. } = session;
    add_method(connection, id, method).await?;
    sqlx::query("update auth.users set last_sign_in_at = now(), updated_at = now() where id = $1")
        .bind(user.id)
        .execute(connection)
        .await
        .map_err(AuthError::database("Database error granting user"))?;
    Ok(session)
}

/// The session with this id.
pub(super) async fn find(connection: &mut PgConnection, id: Uuid) -> Result<Option<Session>, AuthError> {
    let session = sqlx::query_as(
        "select id, user_id, aal::text as aal, not_after, created_at, refreshed_at from auth.sessions where id = $1",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    Ok(session)
}

/// Notes that the session's user has just shown who they are by a method.
pub(super) async fn add_method(connection: &mut PgConnection, session_id: Uuid, method: &str) -> Result<(), AuthError> {
    sqlx::query(
        "insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
        values ($1, $2, now(), now(), $3)
        on conflict (session_id, authentication_method) do update set updated_at = excluded.updated_at",
    )
    .bind(Uuid::new_v4())
    .bind(session_id)
    .bind(method)
    .execute(connection)
    .await?;
    Ok(())
}

/// The `amr` claim: methods with the Unix seconds of their last use, newest first.
pub(super) async fn methods(connection: &mut PgConnection, session_id: Uuid) -> Result<Vec<Value>, AuthError> {
    let rows = sqlx::query(
        "select authentication_method, updated_at from auth.mfa_amr_claims
        where session_id = $1
        order by updated_at desc",
    )
    .bind(session_id)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let at: DateTime<Utc> = row.try_get("updated_at")?;
            let method: String = row.try_get("authentication_method")?;
            Ok(json!({ "method": method, "timestamp": at.timestamp() }))
        })
        .collect::<Result<_, sqlx::Error>>()
        .map_err(AuthError::from)
}

/// Adds a refresh token to a session; `parent` is the one it replaces.
pub(super) async fn add_refresh_token(
    connection: &mut PgConnection,
    session: &Session,
    parent: Option<&str>,
) -> Result<String, AuthError> {
    let token: String = rand::rng().sample_iter(Alphanumeric).take(TOKEN_LENGTH).map(char::from).collect();
    sqlx::query(
        "insert into auth.refresh_tokens (instance_id, token, user_id, revoked, created_at, updated_at, parent, session_id)
        values ($1, $2, $3, false, now(), now(), $4, $5)",
    )
    .bind(Uuid::nil())
    .bind(&token)
    .bind(session.user_id.to_string())
    .bind(parent)
    .bind(session.id)
    .execute(connection)
    .await?;
    Ok(token)
}

/// Makes all refresh tokens of a session useless.
pub(super) async fn revoke_tokens(connection: &mut PgConnection, session_id: Uuid) -> Result<(), AuthError> {
    sqlx::query(
        "update auth.refresh_tokens set revoked = true, updated_at = now() where session_id = $1 and not revoked",
    )
    .bind(session_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a session.
pub(super) async fn end(connection: &mut PgConnection, session_id: Uuid) -> Result<(), AuthError> {
    sqlx::query("delete from auth.sessions where id = $1").bind(session_id).execute(connection).await?;
    Ok(())
}

/// Ends all sessions of a user, but for `kept`.
pub(super) async fn end_all(connection: &mut PgConnection, user_id: Uuid, kept: Option<Uuid>) -> Result<(), AuthError> {
    sqlx::query("delete from auth.sessions where user_id = $1 and id is distinct from $2")
        .bind(user_id)
        .bind(kept)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(age_hours: i64, idle_hours: i64) -> Session {
        let ago = |hours| Utc::now() - chrono::Duration::hours(hours);
        Session {
            id: Uuid::nil(),
            user_id: Uuid::nil(),
            aal: "aal1".to_owned(),
            not_after: None,
            created_at: Some(ago(age_hours)),
            refreshed_at: Some(ago(idle_hours).naive_utc()),
        }
    }

    #[test]
    fn sessions_end_after_their_time_or_when_they_lay_idle() {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let rules = SessionRules { timebox: hours(24), inactivity_timeout: hours(8) };
        assert!(!session(23, 7).is_over(&rules));
        assert!(session(25, 1).is_over(&rules));
        assert!(session(10, 9).is_over(&rules));
        assert!(!session(1000, 1000).is_over(&SessionRules::default()), "without limits they go on");
    }
}
