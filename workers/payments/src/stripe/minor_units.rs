//! Amounts as Stripe counts them: <https://docs.stripe.com/currencies>.

use crate::amount::Amount;

const ZERO_DECIMALS: &[&str] =
    &["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
const THREE_DECIMALS: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];
/// Have no smaller parts any more, but are still counted in hundredths.
const WHOLE_HUNDREDTHS: &[&str] = &["ISK", "UGX"];

/// Thousandths of the currency's unit in what Stripe counts.
fn thousandths(currency: &str) -> u64 {
    let among = |currencies: &[&str]| currencies.iter().any(|known| known.eq_ignore_ascii_case(currency));
    if among(ZERO_DECIMALS) {
        1000
    } else if among(THREE_DECIMALS) {
        1
    } else {
        10
    }
}

/// An amount in what Stripe counts; `None` when Stripe can't charge exactly that in this currency.
#[must_use]
pub fn to_minor_units(amount: Amount, currency: &str) -> Option<u64> {
    let step = match thousandths(currency) {
        // Stripe's partners take no last digit but 0.
        1 => 10,
        _ if WHOLE_HUNDREDTHS.iter().any(|known| known.eq_ignore_ascii_case(currency)) => 1000,
        step => step,
    };
    amount.thousandths().is_multiple_of(step).then(|| amount.thousandths() / thousandths(currency))
}

/// An amount that Stripe counted; `None` when it is beyond all measure.
#[must_use]
pub fn from_minor_units(amount: u64, currency: &str) -> Option<Amount> {
    amount.checked_mul(thousandths(currency)).map(Amount::from_thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(amount: &str, currency: &str) -> Option<u64> {
        to_minor_units(Amount::parse(amount).unwrap(), currency)
    }

    #[test]
    fn amounts_are_counted_as_stripe_does_there_and_back() {
        for (amount, currency, counted) in [
            ("199.00", "MAD", 19_900),
            ("0.01", "eur", 1),
            ("19.99", "USD", 1_999),
            ("500.00", "JPY", 500),
            ("500.00", "xof", 500),
            ("5.12", "KWD", 5_120),
            ("5.00", "tnd", 5_000),
            ("5.00", "UGX", 500),
            ("5.00", "ISK", 500),
            ("10.45", "HUF", 1_045),
            ("99999999.99", "MAD", 9_999_999_999),
        ] {
            assert_eq!(minor(amount, currency), Some(counted), "{amount} {currency}");
            assert_eq!(from_minor_units(counted, currency).unwrap().to_string(), amount, "{amount} {currency}");
        }
    }

    #[test]
    fn what_a_currency_has_no_coins_for_is_not_rounded() {
        for (amount, currency) in
            [("500.50", "JPY"), ("5.50", "UGX"), ("5.01", "ISK"), ("1.005", "MAD"), ("5.124", "KWD")]
        {
            assert_eq!(minor(amount, currency), None, "{amount} {currency}");
        }
        assert_eq!(from_minor_units(5_124, "KWD").unwrap().to_string(), "5.124");
        assert_eq!(from_minor_units(u64::MAX, "MAD"), None);
    }
}
