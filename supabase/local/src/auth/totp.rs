//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, thirty seconds, one step of tolerance either way.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use rand::Rng as _;
use totp_rs::{Builder, Secret, Totp};

use super::error::AuthError;

/// A new secret, and what an authenticator app needs to take it over.
pub(super) struct Enrolment {
    /// Base32.
    pub(super) secret: String,
    /// `otpauth://totp/…`.
    pub(super) uri: String,
    /// The URI as an SVG image.
    pub(super) qr_code: String,
}

impl Enrolment {
    /// # Errors
    /// 400 `validation_failed` when issuer or account can't be part of the URI.
    pub(super) fn generate(issuer: &str, account: &str) -> Result<Self, AuthError> {
        let bytes: [u8; 20] = rand::rng().random();
        let secret = Secret::new_stack(bytes);
        let totp = rules(secret.clone())
            .with_issuer(Some(issuer))
            .with_account_name(account)
            .build()
            .map_err(|error| AuthError::invalid(error.to_string()))?;
        let uri = totp.to_url().map_err(AuthError::internal)?;
        let code = QrCode::with_error_correction_level(&uri, EcLevel::M).map_err(AuthError::internal)?;
        // Colours by name: clients put the image into a data URI, where `#` would end it.
        let qr_code = code
            .render::<svg::Color<'_>>()
            .dark_color(svg::Color("black"))
            .light_color(svg::Color("white"))
            .min_dimensions(180, 180)
            .build();
        Ok(Self { secret: secret.to_base32(), uri, qr_code })
    }
}

/// Whether a code belongs to a secret (base32) at a time in Unix seconds.
pub(super) fn fits(secret: &str, code: &str, time: u64) -> Result<bool, AuthError> {
    let secret = Secret::try_from_base32(secret).map_err(|error| AuthError::internal(error.to_string()))?;
    let totp: Totp = rules(secret).build().map_err(AuthError::internal)?;
    Ok(totp.check(code, time).is_some())
}

fn rules(secret: Secret) -> Builder {
    Builder::new().with_digits(6).with_skew(1).with_step_duration(30).with_secret(secret)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// "12345678901234567890", the secret of RFC 6238, appendix B.
    const RFC_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // The RFC gives eight digits; six are their end.
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            assert!(fits(RFC_SECRET, code, time).unwrap(), "{time}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_late_and_no_more() {
        assert!(fits(RFC_SECRET, "287082", 59 - 30).unwrap());
        assert!(fits(RFC_SECRET, "287082", 59 + 30).unwrap());
        assert!(!fits(RFC_SECRET, "287082", 59 + 61).unwrap());
        for code in ["", "28708", "2870822", "287083", "abcdef"] {
            assert!(!fits(RFC_SECRET, code, 59).unwrap(), "{code}");
        }
    }

    #[test]
    fn an_enrolment_holds_its_secret_and_fits_into_a_data_uri() {
        let enrolment = Enrolment::generate("shop.example", "amina@example.test").unwrap();
        assert!(enrolment.uri.starts_with("otpauth://totp/") && enrolment.uri.contains(&enrolment.secret));
        assert!(enrolment.qr_code.contains("<svg") && !enrolment.qr_code.contains('#'));
        assert!(Enrolment::generate("a:b", "amina@example.test").is_err());
    }
}
