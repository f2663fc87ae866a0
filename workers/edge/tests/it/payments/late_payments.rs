//! Money for orders that can't simply be confirmed: never oversold, never lost, and the admins know.

use serde_json::json;

use super::fixture::{PaymentFixture, Placed, refusal};

const REFUND_DUE: &str = "payment.refund_due, payment_refund_due critical";

/// Money for an order comes in, by its own way to pay.
async fn pay(fixture: &PaymentFixture, order: &Placed, payment_method: &str, intent: Option<&str>) -> String {
    let (status, answer) = match intent {
        Some(id) => fixture.webhook(&fixture.stripe.pay(id)).await,
        None => fixture.callback(&fixture.report(order)).await,
    };
    assert_eq!(status, 200, "{payment_method} {answer}");
    answer["result"].as_str().unwrap().to_owned()
}

/// What a customer does before they pay; the intent's id where there is one.
async fn begin(fixture: &PaymentFixture, order: &Placed, payment_method: &str) -> Option<String> {
    if payment_method == "stripe" {
        return Some(fixture.intent(order).await);
    }
    assert_eq!(fixture.start("payment-link", order).await.0, 200);
    None
}

#[tokio::test]
async fn a_lapsed_hold_is_renewed_by_the_payment_while_there_are_units() {
    let fixture = PaymentFixture::open().await;
    for method in ["stripe", "payment_link"] {
        let order = fixture.order(method, 1).await;
        let intent = begin(&fixture, &order, method).await;
        fixture.lapse(&order).await;
        assert_eq!(pay(&fixture, &order, method, intent.as_deref()).await, "paid");
        assert_eq!(fixture.state(&order).await, format!("confirmed paid, {method} paid"));
        assert_eq!(fixture.books(order.product).await, (0, 0));
    }
}

#[tokio::test]
async fn a_payment_after_the_units_were_sold_is_to_be_refunded() {
    let fixture = PaymentFixture::open().await;
    for method in ["stripe", "payment_link"] {
        let order = fixture.order(method, 1).await;
        let intent = begin(&fixture, &order, method).await;
        fixture.lapse(&order).await;
        let faster = fixture.place(Some(fixture.customer().await), order.product, "stripe").await;
        let id = fixture.intent(&faster).await;
        assert_eq!(fixture.webhook(&fixture.stripe.pay(&id)).await.1["result"], "paid");
        assert_eq!(fixture.books(order.product).await, (0, 0));

        assert_eq!(pay(&fixture, &order, method, intent.as_deref()).await, "refund_due");
        assert_eq!(fixture.state(&order).await, format!("cancelled paid, {method} paid out_of_stock"));
        assert_eq!(fixture.told(&order).await, REFUND_DUE);
        assert_eq!(fixture.state(&faster).await, "confirmed paid, stripe paid");
        assert_eq!(fixture.books(order.product).await, (0, 0), "nothing is sold twice");
    }
}

#[tokio::test]
async fn two_who_pay_at_once_for_the_last_unit_do_not_both_get_it() {
    let fixture = PaymentFixture::open().await;
    let first = fixture.order("stripe", 1).await;
    let first_intent = fixture.intent(&first).await;
    fixture.lapse(&first).await;
    let second = fixture.place(Some(fixture.customer().await), first.product, "stripe").await;
    let second_intent = fixture.intent(&second).await;
    fixture.lapse(&second).await;
    let events = (fixture.stripe.pay(&first_intent), fixture.stripe.pay(&second_intent));
    let (one, other) = tokio::join!(fixture.webhook(&events.0), fixture.webhook(&events.1));
    let mut results = [one.1["result"].as_str().unwrap(), other.1["result"].as_str().unwrap()];
    results.sort_unstable();
    assert_eq!(results, ["paid", "refund_due"]);
    assert_eq!(fixture.books(first.product).await, (0, 0));
}

#[tokio::test]
async fn a_payment_for_a_cancelled_order_is_to_be_refunded() {
    let fixture = PaymentFixture::open().await;
    for method in ["stripe", "payment_link"] {
        let order = fixture.order(method, 3).await;
        let intent = begin(&fixture, &order, method).await;
        assert_eq!(fixture.cancel(&order).await.0, 200);
        assert_eq!(pay(&fixture, &order, method, intent.as_deref()).await, "refund_due");
        assert_eq!(fixture.state(&order).await, format!("cancelled paid, {method} paid order_cancelled"));
        assert_eq!(fixture.told(&order).await, REFUND_DUE);
        assert_eq!(fixture.books(order.product).await, (3, 0));
    }
}

#[tokio::test]
async fn a_payment_and_a_cancellation_at_once_lose_neither_money_nor_units() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let event = fixture.stripe.pay(&fixture.intent(&order).await);
    let (paying, (status, answer)) = tokio::join!(fixture.webhook(&event), fixture.cancel(&order));
    assert_eq!(paying.0, 200, "{}", paying.1);
    let (state, books) = (fixture.state(&order).await, fixture.books(order.product).await);
    // Whoever was first, the order is cancelled in the end, unless the cancellation was asked to come again.
    if status.is_success() {
        assert_eq!((state.as_str(), books), ("cancelled paid, stripe paid order_cancelled", (3, 0)));
        assert!(fixture.told(&order).await.starts_with("payment.refund_due"));
    } else {
        assert_eq!(refusal(&(status, answer)), "503 busy");
        assert_eq!((state.as_str(), books), ("confirmed paid, stripe paid", (2, 0)));
    }
}

#[tokio::test]
async fn an_order_that_is_paid_twice_gets_one_payment_back() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let first = fixture.intent(&order).await;
    fixture.stripe.change(&first, json!({ "status": "canceled" }));
    let second = fixture.intent(&order).await;
    assert_eq!(fixture.webhook(&fixture.stripe.pay(&second)).await.1["result"], "paid");
    assert_eq!(fixture.webhook(&fixture.stripe.pay(&first)).await.1["result"], "refund_due");
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe paid, stripe paid already_paid");
    assert_eq!(fixture.told(&order).await, REFUND_DUE);
    assert_eq!(fixture.books(order.product).await, (2, 0));
}
