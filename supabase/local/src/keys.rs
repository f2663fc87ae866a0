//! The project's API keys and JWT signing keys.
//!
//! Generated once per state directory and kept in `secrets.json`, which only its owner can read. Tokens are signed with
//! ES256; the HS256 secret serves the legacy `anon` and `service_role` keys, as a hosted project offers both.

mod stored;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use p256::pkcs8::DecodePrivateKey as _;
use serde::Serialize;
use serde_json::{Map, Value, json};

use stored::Stored;
pub use stored::{random_password, random_text};

/// Name of the file, in the state directory, that holds every generated secret.
pub const SECRETS_FILE: &str = "secrets.json";

/// What can go wrong with keys and tokens.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The secrets file can't be read or written.
    #[error("can't use {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The secrets file isn't what this program wrote.
    #[error(
        "{} is damaged ({reason}); restore it, or run `primostore reset --all` to start over with new keys",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A key couldn't be made or used.
    #[error("can't sign: {0}")]
    Sign(String),
    /// The text isn't a JWT, or its signature doesn't fit.
    #[error("invalid JWT: {0}")]
    Invalid(String),
    /// The token names a key this project doesn't have, or an algorithm the key isn't for.
    #[error("invalid JWT: it isn't signed with a key of this project")]
    UnknownKey,
    /// The token was valid once.
    #[error("JWT expired")]
    Expired,
}

struct Inner {
    api_url: String,
    stored: Stored,
    signing_key: EncodingKey,
    verifying_key: DecodingKey,
    legacy_signing_key: EncodingKey,
    legacy_verifying_key: DecodingKey,
    jwks: Value,
}

