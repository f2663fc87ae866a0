//! Signatures with a time, as in `t=1700000000,v1=HEX`: HMAC-SHA256 over `t.body`.

use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// How far, in seconds, a signature's time may be from now.
const TOLERANCE: u64 = 5 * 60;

/// Why a signature is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is missing, or not of that form.
    #[error("it is missing or unreadable")]
    Unreadable,
    /// No signature in it is one of this body with this secret.
    #[error("it does not match")]
    Wrong,
    /// It is too old, or from the future.
    #[error("its time is more than five minutes from now")]
    Stale,
}

/// HMAC-SHA256 of the parts, one after the other.
#[must_use]
pub fn hmac(secret: &SecretString, parts: &[&[u8]]) -> Hmac<Sha256> {
    // An HMAC key may have any length.
    let mut hmac = match Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) {
        Ok(hmac) => hmac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    for part in parts {
        hmac.update(part);
    }
    hmac
}

/// Whether `header` signs `body` with `secret`, at a time near `now` (Unix seconds). It may hold several `v1`, as while a
/// secret is replaced; other schemes in it are not looked at.
///
/// # Errors
/// [`SignatureError`].
pub fn verify(secret: &SecretString, header: Option<&str>, body: &[u8], now: u64) -> Result<(), SignatureError> {
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.unwrap_or_default().split(',') {
        match part.trim().split_once('=').ok_or(SignatureError::Unreadable)? {
            ("t", _) if time.is_some() => return Err(SignatureError::Unreadable),
            ("t", value) => time = Some(value),
            ("v1", value) => signatures.push(value),
            _ => {}
        }
    }
    let time = time.filter(|time| time.bytes().all(|byte| byte.is_ascii_digit())).ok_or(SignatureError::Unreadable)?;
    let seconds: u64 = time.parse().map_err(|_| SignatureError::Unreadable)?;
    if signatures.is_empty() {
        return Err(SignatureError::Unreadable);
    }

    let expected = hmac(secret, &[time.as_bytes(), b".", body]);
    let matches = |signature: &&str| {
        // verify_slice compares in constant time.
        hex::decode(signature).is_ok_and(|signature| expected.clone().verify_slice(&signature).is_ok())
    };
    if !signatures.iter().any(matches) {
        return Err(SignatureError::Wrong);
    }
    if seconds.abs_diff(now) > TOLERANCE { Err(SignatureError::Stale) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;
    const BODY: &[u8] = br#"{"id":"evt_test_webhook","object":"event"}"#;
    // printf '%s' '1700000000.{"id":"evt_test_webhook","object":"event"}' | openssl dgst -sha256 -hmac whsec_test_secret
    const SIGNATURE: &str = "d95c6b7477fbd7e9f90b1b0ef5f9c7ac25abca5382460e0d988c2b2a5b71b990";

    fn secret() -> SecretString {
        SecretString::from("whsec_test_secret")
    }

    fn check(header: &str) -> Result<(), SignatureError> {
        verify(&secret(), Some(header), BODY, NOW)
    }

    #[test]
    fn a_signature_made_elsewhere_is_believed() {
        assert_eq!(check(&format!("t={NOW},v1={SIGNATURE}")), Ok(()));
    }

    #[test]
    fn one_right_signature_among_several_is_enough() {
        let wrong = "0".repeat(64);
        assert_eq!(check(&format!("t={NOW},v1={wrong},v1={SIGNATURE},v0={wrong}")), Ok(()));
        assert_eq!(check(&format!("v1={SIGNATURE}, t={NOW}")), Ok(()));
        assert_eq!(check(&format!("t={NOW},v1=short,v1={SIGNATURE}")), Ok(()));
    }

    #[test]
    fn another_scheme_proves_nothing() {
        assert_eq!(check(&format!("t={NOW},v0={SIGNATURE}")), Err(SignatureError::Unreadable));
        assert_eq!(check(&format!("t={NOW},v2={SIGNATURE}")), Err(SignatureError::Unreadable));
    }

    #[test]
    fn a_signature_of_something_else_is_refused() {
        let header = format!("t={NOW},v1={SIGNATURE}");
        assert_eq!(verify(&secret(), Some(&header), b"{}", NOW), Err(SignatureError::Wrong));
        assert_eq!(verify(&SecretString::from("whsec_other"), Some(&header), BODY, NOW), Err(SignatureError::Wrong));
        assert_eq!(check(&format!("t={},v1={SIGNATURE}", NOW + 1)), Err(SignatureError::Wrong));
        assert_eq!(check(&format!("t=0{NOW},v1={SIGNATURE}")), Err(SignatureError::Wrong));
        assert_eq!(check(&format!("t={NOW},v1={}", &SIGNATURE[..62])), Err(SignatureError::Wrong));
        assert_eq!(check(&format!("t={NOW},v1=")), Err(SignatureError::Wrong));
    }

    #[test]
    fn a_signature_counts_five_minutes_and_no_longer() {
        let header = format!("t={NOW},v1={SIGNATURE}");
        for now in [NOW - 300, NOW + 300] {
            assert_eq!(verify(&secret(), Some(&header), BODY, now), Ok(()));
        }
        for now in [NOW - 301, NOW + 301, 0, u64::MAX] {
            assert_eq!(verify(&secret(), Some(&header), BODY, now), Err(SignatureError::Stale));
        }
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        assert_eq!(verify(&secret(), None, BODY, NOW), Err(SignatureError::Unreadable));
        for header in [
            String::new(),
            ",".to_owned(),
            SIGNATURE.to_owned(),
            format!("v1={SIGNATURE}"),
            format!("t={NOW}"),
            format!("t=,v1={SIGNATURE}"),
            format!("t=-{NOW},v1={SIGNATURE}"),
            format!("t=+{NOW},v1={SIGNATURE}"),
            format!("t=99999999999999999999,v1={SIGNATURE}"),
            format!("t={NOW},t={NOW},v1={SIGNATURE}"),
        ] {
            assert_eq!(check(&header), Err(SignatureError::Unreadable), "{header}");
        }
    }
}
