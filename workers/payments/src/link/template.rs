//! The address of the shop's payment page, made from the setting `payment_link.template`.

use hmac::Mac as _;
use secrecy::SecretString;

use crate::amount::Amount;
use crate::encoding::percent_encoded;
use crate::signature::hmac;

/// What the payment page is told.
pub struct Parameters<'a> {
    /// The order's.
    pub order_number: &'a str,
    /// What is due.
    pub amount: Amount,
    /// Three letters.
    pub currency: &'a str,
    /// The customer's; unknown when the account is gone.
    pub email: Option<&'a str>,
    /// The order's, such as `fr`.
    pub language: &'a str,
    /// Unix seconds.
    pub expires: u64,
}

/// Fills a template; the signature lets the page believe the rest.
#[must_use]
pub fn fill(template: &str, parameters: &Parameters<'_>, secret: &SecretString) -> String {
    let (amount, expires) = (parameters.amount.in_currency(parameters.currency), parameters.expires.to_string());
    let signed = [parameters.order_number, &amount, parameters.currency, &expires].join("|");
    let signature = hex::encode(hmac(secret, &[signed.as_bytes()]).finalize().into_bytes());
    // A value that is encoded holds no braces, so none is taken for a placeholder.
    [
        ("{order_number}", parameters.order_number),
        ("{amount}", &amount),
        ("{currency}", parameters.currency),
        ("{expires}", &expires),
        ("{signature}", &signature),
        ("{email}", parameters.email.unwrap_or_default()),
        ("{language}", parameters.language),
    ]
    .iter()
    .fold(template.to_owned(), |url, (placeholder, value)| url.replace(placeholder, &percent_encoded(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(order_number: &str) -> Parameters<'_> {
        Parameters {
            order_number,
            amount: Amount::parse("199").unwrap(),
            currency: "MAD",
            email: Some("salma+shop@example.com"),
            language: "ar",
            expires: 1_700_000_000,
        }
    }

    fn filled(template: &str, order_number: &str) -> String {
        fill(template, &due(order_number), &SecretString::from("whsec_test_secret"))
    }

    #[test]
    fn the_page_is_told_what_is_due_and_that_we_say_so() {
        // printf 'PS-2026-000001|199.00|MAD|1700000000' | openssl dgst -sha256 -hmac whsec_test_secret
        let signature = "f639b2962d4e614451f2f59401ccf95fa2e7e0fd4d60f2372ee566fc0eb3b20f";
        assert_eq!(
            filled(
                "https://pay.example.com/{order_number}?a={amount}&c={currency}&e={expires}#s={signature}",
                "PS-2026-000001"
            ),
            format!("https://pay.example.com/PS-2026-000001?a=199.00&c=MAD&e=1700000000#s={signature}")
        );
    }

    #[test]
    fn a_link_made_at_a_provider_works_as_it_is() {
        let template =
            "https://pay.example/b/abc?client_reference_id={order_number}&prefilled_email={email}&locale={language}";
        assert_eq!(
            filled(template, "PS-2026-000001"),
            "https://pay.example/b/abc?client_reference_id=PS-2026-000001&prefilled_email=salma%2Bshop%40example.com&locale=ar"
        );
        let of_nobody = Parameters { email: None, ..due("PS-1") };
        let url = fill("https://pay.example/{order_number}?m={email}", &of_nobody, &SecretString::from("secret"));
        assert_eq!(url, "https://pay.example/PS-1?m=");
    }

    #[test]
    fn yen_have_no_decimals_neither_written_nor_signed() {
        let due = Parameters { amount: Amount::parse("1000.00").unwrap(), currency: "JPY", ..due("PS-2026-000001") };
        // printf 'PS-2026-000001|1000|JPY|1700000000' | openssl dgst -sha256 -hmac whsec_test_secret
        let signature = "3a7a876387b2218aa849b9750c9ee565db5842c22db0b7a93acab5d432799c89";
        let secret = SecretString::from("whsec_test_secret");
        assert_eq!(
            fill("https://pay.example.com/{order_number}?a={amount}&s={signature}", &due, &secret),
            format!("https://pay.example.com/PS-2026-000001?a=1000&s={signature}")
        );
    }

    #[test]
    fn a_value_stays_where_it_stands() {
        let url = filled("https://pay.example.com/?n={order_number}&a={amount}", "a&b=c#{amount}/../é %");
        assert_eq!(url, "https://pay.example.com/?n=a%26b%3Dc%23%7Bamount%7D%2F..%2F%C3%A9%20%25&a=199.00");
    }
}
