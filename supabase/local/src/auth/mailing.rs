//! Mails with links and codes: confirmation, recovery, sign-in, invitation and a change of address.
//!
//! What asks for a mail answers alike whether the address is known or not.

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::{Connection as _, PgConnection};
use url::form_urlencoded;

use super::audit::{self, Action};
use super::body::{Params, filled};
use super::caller::Client;
use super::error::AuthError;
use super::letters::Letter;
use super::limits::Action as Limited;
use super::mail::Mail;
use super::one_time::{self, OneTimeToken};
use super::pkce::Challenge;
use super::template::{Template, Variables};
use super::users::{self, NewUser, User};
use super::{State, address, password, redirect, signup};

/// A link to `/verify`.
pub(super) fn action_link(state: &State, letter: Letter, hash: &str, redirect_to: &str) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", hash)
        .append_pair("type", letter.verification_type())
        .append_pair("redirect_to", redirect_to)
        .finish();
    format!("{}/auth/v1/verify?{query}", state.config().api_url)
}

/// Sends a user a letter with a new token, which replaces older ones of its kind.
pub(super) async fn post(
    state: &State,
    connection: &mut PgConnection,
    user: &User,
    letter: Letter,
    challenge: Option<&Challenge>,
    redirect_to: &str,
) -> Result<(), AuthError> {
    require_pause(state, letter.last_sent(user))?;
    state.limits().count_mail()?;
    let config = state.config();
    let to = if letter == Letter::EmailChangeNew { &user.new_email } else { &user.email };
    let token = OneTimeToken::generate(to, challenge.is_some(), config.settings.email.otp_length);
    one_time::store(connection, user.id, letter.kind(), &token.hash, to).await?;
    if let Some(challenge) = challenge {
        challenge.save(connection, user.id, letter.purpose()).await?;
    }
    let link = action_link(state, letter, &token.hash, redirect_to);
    let variables = Variables {
        confirmation_url: &link,
        token: &token.code,
        token_hash: &token.hash,
        site_url: &config.settings.site_url,
        redirect_to,
        email: &user.email,
        new_email: &user.new_email,
    };
    let usual = Template::default();
    let template = config.templates.get(&letter.template()).unwrap_or(&usual);
    let minutes = state.otp_lifetime().div_euclid(60).max(1);
    let mail = Mail {
        to,
        subject: &template.subject(letter.subject(), &variables),
        text: letter.text(&variables, minutes),
        html: template.html(&variables).unwrap_or_else(|| letter.html(&variables, minutes)),
    };
    state.mailer().send(mail).await.map_err(|source| AuthError::Mail { message: "Error sending email", source })
}

/// Whether another mail may follow the last one of its kind.
///
/// # Errors
/// 429 `over_email_send_rate_limit`.
pub(super) fn require_pause(state: &State, last: Option<DateTime<Utc>>) -> Result<(), AuthError> {
    let pause = state.config().settings.email.max_frequency;
    // A clock that went back must not stop mails for longer.
    let passed = last.and_then(|last| (Utc::now() - last).to_std().ok());
    match passed.and_then(|passed| pause.checked_sub(passed)) {
        Some(left) if !left.is_zero() => {
            let seconds = left.as_secs_f64().ceil();
            let message = format!("For security purposes, you can only request this after {seconds} seconds.");
            Err(AuthError::too_many("over_email_send_rate_limit", message))
        }
        _ => Ok(()),
    }
}

/// Whether people may sign in and up by e-mail.
///
/// # Errors
/// 422 `email_provider_disabled`.
pub(super) fn require_email(state: &State, message: &str) -> Result<(), AuthError> {
    if state.config().settings.email.is_enabled() {
        return Ok(());
    }
    Err(AuthError::unprocessable("email_provider_disabled", message))
}

/// Where the link of a mail shall lead.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    pub(super) redirect_to: Option<String>,
}

