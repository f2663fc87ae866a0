//! One-time tokens: what a mail's link or code proves.
//!
//! The database keeps only a hash of the code and its address. That hash is also what a link carries, because
//! `verifyOtp({ token_hash })` and `generateLink()` name it so. Spending a token deletes its row: of two requests with
//! the same token one finds it.

use chrono::NaiveDateTime;
use rand::Rng as _;
use sha2::{Digest as _, Sha224};
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::error::AuthError;

/// Marks the tokens of a PKCE flow: their links answer with a code for the browser that asked, not with a session.
pub(super) const PKCE_PREFIX: &str = "pkce_";

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Confirmation,
    Recovery,
    EmailChangeNew,
    EmailChangeCurrent,
    Reauthentication,
}

impl Kind {
    const ALL: [Self; 5] =
        [Self::Confirmation, Self::Recovery, Self::EmailChangeNew, Self::EmailChangeCurrent, Self::Reauthentication];

    fn name(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation_token",
            Self::Recovery => "recovery_token",
            Self::EmailChangeNew => "email_change_token_new",
            Self::EmailChangeCurrent => "email_change_token_current",
            Self::Reauthentication => "reauthentication_token",
        }
    }
}

/// A code and the hash that stands for it.
pub(super) struct OneTimeToken {
    /// Digits, for people.
    pub(super) code: String,
    /// What links carry and the database keeps.
    pub(super) hash: String,
}

impl OneTimeToken {
    /// A new token for an address, with a code of so many digits.
    pub(super) fn generate(email: &str, pkce: bool, digits: usize) -> Self {
        let code: String = (0..digits).map(|_| char::from(rand::rng().random_range(b'0'..=b'9'))).collect();
        let prefix = if pkce { PKCE_PREFIX } else { "" };
        Self { hash: format!("{prefix}{}", hash(email, &code)), code }
    }
}

/// The hash of a code sent to an address.
pub(super) fn hash(email: &str, code: &str) -> String {
    Sha224::digest(format!("{email}{code}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes `hash` the user's only token of its kind, from now on.
pub(super) async fn store(
    connection: &mut PgConnection,
    user_id: Uuid,
    kind: Kind,
    hash: &str,
    relates_to: &str,
) -> Result<(), AuthError> {
    sqlx::query(
        "insert into auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at)
        values ($1, $2, $3::auth.one_time_token_type, $4, $5, now() at time zone 'utc', now() at time zone 'utc')
        on conflict (user_id, token_type) do update
        set token_hash = excluded.token_hash, relates_to = excluded.relates_to,
            created_at = excluded.created_at, updated_at = excluded.updated_at",
    )
    .bind(Uuid::new_v4())
    .bind(user_id)
    .bind(kind.name())
    .bind(hash)
    .bind(relates_to)
    .execute(&mut *connection)
    .await?;
    let remember = match kind {
        Kind::Confirmation => {
            "update auth.users set confirmation_token = $2, confirmation_sent_at = now(), updated_at = now() where id = $1"
        }
        Kind::Recovery => {
            "update auth.users set recovery_token = $2, recovery_sent_at = now(), updated_at = now() where id = $1"
        }
        Kind::EmailChangeNew => {
            "update auth.users set email_change_token_new = $2, email_change_sent_at = now(), updated_at = now() where id = $1"
        }
        Kind::EmailChangeCurrent => {
            "update auth.users set email_change_token_current = $2, email_change_sent_at = now(), updated_at = now() where id = $1"
        }
        Kind::Reauthentication => {
            "update auth.users set reauthentication_token = $2, reauthentication_sent_at = now(), updated_at = now() where id = $1"
        }
    };
    sqlx::query(remember).bind(user_id).bind(hash).execute(connection).await?;
    Ok(())
}

/// A token that has just been spent.
pub(super) struct Spent {
    pub(super) user_id: Uuid,
    pub(super) kind: Kind,
    pub(super) expired: bool,
}

/// Spends the token with this hash, if there is one of these kinds. It stays spent when the transaction commits.
/// `lifetime` is in seconds.
pub(super) async fn spend(
    connection: &mut PgConnection,
    lifetime: i64,
    kinds: &[Kind],
    hashes: &[String],
) -> Result<Option<Spent>, AuthError> {
    if hashes.iter().any(|hash| hash.contains('\0')) {
        return Ok(None);
    }
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let row = sqlx::query(
        "delete from auth.one_time_tokens
        where token_hash = any($1) and token_type::text = any($2)
        returning user_id, token_type::text as kind, created_at",
    )
    .bind(hashes)
    .bind(names)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (user_id, name): (Uuid, String) = (row.try_get("user_id")?, row.try_get("kind")?);
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| AuthError::internal(format!("unknown kind of token: {name}")))?;
    forget(connection, user_id, &[kind]).await?;
    let expired = is_expired(row.try_get("created_at")?, chrono::Utc::now().naive_utc(), lifetime);
    Ok(Some(Spent { user_id, kind, expired }))
}

/// Deletes a user's tokens of these kinds.
pub(super) async fn forget(connection: &mut PgConnection, user_id: Uuid, kinds: &[Kind]) -> Result<(), AuthError> {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    sqlx::query("delete from auth.one_time_tokens where user_id = $1 and token_type::text = any($2)")
        .bind(user_id)
        .bind(&names)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "update auth.users
        set
            confirmation_token = case when 'confirmation_token' = any($2) then '' else confirmation_token end,
            recovery_token = case when 'recovery_token' = any($2) then '' else recovery_token end,
            email_change_token_new =
                case when 'email_change_token_new' = any($2) then '' else email_change_token_new end,
            email_change_token_current =
                case when 'email_change_token_current' = any($2) then '' else email_change_token_current end,
            reauthentication_token =
                case when 'reauthentication_token' = any($2) then '' else reauthentication_token end,
            updated_at = now()
        where id = $1",
    )
    .bind(user_id)
    .bind(&names)
    .execute(connection)
    .await?;
    Ok(())
}

fn is_expired(created_at: NaiveDateTime, now: NaiveDateTime, lifetime: i64) -> bool {
    (now - created_at).num_seconds() >= lifetime
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_digits_and_belong_to_their_address() {
        for digits in 6..=10 {
            let token = OneTimeToken::generate("a@example.test", false, digits);
            assert!(token.code.len() == digits && token.code.bytes().all(|byte| byte.is_ascii_digit()));
            assert_eq!(token.hash, hash("a@example.test", &token.code));
            assert_ne!(token.hash, hash("b@example.test", &token.code));
        }
        assert!(OneTimeToken::generate("a@example.test", true, 6).hash.starts_with(PKCE_PREFIX));
    }

    #[test]
    fn tokens_expire_after_their_lifetime() {
        let created = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap().naive_utc();
        assert!(!is_expired(created, created + chrono::Duration::seconds(599), 600));
        assert!(is_expired(created, created + chrono::Duration::seconds(600), 600));
    }
}
