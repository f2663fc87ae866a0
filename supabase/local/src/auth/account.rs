//! `/user`: what signed-in users read and change of themselves.

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::audit::{self, Action};
use super::body::{Params, filled};
use super::caller::{Caller, Client};
use super::error::AuthError;
use super::mailing::{self, Wish};
use super::pkce::Challenge;
use super::sessions::{self, Session};
use super::users::{self, User};
use super::{State, address, password, reauthenticate, verify};

#[derive(Debug, Deserialize)]
pub(super) struct UpdateParams {
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
    nonce: Option<String>,
    data: Option<Map<String, Value>>,
    app_metadata: Option<Map<String, Value>>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// `GET /user`.
pub(super) async fn read(caller: Caller) -> Json<User> {
    Json(caller.user)
}

/// `PUT /user`: changes password and metadata at once, the address when both addresses agree.
pub(super) async fn update(
    Shared(state): Shared<State>,
    Query(wish): Query<Wish>,
    client: Client,
    headers: HeaderMap,
    Caller { user, session }: Caller,
    Params(params): Params<UpdateParams>,
) -> Result<Json<User>, AuthError> {
    if filled(params.phone.as_ref()).is_some() {
        return Err(mailing::phones_disabled());
    }
    if params.app_metadata.is_some() {
        return Err(AuthError::forbidden("not_admin", "Updating app_metadata requires admin privileges"));
    }
    let email = filled(params.email.as_ref()).map(address::normal).transpose()?.filter(|email| *email != user.email);
    let challenge = Challenge::read(params.code_challenge.as_deref(), params.code_challenge_method.as_deref())?;
    let chosen = filled(params.password.as_ref());
    require_second_factor(&user, &session, email.is_some() || chosen.is_some())?;
    let password_hash = match chosen {
        Some(chosen) => Some(new_password(&state, &user, chosen, email.is_some()).await?),
        None => None,
    };

    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    if let Some(hash) = password_hash {
        reauthenticate::require(&state, &mut transaction, &user, &session, params.nonce.as_ref()).await?;
        users::set_password(&mut transaction, user.id, &hash).await?;
        // Whoever knew the old password is out.
        sessions::end_all(&mut transaction, user.id, Some(session.id)).await?;
        audit::by_user(&mut transaction, &client, &user, Action::PasswordUpdated).await?;
    }
    if let Some(data) = &params.data {
        users::merge_user_metadata(&mut transaction, user.id, data).await?;
    }
    if let Some(email) = email {
        if users::find_by_email(&mut transaction, &email).await?.is_some() {
            return Err(AuthError::email_exists());
        }
        let confirms = !(user.is_anonymous && state.config().autoconfirms());
        if confirms {
            mailing::require_pause(&state, user.email_change_sent_at)?;
        }
        let changed = ask_for_email(&mut transaction, user.id, &email).await?;
        if confirms {
            let target = wish.target(&state, &headers);
            mailing::post_email_change(&state, &mut transaction, &changed, challenge.as_ref(), &target).await?;
        } else {
            verify::change_email(&mut transaction, &changed).await?;
        }
    }
    audit::by_user(&mut transaction, &client, &user, Action::Modified).await?;
    let user = users::get(&mut transaction, user.id).await?;
    transaction.commit().await?;
    Ok(Json(user))
}

/// A user with a second factor must have shown it before changing what they sign in with.
fn require_second_factor(user: &User, session: &Session, changes_credentials: bool) -> Result<(), AuthError> {
    if changes_credentials && user.has_verified_factor() && !session.is_aal2() {
        return Err(AuthError::unauthorised(
            "insufficient_aal",
            "AAL2 session is required to update email or password when MFA is enabled.",
        ));
    }
    Ok(())
}

/// Checks a new password and hashes it.
async fn new_password(state: &State, user: &User, chosen: &str, gets_email: bool) -> Result<String, AuthError> {
    password::check_strength(chosen, state.config())?;
    if user.is_anonymous && !gets_email {
        let message = "Updating password of an anonymous user without an email or phone is not allowed";
        return Err(AuthError::unprocessable("validation_failed", message));
    }
    if user.password_hash().is_some() && password::matches(chosen.to_owned(), user.password_hash()).await? {
        let message = "New password should be different from the old password.";
        return Err(AuthError::unprocessable("same_password", message));
    }
    password::hash(chosen.to_owned()).await
}

/// Notes the address that a user wants, which nobody has agreed to yet.
async fn ask_for_email(connection: &mut PgConnection, id: Uuid, email: &str) -> Result<User, AuthError> {
    sqlx::query(
        "update auth.users
        set email_change = $2, email_change_confirm_status = 0, email_change_sent_at = now(), updated_at = now()
        where id = $1",
    )
    .bind(id)
    .bind(email)
    .execute(&mut *connection)
    .await
    .map_err(AuthError::database("Error updating user"))?;
    users::get(connection, id).await
}
