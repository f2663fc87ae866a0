//! `/verify`: proves an address with the link or the code of a mail.

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use url::{Url, form_urlencoded};

use super::audit::{self, Action};
use super::body::{Params, filled};
use super::caller::Client;
use super::error::AuthError;
use super::limits::Action as Limited;
use super::one_time::{self, Kind, PKCE_PREFIX};
use super::tokens::{self, TokenResponse};
use super::users::{self, User};
use super::{State, address, mailing, pkce, redirect};

/// What both addresses get to read when the first of them agrees to a change.
const HALF_WAY: &str = "Confirmation link accepted. Please proceed to confirm link sent to the other email";

const BAD_LINK: &str = "Email link is invalid or has expired";
const BAD_CODE: &str = "Token has expired or is invalid";

#[derive(Debug, Deserialize)]
pub(super) struct VerifyParams {
    r#type: Option<String>,
    token: Option<String>,
    token_hash: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    redirect_to: Option<String>,
}

/// What a token led to.
enum Accepted {
    Proven(Box<User>),
    /// One of two addresses has agreed to a change.
    HalfWay,
}

/// `GET /verify`: what links in mails open. Answers with a redirect, whose fragment tells the outcome.
pub(super) async fn by_link(
    Shared(state): Shared<State>,
    Query(params): Query<VerifyParams>,
    client: Client,
    headers: HeaderMap,
) -> Result<Response, AuthError> {
    state.limits().count(Limited::Verification, &client)?;
    let target = redirect::target(state.config(), params.redirect_to.as_deref(), &headers);
    let token = filled(params.token.as_ref()).or(filled(params.token_hash.as_ref()));
    let token = token.ok_or_else(|| AuthError::invalid("Verify requires a token"))?;
    let kind =
        filled(params.r#type.as_ref()).ok_or_else(|| AuthError::invalid("Verify requires a verification type"))?;
    let target = Url::parse(&target).map_err(AuthError::internal)?;
    let is_pkce = token.starts_with(PKCE_PREFIX);
    let location = follow(&state, &client, kind, token, target.clone()).await.unwrap_or_else(|error| {
        let (status, code) = error.code();
        tracing::debug!(code, %error, "a link was refused");
        refused(target, status, code, &error.to_string(), is_pkce)
    });
    Ok(Redirect::to(location.as_str()).into_response())
}

async fn follow(state: &State, client: &Client, kind: &str, token: &str, mut target: Url) -> Result<Url, AuthError> {
    let kinds = kinds(kind)?;
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let is_pkce = token.starts_with(PKCE_PREFIX);
    match spend(state, &mut transaction, client, &kinds, &[token.to_owned()], BAD_LINK).await? {
        Accepted::HalfWay => {
            let message = encoded(&[("message", HALF_WAY)]);
            if is_pkce {
                target.query_pairs_mut().append_pair("message", HALF_WAY);
            }
            target.set_fragment(Some(&message));
        }
        Accepted::Proven(user) if is_pkce => {
            let purpose = if kind == "signup" { "email/signup" } else { kind };
            let code = pkce::issue_code(&mut transaction, user.id, purpose).await?;
            target.query_pairs_mut().append_pair("code", &code);
        }
        Accepted::Proven(user) => {
            let tokens = tokens::sign_in(state, &mut transaction, &user, "otp", client).await?;
            target.set_fragment(Some(&encoded(&[
                ("access_token", &tokens.access_token),
                ("expires_at", &tokens.expires_at.to_string()),
                ("expires_in", &tokens.expires_in.to_string()),
                ("refresh_token", &tokens.refresh_token),
                ("token_type", tokens.token_type),
                ("type", kind),
            ])));
        }
    }
    transaction.commit().await?;
    Ok(target)
}

/// The address that tells of a refusal.
fn refused(mut target: Url, status: StatusCode, code: &str, message: &str, is_pkce: bool) -> Url {
    let error = match status.as_u16() {
        400 => "invalid_request",
        401 => "unauthorized_client",
        403 => "access_denied",
        _ => "server_error",
    };
    let outcome = [("error", error), ("error_code", code), ("error_description", message)];
    if is_pkce {
        target.query_pairs_mut().extend_pairs(outcome);
    }
    target.set_fragment(Some(&encoded(&outcome)));
    target
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// `POST /verify`: what `verifyOtp()` calls. Answers with a session.
pub(super) async fn by_request(
    Shared(state): Shared<State>,
    client: Client,
    Params(params): Params<VerifyParams>,
) -> Result<Response, AuthError> {
    state.limits().count(Limited::Verification, &client)?;
    let kind =
        filled(params.r#type.as_ref()).ok_or_else(|| AuthError::invalid("Verify requires a verification type"))?;
    let (hashes, refusal) = hashes(&params)?;
    let kinds = kinds(kind)?;
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let response = match spend(&state, &mut transaction, &client, &kinds, &hashes, refusal).await? {
        Accepted::HalfWay => Json(json!({ "msg": HALF_WAY, "code": "200" })).into_response(),
        Accepted::Proven(user) => {
            let response: TokenResponse = tokens::sign_in(&state, &mut transaction, &user, "otp", &client).await?;
            Json(response).into_response()
        }
    };
    transaction.commit().await?;
    Ok(response)
}

/// The hashes that a request can mean, and how to refuse it.
fn hashes(params: &VerifyParams) -> Result<(Vec<String>, &'static str), AuthError> {
    if filled(params.phone.as_ref()).is_some() {
        return Err(mailing::phones_disabled());
    }
    let email = filled(params.email.as_ref());
    if let Some(hash) = filled(params.token_hash.as_ref()) {
        if email.is_some() {
            return Err(AuthError::invalid("Only the token_hash and type should be provided"));
        }
        return Ok((vec![hash.to_owned()], BAD_LINK));
    }
    let code =
        filled(params.token.as_ref()).ok_or_else(|| AuthError::invalid("Verify requires a token or a token hash"))?;
    let email = email
        .ok_or_else(|| AuthError::invalid("Only an email address or phone number should be provided on verify"))?;
    let hash = one_time::hash(&address::normal(email)?, code);
    Ok((vec![format!("{PKCE_PREFIX}{hash}"), hash], BAD_CODE))
}

/// The kinds of token that a verification type accepts.
fn kinds(verification_type: &str) -> Result<Vec<Kind>, AuthError> {
    match verification_type {
        "signup" | "invite" => Ok(vec![Kind::Confirmation]),
        "recovery" | "magiclink" => Ok(vec![Kind::Recovery]),
        "email" => Ok(vec![Kind::Confirmation, Kind::Recovery]),
        "email_change" => Ok(vec![Kind::EmailChangeNew, Kind::EmailChangeCurrent]),
        _ => Err(AuthError::invalid("Invalid email verification type")),
    }
}

/// Spends a token and does what it is for.
async fn spend(
    state: &State,
    connection: &mut PgConnection,
    client: &Client,
    kinds: &[Kind],
    hashes: &[String],
    refusal: &'static str,
) -> Result<Accepted, AuthError> {
    let expired = || AuthError::forbidden("otp_expired", refusal);
    let spent = one_time::spend(connection, state.otp_lifetime(), kinds, hashes)
        .await?
        .filter(|spent| !spent.expired)
        .ok_or_else(expired)?;
    let user = users::get(connection, spent.user_id).await?;
    if user.is_banned() {
        return Err(AuthError::forbidden("user_banned", "User is banned"));
    }
    match spent.kind {
        Kind::Confirmation => {
            audit::by_user(connection, client, &user, Action::SignedUp).await?;
            users::confirm(connection, user.id).await?;
        }
        Kind::Recovery => {
            if user.is_confirmed() {
                audit::by_user(connection, client, &user, Action::Login).await?;
            } else {
                audit::by_user(connection, client, &user, Action::SignedUp).await?;
                users::confirm(connection, user.id).await?;
            }
        }
        Kind::EmailChangeNew | Kind::EmailChangeCurrent => {
            let asks_both = state.config().settings.email.double_confirm_changes;
            if asks_both && user.email_change_confirm_status == 0 && !user.email.is_empty() {
                sqlx::query("update auth.users set email_change_confirm_status = 1, updated_at = now() where id = $1")
                    .bind(user.id)
                    .execute(&mut *connection)
                    .await?;
                return Ok(Accepted::HalfWay);
            }
            audit::by_user(connection, client, &user, Action::Modified).await?;
            change_email(connection, &user).await?;
        }
        // It is asked for with a new password only, never here.
        Kind::Reauthentication => return Err(expired()),
    }
    Ok(Accepted::Proven(Box::new(user)))
}

/// Gives a user the address that they asked for and have proven.
///
/// # Errors
/// 422 `email_exists` when someone else has it by now.
pub(super) async fn change_email(connection: &mut PgConnection, user: &User) -> Result<(), AuthError> {
    one_time::forget(connection, user.id, &[Kind::EmailChangeNew, Kind::EmailChangeCurrent]).await?;
    users::set_email(connection, user.id, &user.new_email).await?;
    sqlx::query(
        "update auth.users set email_change = '', email_change_confirm_status = 0, updated_at = now() where id = $1",
    )
    .bind(user.id)
    .execute(&mut *connection)
    .await?;
    users::confirm(connection, user.id).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_link_tells_why_in_the_fragment() {
        let target = Url::parse("http://127.0.0.1:3000/welcome?a=1").unwrap();
        let url = refused(target.clone(), StatusCode::FORBIDDEN, "otp_expired", BAD_LINK, false);
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:3000/welcome?a=1#error=access_denied&error_code=otp_expired\
            &error_description=Email+link+is+invalid+or+has+expired"
        );
        let url = refused(target, StatusCode::FORBIDDEN, "otp_expired", BAD_LINK, true);
        assert!(url.query().unwrap().contains("error_code=otp_expired"), "a PKCE client reads the query");
    }
}
