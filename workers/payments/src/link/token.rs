//! The token in a payment link: which payment it opens, until when, and that we made it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use secrecy::SecretString;
use uuid::Uuid;

use crate::signature::hmac;

/// Keeps its signatures apart from whatever else the secret signs.
const PURPOSE: &[u8] = b"pay|";

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The payment's.
    pub payment_id: Uuid,
    /// Unix seconds.
    pub expires: u64,
}

impl Token {
    /// The token as text, for an address.
    #[must_use]
    pub fn sign(self, secret: &SecretString) -> String {
        let payload = [self.payment_id.as_bytes().as_slice(), &self.expires.to_be_bytes()].concat();
        let signature = hmac(secret, &[PURPOSE, &payload]).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(signature))
    }

    /// Reads a token that was signed with `secret`, expired or not. `None` when it was not.
    #[must_use]
    pub fn verify(secret: &SecretString, text: &str) -> Option<Self> {
        let (payload, signature) = text.split_once('.')?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        // In constant time.
        hmac(secret, &[PURPOSE, &payload]).verify_slice(&signature).ok()?;
        let (payment_id, expires) = payload.split_at_checked(16)?;
        Some(Self {
            payment_id: Uuid::from_slice(payment_id).ok()?,
            expires: u64::from_be_bytes(expires.try_into().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token { payment_id: "5c8b2a0e-0a5c-4f0e-9d43-000000000001".parse().unwrap(), expires: 1_700_000_000 }
    }

    #[test]
    fn a_token_of_ours_is_read() {
        let secret = SecretString::from("a secret");
        let text = token().sign(&secret);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{text}");
        assert_eq!(Token::verify(&secret, &text), Some(token()));
    }

    #[test]
    fn any_other_is_not() {
        let secret = SecretString::from("a secret");
        let text = token().sign(&secret);
        let (payload, signature) = text.split_once('.').unwrap();
        let later = Token { expires: u64::MAX, ..token() }.sign(&secret);
        let (later, _) = later.split_once('.').unwrap();
        for forged in [
            String::new(),
            ".".to_owned(),
            payload.to_owned(),
            format!("{payload}."),
            format!(".{signature}"),
            format!("{later}.{signature}"),
            format!("{payload}.{}", &signature[..40]),
            format!("{text}A"),
            format!("{text}="),
            token().sign(&SecretString::from("another secret")),
        ] {
            assert_eq!(Token::verify(&secret, &forged), None, "{forged}");
        }
    }

    #[test]
    fn what_the_secret_signs_elsewhere_is_no_token() {
        let secret = SecretString::from("a secret");
        let payload = [token().payment_id.as_bytes().as_slice(), &token().expires.to_be_bytes()].concat();
        let signature = hmac(&secret, &[&payload]).finalize().into_bytes();
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(&payload), URL_SAFE_NO_PAD.encode(signature));
        assert_eq!(Token::verify(&secret, &text), None);
    }
}
