//! What Stripe reports: <https://docs.stripe.com/api/events/object>.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::minor_units::from_minor_units;
use crate::payments::records::{Event, Outcome, Provider};

/// An event, as much of it as we use.
#[derive(Deserialize)]
pub(super) struct StripeEvent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    created: Value,
    #[serde(default)]
    livemode: Value,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

impl StripeEvent {
    /// What is to be booked.
    pub(super) fn to_record(&self) -> Event<'_> {
        let outcome = match self.kind.as_str() {
            "payment_intent.succeeded" => Outcome::Paid,
            "payment_intent.payment_failed" => Outcome::Failed,
            "payment_intent.canceled" => Outcome::Cancelled,
            _ => Outcome::Ignored,
        };
        let is_intent = self.kind.starts_with("payment_intent.");
        let currency = self.text("/currency");
        let counted = if outcome == Outcome::Paid { "/amount_received" } else { "/amount" };
        let counted = self.data.object.pointer(counted).and_then(Value::as_u64).filter(|_| is_intent);
        Event {
            provider: Provider::Stripe,
            event_id: &self.id,
            event_type: &self.kind,
            outcome,
            payload: self.kept(is_intent),
            order_id: self.text("/metadata/order_id").and_then(|id| Uuid::try_parse(id).ok()),
            order_number: None,
            provider_reference: self.text("/id").filter(|_| is_intent),
            amount: counted.zip(currency).and_then(|(counted, currency)| from_minor_units(counted, currency)),
            currency,
        }
    }

    /// Text that the database can keep, which is any without NUL.
    fn text(&self, pointer: &str) -> Option<&str> {
        self.data.object.pointer(pointer)?.as_str().filter(|text| !text.is_empty() && !text.contains('\0'))
    }

    fn number(&self, pointer: &str) -> Option<u64> {
        self.data.object.pointer(pointer)?.as_u64()
    }

    /// What is worth keeping: neither the client secret nor what Stripe knows about the person.
    fn kept(&self, is_intent: bool) -> Value {
        let mut object = json!({ "id": self.text("/id"), "object": self.text("/object") });
        if is_intent {
            object = json!({
                "id": self.text("/id"),
                "object": self.text("/object"),
                "status": self.text("/status"),
                "amount": self.number("/amount"),
                "amount_received": self.number("/amount_received"),
                "currency": self.text("/currency"),
                "latest_charge": self.text("/latest_charge"),
                "cancellation_reason": self.text("/cancellation_reason"),
                "last_payment_error": {
                    "code": self.text("/last_payment_error/code"),
                    "decline_code": self.text("/last_payment_error/decline_code"),
                },
                "metadata": {
                    "order_id": self.text("/metadata/order_id"),
                    "order_number": self.text("/metadata/order_number"),
                    "payment_id": self.text("/metadata/payment_id"),
                },
            });
        }
        json!({
            "id": self.id,
            "type": self.kind,
            "created": self.created.as_u64(),
            "livemode": self.livemode.as_bool(),
            "data": { "object": object },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, object: Value) -> StripeEvent {
        let event = json!({
            "id": "evt_1", "object": "event", "api_version": "2024-06-20", "created": 1_700_000_000, "livemode": false,
            "pending_webhooks": 1, "request": { "id": null, "idempotency_key": "a" }, "type": kind,
            "data": { "object": object },
        });
        serde_json::from_value(event).unwrap()
    }

    fn intent() -> Value {
        json!({
            "id": "pi_1", "object": "payment_intent", "amount": 19_900, "amount_received": 19_900, "currency": "mad",
            "client_secret": "pi_1_secret_x", "receipt_email": "salma@example.com", "status": "succeeded",
            "latest_charge": "ch_1", "last_payment_error": null,
            "metadata": { "order_id": "5c8b2a0e-0a5c-4f0e-9d43-000000000001", "order_number": "PS-2026-000001" },
        })
    }

    #[test]
    fn each_event_has_its_outcome() {
        for (kind, outcome) in [
            ("payment_intent.succeeded", Outcome::Paid),
            ("payment_intent.payment_failed", Outcome::Failed),
            ("payment_intent.canceled", Outcome::Cancelled),
            ("payment_intent.created", Outcome::Ignored),
            ("charge.succeeded", Outcome::Ignored),
        ] {
            assert_eq!(event(kind, intent()).to_record().outcome, outcome, "{kind}");
        }
    }

    #[test]
    fn what_was_received_counts_not_what_was_asked() {
        let mut partial = intent();
        partial["amount_received"] = json!(10_000);
        let event = event("payment_intent.succeeded", partial);
        let record = event.to_record();
        assert_eq!(record.amount.unwrap().to_string(), "100.00");
        assert_eq!((record.currency, record.provider_reference), (Some("mad"), Some("pi_1")));
        assert_eq!(record.order_id.unwrap().to_string(), "5c8b2a0e-0a5c-4f0e-9d43-000000000001");
    }

    #[test]
    fn amounts_that_are_none_are_not_guessed() {
        for amount in [json!(null), json!("19900"), json!(-1), json!(199.5), json!(u64::MAX)] {
            let mut odd = intent();
            odd["amount_received"] = amount;
            assert_eq!(event("payment_intent.succeeded", odd).to_record().amount, None);
        }
    }

    #[test]
    fn neither_the_secret_nor_the_person_is_kept() {
        for kind in ["payment_intent.succeeded", "charge.succeeded", "customer.created"] {
            let kept = event(kind, intent()).to_record().payload.to_string();
            assert!(kept.contains("pi_1") && !kept.contains("secret") && !kept.contains("salma"), "{kept}");
        }
    }

    #[test]
    fn metadata_of_others_names_no_order() {
        let mut others = intent();
        others["metadata"] = json!({ "order_id": "A-17", "order_number": "a\u{0}b" });
        let event = event("payment_intent.succeeded", others);
        let record = event.to_record();
        assert_eq!(record.order_id, None);
        assert_eq!(record.payload["data"]["object"]["metadata"]["order_number"], Value::Null);
    }
}
