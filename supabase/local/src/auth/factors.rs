//! Second factors: enrol, challenge, verify, take off. A verified one raises the session to `aal2`.

use axum::Json;
use axum::extract::{Path, State as Shared};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, Row as _};
use url::Url;
use uuid::Uuid;

use super::admin::user_id;
use super::audit::{self, Action};
use super::body::{Params, filled};
use super::caller::{Admin, Caller, Client};
use super::error::AuthError;
use super::tokens::{self, TokenResponse};
use super::totp::{self, Enrolment};
use super::users::{self, Factor, User};
use super::{State, sessions};

/// How long a challenge can be answered, in seconds.
const CHALLENGE_LIFETIME: i64 = 300;

#[derive(Debug, Deserialize)]
pub(super) struct EnrolParams {
    friendly_name: Option<String>,
    factor_type: Option<String>,
    issuer: Option<String>,
}

/// `POST /factors`: a new TOTP factor, to be verified before it counts.
pub(super) async fn enrol(
    Shared(state): Shared<State>,
    client: Client,
    Caller { user, session }: Caller,
    Params(params): Params<EnrolParams>,
) -> Result<Json<Value>, AuthError> {
    if user.is_anonymous {
        return Err(AuthError::forbidden("no_authorization", "Anonymous user not allowed to perform these actions"));
    }
    match params.factor_type.as_deref() {
        Some("totp") if state.config().settings.mfa.totp.enroll_enabled => {}
        Some("totp") => {
            return Err(AuthError::unprocessable("mfa_totp_enroll_not_enabled", "MFA enroll is disabled for TOTP"));
        }
        Some("phone") => {
            return Err(AuthError::unprocessable("mfa_phone_enroll_not_enabled", "MFA enroll is disabled for Phone"));
        }
        Some("webauthn") => {
            let message = "MFA enroll is disabled for WebAuthn";
            return Err(AuthError::unprocessable("mfa_webauthn_enroll_not_enabled", message));
        }
        _ => return Err(AuthError::invalid("factor_type needs to be totp, phone, or webauthn")),
    }
    let friendly_name = params.friendly_name.unwrap_or_default();
    let most = state.config().settings.mfa.max_enrolled_factors as usize;
    require_room(&user, &friendly_name, most, session.is_aal2())?;
    let site = Url::parse(&state.config().settings.site_url).map_err(AuthError::internal)?;
    let issuer = filled(params.issuer.as_ref()).or(site.host_str()).unwrap_or_default();
    let enrolment = Enrolment::generate(issuer, &user.email)?;

    let id = Uuid::new_v4();
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    sqlx::query(
        "insert into auth.mfa_factors (
            id, user_id, friendly_name, factor_type, status, secret, created_at, updated_at
        )
        values ($1, $2, $3, 'totp', 'unverified', $4, now(), now())",
    )
    .bind(id)
    .bind(user.id)
    .bind(&friendly_name)
    .bind(&enrolment.secret)
    .execute(&mut *transaction)
    .await
    .map_err(|error| {
        let constraint = error.as_database_error().and_then(|error| error.constraint());
        if constraint == Some("mfa_factors_user_friendly_name_unique") {
            name_conflict(&friendly_name)
        } else {
            AuthError::from(error)
        }
    })?;
    audit::by_user(&mut transaction, &client, &user, Action::FactorEnrolled).await?;
    transaction.commit().await?;
    Ok(Json(json!({
        "id": id,
        "type": "totp",
        "friendly_name": friendly_name,
        "totp": { "qr_code": enrolment.qr_code, "secret": enrolment.secret, "uri": enrolment.uri },
    })))
}

fn require_room(user: &User, friendly_name: &str, most: usize, is_aal2: bool) -> Result<(), AuthError> {
    if user.factors.iter().any(|factor| factor.friendly_name == friendly_name) {
        return Err(name_conflict(friendly_name));
    }
    if user.factors.len() >= most {
        let message = "Maximum number of verified factors reached, unenroll to continue";
        return Err(AuthError::unprocessable("too_many_enrolled_mfa_factors", message));
    }
    if user.has_verified_factor() && !is_aal2 {
        return Err(AuthError::forbidden("insufficient_aal", "AAL2 required to enroll a new factor"));
    }
    Ok(())
}

