//! Signing up, with e-mail and password or anonymously.

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::Connection as _;
use uuid::Uuid;

use super::audit::{self, Action};
use super::body::{Params, filled};
use super::caller::Client;
use super::error::AuthError;
use super::letters::Letter;
use super::limits::Action as Limited;
use super::mailing::{self, Wish};
use super::pkce::Challenge;
use super::users::{self, AUDIENCE, NewUser};
use super::{State, address, password, tokens};

#[derive(Debug, Deserialize)]
pub(super) struct SignUpParams {
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
    data: Option<Map<String, Value>>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// Whether people may sign up at all.
///
/// # Errors
/// 422 `signup_disabled`.
pub(super) fn require_open(state: &State) -> Result<(), AuthError> {
    if !state.config().settings.enable_signup {
        return Err(AuthError::unprocessable("signup_disabled", "Signups not allowed for this instance"));
    }
    Ok(())
}

/// `POST /signup`: answers with a session, or with the user alone when the address must be confirmed first.
pub(super) async fn sign_up(
    Shared(state): Shared<State>,
    Query(wish): Query<Wish>,
    client: Client,
    headers: HeaderMap,
    Params(params): Params<SignUpParams>,
) -> Result<Response, AuthError> {
    let email = filled(params.email.as_ref());
    if filled(params.phone.as_ref()).is_some() {
        return Err(mailing::phones_disabled());
    }
    require_open(&state)?;
    let Some(email) = email else {
        return anonymously(&state, &client, params).await;
    };
    state.limits().count(Limited::SignInOrUp, &client)?;
    mailing::require_email(&state, "Email signups are disabled")?;
    let chosen =
        filled(params.password.as_ref()).ok_or_else(|| AuthError::invalid("Signup requires a valid password"))?;
    password::check_strength(chosen, state.config())?;
    let challenge = Challenge::read(params.code_challenge.as_deref(), params.code_challenge_method.as_deref())?;
    let email = address::normal(email)?;
    // Before it is known whether the address is taken, so that the answer takes as long either way.
    let password_hash = password::hash(chosen.to_owned()).await?;
    let data = params.data.unwrap_or_default();

    let autoconfirm = state.config().autoconfirms();
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let user = match users::find_by_email(&mut transaction, &email).await? {
        Some(user) if autoconfirm || user.is_confirmed() => {
            audit::by_user(&mut transaction, &client, &user, Action::RepeatedSignUp).await?;
            transaction.commit().await?;
            return if autoconfirm {
                Err(AuthError::unprocessable("user_already_exists", "User already registered"))
            } else {
                Ok(Json(stranger(&email, &data)).into_response())
            };
        }
        // Nothing of the first sign-up changes: who asks now may be someone else.
        Some(user) => user,
        None => {
            let new = NewUser {
                email: Some(email),
                password_hash: Some(password_hash),
                user_metadata: data,
                mirror_identity: true,
                ..NewUser::default()
            };
            users::insert(&mut transaction, new).await?
        }
    };
    let response = if autoconfirm {
        audit::by_user(&mut transaction, &client, &user, Action::SignedUp).await?;
        users::confirm(&mut transaction, user.id).await?;
        audit::by_user(&mut transaction, &client, &user, Action::Login).await?;
        Json(tokens::sign_in(&state, &mut transaction, &user, "password", &client).await?).into_response()
    } else {
        audit::by_user(&mut transaction, &client, &user, Action::ConfirmationRequested).await?;
        let target = wish.target(&state, &headers);
        mailing::post(&state, &mut transaction, &user, Letter::Confirmation, challenge.as_ref(), &target).await?;
        Json(users::get(&mut transaction, user.id).await?).into_response()
    };
    transaction.commit().await?;
    Ok(response)
}

async fn anonymously(state: &State, client: &Client, params: SignUpParams) -> Result<Response, AuthError> {
    if !state.config().settings.enable_anonymous_sign_ins {
        return Err(AuthError::unprocessable("anonymous_provider_disabled", "Anonymous sign-ins are disabled"));
    }
    state.limits().count(Limited::SignUpAnonymously, client)?;
    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let new = NewUser { user_metadata: params.data.unwrap_or_default(), ..NewUser::default() };
    let user = users::insert(&mut transaction, new).await?;
    audit::by_user(&mut transaction, client, &user, Action::SignedUp).await?;
    let response = tokens::sign_in(state, &mut transaction, &user, "anonymous", client).await?;
    transaction.commit().await?;
    Ok(Json(response).into_response())
}

/// A user who doesn't exist: the answer to a sign-up with an address that is taken, where the mail alone may tell.
fn stranger(email: &str, data: &Map<String, Value>) -> Value {
    let now = Utc::now();
    json!({
        "id": Uuid::new_v4(),
        "aud": AUDIENCE,
        "role": "",
        "email": email,
        "phone": "",
        "confirmation_sent_at": now,
        "app_metadata": { "provider": "email", "providers": ["email"] },
        "user_metadata": data,
        "identities": [],
        "created_at": now,
        "updated_at": now,
        "is_anonymous": false,
    })
}
