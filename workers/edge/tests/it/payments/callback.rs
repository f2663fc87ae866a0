//! What the payment page reports: booked once, in whatever order and number it comes.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::fixture::{LINK_SECRET, PaymentFixture, refusal};
use super::signature::{signed, unix_now};

#[tokio::test]
async fn a_payment_confirms_the_order_and_sells_its_units() {
    let fixture = PaymentFixture::open().await;
    for amount in [json!(130.00), json!(130), json!("130.00"), json!("130")] {
        let order = fixture.order("payment_link", 3).await;
        let mut report = fixture.report(&order);
        report["amount"] = amount;
        report["currency"] = json!("mad");
        let (status, answer) = fixture.callback(&report).await;
        assert_eq!((status.as_u16(), answer), (200, json!({ "result": "paid" })), "{report}");
        assert_eq!(fixture.state(&order).await, "confirmed paid, payment_link paid");
        assert_eq!(fixture.books(order.product).await, (2, 0));
    }
}

#[tokio::test]
async fn the_same_report_counts_once_also_three_times_at_once() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let report = fixture.report(&order);
    let answers = join_all((0..3).map(|_| fixture.callback(&report))).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    let mut results: Vec<_> = answers.iter().map(|(_, answer)| answer["result"].as_str().unwrap()).collect();
    results.sort_unstable();
    assert_eq!(results, ["duplicate", "duplicate", "paid"]);
    assert_eq!(fixture.callback(&report).await.1["result"], "duplicate");
    assert_eq!(fixture.events(&order).await, 1);
    assert_eq!(fixture.state(&order).await, "confirmed paid, payment_link paid");
    assert_eq!(fixture.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn a_failure_after_the_payment_comes_too_late_and_before_it_harms_nothing() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let failure = |name: &str| {
        let mut report = fixture.report(&order);
        (report["status"], report["reference"]) = (json!("failed"), Value::Null);
        report["event_id"] = json!(format!("{name}-{}", order.id));
        report
    };
    assert_eq!(fixture.callback(&failure("early")).await.1["result"], "failed");
    assert_eq!(fixture.state(&order).await, "pending failed, payment_link failed");
    assert_eq!(fixture.callback(&fixture.report(&order)).await.1["result"], "paid");
    assert_eq!(fixture.callback(&failure("late")).await.1["result"], "ignored");
    assert_eq!(fixture.state(&order).await, "confirmed paid, payment_link paid");
    assert_eq!(fixture.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn another_amount_or_currency_pays_nothing_and_the_admins_are_told() {
    let fixture = PaymentFixture::open().await;
    for (field, value) in [
        ("amount", json!("129.99")),
        ("amount", json!(130.01)),
        ("amount", json!(13_000)),
        ("amount", json!(0)),
        ("currency", json!("EUR")),
    ] {
        let order = fixture.order("payment_link", 3).await;
        let mut report = fixture.report(&order);
        report[field] = value.clone();
        let refused = fixture.callback(&report).await;
        assert_eq!(refusal(&refused), "422 invalid_input", "{field} {value}");
        let details: Value = serde_json::from_str(refused.1["details"].as_str().unwrap()).unwrap();
        assert!(details["amount"].is_string() && details["currency"].is_string(), "{details}");
        assert_eq!(fixture.state(&order).await, "pending pending, payment_link pending", "{field} {value}");
        assert_eq!(refusal(&fixture.callback(&report).await), "422 invalid_input", "{field} {value} again");
        assert_eq!(fixture.told(&order).await, "payment.mismatch, payment_mismatch critical", "{field} {value}");
        assert_eq!(fixture.books(order.product).await, (3, 1));
    }
}

#[tokio::test]
async fn an_amount_that_its_currency_can_not_have_is_refused_in_words_and_codes() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let mut report = fixture.report(&order);
    report["amount"] = json!("130.001");
    let refused = fixture.callback(&report).await;
    assert_eq!(refusal(&refused), "422 invalid_input");
    let read = |name: &str| serde_json::from_str::<Value>(refused.1[name].as_str().unwrap()).unwrap();
    assert_eq!(read("details"), json!({ "amount": "must have at most 2 decimals" }));
    assert_eq!(read("hint"), json!({ "amount": ["decimals", 2] }));
    assert_eq!(fixture.state(&order).await, "pending pending, payment_link pending");
}

#[tokio::test]
async fn one_id_for_a_failure_and_then_a_payment_is_refused_and_told() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let paid = fixture.report(&order);
    let mut failed = paid.clone();
    (failed["status"], failed["reference"]) = (json!("failed"), Value::Null);
    assert_eq!(fixture.callback(&failed).await.1["result"], "failed");
    assert_eq!(refusal(&fixture.callback(&paid).await), "409 idempotency_conflict");
    assert_eq!(fixture.state(&order).await, "pending failed, payment_link failed");
    assert_eq!(fixture.told(&order).await, "payment.conflict, payment_conflict critical");
    assert_eq!(fixture.callback(&failed).await.1["result"], "duplicate");
}

#[tokio::test]
async fn an_amount_that_only_rounds_to_what_is_due_pays_nothing() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let body = fixture.report(&order).to_string().replace("130.0", "129.99999999999999999999");
    assert!(body.contains("129.99999999999999999999"), "{body}");
    let signature = signed(LINK_SECRET, unix_now(), &body);
    let answer = fixture.send_signed("payment-link/callback", "x-signature", &signature, body).await;
    assert_eq!(refusal(&answer), "422 invalid_input");
    assert_eq!(fixture.state(&order).await, "pending pending, payment_link pending");
}

#[tokio::test]
async fn a_report_about_no_order_of_ours_finds_none() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let mut report = fixture.report(&order);
    report["order_number"] = json!("PS-2020-999999");
    assert_eq!(refusal(&fixture.callback(&report).await), "404 not_found");
    assert_eq!(refusal(&fixture.callback(&report).await), "404 not_found", "and finds none again");
    assert_eq!(fixture.state(&order).await, "pending pending, payment_link pending");
}

#[tokio::test]
async fn a_report_that_can_not_be_read_is_told_why() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let refused = fixture.callback(&json!({ "event_id": 1, "amount": "a lot", "status": "maybe" })).await;
    assert_eq!(refusal(&refused), "422 invalid_input");
    let details: Value = serde_json::from_str(refused.1["details"].as_str().unwrap()).unwrap();
    assert_eq!(
        details,
        json!({
            "event_id": "must be text", "order_number": "is required", "amount": "is not an amount, such as 199.00",
            "currency": "is required", "status": "must be one of: paid, failed",
        })
    );
    for body in ["", "[]", "{\"event_id\": \"a\u{0}b\"}", "not json"] {
        let signature = signed(LINK_SECRET, unix_now(), body);
        let answer = fixture.send_signed("payment-link/callback", "x-signature", &signature, body.to_owned()).await;
        assert_eq!(refusal(&answer), "422 invalid_input", "{body}");
    }
    assert_eq!(fixture.events(&order).await, 0);
}
