//! What the shop's payment page reports.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;
use primostore_payments::Amount;
use primostore_payments::records::{Booked, Event, Outcome, Provider};
use primostore_payments::signature::verify;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::PaymentLinks;
use crate::body::{object, read};
use crate::clock::unix_now;
use crate::error::{ApiError, ErrorBody};
use crate::faults::Faults;
use crate::payments::errors::bad_signature;
use crate::request_context::RequestContext;

/// What the payment page posts.
#[derive(Debug, PartialEq, Eq, ToSchema)]
struct PaymentReport {
    /// Of each report its own: one that is sent again is booked once.
    event_id: String,
    order_number: String,
    /// In currency, as a JSON number or as text such as `199.00`.
    #[schema(value_type = f64)]
    amount: Amount,
    /// Three letters.
    currency: String,
    /// The payment page's own id of the payment; may be left out where it failed.
    reference: Option<String>,
    /// `paid` or `failed`.
    status: String,
}

/// What became of a report.
#[derive(Serialize, ToSchema)]
pub(super) struct Received {
    result: Booked,
}

/// Takes a payment page's report of a payment that was made or failed.
///
/// Send it again while the answer is 5xx. Everything else was booked, or can't be.
#[utoipa::path(
    post, path = "/functions/v1/payment-link/callback", tag = "payments", request_body = PaymentReport,
    params((
        "x-signature" = String, Header,
        description = "`t=UNIX,v1=HEX`: HMAC-SHA256 with PAYMENT_LINK_SECRET over `t.body`, at most 5 minutes old"
    )),
    responses(
        (status = 200, description = "It is booked", body = Received),
        (status = 401, description = "`unauthenticated`: the signature is not right, or too old", body = ErrorBody),
        (status = 404, description = "`not_found`: there is no such order", body = ErrorBody),
        (status = 409, description = "`idempotency_conflict`: `event_id` was reported with other content; admins are told",
            body = ErrorBody),
        (status = 413, description = "`payload_too_large`", body = ErrorBody),
        (status = 422, description = "`invalid_input`, also where amount or currency is not what is due: admins are told; \
            `payment_method_unavailable`: links are not set up", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
        (status = 502, description = "`upstream_unavailable`", body = ErrorBody),
        (status = 503, description = "`busy`, `upstream_unavailable`", body = ErrorBody),
        (status = 504, description = "`upstream_unavailable`", body = ErrorBody),
    )
)]
pub(super) async fn receive(
    State(links): State<PaymentLinks>,
    context: RequestContext,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Received>, ApiError> {
    let secret = links.secret()?;
    let body = read(body).await?;
    let signature = headers.get("x-signature").and_then(|value| value.to_str().ok());
    verify(secret, signature, &body, unix_now()).map_err(bad_signature)?;
    let report = parse(&object(&body)?)?;
    let result = links.payments.record_event(&report.event(), &context.origin()).await?;
    match result {
        Booked::UnknownOrder => Err(ApiError::not_found("There is no such order.")),
        Booked::Mismatch => {
            let words = "amount and currency are not what is due";
            let mut faults = Faults::of("amount", json!(["pattern", "what is due"]), words);
            faults.add("currency", json!(["pattern", "what is due"]), words);
            Err(faults.into())
        }
        result => Ok(Json(Received { result })),
    }
}

impl PaymentReport {
    fn event(&self) -> Event<'_> {
        Event {
            provider: Provider::PaymentLink,
            event_id: &self.event_id,
            event_type: &self.status,
            outcome: if self.status == "paid" { Outcome::Paid } else { Outcome::Failed },
            payload: json!({
                "event_id": self.event_id,
                "order_number": self.order_number,
                "amount": self.amount.in_currency(&self.currency),
                "currency": self.currency,
                "reference": self.reference,
                "status": self.status,
            }),
            order_id: None,
            order_number: Some(&self.order_number),
            provider_reference: self.reference.as_deref(),
            amount: Some(self.amount),
            currency: Some(&self.currency),
        }
    }
}

/// The fields as they are read, and what is wrong with them.
struct Fields<'a> {
    fields: &'a Map<String, Value>,
    faults: Faults,
}

impl Fields<'_> {
    fn fault<T>(&mut self, name: &str, code: Value, words: impl Into<String>) -> Option<T> {
        self.faults.add(name, code, words);
        None
    }

    fn required<T>(&mut self, name: &str) -> Option<T> {
        self.faults.required(name);
        None
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// Text of one line, of at most `longest` characters.
    fn text(&mut self, name: &str, longest: usize, required: bool) -> Option<String> {
        match self.value(name) {
            None if required => self.required(name),
            None => None,
            Some(Value::String(text)) if text.is_empty() => self.required(name),
            Some(Value::String(text)) if text.chars().count() > longest => {
                self.fault(name, json!(["too_long", longest]), format!("is too long (at most {longest} characters)"))
            }
            Some(Value::String(text)) if text.chars().any(char::is_control) => {
                self.fault(name, json!(["control"]), "contains control characters")
            }
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => self.fault(name, json!(["pattern", "text"]), "must be text"),
        }
    }

    fn amount(&mut self) -> Option<Amount> {
        let amount = match self.value("amount") {
            None => return self.required("amount"),
            Some(Value::Number(number)) => Amount::parse(&number.to_string()),
            Some(Value::String(text)) => Amount::parse(text),
            Some(_) => None,
        };
        amount.or_else(|| self.fault("amount", json!(["not_number"]), "is not an amount, such as 199.00"))
    }
}

