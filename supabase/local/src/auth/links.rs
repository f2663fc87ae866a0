//! `POST /admin/generate_link`: the links of mails, for admins who send them otherwise.

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::Connection as _;

use super::audit::{self, Action};
use super::body::{Params, filled};
use super::caller::{Admin, Client};
use super::error::AuthError;
use super::letters::Letter;
use super::mailing::{self, Wish};
use super::one_time::{self, OneTimeToken};
use super::users::{self, NewUser};
use super::{State, address, invite, password};

#[derive(Debug, Deserialize)]
pub(super) struct LinkParams {
    r#type: Option<String>,
    email: Option<String>,
    new_email: Option<String>,
    password: Option<String>,
    data: Option<Map<String, Value>>,
    redirect_to: Option<String>,
}

/// Answers with the user, and the link in its parts.
pub(super) async fn generate(
    Shared(state): Shared<State>,
    Query(wish): Query<Wish>,
    client: Client,
    headers: HeaderMap,
    _: Admin,
    Params(params): Params<LinkParams>,
) -> Result<Json<Value>, AuthError> {
    let email = address::normal(params.email.as_deref().unwrap_or_default())?;
    let mut kind = filled(params.r#type.as_ref()).unwrap_or_default();
    let mut chosen = filled(params.password.as_ref()).map(str::to_owned);
    let data = params.data.unwrap_or_default();
    let wish = Wish { redirect_to: params.redirect_to.or(wish.redirect_to) };
    let target = wish.target(&state, &headers);

    let mut connection = state.pool().acquire().await?;
    let mut transaction = connection.begin().await?;
    let known = users::find_by_email(&mut transaction, &email).await?;
    let unknown = || AuthError::not_found("user_not_found", "User with this email not found");
    if kind == "magiclink" && known.is_none() {
        // Someone new signs up by it.
        kind = "signup";
        chosen = Some(password::random());
    }
    let (user, letter) = match kind {
        "signup" => match known {
            Some(user) if user.is_confirmed() => return Err(AuthError::email_exists()),
            Some(user) => {
                users::merge_user_metadata(&mut transaction, user.id, &data).await?;
                (user, Letter::Confirmation)
            }
            None => {
                let chosen = chosen.ok_or_else(|| AuthError::invalid("Signup requires a valid password"))?;
                password::check_strength(&chosen, state.config())?;
                let new = NewUser {
                    email: Some(email),
                    password_hash: Some(password::hash(chosen).await?),
                    user_metadata: data,
                    mirror_identity: true,
                    ..NewUser::default()
                };
                (users::insert(&mut transaction, new).await?, Letter::Confirmation)
            }
        },
        "invite" => (invite::invited(&mut transaction, &client, email, data).await?, Letter::Invitation),
        "magiclink" => (known.ok_or_else(unknown)?, Letter::MagicLink),
        "recovery" => (known.ok_or_else(unknown)?, Letter::Recovery),
        "email_change_current" if !state.config().settings.email.double_confirm_changes => {
            let message = "Enable secure email change to generate link for current email";
            return Err(AuthError::invalid(message));
        }
        "email_change_current" | "email_change_new" => {
            let mut user = known.ok_or_else(unknown)?;
            let new_email = address::normal(params.new_email.as_deref().unwrap_or_default())?;
            if users::find_by_email(&mut transaction, &new_email).await?.is_some() {
                return Err(AuthError::email_exists());
            }
            sqlx::query(
                "update auth.users set email_change = $2, email_change_confirm_status = 0, updated_at = now() where id = $1",
            )
            .bind(user.id)
            .bind(&new_email)
            .execute(&mut *transaction)
            .await?;
            user.new_email = new_email;
            let is_new = kind == "email_change_new";
            (user, if is_new { Letter::EmailChangeNew } else { Letter::EmailChangeCurrent })
        }
        other => return Err(AuthError::invalid(format!("Invalid email action link type requested: {other}"))),
    };
    if matches!(letter, Letter::MagicLink | Letter::Recovery) {
        audit::by_user(&mut transaction, &client, &user, Action::RecoveryRequested).await?;
    }
    let to = if letter == Letter::EmailChangeNew { &user.new_email } else { &user.email };
    let token = OneTimeToken::generate(to, false, state.config().settings.email.otp_length);
    one_time::store(&mut transaction, user.id, letter.kind(), &token.hash, to).await?;
    let user = users::get(&mut transaction, user.id).await?;
    transaction.commit().await?;

    let mut answer = serde_json::to_value(user).map_err(AuthError::internal)?;
    answer["action_link"] = json!(mailing::action_link(&state, letter, &token.hash, &target));
    answer["email_otp"] = json!(token.code);
    answer["hashed_token"] = json!(token.hash);
    answer["verification_type"] = json!(kind);
    answer["redirect_to"] = json!(target);
    Ok(Json(answer))
}
