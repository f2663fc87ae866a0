//! Passwords: bcrypt, and what they must be like.

use rand::Rng as _;
use rand::distr::Alphanumeric;

use super::Config;
use super::error::AuthError;

/// What Supabase Auth uses.
const COST: u32 = 10;

/// bcrypt looks at no more bytes than this.
const MAX_LENGTH: usize = 72;

/// The hash of a password nobody has, at [`COST`]: checked against when there is no user, so that the time an answer
/// takes doesn't tell who has an account.
const NOBODY: &str = "$2b$10$C6UzMDM.H6dfI/f/IKcEeO7ZkM2GyoeQ3rk0Zb0hQ5zv5z2Q9o0kO";

/// Checks a new password against the rules.
///
/// # Errors
/// 422 `weak_password` with its reasons, 400 `validation_failed` when bcrypt would cut it.
pub(super) fn check_strength(password: &str, config: &Config) -> Result<(), AuthError> {
    let min_length = config.min_password_length();
    let required = &config.settings.password_requirements;
    if password.len() > MAX_LENGTH {
        return Err(AuthError::invalid(format!("Password cannot be longer than {MAX_LENGTH} characters")));
    }
    let (mut messages, mut reasons) = (Vec::new(), Vec::new());
    if password.len() < min_length {
        messages.push(format!("Password should be at least {min_length} characters."));
        reasons.push("length");
    }
    if !required.iter().all(|set| password.contains(|character| set.contains(character))) {
        messages.push(format!("Password should contain at least one character of each: {}.", required.join(", ")));
        reasons.push("characters");
    }
    if reasons.is_empty() { Ok(()) } else { Err(AuthError::WeakPassword { message: messages.join(" "), reasons }) }
}

/// Hashes a password, off the threads that serve requests.
pub(super) async fn hash(password: String) -> Result<String, AuthError> {
    tokio::task::spawn_blocking(move || bcrypt::hash(password, COST))
        .await
        .map_err(AuthError::internal)?
        .map_err(AuthError::internal)
}

/// Whether the password belongs to the hash. Without a hash the answer is no, and takes as long.
pub(super) async fn matches(password: String, hash: Option<&str>) -> Result<bool, AuthError> {
    let known = hash.is_some();
    let hash = hash.unwrap_or(NOBODY).to_owned();
    let fits =
        tokio::task::spawn_blocking(move || bcrypt::verify(password, &hash)).await.map_err(AuthError::internal)?;
    match fits {
        Ok(fits) => Ok(fits && known),
        // A hash of another kind, which only another program can have written, fits no password.
        Err(error) => {
            tracing::warn!(%error, "a user's password hash isn't bcrypt");
            Ok(false)
        }
    }
}

/// Whether the text is a bcrypt hash.
pub(super) fn is_hash(text: &str) -> bool {
    text.parse::<bcrypt::HashParts>().is_ok()
}

/// A password for a user who will never type it.
pub(super) fn random() -> String {
    rand::rng().sample_iter(Alphanumeric).take(64).map(char::from).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_fits_its_hash() {
        let hashed = hash("correct horse".to_owned()).await.unwrap();
        assert!(is_hash(&hashed));
        assert!(matches("correct horse".to_owned(), Some(&hashed)).await.unwrap());
        assert!(!matches("wrong horse".to_owned(), Some(&hashed)).await.unwrap());
        assert!(!matches("correct horse".to_owned(), Some("not a hash")).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_signs_in_without_a_hash() {
        assert_eq!(NOBODY.parse::<bcrypt::HashParts>().unwrap().get_cost(), COST, "it must take as long as a real one");
        assert!(bcrypt::verify("anything", NOBODY).is_ok_and(|fits| !fits));
        assert!(!matches("anything".to_owned(), None).await.unwrap());
    }

    #[test]
    fn short_passwords_are_weak_and_long_ones_would_be_cut() {
        let config = Config::of_site("http://127.0.0.1:3000", &[]);
        let code = |password: &str| check_strength(password, &config).map_err(|error| error.code().1).err();
        assert_eq!(code("12345"), Some("weak_password"));
        assert_eq!(code("123456"), None);
        assert_eq!(code(&"x".repeat(72)), None);
        assert_eq!(code(&"x".repeat(73)), Some("validation_failed"));
    }

    #[test]
    fn a_project_may_ask_for_kinds_of_characters() {
        let mut config = Config::of_site("http://127.0.0.1:3000", &[]);
        config.settings.minimum_password_length = 8;
        config.settings.password_requirements = vec!["abc", "123"];
        let reasons = |password: &str| match check_strength(password, &config) {
            Err(AuthError::WeakPassword { reasons, .. }) => reasons,
            other => panic!("{password}: {other:?}"),
        };
        assert_eq!(reasons("aaa"), ["length", "characters"]);
        assert_eq!(reasons("aaaaaaaa"), ["characters"]);
        assert!(check_strength("aaaaaaa1", &config).is_ok());
    }
}
