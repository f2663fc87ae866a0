//! Whose rights a request has: its API key and its token, verified.

mod claims;
mod credentials;
mod key_set;
mod verified;

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

pub(crate) use self::credentials::Credentials;
use self::key_set::KeySet;
use self::verified::Verified;
use crate::clock::unix_now;
use crate::config::Config;
use crate::request_context::{Caller, User};

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// It never was valid here. The text says why, for the log.
    #[error("the token is not valid: {0}")]
    Invalid(&'static str),
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// The project's signing keys can't be had, so nobody knows.
    #[error("the signing keys can't be read")]
    KeysUnavailable,
}

/// Verifies tokens with the project's signing keys.
pub(crate) struct Verifier {
    secret_key: SecretString,
    /// For HS256, only where it is configured.
    legacy_key: Option<DecodingKey>,
    issuer: String,
    keys: KeySet,
    verified: Verified,
}

impl Verifier {
    /// # Errors
    /// When no HTTP client can be made.
    pub(crate) fn new(config: &Config) -> Result<Self, reqwest::Error> {
        let legacy = config.jwt_secret.as_ref();
        Ok(Self {
            secret_key: config.secret_key.clone(),
            legacy_key: legacy.map(|secret| DecodingKey::from_secret(secret.expose_secret().as_bytes())),
            issuer: config.jwt_issuer.clone(),
            keys: KeySet::new(config.jwks_url.clone())?,
            verified: Verified::default(),
        })
    }

    /// Whether a request carries the secret key, and no user's token beside it, whose rights would count.
    pub(crate) fn is_service(&self, credentials: &Credentials) -> bool {
        let is_secret = |key: &str| self.is_secret_key(key) || self.is_legacy_service_key(key);
        match (credentials.api_key.as_deref(), credentials.token.as_deref()) {
            (Some(key), None) => is_secret(key),
            (Some(key), Some(token)) if key == token || is_api_key(token) => is_secret(key),
            (_, Some(token)) => is_secret(token),
            (None, None) => false,
        }
    }

    /// Whose rights a request has.
    ///
    /// # Errors
    /// When it carries a token that is neither a key nor a user's.
    pub(crate) async fn caller(&self, credentials: &Credentials) -> Result<Caller, TokenError> {
        if self.is_service(credentials) {
            return Ok(Caller::Service);
        }
        let Some(token) = credentials.token.as_deref() else {
            return Ok(Caller::Anonymous);
        };
        // A key in the token's place: whether it is a right one is for Supabase to say.
        if is_api_key(token) || credentials.api_key.as_deref() == Some(token) {
            return Ok(Caller::Anonymous);
        }
        let header = header(token)?;
        if header.alg == Algorithm::HS256 {
            let legacy = self.legacy_key.as_ref().ok_or(TokenError::Invalid("HS256 is not accepted"))?;
            let claims = verified(token, legacy, Algorithm::HS256)?;
            if claims::is_legacy_key(&claims) {
                claims::check_times(&claims, unix_now())?;
                return Ok(Caller::Anonymous);
            }
            return Ok(user(claims::user(&claims, &self.issuer, unix_now())?, credentials, token));
        }
        let name = header.kid.as_deref().ok_or(TokenError::Invalid("it names no key"))?;
        let key = self.keys.get(name).await?;
        // The key says what it is for, whatever the token says.
        if key.algorithm != header.alg {
            return Err(TokenError::Invalid("its algorithm is not its key's"));
        }
        let id = match self.verified.user(token, &key, unix_now()) {
            Some(id) => id,
            None => {
                let claims = verified(token, &key.key, key.algorithm)?;
                let id = claims::user(&claims, &self.issuer, unix_now())?;
                self.verified.remember(token, &key, id, claims::ends(&claims));
                id
            }
        };
        Ok(user(id, credentials, token))
    }

    fn is_secret_key(&self, key: &str) -> bool {
        key.as_bytes().ct_eq(self.secret_key.expose_secret().as_bytes()).into()
    }

    /// A `service_role` key of old, which verifies with the configured secret.
    fn is_legacy_service_key(&self, key: &str) -> bool {
        let claims = self.legacy_key.as_ref().and_then(|secret| verified(key, secret, Algorithm::HS256).ok());
        claims.is_some_and(|claims| {
            claims::is_legacy_key(&claims)
                && claims.get("role").and_then(Value::as_str) == Some("service_role")
                && claims::check_times(&claims, unix_now()).is_ok()
        })
    }
}

fn user(id: Uuid, credentials: &Credentials, token: &str) -> Caller {
    let api_key = credentials.api_key.clone().unwrap_or_default();
    Caller::User(User { id, api_key, token: token.to_owned() })
}

/// A key of the new kind, which is no JWT.
fn is_api_key(text: &str) -> bool {
    text.starts_with("sb_publishable_") || text.starts_with("sb_secret_")
}

fn header(token: &str) -> Result<Header, TokenError> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid("it is no JWT"))?;
    if header.crit.is_some() {
        return Err(TokenError::Invalid("it asks for more than is understood"));
    }
    Ok(header)
}

/// The claims, where the signature is right. What they say is checked by [`claims`]: with `arbitrary_precision`, which
/// some builds of `serde_json` have, `jsonwebtoken` can't read times.
fn verified(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Result<Map<String, Value>, TokenError> {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let token = jsonwebtoken::decode(token, key, &validation);
    token.map(|token| token.claims).map_err(|_| TokenError::Invalid("its signature is wrong"))
}
