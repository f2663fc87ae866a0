//! Money that went back at Stripe without us, and money that banks want back: booked once, in whatever order it is told.

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fake_stripe::event;
use super::fixture::{PaymentFixture, Placed, refusal};

/// A paid order, and its intent.
async fn paid(fixture: &PaymentFixture) -> (Placed, String) {
    let order = fixture.order("stripe", 3).await;
    let intent = fixture.intent(&order).await;
    assert_eq!(fixture.webhook(&fixture.stripe.pay(&intent)).await.1["result"], "paid");
    (order, intent)
}

/// A refund or dispute as Stripe tells it: `amount` in centimes.
fn back(kind: &str, id: &str, intent: &str, amount: u64, status: &str) -> Value {
    let object = if kind.starts_with("charge.dispute") { "dispute" } else { "refund" };
    event(
        kind,
        json!({
            "id": id, "object": object, "amount": amount, "currency": "mad", "charge": "ch_fake", "payment_intent": intent,
            "status": status, "reason": "requested_by_customer", "metadata": {},
        }),
    )
}

fn charge(intent: &str, refunded: u64) -> Value {
    let id = format!("ch_of_{intent}");
    event(
        "charge.refunded",
        json!({
            "id": id, "object": "charge", "amount": 13_000, "amount_refunded": refunded, "currency": "mad",
            "payment_intent": intent, "refunded": refunded == 13_000, "metadata": {},
        }),
    )
}

fn id(kind: &str) -> String {
    format!("{kind}_{}", Uuid::new_v4().simple())
}

