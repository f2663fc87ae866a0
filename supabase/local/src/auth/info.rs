//! What Auth says about itself.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use super::State;
use super::error::AuthError;

/// The providers that Supabase Auth knows and that aren't here.
const ABSENT: [&str; 24] = [
    "apple",
    "azure",
    "bitbucket",
    "discord",
    "facebook",
    "figma",
    "fly",
    "github",
    "gitlab",
    "google",
    "kakao",
    "keycloak",
    "linkedin",
    "linkedin_oidc",
    "notion",
    "phone",
    "slack",
    "slack_oidc",
    "snapchat",
    "spotify",
    "twitch",
    "twitter",
    "workos",
    "zoom",
];

/// `GET /health`: says whether the database answers.
pub(super) async fn health(Shared(state): Shared<State>) -> Result<Json<Value>, AuthError> {
    sqlx::query("select from auth.users limit 1")
        .execute(state.pool())
        .await
        .map_err(AuthError::database("The database can't be reached"))?;
    Ok(Json(json!({
        "version": concat!("local-", env!("CARGO_PKG_VERSION")),
        "name": "GoTrue",
        "description": "GoTrue is a user registration and authentication API",
    })))
}

/// `GET /settings`.
pub(super) async fn settings(Shared(state): Shared<State>) -> Json<Value> {
    let config = state.config();
    let settings = &config.settings;
    let mut external: Map<String, Value> = ABSENT.iter().map(|name| ((*name).to_owned(), json!(false))).collect();
    external.insert("email".to_owned(), json!(settings.email.is_enabled()));
    external.insert("anonymous_users".to_owned(), json!(settings.enable_anonymous_sign_ins));
    Json(json!({
        "external": external,
        "disable_signup": !settings.enable_signup,
        "mailer_autoconfirm": config.autoconfirms(),
        "phone_autoconfirm": false,
        "sms_provider": "",
        "saml_enabled": false,
    }))
}

/// `GET /.well-known/jwks.json`: the public keys, to be kept by clients for ten minutes.
pub(super) async fn jwks(Shared(state): Shared<State>) -> impl IntoResponse {
    ([(CACHE_CONTROL, "public, max-age=600")], Json(state.keys().jwks()))
}
