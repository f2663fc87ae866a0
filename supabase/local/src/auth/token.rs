//! `POST /token`: password, refresh token or PKCE code for a session.

use axum::Json;
use axum::extract::{Query, State as Shared};
use serde::Deserialize;
use sqlx::Connection as _;

use super::audit::{self, Action};
use super::body::{Params, filled};
use super::caller::Client;
use super::error::AuthError;
use super::limits::Action as Limited;
use super::tokens::{self, TokenResponse};
use super::{State, address, elsewhere, mailing, password, pkce, refresh, users};

#[derive(Debug, Deserialize)]
pub(super) struct Grant {
    grant_type: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct GrantParams {
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
    refresh_token: Option<String>,
    auth_code: Option<String>,
    code_verifier: Option<String>,
}

/// Dispatches by `grant_type`.
pub(super) async fn grant(
    Shared(state): Shared<State>,
    Query(grant): Query<Grant>,
    client: Client,
    Params(params): Params<GrantParams>,
) -> Result<Json<TokenResponse>, AuthError> {
    state.limits().count(Limited::Token, &client)?;
    let response = match grant.grant_type.as_deref() {
        Some("password") => by_password(&state, &client, params).await?,
        Some("refresh_token") => {
            refresh::refresh(&state, params.refresh_token.as_deref().unwrap_or_default(), &client).await?
        }
        Some("pkce") => by_code(&state, &client, params).await?,
        other => {
            let absent = elsewhere::grant(other.unwrap_or_default());
            return Err(
                absent.unwrap_or_else(|| AuthError::bad_request("invalid_credentials", "unsupported_grant_type"))
            );
        }
    };
    Ok(Json(response))
}

async fn by_password(state: &State, client: &Client, params: GrantParams) -> Result<TokenResponse, AuthError> {
    if filled(params.phone.as_ref()).is_some() {
        return Err(mailing::phones_disabled());
    }
    let email = filled(params.email.as_ref()).ok_or_else(|| AuthError::invalid("missing email or phone"))?;
    mailing::require_email(state, "Email logins are disabled")?;
    let wrong = || AuthError::bad_request("invalid_credentials", "Invalid login credentials");
    // What can't be an address belongs to nobody.
    let email = address::normal(email).map_err(|_| wrong())?;
    let given = params.password.unwrap_or_default();

    let mut connection = state.pool().acquire().await?;
    let user = users::find_by_email(&mut connection, &email).await?;
    // The connection is free for others while bcrypt works.
    drop(connection);
    let fits = password::matches(given, user.as_ref().and_then(|user| user.password_hash())).await?;
    let user = user.filter(|_| fits).ok_or_else(wrong)?;
    if user.is_banned() {
        return Err(AuthError::bad_request("user_banned", "User is banned"));
    }
    if !user.is_confirmed() {
        return Err(AuthError::bad_request("email_not_confirmed", "Email not confirmed"));
    }

    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    audit::by_user(&mut transaction, client, &user, Action::Login).await?;
    let response = tokens::sign_in(state, &mut transaction, &user, "password", client).await?;
    transaction.commit().await?;
    Ok(response)
}

async fn by_code(state: &State, client: &Client, params: GrantParams) -> Result<TokenResponse, AuthError> {
    let (Some(code), Some(verifier)) = (filled(params.auth_code.as_ref()), filled(params.code_verifier.as_ref()))
    else {
        return Err(AuthError::invalid("invalid request: both auth code and code verifier should be non-empty"));
    };
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let (user, method) = pkce::redeem(&mut transaction, code, verifier).await?;
    if user.is_banned() {
        return Err(AuthError::forbidden("user_banned", "User is banned"));
    }
    audit::by_user(&mut transaction, client, &user, Action::Login).await?;
    let response = tokens::sign_in(state, &mut transaction, &user, &method, client).await?;
    transaction.commit().await?;
    Ok(response)
}
