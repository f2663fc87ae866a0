//! What Supabase Auth has and the local one hasn't: answered as a project answers where it is turned off, with what to
//! use instead.

use axum::http::StatusCode;

use super::error::AuthError;

const INSTEAD: &str = "use `supabase start` or a hosted project for it";

/// No provider but e-mail is here.
pub(super) fn provider_disabled() -> AuthError {
    AuthError::invalid(format!(
        "Unsupported provider: provider is not enabled: the local Auth signs in by e-mail only; for OAuth {INSTEAD}"
    ))
}

/// `GET /authorize`, `/callback`: OAuth.
pub(super) async fn oauth_sign_in() -> AuthError {
    provider_disabled()
}

/// `/sso`, `/saml`.
pub(super) async fn sso() -> AuthError {
    AuthError::not_found("saml_provider_disabled", format!("SAML 2.0 is disabled: the local Auth hasn't it; {INSTEAD}"))
}

/// `/oauth`, `/.well-known/oauth-authorization-server`: Auth as a provider for others.
pub(super) async fn oauth_server() -> AuthError {
    AuthError::not_found("feature_disabled", format!("OAuth server is disabled: the local Auth hasn't it; {INSTEAD}"))
}

/// `/passkeys`.
pub(super) async fn passkeys() -> AuthError {
    AuthError::with_status(
        StatusCode::NOT_IMPLEMENTED,
        "passkey_disabled",
        format!("Passkeys are disabled: the local Auth hasn't them; {INSTEAD}"),
    )
}

/// A grant type of `/token` that isn't here.
pub(super) fn grant(grant_type: &str) -> Option<AuthError> {
    match grant_type {
        "id_token" => Some(AuthError::bad_request(
            "provider_disabled",
            format!("Provider is not enabled: the local Auth takes no tokens of others; {INSTEAD}"),
        )),
        "web3" => Some(AuthError::unprocessable(
            "web3_provider_disabled",
            format!("Web3 is disabled: the local Auth hasn't it; {INSTEAD}"),
        )),
        _ => None,
    }
}
