//! Amounts of money, exact, as CLDR writes them for fr, ar-MA and en-GB.

use std::fmt;
use std::str::FromStr;

use super::Language;

/// Have no smaller parts, by ISO 4217. The database's `private.currency_decimals` says the same.
const WHOLE: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

const NO_BREAK: char = '\u{a0}';
const NARROW_NO_BREAK: char = '\u{202f}';
/// Keep digits and sign together, and on their side, within text from right to left.
const RIGHT_TO_LEFT_MARK: char = '\u{200f}';
const LEFT_TO_RIGHT_MARK: char = '\u{200e}';

/// A currency, by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// The text isn't three letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three letters, such as MAD")]
pub struct NotACurrency;

impl FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(text: &str) -> Result<Self, NotACurrency> {
        let mut code: [u8; 3] = text.as_bytes().try_into().map_err(|_| NotACurrency)?;
        code.make_ascii_uppercase();
        if code.iter().all(u8::is_ascii_uppercase) { Ok(Self(code)) } else { Err(NotACurrency) }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Currency({})", self.code())
    }
}

impl Currency {
    /// Its code, in capitals.
    #[must_use]
    pub fn code(&self) -> &str {
        // Only letters get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals it has.
    #[must_use]
    pub fn decimals(&self) -> usize {
        match self.code() {
            code if WHOLE.contains(&code) => 0,
            code if THOUSANDTHS.contains(&code) => 3,
            _ => 2,
        }
    }

    fn sign(&self, language: Language) -> &str {
        match (self.code(), language) {
            ("MAD", Language::Arabic) => "د.م.\u{200f}",
            ("DZD", Language::Arabic) => "د.ج.\u{200f}",
            ("TND", Language::Arabic) => "د.ت.\u{200f}",
            ("EUR", _) => "€",
            ("GBP", _) => "£",
            ("USD", Language::French) => "$US",
            ("USD", _) => "US$",
            ("XOF", _) => "F\u{202f}CFA",
            ("XAF", _) => "FCFA",
            (code, _) => code,
        }
    }
}

/// An amount in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Of the currency's unit: no shop's currency has smaller parts.
    thousandths: i64,
    currency: Currency,
}

impl Money {
    /// An amount in thousandths of the currency's unit.
    #[must_use]
    pub fn from_thousandths(thousandths: i64, currency: Currency) -> Self {
        Self { thousandths, currency }
    }

    /// Reads an amount as the database writes its `numeric`: `-1234.50`. `None` when the text isn't one, or has smaller
    /// parts than thousandths.
    #[must_use]
    pub fn parse(text: &str, currency: Currency) -> Option<Self> {
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
        let (units, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits(units) || !are_digits(fraction) {
            return None;
        }
        let fraction = format!("{:0<3}", fraction.trim_end_matches('0'));
        let units = units.parse::<i64>().ok()?.checked_mul(1000)?;
        let thousandths = units.checked_add(fraction.parse().ok().filter(|_| fraction.len() == 3)?)?;
        Some(Self { thousandths: sign * thousandths, currency })
    }

    /// As people write it. Smaller parts than the currency has are shown, not rounded away.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let sign = self.currency.sign(language);
        let minus = if self.thousandths < 0 { "-" } else { "" };
        let number = self.digits(language);
        match language {
            Language::French => format!("{minus}{number}{NO_BREAK}{sign}"),
            // A sign that ends with a letter keeps its distance.
            Language::English if sign.ends_with(char::is_alphabetic) => format!("{minus}{sign}{NO_BREAK}{number}"),
            Language::English => format!("{minus}{sign}{number}"),
            Language::Arabic if minus.is_empty() => format!("{RIGHT_TO_LEFT_MARK}{number}{NO_BREAK}{sign}"),
            Language::Arabic => format!("{RIGHT_TO_LEFT_MARK}{LEFT_TO_RIGHT_MARK}{minus}{number}{NO_BREAK}{sign}"),
        }
    }