/// API keys, signing keys and the verification of tokens; cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keys").field("api_url", &self.0.api_url).finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads the keys of a state directory, making them on first use. The file gets mode 0600.
    ///
    /// `api_url` is the public address of the gateway, without a slash at its end.
    ///
    /// # Errors
    /// [`KeysError::Io`] and [`KeysError::Damaged`] for the file.
    pub fn load_or_generate(dir: &Path, api_url: &str) -> Result<Self, KeysError> {
        let path = dir.join(SECRETS_FILE);
        Self::from_stored(Stored::load_or_generate(&path)?, api_url)
            .map_err(|error| KeysError::Damaged { path, reason: error.to_string() })
    }

    /// Keys that live only in memory: for tests of parts that need some.
    ///
    /// # Errors
    /// [`KeysError::Sign`] when no key could be made.
    pub fn generate(api_url: &str) -> Result<Self, KeysError> {
        Self::from_stored(Stored::generate()?, api_url)
    }

    fn from_stored(stored: Stored, api_url: &str) -> Result<Self, KeysError> {
        let sign = |error: &dyn std::fmt::Display| KeysError::Sign(error.to_string());
        let secret_key = p256::SecretKey::from_pkcs8_pem(&stored.signing_key_pem).map_err(|error| sign(&error))?;
        let point = secret_key.public_key().to_encoded_point(false);
        let (Some(x), Some(y)) = (point.x(), point.y()) else {
            return Err(KeysError::Sign("the signing key has no public half".to_owned()));
        };
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let jwks = json!({ "keys": [{
            "alg": "ES256", "crv": "P-256", "ext": true, "key_ops": ["verify"], "kid": stored.signing_key_id,
            "kty": "EC", "use": "sig", "x": x, "y": y,
        }] });
        Ok(Self(Arc::new(Inner {
            api_url: api_url.trim_end_matches('/').to_owned(),
            signing_key: EncodingKey::from_ec_pem(stored.signing_key_pem.as_bytes()).map_err(|error| sign(&error))?,
            verifying_key: DecodingKey::from_ec_components(&x, &y).map_err(|error| sign(&error))?,
            legacy_signing_key: EncodingKey::from_secret(stored.jwt_secret.as_bytes()),
            legacy_verifying_key: DecodingKey::from_secret(stored.jwt_secret.as_bytes()),
            jwks,
            stored,
        })))
    }

    /// The issuer (`iss`) of the project's tokens: `<api_url>/auth/v1`.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("{}/auth/v1", self.0.api_url)
    }

    /// The public address of the gateway, without a slash at its end.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.0.api_url
    }

    /// The publishable key, `sb_publishable_…`: role `anon`.
    #[must_use]
    pub fn publishable(&self) -> &str {
        &self.0.stored.publishable_key
    }

    /// The secret key, `sb_secret_…`: role `service_role`.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0.stored.secret_key
    }

    /// The legacy `anon` key, an HS256 JWT.
    #[must_use]
    pub fn anon_key(&self) -> &str {
        &self.0.stored.anon_key
    }

    /// The legacy `service_role` key, an HS256 JWT.
    #[must_use]
    pub fn service_role_key(&self) -> &str {
        &self.0.stored.service_role_key
    }

    /// The HS256 secret of the legacy keys.
    #[must_use]
    pub fn jwt_secret(&self) -> &str {
        &self.0.stored.jwt_secret
    }

    /// The password of every database role that may log in. URL-safe.
    #[must_use]
    pub fn database_password(&self) -> &str {
        &self.0.stored.database_password
    }

    /// What the edge before the project signs payment links with.
    #[must_use]
    pub fn payment_link_secret(&self) -> &str {
        &self.0.stored.payment_link_secret
    }

    /// What the edge before the project lets monitors in by.
    #[must_use]
    pub fn monitor_token(&self) -> &str {
        &self.0.stored.monitor_token
    }

    /// Signs claims with ES256; the header names the key (`kid`).
    ///
    /// # Errors
    /// [`KeysError::Sign`].
    pub fn sign(&self, claims: &Map<String, Value>) -> Result<String, KeysError> {
        let header = Header { kid: Some(self.0.stored.signing_key_id.clone()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.0.signing_key).map_err(|error| KeysError::Sign(error.to_string()))
    }

    /// Signs claims with the legacy HS256 secret.
    ///
    /// # Errors
    /// [`KeysError::Sign`].
    pub fn sign_hs256(&self, claims: &Map<String, Value>) -> Result<String, KeysError> {
        encode_hs256(claims, &self.0.legacy_signing_key)
    }

    /// Checks a token's signature and times, and returns its claims.
    ///
    /// The key is chosen by `kid`, and the algorithm comes from the key, never from the token: a token that names the
    /// signing key is ES256 or nothing; any other must be HS256 with the legacy secret. `exp` and `nbf` are Unix
    /// seconds and get no leeway. Issuer and audience are the caller's affair.
    ///
    /// # Errors
    /// [`KeysError::Invalid`], [`KeysError::UnknownKey`], [`KeysError::Expired`].
    pub fn verify(&self, token: &str) -> Result<Map<String, Value>, KeysError> {
        let header = jsonwebtoken::decode_header(token).map_err(|error| KeysError::Invalid(error.to_string()))?;
        let (algorithm, key) = if header.kid.as_deref() == Some(&self.0.stored.signing_key_id) {
            (Algorithm::ES256, &self.0.verifying_key)
        } else {
            (Algorithm::HS256, &self.0.legacy_verifying_key)
        };
        if header.alg != algorithm {
            return Err(KeysError::UnknownKey);
        }

        // The times are checked here: jsonwebtoken can't read numbers where serde_json keeps arbitrary precision.
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let claims = jsonwebtoken::decode::<Map<String, Value>>(token, key, &validation)
            .map_err(|error| KeysError::Invalid(error.to_string()))?
            .claims;
        check_times(&claims, unix_seconds())?;
        Ok(claims)
    }

    /// The public keys as a JSON Web Key Set.
    #[must_use]
    pub fn jwks(&self) -> Value {
        self.0.jwks.clone()
    }

    /// The public keys and the legacy secret as one key set: for a verifier that accepts both kinds of token.
    /// Not for publication.
    #[must_use]
    pub fn jwks_with_legacy_secret(&self) -> Value {
        let mut jwks = self.jwks();
        if let Some(keys) = jwks["keys"].as_array_mut() {
            keys.push(json!({ "kty": "oct", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(self.jwt_secret()) }));
        }
        jwks
    }
}

fn encode_hs256<C: Serialize>(claims: &C, key: &EncodingKey) -> Result<String, KeysError> {
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, key)
        .map_err(|error| KeysError::Sign(error.to_string()))
}

/// Refuses claims whose `exp` has passed or whose `nbf` is yet to come.
fn check_times(claims: &Map<String, Value>, now: u64) -> Result<(), KeysError> {
    #[allow(clippy::cast_precision_loss)] // Unix seconds are far below 2^53.
    let now = now as f64;
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(KeysError::Invalid(format!("`{name}` must be a number"))),
        },
    };
    if time("exp")?.is_some_and(|seconds| seconds <= now) {
        return Err(KeysError::Expired);
    }
    if time("nbf")?.is_some_and(|seconds| seconds > now) {
        return Err(KeysError::Invalid("it is not valid yet".to_owned()));
    }
    Ok(())
}

