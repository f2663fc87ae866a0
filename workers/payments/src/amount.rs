//! Amounts of money, exact: never through floating point.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Number;

/// Have no smaller parts, by ISO 4217. The database's `private.currency_decimals` says the same.
const WHOLE: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
const THOUSANDTHS: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// Decimals of a currency's own unit.
fn decimals(currency: &str) -> usize {
    let among = |currencies: &[&str]| currencies.iter().any(|known| known.eq_ignore_ascii_case(currency));
    match currency {
        _ if among(WHOLE) => 0,
        _ if among(THOUSANDTHS) => 3,
        _ => 2,
    }
}

/// An amount in thousandths of its currency's unit: no currency has smaller parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Number")]
pub struct Amount {
    thousandths: u64,
}

impl Amount {
    /// From thousandths of the currency's unit.
    #[must_use]
    pub fn from_thousandths(thousandths: u64) -> Self {
        Self { thousandths }
    }

    /// In thousandths of the currency's unit.
    #[must_use]
    pub fn thousandths(self) -> u64 {
        self.thousandths
    }

    /// As people and payment pages write it in its currency: `100.00` dirhams, `1000` yen. Smaller parts than the currency
    /// has are shown, not rounded away.
    #[must_use]
    pub fn in_currency(self, currency: &str) -> String {
        let (units, rest) = (self.thousandths / 1000, format!("{:03}", self.thousandths % 1000));
        let decimals = rest.trim_end_matches('0').len().max(decimals(currency));
        if decimals == 0 { units.to_string() } else { format!("{units}.{}", &rest[..decimals]) }
    }

    /// Reads a number as JSON writes it, such as `199`, `199.00` or `1.99e2`. `None` when it is negative, has smaller
    /// parts than any currency, or more digits than any shop takes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}");
        let digits: u64 = digits.parse().ok()?;
        let shift = exponent.checked_add(3)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let thousandths = if shift >= 0 {
            digits.checked_mul(10_u64.checked_pow(u32::try_from(shift).ok()?)?)?
        } else {
            let divisor = 10_u64.checked_pow(shift.unsigned_abs())?;
            digits.is_multiple_of(divisor).then_some(digits / divisor)?
        };
        Some(Self { thousandths })
    }
}

/// With two decimals, or three where it has them.
impl std::fmt::Display for Amount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (units, rest) = (self.thousandths / 1000, self.thousandths % 1000);
        if rest % 10 == 0 {
            write!(formatter, "{units}.{:02}", rest / 10)
        } else {
            write!(formatter, "{units}.{rest:03}")
        }
    }
}

/// As text: the database reads it as `numeric`, and no number on the way is rounded.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl TryFrom<Number> for Amount {
    type Error = &'static str;

    fn try_from(number: Number) -> Result<Self, Self::Error> {
        Self::parse(&number.to_string()).ok_or("not an amount")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Amount::parse(text).map(|amount| amount.to_string())
    }

    #[test]
    fn an_amount_is_read_exactly() {
        for (text, amount) in [
            ("199", "199.00"),
            ("199.00", "199.00"),
            ("199.5", "199.50"),
            ("0.10", "0.10"),
            ("0", "0.00"),
            ("0.000", "0.00"),
            ("00012.30", "12.30"),
            ("5.124", "5.124"),
            ("99999999.99", "99999999.99"),
            ("1.99e2", "199.00"),
            ("1.0E7", "10000000.00"),
            ("19900e-2", "199.00"),
            ("199.90000000000000000000000", "199.90"),
        ] {
            assert_eq!(read(text).as_deref(), Some(amount), "{text}");
        }
    }

    #[test]
    fn an_amount_is_written_with_the_decimals_of_its_currency() {
        for (amount, currency, written) in [
            ("100", "MAD", "100.00"),
            ("99.9", "eur", "99.90"),
            ("1000.00", "JPY", "1000"),
            ("0", "xof", "0"),
            ("5.12", "KWD", "5.120"),
            ("500.5", "JPY", "500.5"),
            ("1.005", "MAD", "1.005"),
            ("100.00", "", "100.00"),
        ] {
            assert_eq!(Amount::parse(amount).unwrap().in_currency(currency), written, "{amount} {currency}");
        }
    }

    #[test]
    fn what_is_no_amount_of_money_is_refused() {
        for text in [
            "",
            ".",
            "-1",
            "+1",
            "1.",
            ".5",
            "1,5",
            "NaN",
            "1e",
            "e2",
            "0x10",
            "1 ",
            " 1",
            "1_000",
            "١",
            "1.2.3",
            "0.0001",
            "199.9900000000000000001",
            "99999999999999999999",
            "1e30",
            "1e99999999999",
            "1e-9",
            "1e2147483647",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_of_json_keeps_its_digits() {
        let amount: Amount = serde_json::from_str("90071992547409.93").unwrap();
        assert_eq!(amount.to_string(), "90071992547409.93");
        assert_eq!(serde_json::to_string(&amount).unwrap(), r#""90071992547409.93""#);
        assert!(serde_json::from_str::<Amount>("-0.01").is_err());
    }
}
