//! Money for orders that can't simply be confirmed: never oversold, never lost, and the admins know.

use serde_json::json;

use super::till::{Placed, Till, refusal};

const REFUND_DUE: &str = "payment.refund_due, payment_refund_due critical";

/// Money for an order comes in, by its own way to pay.
async fn pay(till: &Till, order: &Placed, payment_method: &str, intent: Option<&str>) -> String {
    let (status, answer) = match intent {
        Some(id) => till.webhook(&till.stripe.pay(id)).await,
        None => till.callback(&till.report(order)).await,
    };
    assert_eq!(status, 200, "{payment_method} {answer}");
    answer["result"].as_str().unwrap().to_owned()
}

/// What a customer does before they pay; the intent's id where there is one.
async fn begin(till: &Till, order: &Placed, payment_method: &str) -> Option<String> {
    if payment_method == "stripe" {
        return Some(till.intent(order).await);
    }
    assert_eq!(till.start("payment-link", order).await.0, 200);
    None
}

#[tokio::test]
async fn a_lapsed_hold_is_renewed_by_the_payment_while_there_are_units() {
    let till = Till::open().await;
    for method in ["stripe", "payment_link"] {
        let order = till.order(method, 1).await;
        let intent = begin(&till, &order, method).await;
        till.lapse(&order).await;
        assert_eq!(pay(&till, &order, method, intent.as_deref()).await, "paid");
        assert_eq!(till.state(&order).await, format!("confirmed paid, {method} paid"));
        assert_eq!(till.books(order.product).await, (0, 0));
    }
}

#[tokio::test]
async fn a_payment_after_the_units_were_sold_is_to_be_refunded() {
    let till = Till::open().await;
    for method in ["stripe", "payment_link"] {
        let order = till.order(method, 1).await;
        let intent = begin(&till, &order, method).await;
        till.lapse(&order).await;
        let faster = till.place(Some(till.customer().await), order.product, "stripe").await;
        let id = till.intent(&faster).await;
        assert_eq!(till.webhook(&till.stripe.pay(&id)).await.1["result"], "paid");
        assert_eq!(till.books(order.product).await, (0, 0));

        assert_eq!(pay(&till, &order, method, intent.as_deref()).await, "refund_due");
        assert_eq!(till.state(&order).await, format!("cancelled paid, {method} paid out_of_stock"));
        assert_eq!(till.told(&order).await, REFUND_DUE);
        assert_eq!(till.state(&faster).await, "confirmed paid, stripe paid");
        assert_eq!(till.books(order.product).await, (0, 0), "nothing is sold twice");
    }
}

#[tokio::test]
async fn two_who_pay_at_once_for_the_last_unit_do_not_both_get_it() {
    let till = Till::open().await;
    let first = till.order("stripe", 1).await;
    let first_intent = till.intent(&first).await;
    till.lapse(&first).await;
    let second = till.place(Some(till.customer().await), first.product, "stripe").await;
    let second_intent = till.intent(&second).await;
    till.lapse(&second).await;
    let events = (till.stripe.pay(&first_intent), till.stripe.pay(&second_intent));
    let (one, other) = tokio::join!(till.webhook(&events.0), till.webhook(&events.1));
    let mut results = [one.1["result"].as_str().unwrap(), other.1["result"].as_str().unwrap()];
    results.sort_unstable();
    assert_eq!(results, ["paid", "refund_due"]);
    assert_eq!(till.books(first.product).await, (0, 0));
}

#[tokio::test]
async fn a_payment_for_a_cancelled_order_is_to_be_refunded() {
    let till = Till::open().await;
    for method in ["stripe", "payment_link"] {
        let order = till.order(method, 3).await;
        let intent = begin(&till, &order, method).await;
        assert_eq!(till.cancel(&order).await.0, 200);
        assert_eq!(pay(&till, &order, method, intent.as_deref()).await, "refund_due");
        assert_eq!(till.state(&order).await, format!("cancelled paid, {method} paid order_cancelled"));
        assert_eq!(till.told(&order).await, REFUND_DUE);
        assert_eq!(till.books(order.product).await, (3, 0));
    }
}

#[tokio::test]
async fn a_payment_and_a_cancellation_at_once_lose_neither_money_nor_units() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let event = till.stripe.pay(&till.intent(&order).await);
    let (paying, (status, answer)) = tokio::join!(till.webhook(&event), till.cancel(&order));
    assert_eq!(paying.0, 200, "{}", paying.1);
    let (state, books) = (till.state(&order).await, till.books(order.product).await);
    // Whoever was first, the order is cancelled in the end, unless the cancellation was asked to come again.
    if status.is_success() {
        assert_eq!((state.as_str(), books), ("cancelled paid, stripe paid order_cancelled", (3, 0)));
        assert!(till.told(&order).await.starts_with("payment.refund_due"));
    } else {
        assert_eq!(refusal(&(status, answer)), "503 busy");
        assert_eq!((state.as_str(), books), ("confirmed paid, stripe paid", (2, 0)));
    }
}

#[tokio::test]
async fn an_order_that_is_paid_twice_gets_one_payment_back() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let first = till.intent(&order).await;
    till.stripe.change(&first, json!({ "status": "canceled" }));
    let second = till.intent(&order).await;
    assert_eq!(till.webhook(&till.stripe.pay(&second)).await.1["result"], "paid");
    assert_eq!(till.webhook(&till.stripe.pay(&first)).await.1["result"], "refund_due");
    assert_eq!(till.state(&order).await, "confirmed paid, stripe paid, stripe paid already_paid");
    assert_eq!(till.told(&order).await, REFUND_DUE);
    assert_eq!(till.books(order.product).await, (2, 0));
}
