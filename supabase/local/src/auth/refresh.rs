//! Refreshing a session: each refresh token is for one use.
//!
//! A client that loses the answer, or asks twice at once, gets the same new token again. A token that turns up later
//! than that was stolen, or its successors were: all tokens of the session become useless.

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, Row as _};
use uuid::Uuid;

use super::State;
use super::audit::{self, Action};
use super::caller::Client;
use super::error::AuthError;
use super::tokens::{self, TokenResponse};
use super::{sessions, users};

/// What becomes of a token that is shown.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It is replaced by a new one.
    Rotate,
    /// It was replaced already, by the token that is active now.
    Repeat,
    /// It was used before, and the session can't be trusted any more.
    Revoke,
    /// It was used before, in a session without any active token.
    Refuse,
}

/// What `config.toml` says of used tokens.
#[derive(Debug, Clone, Copy)]
struct Rules {
    /// Whether the whole session ends with a token that was used before.
    rotation: bool,
    /// How long after its use a token still gets its successor, in seconds.
    reuse_interval: i64,
}

/// Decides about a token, `since` being when it was last changed: for a used one, when it was used.
fn judge(
    rules: Rules,
    revoked: bool,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    active_is_successor: Option<bool>,
) -> Verdict {
    match (revoked, active_is_successor) {
        (false, _) => Verdict::Rotate,
        (true, None) => Verdict::Refuse,
        (true, Some(true)) => Verdict::Repeat,
        (true, Some(false)) if (now - since).num_seconds() < rules.reuse_interval => Verdict::Repeat,
        (true, Some(false)) if rules.rotation => Verdict::Revoke,
        (true, Some(false)) => Verdict::Refuse,
    }
}

/// Exchanges a refresh token.
///
/// # Errors
/// 400 `refresh_token_not_found`, `refresh_token_already_used`, `session_not_found`, `session_expired`, `user_banned`.
pub(super) async fn refresh(state: &State, token: &str, client: &Client) -> Result<TokenResponse, AuthError> {
    let refuse = |code, reason| AuthError::bad_request(code, format!("Invalid Refresh Token: {reason}"));
    let missing = || refuse("refresh_token_not_found", "Refresh Token Not Found");
    if token.is_empty() {
        return Err(AuthError::OAuth { error: "invalid_request", description: "refresh_token required" });
    }
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;

    let session_id: Option<Uuid> = sqlx::query_scalar("select session_id from auth.refresh_tokens where token = $1")
        .bind(token)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or_else(missing)?;
    // Requests with tokens of the same session wait here for each other.
    let session =
        sqlx::query_as("select id, user_id, aal::text as aal, not_after, created_at, refreshed_at from auth.sessions where id = $1 for update")
            .bind(session_id)
            .fetch_optional(&mut *transaction)
            .await?;
    let session: sessions::Session = session.ok_or_else(|| refuse("session_not_found", "No Valid Session Found"))?;
    let user = users::get(&mut transaction, session.user_id).await?;
    if user.is_banned() {
        return Err(refuse("user_banned", "User Banned"));
    }
    let settings = &state.config().settings;
    if session.is_over(&settings.sessions) {
        return Err(refuse("session_expired", "Session Expired"));
    }

    let row =
        sqlx::query("select coalesce(revoked, false) as revoked, updated_at from auth.refresh_tokens where token = $1")
            .bind(token)
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or_else(missing)?;
    let active = sqlx::query(
        "select token, coalesce(parent, '') as parent from auth.refresh_tokens
        where session_id = $1 and not coalesce(revoked, false)
        order by id desc limit 1",
    )
    .bind(session.id)
    .fetch_optional(&mut *transaction)
    .await?;
    let active: Option<(String, String)> =
        active.map(|row| Ok::<_, sqlx::Error>((row.try_get("token")?, row.try_get("parent")?))).transpose()?;

    let is_successor = active.as_ref().map(|(_, parent)| parent == token);
    let rules = Rules {
        rotation: settings.enable_refresh_token_rotation,
        reuse_interval: i64::from(settings.refresh_token_reuse_interval),
    };
    let verdict = judge(rules, row.try_get("revoked")?, row.try_get("updated_at")?, Utc::now(), is_successor);
    let issued = match (verdict, active) {
        (Verdict::Rotate, _) => {
            sqlx::query("update auth.refresh_tokens set revoked = true, updated_at = now() where token = $1")
                .bind(token)
                .execute(&mut *transaction)
                .await?;
            audit::by_user(&mut transaction, client, &user, Action::TokenRevoked).await?;
            sessions::add_refresh_token(&mut transaction, &session, Some(token)).await?
        }
        (Verdict::Repeat, Some((active, _))) => active,
        (Verdict::Revoke, _) => {
            sessions::revoke_tokens(&mut transaction, session.id).await?;
            transaction.commit().await?;
            tracing::warn!(session_id = %session.id, "a refresh token was used again: its session is revoked");
            return Err(refuse("refresh_token_already_used", "Already Used"));
        }
        (Verdict::Refuse | Verdict::Repeat, _) => {
            return Err(refuse("refresh_token_already_used", "Already Used"));
        }
    };
    sqlx::query("update auth.sessions set refreshed_at = now() at time zone 'utc', updated_at = now(), user_agent = $2, ip = $3::inet where id = $1")
        .bind(session.id)
        .bind(&client.user_agent)
        .bind(client.address_text())
        .execute(&mut *transaction)
        .await?;
    audit::by_user(&mut transaction, client, &user, Action::TokenRefreshed).await?;
    let response = tokens::issue(state, &mut transaction, user, &session, issued).await?;
    transaction.commit().await?;
    Ok(response)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const REUSE_INTERVAL: i64 = 10;
    const RULES: Rules = Rules { rotation: true, reuse_interval: REUSE_INTERVAL };

    fn verdict(revoked: bool, seconds: i64, active_is_successor: Option<bool>) -> Verdict {
        let used = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        judge(RULES, revoked, used, used + chrono::Duration::seconds(seconds), active_is_successor)
    }

    #[test]
    fn without_rotation_an_old_token_is_refused_and_the_session_goes_on() {
        let used = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let rules = Rules { rotation: false, ..RULES };
        let later = used + chrono::Duration::seconds(REUSE_INTERVAL);
        assert_eq!(judge(rules, true, used, later, Some(false)), Verdict::Refuse);
    }

    #[test]
    fn an_unused_token_is_rotated_however_old() {
        assert_eq!(verdict(false, 0, Some(false)), Verdict::Rotate);
        assert_eq!(verdict(false, 1_000_000, Some(false)), Verdict::Rotate);
    }

    #[test]
    fn a_client_that_lost_the_answer_gets_it_again() {
        assert_eq!(verdict(true, 1, Some(true)), Verdict::Repeat);
        assert_eq!(verdict(true, 1_000_000, Some(true)), Verdict::Repeat);
    }

    #[test]
    fn an_older_token_is_forgiven_for_ten_seconds_only() {
        assert_eq!(verdict(true, REUSE_INTERVAL - 1, Some(false)), Verdict::Repeat);
        assert_eq!(verdict(true, REUSE_INTERVAL, Some(false)), Verdict::Revoke);
    }

    #[test]
    fn nothing_revives_a_revoked_session() {
        assert_eq!(verdict(true, 0, None), Verdict::Refuse);
        assert_eq!(verdict(true, 1_000_000, None), Verdict::Refuse);
    }
}