impl Wish {
    /// What is allowed of it.
    pub(super) fn target(&self, state: &State, headers: &HeaderMap) -> String {
        redirect::target(state.config(), self.redirect_to.as_deref(), headers)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct MailParams {
    email: Option<String>,
    phone: Option<String>,
    /// For `/resend`: which mail.
    r#type: Option<String>,
    /// For `/otp`: whether an unknown address becomes a user. True when absent.
    create_user: Option<bool>,
    data: Option<Map<String, Value>>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

impl MailParams {
    fn challenge(&self) -> Result<Option<Challenge>, AuthError> {
        Challenge::read(self.code_challenge.as_deref(), self.code_challenge_method.as_deref())
    }

    fn address(&self, missing: &'static str) -> Result<String, AuthError> {
        if filled(self.phone.as_ref()).is_some() {
            return Err(phones_disabled());
        }
        address::normal(filled(self.email.as_ref()).ok_or_else(|| AuthError::invalid(missing))?)
    }
}

/// Phones aren't part of the local Auth.
pub(super) fn phones_disabled() -> AuthError {
    AuthError::bad_request("phone_provider_disabled", "Unsupported phone provider")
}

/// `POST /recover`: mails a link to choose a new password.
pub(super) async fn recover(
    Shared(state): Shared<State>,
    Query(wish): Query<Wish>,
    client: Client,
    headers: HeaderMap,
    Params(params): Params<MailParams>,
) -> Result<Json<Value>, AuthError> {
    state.limits().count(Limited::SignInOrUp, &client)?;
    let email = params.address("Password recovery requires an email")?;
    let challenge = params.challenge()?;
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    if let Some(user) = users::find_by_email(&mut transaction, &email).await? {
        audit::by_user(&mut transaction, &client, &user, Action::RecoveryRequested).await?;
        let target = wish.target(&state, &headers);
        post(&state, &mut transaction, &user, Letter::Recovery, challenge.as_ref(), &target).await?;
    }
    transaction.commit().await?;
    Ok(Json(json!({})))
}

/// `POST /otp`: mails a link and a code to sign in with, to new users too unless told otherwise.
pub(super) async fn one_time_password(
    state: Shared<State>,
    wish: Query<Wish>,
    client: Client,
    headers: HeaderMap,
    params: Params<MailParams>,
) -> Result<Json<Value>, AuthError> {
    let create = params.0.create_user.unwrap_or(true);
    sign_in_mail(state, wish, client, headers, params, create).await
}

/// `POST /magiclink`: the older name.
pub(super) async fn magic_link(
    state: Shared<State>,
    wish: Query<Wish>,
    client: Client,
    headers: HeaderMap,
    params: Params<MailParams>,
) -> Result<Json<Value>, AuthError> {
    sign_in_mail(state, wish, client, headers, params, true).await
}

async fn sign_in_mail(
    Shared(state): Shared<State>,
    Query(wish): Query<Wish>,
    client: Client,
    headers: HeaderMap,
    Params(params): Params<MailParams>,
    create: bool,
) -> Result<Json<Value>, AuthError> {
    state.limits().count(Limited::SignInOrUp, &client)?;
    let email = params.address("One of email or phone must be set")?;
    require_email(&state, "Email logins are disabled")?;
    let challenge = params.challenge()?;
    let target = wish.target(&state, &headers);
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let known = users::find_by_email(&mut transaction, &email).await?;
    let user = match known {
        Some(user) => user,
        None if !create => {
            return Err(AuthError::unprocessable("otp_disabled", "Signups not allowed for otp"));
        }
        None => {
            signup::require_open(&state)?;
            let new = NewUser {
                email: Some(email),
                password_hash: Some(password::hash(password::random()).await?),
                user_metadata: params.data.unwrap_or_default(),
                mirror_identity: true,
                ..NewUser::default()
            };
            users::insert(&mut transaction, new).await?
        }
    };
    let letter = if user.is_confirmed() || state.config().autoconfirms() {
        audit::by_user(&mut transaction, &client, &user, Action::RecoveryRequested).await?;
        Letter::MagicLink
    } else {
        audit::by_user(&mut transaction, &client, &user, Action::ConfirmationRequested).await?;
        Letter::Confirmation
    };
    post(&state, &mut transaction, &user, letter, challenge.as_ref(), &target).await?;
    transaction.commit().await?;
    Ok(Json(json!({})))
}

/// `POST /resend`: sends the confirmation of a sign-up, or of a change of address, again.
pub(super) async fn resend(
    Shared(state): Shared<State>,
    Query(wish): Query<Wish>,
    client: Client,
    headers: HeaderMap,
    Params(params): Params<MailParams>,
) -> Result<Json<Value>, AuthError> {
    state.limits().count(Limited::SignInOrUp, &client)?;
    let kind = filled(params.r#type.as_ref()).unwrap_or_default();
    if !matches!(kind, "signup" | "email_change") {
        return Err(AuthError::invalid("Missing one of these types: signup, email_change, sms, phone_change"));
    }
    let email = params.address("Type provided requires an email address")?;
    let challenge = params.challenge()?;
    let target = wish.target(&state, &headers);
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    match (kind, users::find_by_email(&mut transaction, &email).await?) {
        ("signup", Some(user)) if !user.is_confirmed() => {
            audit::by_user(&mut transaction, &client, &user, Action::ConfirmationRequested).await?;
            post(&state, &mut transaction, &user, Letter::Confirmation, challenge.as_ref(), &target).await?;
        }
        ("email_change", Some(user)) if !user.new_email.is_empty() => {
            require_pause(&state, user.email_change_sent_at)?;
            post_email_change(&state, &mut transaction, &user, challenge.as_ref(), &target).await?;
        }
        _ => {}
    }
    transaction.commit().await?;
    Ok(Json(json!({})))
}

/// Asks the new address whether the change is meant; and the old one, where there is one and the project wants that.
pub(super) async fn post_email_change(
    state: &State,
    connection: &mut PgConnection,
    user: &User,
    challenge: Option<&Challenge>,
    target: &str,
) -> Result<(), AuthError> {
    post(state, connection, user, Letter::EmailChangeNew, challenge, target).await?;
    if !user.email.is_empty() && state.config().settings.email.double_confirm_changes {
        post(state, connection, user, Letter::EmailChangeCurrent, challenge, target).await?;
    }
    Ok(())
}