fn require_verification(state: &State) -> Result<(), AuthError> {
    if state.config().settings.mfa.totp.verify_enabled {
        return Ok(());
    }
    Err(AuthError::unprocessable("mfa_totp_verify_not_enabled", "MFA verification is disabled for TOTP"))
}

fn name_conflict(friendly_name: &str) -> AuthError {
    let message = format!("A factor with the friendly name \"{friendly_name}\" for this user already exists");
    AuthError::unprocessable("mfa_factor_name_conflict", message)
}

/// `POST /factors/{id}/challenge`.
pub(super) async fn challenge(
    Shared(state): Shared<State>,
    Path(factor_id): Path<String>,
    client: Client,
    Caller { user, .. }: Caller,
) -> Result<Json<Value>, AuthError> {
    let factor = own_factor(&user, &factor_id)?;
    require_verification(&state)?;
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let row = sqlx::query(
        "insert into auth.mfa_challenges (id, factor_id, created_at, ip_address)
        values ($1, $2, clock_timestamp(), $3::inet)
        returning id, created_at",
    )
    .bind(Uuid::new_v4())
    .bind(factor.id)
    .bind(address(&client))
    .fetch_one(&mut *transaction)
    .await?;
    let (id, created_at): (Uuid, DateTime<Utc>) = (row.try_get("id")?, row.try_get("created_at")?);
    sqlx::query("update auth.mfa_factors set last_challenged_at = clock_timestamp() where id = $1")
        .bind(factor.id)
        .execute(&mut *transaction)
        .await?;
    audit::by_user(&mut transaction, &client, &user, Action::ChallengeCreated).await?;
    transaction.commit().await?;
    let expires_at = created_at.timestamp() + CHALLENGE_LIFETIME;
    Ok(Json(json!({ "id": id, "type": factor.factor_type, "expires_at": expires_at })))
}

#[derive(Debug, Deserialize)]
pub(super) struct VerifyParams {
    challenge_id: Option<String>,
    code: Option<String>,
}

/// `POST /factors/{id}/verify`: answers with new tokens of the session, which is `aal2` from now on. The user's other
/// sessions that aren't end.
pub(super) async fn verify(
    Shared(state): Shared<State>,
    Path(factor_id): Path<String>,
    client: Client,
    Caller { user, mut session }: Caller,
    Params(params): Params<VerifyParams>,
) -> Result<Json<TokenResponse>, AuthError> {
    let factor = own_factor(&user, &factor_id)?;
    require_verification(&state)?;
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    answer_challenge(&mut transaction, factor, &params, &client).await?;

    sqlx::query("update auth.mfa_factors set status = 'verified', updated_at = now() where id = $1")
        .bind(factor.id)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("delete from auth.mfa_factors where user_id = $1 and status = 'unverified' and factor_type = 'totp'")
        .bind(user.id)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("update auth.sessions set aal = 'aal2', factor_id = $2, updated_at = now() where id = $1")
        .bind(session.id)
        .bind(factor.id)
        .execute(&mut *transaction)
        .await?;
    session.aal = "aal2".to_owned();
    sqlx::query("delete from auth.sessions where user_id = $1 and aal < 'aal2'")
        .bind(user.id)
        .execute(&mut *transaction)
        .await?;
    sessions::add_method(&mut transaction, session.id, "totp").await?;
    let replaced: Option<String> = sqlx::query_scalar(
        "select token from auth.refresh_tokens where session_id = $1 and not revoked order by id desc limit 1",
    )
    .bind(session.id)
    .fetch_optional(&mut *transaction)
    .await?;
    sessions::revoke_tokens(&mut transaction, session.id).await?;
    let refresh_token = sessions::add_refresh_token(&mut transaction, &session, replaced.as_deref()).await?;
    audit::by_user(&mut transaction, &client, &user, Action::FactorVerified).await?;
    let user = users::get(&mut transaction, user.id).await?;
    let response = tokens::issue(&state, &mut transaction, user, &session, refresh_token).await?;
    transaction.commit().await?;
    Ok(Json(response))
}

