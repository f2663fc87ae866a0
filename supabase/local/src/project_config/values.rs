//! The values of `config.toml` that are more than TOML knows. Numbers and switches may stand as texts, because
//! `env(NAME)` gives texts.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::{Deserializer, Error, Unexpected, Visitor};

use crate::go_duration;

/// A whole number from `MIN` to `MAX`.
pub(super) fn number<'de, const MIN: u64, const MAX: u64, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: TryFrom<u64>,
    D: Deserializer<'de>,
{
    struct Number<const MIN: u64, const MAX: u64, T>(PhantomData<T>);

    impl<const MIN: u64, const MAX: u64, T: TryFrom<u64>> Visitor<'_> for Number<MIN, MAX, T> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(formatter, "a whole number from {MIN} to {MAX}")
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
            let wrong = || E::invalid_value(Unexpected::Unsigned(value), &self);
            if !(MIN..=MAX).contains(&value) {
                return Err(wrong());
            }
            T::try_from(value).map_err(|_| wrong())
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
            match u64::try_from(value) {
                Ok(value) => self.visit_u64(value),
                Err(_) => Err(E::invalid_value(Unexpected::Signed(value), &self)),
            }
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            match text.parse() {
                Ok(value) => self.visit_u64(value),
                Err(_) => Err(E::invalid_value(Unexpected::Str(text), &self)),
            }
        }
    }

    deserializer.deserialize_any(Number::<MIN, MAX, T>(PhantomData))
}

/// A port.
pub(super) fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    number::<1, 65_535, u16, D>(deserializer)
}

/// A number of something.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    number::<0, 4_294_967_295, u32, D>(deserializer)
}

/// `true` or `false`.
pub(super) fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Switch;

    impl Visitor<'_> for Switch {
        type Value = bool;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("true or false")
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
            text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
        }
    }

    deserializer.deserialize_any(Switch)
}

/// A text that `read` understands, or a number.
fn text<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    expected: &'static str,
    read: fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    struct Text<T>(&'static str, fn(&str) -> Option<T>);

    impl<T> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.0)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.1)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
            (self.1)(&value.to_string()).ok_or_else(|| E::invalid_value(Unexpected::Signed(value), &self))
        }
    }

    deserializer.deserialize_any(Text(expected, read))
}

/// A duration: `60s`, `24h`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    text(deserializer, "a duration like \"60s\" or \"24h\"", go_duration::parse)
}

/// A size in bytes: a number, or `50MiB`, `5MB`, `500KB`; all units are powers of 1024, as the Supabase CLI has it.
pub(super) fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    text(deserializer, "a size like \"50MiB\"", bytes)
}

fn bytes(text: &str) -> Option<u64> {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor: f64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" | "kib" => 1024.0,
        "m" | "mb" | "mib" => 1024.0 * 1024.0,
        "g" | "gb" | "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * factor;
    // Beyond it a float is not exact.
    (bytes <= 9_007_199_254_740_992.0).then_some(bytes as u64)
}

/// What characters a password must have, each of these sets at least once.
pub(super) fn character_sets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<&'static str>, D::Error> {
    const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
    const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const DIGITS: &str = "0123456789";
    const SYMBOLS: &str = "!@#$%^&*()_+-=[]{};'\\:\"|<>?,./`~";
    let expected = "\"\", \"letters_digits\", \"lower_upper_letters_digits\" or \"lower_upper_letters_digits_symbols\"";
    text(deserializer, expected, |name| match name {
        "" => Some(Vec::new()),
        "letters_digits" => Some(vec![LETTERS, DIGITS]),
        "lower_upper_letters_digits" => Some(vec![LOWER, UPPER, DIGITS]),
        "lower_upper_letters_digits_symbols" => Some(vec![LOWER, UPPER, DIGITS, SYMBOLS]),
        _ => None,
    })
}

/// An address that links can lead to.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer, "an address like \"https://shop.example\"", |text| {
        url::Url::parse(text).ok().map(|_| text.trim_end_matches('/').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024_as_the_cli_reads_them() {
        assert_eq!(bytes("50MiB"), Some(50 * 1024 * 1024));
        assert_eq!(bytes("5MB"), Some(5 * 1024 * 1024));
        assert_eq!(bytes("1.5 kb"), Some(1536));
        assert_eq!(bytes("7"), Some(7));
        for text in ["", "MiB", "5XB", "-5MB", "5MB!"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