/// The current time in Unix seconds.
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::generate("http://127.0.0.1:54321").unwrap()
    }

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_token_we_signed_verifies_and_keeps_its_claims() {
        let keys = keys();
        let sent = claims(json!({ "sub": "someone", "exp": unix_seconds() + 60, "amr": [{ "timestamp": 17 }] }));
        assert_eq!(keys.verify(&keys.sign(&sent).unwrap()).unwrap(), sent);
        assert_eq!(keys.verify(&keys.sign_hs256(&sent).unwrap()).unwrap(), sent);
    }

    #[test]
    fn an_expired_token_is_refused() {
        let keys = keys();
        let token = keys.sign(&claims(json!({ "exp": unix_seconds() - 1 }))).unwrap();
        assert!(matches!(keys.verify(&token), Err(KeysError::Expired)));
        assert!(matches!(check_times(&claims(json!({ "exp": 10 })), 10), Err(KeysError::Expired)));
        assert!(check_times(&claims(json!({ "exp": 11 })), 10).is_ok());
    }

    #[test]
    fn times_that_are_not_numbers_or_not_yet_come_are_refused() {
        assert!(matches!(check_times(&claims(json!({ "exp": "soon" })), 10), Err(KeysError::Invalid(_))));
        assert!(matches!(check_times(&claims(json!({ "nbf": 11 })), 10), Err(KeysError::Invalid(_))));
    }

    #[test]
    fn another_project_s_token_is_refused() {
        let token = keys().sign(&claims(json!({ "role": "service_role" }))).unwrap();
        assert!(matches!(keys().verify(&token), Err(KeysError::UnknownKey)));
        let token = keys().sign_hs256(&claims(json!({ "role": "service_role" }))).unwrap();
        assert!(matches!(keys().verify(&token), Err(KeysError::Invalid(_))));
    }

    #[test]
    fn the_public_key_can_not_be_used_as_an_hs256_secret() {
        let keys = keys();
        let forged_claims = claims(json!({ "role": "service_role" }));
        for kid in [Some(keys.0.stored.signing_key_id.clone()), None] {
            let header = Header { kid, ..Header::new(Algorithm::HS256) };
            for secret in [keys.jwks()["keys"][0]["x"].as_str().unwrap(), &keys.jwks().to_string()] {
                let forged =
                    jsonwebtoken::encode(&header, &forged_claims, &EncodingKey::from_secret(secret.as_bytes()))
                        .unwrap();
                assert!(keys.verify(&forged).is_err());
            }
        }
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let body = URL_SAFE_NO_PAD.encode(r#"{"role":"service_role"}"#);
        assert!(keys().verify(&format!("{header}.{body}.")).is_err());
        assert!(keys().verify("").is_err());
    }

    #[test]
    fn a_changed_token_is_refused() {
        let keys = keys();
        let token = keys.sign(&claims(json!({ "role": "authenticated" }))).unwrap();
        let mut parts: Vec<&str> = token.split('.').collect();
        let forged = URL_SAFE_NO_PAD.encode(r#"{"role":"service_role"}"#);
        parts[1] = &forged;
        assert!(matches!(keys.verify(&parts.join(".")), Err(KeysError::Invalid(_))));
    }

    #[test]
    fn legacy_keys_carry_their_role() {
        let keys = keys();
        assert_eq!(keys.verify(keys.anon_key()).unwrap()["role"], "anon");
        assert_eq!(keys.verify(keys.service_role_key()).unwrap()["role"], "service_role");
    }

    #[test]
    fn keys_have_the_form_supabase_gives_them() {
        let keys = keys();
        assert_eq!(keys.publishable().len(), "sb_publishable_".len() + 22 + 1 + 8);
        assert!(keys.publishable().starts_with("sb_publishable_"));
        assert!(keys.secret().starts_with("sb_secret_"));
        assert_eq!(keys.issuer(), "http://127.0.0.1:54321/auth/v1");
        let jwks = keys.jwks();
        assert_eq!(jwks["keys"].as_array().unwrap().len(), 1);
        assert!(jwks["keys"][0].get("d").is_none(), "the private half must stay private");
    }

    #[test]
    fn a_later_start_verifies_what_an_earlier_one_signed() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::load_or_generate(dir.path(), "http://127.0.0.1:1").unwrap();
        let second = Keys::load_or_generate(dir.path(), "http://127.0.0.1:1").unwrap();
        assert!(second.verify(&first.sign(&claims(json!({ "sub": "x" }))).unwrap()).is_ok());
    }
}