/// Checks a code against an open challenge, and closes that.
async fn answer_challenge(
    connection: &mut PgConnection,
    factor: &Factor,
    params: &VerifyParams,
    client: &Client,
) -> Result<(), AuthError> {
    let refuse = |code, message: &str| Err(AuthError::unprocessable(code, message));
    let id: Option<Uuid> = params.challenge_id.as_deref().and_then(|text| text.parse().ok());
    let row = sqlx::query(
        "select created_at, verified_at is not null as is_answered, ip_address = $3::inet as is_same_address
        from auth.mfa_challenges
        where id = $1 and factor_id = $2
        for update",
    )
    .bind(id)
    .bind(factor.id)
    .bind(address(client))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else {
        return refuse("mfa_factor_not_found", "MFA factor with the provided challenge ID not found");
    };
    if row.try_get("is_answered")? || !row.try_get::<bool, _>("is_same_address")? {
        return refuse("mfa_ip_address_mismatch", "Challenge and verify IP addresses mismatch.");
    }
    let created_at: DateTime<Utc> = row.try_get("created_at")?;
    let now = Utc::now();
    if (now - created_at).num_seconds() >= CHALLENGE_LIFETIME {
        let message = "MFA challenge has expired, verify against another challenge or create a new challenge.";
        return refuse("mfa_challenge_expired", message);
    }
    let code = params.code.as_deref().unwrap_or_default();
    let secret = factor.secret.as_deref().unwrap_or_default();
    let time = u64::try_from(now.timestamp()).map_err(AuthError::internal)?;
    if !totp::fits(secret, code, time)? {
        return refuse("mfa_verification_failed", "Invalid TOTP code entered");
    }
    sqlx::query("update auth.mfa_challenges set verified_at = now() where id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// `DELETE /factors/{id}`.
pub(super) async fn unenrol(
    Shared(state): Shared<State>,
    Path(factor_id): Path<String>,
    client: Client,
    Caller { user, session }: Caller,
) -> Result<Json<Value>, AuthError> {
    let factor = own_factor(&user, &factor_id)?;
    if factor.is_verified() && !session.is_aal2() {
        return Err(AuthError::unprocessable("insufficient_aal", "AAL2 required to unenroll verified factor"));
    }
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    take_off(&mut transaction, factor.id).await?;
    audit::by_user(&mut transaction, &client, &user, Action::FactorUnenrolled).await?;
    transaction.commit().await?;
    Ok(Json(json!({ "id": factor.id })))
}

/// Deletes a factor; the sessions that it raised are `aal1` again.
async fn take_off(connection: &mut PgConnection, factor_id: Uuid) -> Result<(), AuthError> {
    sqlx::query(
        "with lowered as (
            update auth.sessions set aal = 'aal1', factor_id = null, updated_at = now()
            where factor_id = $1
            returning id
        )
        delete from auth.mfa_amr_claims
        where session_id in (select id from lowered) and authentication_method = 'totp'",
    )
    .bind(factor_id)
    .execute(&mut *connection)
    .await?;
    sqlx::query("delete from auth.mfa_factors where id = $1").bind(factor_id).execute(connection).await?;
    Ok(())
}

/// `GET /admin/users/{id}/factors`.
pub(super) async fn list_of_user(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    _: Admin,
) -> Result<Json<Vec<Factor>>, AuthError> {
    let mut connection = state.pool().acquire().await?;
    Ok(Json(users::get(&mut connection, user_id(&id)?).await?.factors))
}

/// `DELETE /admin/users/{id}/factors/{factor_id}`: for a user who lost it.
pub(super) async fn remove_of_user(
    Shared(state): Shared<State>,
    Path((id, factor_id)): Path<(String, String)>,
    client: Client,
    _: Admin,
) -> Result<Json<Factor>, AuthError> {
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let user = users::get(&mut transaction, user_id(&id)?).await?;
    let factor = own_factor(&user, &factor_id)?;
    take_off(&mut transaction, factor.id).await?;
    audit::by_admin(&mut transaction, &client, &user, Action::FactorDeleted).await?;
    transaction.commit().await?;
    Ok(Json(factor.clone()))
}

fn own_factor<'a>(user: &'a User, id: &str) -> Result<&'a Factor, AuthError> {
    let id: Uuid = id.parse().map_err(|_| AuthError::not_found("validation_failed", "factor_id must be an UUID"))?;
    user.factors
        .iter()
        .find(|factor| factor.id == id)
        .ok_or_else(|| AuthError::not_found("mfa_factor_not_found", "Factor not found"))
}

/// The client's address as the challenge keeps it; it may not be null.
fn address(client: &Client) -> String {
    client.address_text().unwrap_or_else(|| "0.0.0.0".to_owned())
}
