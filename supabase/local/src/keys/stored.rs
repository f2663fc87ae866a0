//! The secrets of a project as they are kept on disk: made once, and added to when a newer version needs more.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use p256::pkcs8::{EncodePrivateKey as _, LineEnding};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{KeysError, encode_hs256, unix_seconds};

/// Legacy keys are valid for ten years, as Supabase issues them.
const LEGACY_KEY_SECONDS: u64 = 10 * 365 * 24 * 3600;

/// The secrets.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) publishable_key: String,
    pub(super) secret_key: String,
    pub(super) jwt_secret: String,
    pub(super) database_password: String,
    pub(super) anon_key: String,
    pub(super) service_role_key: String,
    pub(super) signing_key_id: String,
    pub(super) signing_key_pem: String,
    /// What the edge before the project signs payment links with, and lets monitors in by; older files have neither.
    #[serde(default)]
    pub(super) payment_link_secret: String,
    #[serde(default)]
    pub(super) monitor_token: String,
}

impl Stored {
    /// Reads the secrets of a file, which gets mode 0600 and is made when missing.
    pub(super) fn load_or_generate(path: &Path) -> Result<Self, KeysError> {
        let stored = match fs::read_to_string(path) {
            Ok(text) => {
                let stored: Self = serde_json::from_str(&text)
                    .map_err(|error| KeysError::Damaged { path: path.to_path_buf(), reason: error.to_string() })?;
                if !stored.payment_link_secret.is_empty() && !stored.monitor_token.is_empty() {
                    return Ok(stored);
                }
                stored.completed()
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::generate()?,
            Err(source) => return Err(KeysError::Io { path: path.to_path_buf(), source }),
        };
        stored.write(path)?;
        Ok(stored)
    }

    /// New secrets.
    pub(super) fn generate() -> Result<Self, KeysError> {
        let sign = |error: &dyn std::fmt::Display| KeysError::Sign(error.to_string());
        let jwt_secret = random_text(40);
        let database_password = random_text(18);
        let legacy_key = EncodingKey::from_secret(jwt_secret.as_bytes());
        let signing_key = p256::SecretKey::random(&mut p256::elliptic_curve::rand_core::OsRng);
        Ok(Self {
            publishable_key: api_key("sb_publishable_"),
            secret_key: api_key("sb_secret_"),
            anon_key: legacy_api_key("anon", &legacy_key)?,
            service_role_key: legacy_api_key("service_role", &legacy_key)?,
            jwt_secret,
            database_password,
            signing_key_id: uuid::Uuid::new_v4().to_string(),
            signing_key_pem: signing_key.to_pkcs8_pem(LineEnding::LF).map_err(|error| sign(&error))?.to_string(),
            payment_link_secret: String::new(),
            monitor_token: String::new(),
        }
        .completed())
    }

    /// With what older files do not have.
    fn completed(mut self) -> Self {
        for secret in [&mut self.payment_link_secret, &mut self.monitor_token] {
            if secret.is_empty() {
                *secret = random_text(32);
            }
        }
        self
    }

    /// Writes them where only the owner can read them, complete or not at all.
    fn write(&self, path: &Path) -> Result<(), KeysError> {
        let io = |source| KeysError::Io { path: path.to_path_buf(), source };
        let text = serde_json::to_string_pretty(self).map_err(|error| io(error.into()))?;
        let partial = path.with_extension("json.new");
        let write = || -> std::io::Result<()> {
            let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
            file.write_all(text.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&partial, path)
        };
        write().map_err(io)
    }
}

/// Random URL-safe text carrying `bytes` bytes of randomness from the system's generator.
#[must_use]
pub fn random_text(bytes: usize) -> String {
    use p256::elliptic_curve::rand_core::RngCore as _;
    let mut buffer = vec![0; bytes];
    p256::elliptic_curve::rand_core::OsRng.fill_bytes(&mut buffer);
    URL_SAFE_NO_PAD.encode(buffer)
}

/// A password that nobody guesses, and that has every kind of character which `password_requirements` can ask for.
#[must_use]
pub fn random_password() -> String {
    format!("{}-aA1", random_text(12))
}

/// An API key of the new kind: prefix, 22 random characters, and a checksum of 8 that tells a mistyped key early,
/// in the form self-hosted Supabase gives them.
fn api_key(prefix: &str) -> String {
    let body = format!("{prefix}{}", &random_text(17)[..22]);
    let checksum = URL_SAFE_NO_PAD.encode(Sha256::digest(format!("supabase-self-hosted|{body}")));
    format!("{body}_{}", &checksum[..8])
}

fn legacy_api_key(role: &str, key: &EncodingKey) -> Result<String, KeysError> {
    let now = unix_seconds();
    let claims = json!({ "iss": "supabase", "role": role, "iat": now, "exp": now + LEGACY_KEY_SECONDS });
    encode_hs256(&claims, key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::Value;

    use super::super::SECRETS_FILE;
    use super::*;

    #[test]
    fn secrets_are_generated_once_and_only_their_owner_reads_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(SECRETS_FILE);
        let first = Stored::load_or_generate(&path).unwrap();
        let second = Stored::load_or_generate(&path).unwrap();
        assert_eq!(json!(first), json!(second));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_of_an_older_version_keeps_its_secrets_and_gets_the_new_ones() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(SECRETS_FILE);
        let mut older = json!(Stored::load_or_generate(&path).unwrap());
        let kept = older["secret_key"].clone();
        older.as_object_mut().unwrap().remove("monitor_token");
        fs::write(&path, older.to_string()).unwrap();
        let completed = Stored::load_or_generate(&path).unwrap();
        assert_eq!(json!(completed.secret_key), kept);
        assert!(completed.monitor_token.len() >= 32);
        let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(written, json!(completed));
    }

    #[test]
    fn a_damaged_secrets_file_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(SECRETS_FILE), "{").unwrap();
        let error = Stored::load_or_generate(&dir.path().join(SECRETS_FILE)).err().unwrap();
        assert!(error.to_string().contains("primostore reset"));
    }
}