    /// The amount without its sign and currency.
    fn digits(&self, language: Language) -> String {
        let (group, point) = match language {
            Language::French => (NARROW_NO_BREAK, ','),
            Language::Arabic => ('.', ','),
            Language::English => (',', '.'),
        };
        let amount = self.thousandths.unsigned_abs();
        let units = (amount / 1000).to_string();
        let mut text = String::new();
        for (position, digit) in units.chars().enumerate() {
            if position > 0 && (units.len() - position).is_multiple_of(3) {
                text.push(group);
            }
            text.push(digit);
        }
        let fraction = format!("{:03}", amount % 1000);
        let decimals = fraction.trim_end_matches('0').len().max(self.currency.decimals());
        if decimals > 0 {
            text.push(point);
            text.push_str(&fraction[..decimals]);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(amount: &str, currency: &str, language: Language) -> String {
        Money::parse(amount, currency.parse().unwrap()).unwrap().text(language)
    }

    // What Intl.NumberFormat gives with style 'currency' for fr, ar-MA and en-GB.
    #[test]
    fn money_reads_as_people_write_it() {
        for (amount, currency, french, arabic, english) in [
            (
                "1234567.50",
                "MAD",
                "1\u{202f}234\u{202f}567,50\u{a0}MAD",
                "\u{200f}1.234.567,50\u{a0}د.م.\u{200f}",
                "MAD\u{a0}1,234,567.50",
            ),
            ("-3.50", "MAD", "-3,50\u{a0}MAD", "\u{200f}\u{200e}-3,50\u{a0}د.م.\u{200f}", "-MAD\u{a0}3.50"),
            (
                "1234.00",
                "XOF",
                "1\u{202f}234\u{a0}F\u{202f}CFA",
                "\u{200f}1.234\u{a0}F\u{202f}CFA",
                "F\u{202f}CFA\u{a0}1,234",
            ),
            ("9.50", "EUR", "9,50\u{a0}€", "\u{200f}9,50\u{a0}€", "€9.50"),
            ("9.50", "USD", "9,50\u{a0}$US", "\u{200f}9,50\u{a0}US$", "US$9.50"),
            ("12.50", "TND", "12,500\u{a0}TND", "\u{200f}12,500\u{a0}د.ت.\u{200f}", "TND\u{a0}12.500"),
            ("0", "CHF", "0,00\u{a0}CHF", "\u{200f}0,00\u{a0}CHF", "CHF\u{a0}0.00"),
        ] {
            assert_eq!(text(amount, currency, Language::French), french);
            assert_eq!(text(amount, currency, Language::Arabic), arabic);
            assert_eq!(text(amount, currency, Language::English), english);
        }
    }

    #[test]
    fn a_currency_without_smaller_parts_has_no_decimals() {
        assert_eq!(text("500.00", "jpy", Language::French), "500\u{a0}JPY");
    }

    #[test]
    fn smaller_parts_than_the_currency_has_are_not_lost() {
        assert_eq!(text("500.50", "JPY", Language::English), "JPY\u{a0}500.5");
        assert_eq!(text("0.005", "MAD", Language::English), "MAD\u{a0}0.005");
    }

    #[test]
    fn what_is_no_amount_is_not_read_as_one() {
        let currency: Currency = "MAD".parse().unwrap();
        for text in ["", "-", "1.", ".5", "1,5", "1e3", "+1", "1.0005", "--1", "99999999999999999999", "١"] {
            assert_eq!(Money::parse(text, currency), None, "{text}");
        }
        assert_eq!(Money::parse("1.5000", currency), Some(Money::from_thousandths(1500, currency)));
    }

    #[test]
    fn a_currency_is_three_letters() {
        for text in ["", "MA", "MADX", "M1D", "é1"] {
            assert_eq!(text.parse::<Currency>(), Err(NotACurrency), "{text}");
        }
        assert_eq!("mad".parse::<Currency>().unwrap().code(), "MAD");
    }
}
