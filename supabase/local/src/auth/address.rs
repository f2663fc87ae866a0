//! E-mail addresses.

use super::error::AuthError;

/// The longest address that the database keeps, in bytes.
const MAX_LENGTH: usize = 255;

/// The address in the form it is kept in: lower case.
///
/// # Errors
/// 400 `validation_failed` when it is missing, too long, or isn't an address.
pub(super) fn normal(email: &str) -> Result<String, AuthError> {
    if email.is_empty() {
        return Err(AuthError::invalid("An email address is required"));
    }
    if email.len() > MAX_LENGTH {
        return Err(AuthError::invalid("An email address is too long"));
    }
    // Of what mail allows, Supabase Auth takes neither quoted names nor bare IP addresses nor anything but ASCII.
    let plain = email.is_ascii() && !email.contains(['"', '[']);
    if !plain || email.parse::<lettre::Address>().is_err() {
        return Err(AuthError::invalid("Unable to validate email address: invalid format"));
    }
    Ok(email.to_ascii_lowercase())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_in_lower_case() {
        assert_eq!(normal("Amina.B+shop@Example.TEST").unwrap(), "amina.b+shop@example.test");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.test", "a".repeat(250));
        for email in [
            "",
            "amina",
            "amina@",
            "@example.test",
            "a b@example.test",
            "\"a\"@b.test",
            "a@[127.0.0.1]",
            "a@b.test\r\nBcc: c@d.test",
            "é@example.test",
            &long,
        ] {
            assert!(normal(email).is_err(), "{email}");
        }
    }
}