async fn result(fixture: &PaymentFixture, event: &Value) -> String {
    let (status, answer) = fixture.webhook(event).await;
    assert_eq!(status, 200, "{answer}");
    answer["result"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_refund_from_stripe_s_dashboard_is_booked_once_whatever_tells_of_it_first() {
    let fixture = PaymentFixture::open().await;
    for charge_first in [true, false] {
        let (order, intent) = paid(&fixture).await;
        let refund = id("re");
        let mut events = vec![
            back("refund.created", &refund, &intent, 3_000, "succeeded"),
            back("refund.updated", &refund, &intent, 3_000, "succeeded"),
            back("charge.refund.updated", &refund, &intent, 3_000, "succeeded"),
        ];
        events.insert(if charge_first { 0 } else { 2 }, charge(&intent, 3_000));
        let mut results = Vec::new();
        for event in &events {
            results.push(result(&fixture, event).await);
        }
        assert_eq!(results, ["refunded", "ignored", "ignored", "ignored"]);
        assert_eq!(fixture.refunds(&order).await, format!("30.00, succeeded 30.00 {refund}"));
        assert_eq!(fixture.state(&order).await, "confirmed partially_refunded, stripe partially_refunded");
        assert_eq!(result(&fixture, &events[0]).await, "duplicate");
    }
}

#[tokio::test]
async fn all_that_is_told_at_once_is_booked_once() {
    let fixture = PaymentFixture::open().await;
    let (order, intent) = paid(&fixture).await;
    let refund = id("re");
    let events = [
        charge(&intent, 13_000),
        back("refund.created", &refund, &intent, 13_000, "pending"),
        back("refund.updated", &refund, &intent, 13_000, "succeeded"),
        charge(&intent, 13_000),
    ];
    let answers = join_all(events.iter().map(|event| fixture.webhook(event))).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    assert_eq!(fixture.refunds(&order).await, format!("130.00, succeeded 130.00 {refund}"));
    assert_eq!(fixture.state(&order).await, "confirmed refunded, stripe refunded");
}

#[tokio::test]
async fn two_refunds_at_once_do_not_give_back_more_than_was_paid() {
    let fixture = PaymentFixture::open().await;
    let (order, intent) = paid(&fixture).await;
    let events = [0, 1].map(|_| back("refund.created", &id("re"), &intent, 10_000, "succeeded"));
    let answers = join_all(events.iter().map(|event| fixture.webhook(event))).await;
    let mut results: Vec<_> = answers.iter().map(|(_, answer)| answer["result"].as_str().unwrap()).collect();
    results.sort_unstable();
    assert_eq!(results, ["mismatch", "refunded"]);
    assert!(fixture.refunds(&order).await.starts_with("100.00, succeeded 100.00 re_"));
    assert_eq!(fixture.state(&order).await, "confirmed partially_refunded, stripe partially_refunded");
}

#[tokio::test]
async fn a_refund_that_overtakes_its_payment_is_to_be_sent_again() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let intent = fixture.intent(&order).await;
    let (payment, refund) =
        (fixture.stripe.pay(&intent), back("refund.created", &id("re"), &intent, 3_000, "succeeded"));
    assert_eq!(refusal(&fixture.webhook(&refund).await), "503 busy");
    assert_eq!(fixture.webhook(&payment).await.1["result"], "paid");
    assert_eq!(result(&fixture, &refund).await, "refunded");
    assert_eq!(fixture.state(&order).await, "confirmed partially_refunded, stripe partially_refunded");
}

#[tokio::test]
async fn where_only_charges_are_told_their_totals_count() {
    let fixture = PaymentFixture::open().await;
    let (order, intent) = paid(&fixture).await;
    assert_eq!(result(&fixture, &charge(&intent, 3_000)).await, "refunded");
    assert_eq!(result(&fixture, &charge(&intent, 13_000)).await, "refunded");
    assert_eq!(result(&fixture, &charge(&intent, 3_000)).await, "ignored");
    assert!(fixture.refunds(&order).await.starts_with("130.00, "));
    assert_eq!(fixture.state(&order).await, "confirmed refunded, stripe refunded");
}

#[tokio::test]
async fn a_refund_that_fails_gives_nothing_back_and_is_told() {
    let fixture = PaymentFixture::open().await;
    let (order, intent) = paid(&fixture).await;
    let refund = id("re");
    assert_eq!(result(&fixture, &back("refund.created", &refund, &intent, 3_000, "pending")).await, "refund_pending");
    assert_eq!(result(&fixture, &back("refund.failed", &refund, &intent, 3_000, "failed")).await, "refund_failed");
    assert_eq!(fixture.refunds(&order).await, format!("0.00, failed 30.00 {refund}"));
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(fixture.told(&order).await, "payment.refund_failed, payment_refund_failed error");
}

#[tokio::test]
async fn a_refund_of_a_cancelled_order_settles_what_is_due() {
    let fixture = PaymentFixture::open().await;
    let (order, intent) = paid(&fixture).await;
    assert_eq!(fixture.cancel(&order).await.0, 200);
    assert_eq!(fixture.state(&order).await, "cancelled paid, stripe paid order_cancelled");
    assert_eq!(result(&fixture, &back("refund.created", &id("re"), &intent, 13_000, "succeeded")).await, "refunded");
    assert_eq!(fixture.state(&order).await, "refunded refunded, stripe refunded");
}

#[tokio::test]
async fn a_dispute_is_told_and_money_that_is_lost_is_booked() {
    let fixture = PaymentFixture::open().await;
    let (order, intent) = paid(&fixture).await;
    let dispute = id("du");
    let told = |kind: &str, status: &str| back(kind, &dispute, &intent, 13_000, status);
    assert_eq!(result(&fixture, &told("charge.dispute.created", "needs_response")).await, "disputed");
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(result(&fixture, &told("charge.dispute.closed", "lost")).await, "dispute_lost");
    assert_eq!(result(&fixture, &told("charge.dispute.closed", "lost")).await, "ignored");
    assert_eq!(fixture.refunds(&order).await, format!("130.00, succeeded 130.00 {dispute}"));
    let told = fixture.told(&order).await;
    for alert in
        ["payment.disputed", "payment.dispute_lost", "payment_disputed critical", "payment_dispute_lost critical"]
    {
        assert!(told.contains(alert), "{told}");
    }

    let (order, intent) = paid(&fixture).await;
    let won = back("charge.dispute.closed", &id("du"), &intent, 13_000, "won");
    assert_eq!(result(&fixture, &won).await, "dispute_won");
    assert_eq!(fixture.refunds(&order).await, "0.00");
}

#[tokio::test]
async fn refunds_of_others_and_more_than_was_paid_are_stored_and_book_nothing() {
    let fixture = PaymentFixture::open().await;
    let (order, intent) = paid(&fixture).await;
    assert_eq!(
        result(&fixture, &back("refund.created", &id("re"), "pi_of_another", 100, "succeeded")).await,
        "unknown_order"
    );
    let too_much = back("refund.created", &id("re"), &intent, 13_001, "succeeded");
    assert_eq!(result(&fixture, &too_much).await, "mismatch");
    assert_eq!(result(&fixture, &too_much).await, "mismatch");
    assert_eq!(fixture.told(&order).await, "payment.mismatch, payment_mismatch critical");
    assert_eq!(fixture.refunds(&order).await, "0.00");
}