fn parse(fields: &Map<String, Value>) -> Result<PaymentReport, ApiError> {
    let mut fields = Fields { fields, faults: Faults::default() };
    let status = fields.text("status", 100, true);
    let status = match status.as_deref() {
        Some("paid" | "failed") | None => status,
        Some(_) => fields.fault("status", json!(["one_of", "paid", "failed"]), "must be one of: paid, failed"),
    };
    let currency = fields.text("currency", 100, true);
    let currency = match currency.as_deref() {
        Some(code) if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            fields.fault("currency", json!(["pattern", "MAD"]), "is not a currency's three letters")
        }
        _ => currency,
    };
    let event_id = fields.text("event_id", 255, true);
    let order_number = fields.text("order_number", 64, true);
    let reference = fields.text("reference", 255, status.as_deref() == Some("paid"));
    let amount = fields.amount();
    match (event_id, order_number, amount, currency, status, fields.faults.is_empty()) {
        (Some(event_id), Some(order_number), Some(amount), Some(currency), Some(status), true) => {
            Ok(PaymentReport { event_id, order_number, amount, currency, reference, status })
        }
        _ => Err(fields.faults.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(report: &Value) -> Result<PaymentReport, Value> {
        parse(report.as_object().unwrap()).map_err(|error| {
            assert_eq!(error.body.code, "invalid_input");
            serde_json::from_str(&error.body.details.unwrap()).unwrap()
        })
    }

    fn report() -> Value {
        serde_json::from_str(
            r#"{"event_id": "evt-1", "order_number": "PS-2026-000001", "amount": 199.00, "currency": "MAD",
                "reference": "tx-1", "status": "paid", "more": {"is": "ignored"}}"#,
        )
        .unwrap()
    }

    #[test]
    fn an_amount_may_be_a_number_or_text_and_is_kept_exactly() {
        assert_eq!(read(&report()).unwrap().amount.to_string(), "199.00");
        let mut as_text = report();
        as_text["amount"] = json!("199.00");
        assert_eq!(read(&as_text), read(&report()));
        let precise = r#"{"amount": 99999999.990000000000000001}"#;
        let fields: Map<String, Value> = serde_json::from_str(precise).unwrap();
        let mut inexact = report();
        inexact["amount"] = fields["amount"].clone();
        assert_eq!(read(&inexact).unwrap_err(), json!({ "amount": "is not an amount, such as 199.00" }));
    }

    #[test]
    fn a_failed_payment_needs_no_reference() {
        let mut failed = report();
        failed["status"] = json!("failed");
        failed["reference"] = Value::Null;
        assert_eq!(read(&failed).unwrap().reference, None);
        failed["status"] = json!("paid");
        assert_eq!(read(&failed).unwrap_err(), json!({ "reference": "is required" }));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let faults = read(&json!({
            "event_id": "", "order_number": 7, "amount": -1, "currency": "DH", "reference": "a\u{0}b", "status": "maybe",
        }));
        assert_eq!(
            faults.unwrap_err(),
            json!({
                "event_id": "is required", "order_number": "must be text",
                "amount": "is not an amount, such as 199.00", "currency": "is not a currency's three letters",
                "reference": "contains control characters", "status": "must be one of: paid, failed",
            })
        );
        let faults = read(&json!({}));
        let names = ["event_id", "order_number", "amount", "currency", "status"];
        let required: Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), json!("is required"))).collect();
        assert_eq!(faults.unwrap_err(), Value::Object(required));
    }

    #[test]
    fn programs_are_told_in_codes() {
        let report =
            json!({ "event_id": "x".repeat(256), "order_number": "PS-1", "amount": "a lot", "currency": "MAD" });
        let error = parse(report.as_object().unwrap()).unwrap_err();
        let codes: Value = serde_json::from_str(&error.body.hint.unwrap()).unwrap();
        assert_eq!(codes, json!({ "event_id": ["too_long", 255], "amount": ["not_number"], "status": ["required"] }));
    }

    #[test]
    fn only_the_fields_of_the_contract_are_kept() {
        let payload = read(&report()).unwrap().event().payload;
        assert_eq!(
            payload,
            json!({
                "event_id": "evt-1", "order_number": "PS-2026-000001", "amount": "199.00", "currency": "MAD",
                "reference": "tx-1", "status": "paid",
            })
        );
    }
}
