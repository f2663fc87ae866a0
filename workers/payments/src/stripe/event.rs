//! What Stripe reports: <https://docs.stripe.com/api/events/object>.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::minor_units::from_minor_units;
use crate::records::{Event, Outcome, Provider, RefundEvent, RefundOutcome};

/// An event, as much of it as we use.
#[derive(Deserialize)]
pub struct StripeEvent {
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

/// What is to be booked.
pub enum Report<'a> {
    /// About money that comes.
    Payment(Event<'a>),
    /// About money that went back, or that a bank wants back.
    Refund(RefundEvent<'a>),
}

impl StripeEvent {
    /// What is to be booked.
    #[must_use]
    pub fn report(&self) -> Report<'_> {
        match self.refund() {
            Some(refund) => Report::Refund(refund),
            None => Report::Payment(self.payment()),
        }
    }

    /// `None` where no money of a payment intent went back.
    fn refund(&self) -> Option<RefundEvent<'_>> {
        let outcome = match self.kind.as_str() {
            "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
                match self.text("/status")? {
                    "succeeded" => RefundOutcome::Succeeded,
                    "failed" | "canceled" => RefundOutcome::Failed,
                    "pending" | "requires_action" => RefundOutcome::Pending,
                    _ => return None,
                }
            }
            // Names no refunds, or not all of them: those have events of their own.
            "charge.refunded" => RefundOutcome::Total,
            "charge.dispute.created" => RefundOutcome::Disputed,
            "charge.dispute.closed" if self.text("/status")? == "lost" => RefundOutcome::DisputeLost,
            "charge.dispute.closed" => RefundOutcome::DisputeWon,
            _ => return None,
        };
        let currency = self.text("/currency");
        let counted = self.number(if outcome == RefundOutcome::Total { "/amount_refunded" } else { "/amount" });
        Some(RefundEvent {
            provider: Provider::Stripe,
            event_id: &self.id,
            event_type: &self.kind,
            outcome,
            payload: self.kept(&json!({
                "id": self.text("/id"),
                "object": self.text("/object"),
                "status": self.text("/status"),
                "amount": self.number("/amount"),
                "amount_refunded": self.number("/amount_refunded"),
                "currency": currency,
                "charge": self.text("/charge"),
                "payment_intent": self.text("/payment_intent"),
                "reason": self.text("/reason"),
                "failure_reason": self.text("/failure_reason"),
                "metadata": { "refund_id": self.text("/metadata/refund_id") },
            })),
            provider_reference: self.text("/payment_intent").or_else(|| self.text("/payment_intent/id"))?,
            refund_reference: self.text("/id")?,
            amount: counted.zip(currency).and_then(|(counted, currency)| from_minor_units(counted, currency)),
            currency,
            refund_id: self.text("/metadata/refund_id").and_then(|id| Uuid::try_parse(id).ok()),
            reason: self.text("/reason"),
            error: self.text("/failure_reason"),
        })
    }

    fn payment(&self) -> Event<'_> {
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
            payload: self.kept(&self.kept_of_payment(is_intent)),
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
    fn kept_of_payment(&self, is_intent: bool) -> Value {
        if !is_intent {
            return json!({ "id": self.text("/id"), "object": self.text("/object") });
        }
        json!({
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
        })
    }

    /// The event with what is kept of its object.
    fn kept(&self, object: &Value) -> Value {
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
            assert_eq!(event(kind, intent()).payment().outcome, outcome, "{kind}");
        }
    }

    #[test]
    fn what_was_received_counts_not_what_was_asked() {
        let mut partial = intent();
        partial["amount_received"] = json!(10_000);
        let event = event("payment_intent.succeeded", partial);
        let record = event.payment();
        assert_eq!(record.amount.unwrap().to_string(), "100.00");
        assert_eq!((record.currency, record.provider_reference), (Some("mad"), Some("pi_1")));
        assert_eq!(record.order_id.unwrap().to_string(), "5c8b2a0e-0a5c-4f0e-9d43-000000000001");
    }

    #[test]
    fn amounts_that_are_none_are_not_guessed() {
        for amount in [json!(null), json!("19900"), json!(-1), json!(199.5), json!(u64::MAX)] {
            let mut odd = intent();
            odd["amount_received"] = amount;
            assert_eq!(event("payment_intent.succeeded", odd).payment().amount, None);
        }
    }

    #[test]
    fn neither_the_secret_nor_the_person_is_kept() {
        for kind in ["payment_intent.succeeded", "charge.succeeded", "customer.created"] {
            let kept = event(kind, intent()).payment().payload.to_string();
            assert!(kept.contains("pi_1") && !kept.contains("secret") && !kept.contains("salma"), "{kept}");
        }
    }

    fn refund(kind: &str, object: Value) -> Option<(RefundOutcome, String, Option<String>)> {
        let event = event(kind, object);
        match event.report() {
            Report::Refund(refund) => Some((
                refund.outcome,
                format!("{} of {}", refund.refund_reference, refund.provider_reference),
                refund.amount.map(|amount| amount.in_currency(refund.currency.unwrap())),
            )),
            Report::Payment(payment) => {
                assert_eq!(payment.outcome, Outcome::Ignored, "{kind}");
                None
            }
        }
    }

    #[test]
    fn refunds_and_disputes_name_themselves_and_the_payment() {
        let object = |id: &str, status: &str| {
            json!({
                "id": id, "amount": 3_000, "currency": "mad", "payment_intent": "pi_1", "charge": "ch_1", "status": status,
                "metadata": {},
            })
        };
        for (kind, id, status, outcome) in [
            ("refund.created", "re_1", "pending", RefundOutcome::Pending),
            ("refund.created", "re_1", "requires_action", RefundOutcome::Pending),
            ("refund.updated", "re_1", "succeeded", RefundOutcome::Succeeded),
            ("charge.refund.updated", "re_1", "succeeded", RefundOutcome::Succeeded),
            ("refund.failed", "re_1", "failed", RefundOutcome::Failed),
            ("refund.updated", "re_1", "canceled", RefundOutcome::Failed),
            ("charge.dispute.created", "du_1", "needs_response", RefundOutcome::Disputed),
            ("charge.dispute.closed", "du_1", "lost", RefundOutcome::DisputeLost),
            ("charge.dispute.closed", "du_1", "won", RefundOutcome::DisputeWon),
            ("charge.dispute.closed", "du_1", "warning_closed", RefundOutcome::DisputeWon),
        ] {
            let expected = (outcome, format!("{id} of pi_1"), Some("30.00".to_owned()));
            assert_eq!(refund(kind, object(id, status)), Some(expected), "{kind} {status}");
        }
        let charge = json!({
            "id": "ch_1", "amount": 13_000, "amount_refunded": 8_000, "currency": "mad", "payment_intent": { "id": "pi_1" },
        });
        let expected = (RefundOutcome::Total, "ch_1 of pi_1".to_owned(), Some("80.00".to_owned()));
        assert_eq!(refund("charge.refunded", charge), Some(expected));
    }

    #[test]
    fn yen_are_counted_whole() {
        let object = json!({
            "id": "re_1", "amount": 1_000, "currency": "jpy", "payment_intent": "pi_1", "status": "succeeded",
        });
        assert_eq!(refund("refund.updated", object).unwrap().2.as_deref(), Some("1000"));
    }

    #[test]
    fn what_went_back_of_no_intent_is_ignored() {
        let of_no_intent = json!({ "id": "re_1", "amount": 1, "currency": "mad", "status": "succeeded" });
        assert_eq!(refund("refund.updated", of_no_intent), None);
        let unheard_of = json!({ "id": "re_1", "payment_intent": "pi_1", "status": "lost_in_space" });
        assert_eq!(refund("refund.updated", unheard_of), None);
        assert_eq!(refund("charge.dispute.updated", json!({ "id": "du_1", "payment_intent": "pi_1" })), None);
    }

    #[test]
    fn a_refund_of_ours_says_which() {
        let id = "5c8b2a0e-0a5c-4f0e-9d43-000000000002";
        let event = event(
            "refund.failed",
            json!({
                "id": "re_1", "amount": 100, "currency": "mad", "payment_intent": "pi_1", "status": "failed",
                "failure_reason": "expired_or_canceled_card", "reason": "requested_by_customer", "receipt_number": "1-2",
                "destination_details": { "card": {} }, "metadata": { "refund_id": id },
            }),
        );
        let Report::Refund(refund) = event.report() else { panic!("it is a refund") };
        assert_eq!(refund.refund_id.unwrap().to_string(), id);
        assert_eq!((refund.reason, refund.error), (Some("requested_by_customer"), Some("expired_or_canceled_card")));
        let kept = refund.payload.to_string();
        assert!(kept.contains("re_1") && !kept.contains("receipt"), "{kept}");
    }

    #[test]
    fn metadata_of_others_names_no_order() {
        let mut others = intent();
        others["metadata"] = json!({ "order_id": "A-17", "order_number": "a\u{0}b" });
        let event = event("payment_intent.succeeded", others);
        let record = event.payment();
        assert_eq!(record.order_id, None);
        assert_eq!(record.payload["data"]["object"]["metadata"]["order_number"], Value::Null);
    }
}
