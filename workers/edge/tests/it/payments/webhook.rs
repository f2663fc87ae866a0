//! Stripe's events: booked once, in whatever order and number they come.

use futures_util::future::join_all;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::fake_stripe::event;
use super::till::{Till, refusal};

#[tokio::test]
async fn a_payment_confirms_the_order_and_sells_its_units() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let id = till.intent(&order).await;
    assert_eq!(till.books(order.product).await, (3, 1));
    let answer = till.webhook(&till.stripe.pay(&id)).await;
    assert_eq!((answer.0.as_u16(), answer.1), (200, json!({ "received": true, "result": "paid" })));
    assert_eq!(till.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(till.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn the_same_event_counts_once_however_often_it_comes() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let event = till.stripe.pay(&till.intent(&order).await);
    let mut results = Vec::new();
    for _ in 0..3 {
        results.push(till.webhook(&event).await.1["result"].clone());
    }
    assert_eq!(results, ["paid", "duplicate", "duplicate"]);
    assert_eq!(till.events(&order).await, 1);
    assert_eq!(till.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn three_copies_at_once_pay_once() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let event = till.stripe.pay(&till.intent(&order).await);
    let answers = join_all((0..3).map(|_| till.webhook(&event))).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    let mut results: Vec<_> = answers.iter().map(|(_, answer)| answer["result"].as_str().unwrap()).collect();
    results.sort_unstable();
    assert_eq!(results, ["duplicate", "duplicate", "paid"]);
    assert_eq!(till.events(&order).await, 1);
    assert_eq!(till.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(till.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn different_events_at_once_about_one_payment_pay_once() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let id = till.intent(&order).await;
    let failed = till.stripe.event("payment_intent.payment_failed", &id);
    let events = [till.stripe.pay(&id), failed, till.stripe.pay(&id)];
    let answers = join_all(events.iter().map(|event| till.webhook(event))).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    let paid = answers.iter().filter(|(_, answer)| answer["result"] == "paid").count();
    assert_eq!(paid, 1, "{answers:?}");
    assert_eq!(till.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(till.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn a_failure_that_comes_after_the_payment_changes_nothing() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let id = till.intent(&order).await;
    let failed = till.stripe.event("payment_intent.payment_failed", &id);
    let cancelled = till.stripe.event("payment_intent.canceled", &id);
    assert_eq!(till.webhook(&till.stripe.pay(&id)).await.1["result"], "paid");
    for late in [failed, cancelled] {
        let (status, answer) = till.webhook(&late).await;
        assert_eq!((status.as_u16(), &answer["result"]), (200, &json!("ignored")));
    }
    assert_eq!(till.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(till.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn a_payment_that_failed_can_be_tried_again() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let id = till.intent(&order).await;
    let failed = till.stripe.event("payment_intent.payment_failed", &id);
    assert_eq!(till.webhook(&failed).await.1["result"], "failed");
    assert_eq!(till.state(&order).await, "pending failed, stripe failed");
    assert_eq!(till.intent(&order).await, id, "with the same intent");
    assert_eq!(till.state(&order).await, "pending pending, stripe pending");
    assert_eq!(till.webhook(&till.stripe.pay(&id)).await.1["result"], "paid");
    assert_eq!(till.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(till.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn an_intent_that_was_given_up_leaves_the_order_to_be_paid() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let id = till.intent(&order).await;
    till.stripe.change(&id, json!({ "status": "canceled", "cancellation_reason": "abandoned" }));
    assert_eq!(till.webhook(&till.stripe.event("payment_intent.canceled", &id)).await.1["result"], "failed");
    assert_eq!(till.state(&order).await, "pending failed, stripe cancelled");
    let next = till.intent(&order).await;
    assert_ne!(next, id);
    assert_eq!(till.webhook(&till.stripe.pay(&next)).await.1["result"], "paid");
    assert_eq!(till.state(&order).await, "confirmed paid, stripe cancelled, stripe paid");
}

#[tokio::test]
async fn a_payment_that_is_reported_before_we_stored_its_intent_counts() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let id = till.stripe.intent_for(order.id, 13_000, "mad");
    assert_eq!(till.webhook(&till.stripe.pay(&id)).await.1["result"], "paid");
    assert_eq!(till.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(refusal(&till.start("stripe/create-intent", &order).await), "409 already_paid");
    assert_eq!(till.stripe.intents(), 1);
    assert_eq!(till.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn another_amount_or_currency_pays_nothing_and_the_admins_are_told() {
    let till = Till::open().await;
    for (changes, what) in [
        (json!({ "amount_received": 12_999 }), "a centime less"),
        (json!({ "amount_received": 13_001 }), "a centime more"),
        (json!({ "amount_received": 130 }), "dirhams for centimes"),
        (json!({ "amount_received": null }), "an amount that is not said"),
        (json!({ "currency": "eur" }), "another currency"),
    ] {
        let order = till.order("stripe", 3).await;
        let id = till.intent(&order).await;
        till.stripe.pay(&id);
        till.stripe.change(&id, changes);
        let (status, answer) = till.webhook(&till.stripe.event("payment_intent.succeeded", &id)).await;
        assert_eq!((status.as_u16(), &answer["result"]), (200, &json!("mismatch")), "{what}");
        assert_eq!(till.state(&order).await, "pending pending, stripe pending", "{what}");
        assert_eq!(till.told(&order).await, "payment.mismatch, payment_mismatch critical", "{what}");
        assert_eq!(till.books(order.product).await, (3, 1), "{what}");
    }
}

#[tokio::test]
async fn an_intent_of_the_same_account_that_is_not_ours_is_stored_and_harms_nothing() {
    let till = Till::open().await;
    let foreign = json!({
        "id": format!("pi_{}", Uuid::new_v4().simple()), "object": "payment_intent", "amount": 500, "amount_received": 500,
        "currency": "eur", "metadata": {}, "status": "succeeded",
    });
    let event = event("payment_intent.succeeded", foreign);
    assert_eq!(till.webhook(&event).await.1["result"], "unknown_order");
    assert_eq!(till.webhook(&event).await.1["result"], "unknown_order", "a refusal repeated is the same refusal");
}

#[tokio::test]
async fn an_event_with_the_id_of_another_is_refused_and_told() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let id = till.intent(&order).await;
    let failed = till.stripe.event("payment_intent.payment_failed", &id);
    let mut paid = till.stripe.pay(&id);
    paid["id"] = failed["id"].clone();
    assert_eq!(till.webhook(&failed).await.1["result"], "failed");
    assert_eq!(refusal(&till.webhook(&paid).await), "409 idempotency_conflict");
    assert_eq!(till.state(&order).await, "pending failed, stripe failed");
    assert_eq!(till.told(&order).await, "payment.conflict, payment_conflict critical");
    assert_eq!(till.webhook(&failed).await.1["result"], "duplicate");
}

#[tokio::test]
async fn other_events_are_stored_once_and_change_nothing() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let id = till.intent(&order).await;
    for event in [
        till.stripe.event("payment_intent.processing", &id),
        event("charge.succeeded", json!({ "id": "ch_1", "object": "charge", "metadata": { "order_id": order.id } })),
        event("customer.created", json!({ "id": "cus_1", "object": "customer", "email": "salma@example.com" })),
    ] {
        assert_eq!(till.webhook(&event).await.0, 200, "{event}");
        assert_eq!(till.webhook(&event).await.1["result"], "duplicate", "{event}");
        let id = event["id"].as_str().unwrap();
        let query = format!("select payload::text from public.payment_events where event_id = '{id}'");
        let payload: String = till.supabase.query_one(&query).await;
        assert!(!payload.contains("salma"), "{payload}");
    }
    assert_eq!(till.state(&order).await, "pending pending, stripe pending");
}

#[tokio::test]
async fn the_client_secret_is_not_stored() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let event = till.stripe.pay(&till.intent(&order).await);
    assert!(event.to_string().contains("_secret_"));
    till.webhook(&event).await;
    let id = event["id"].as_str().unwrap();
    let query = format!("select payload::text from public.payment_events where event_id = '{id}'");
    let payload: String = till.supabase.query_one(&query).await;
    let payload: Value = serde_json::from_str(&payload).unwrap();
    assert!(!payload.to_string().contains("secret"), "{payload}");
    assert_eq!(payload["data"]["object"]["amount_received"], json!(13_000));
}

#[tokio::test]
async fn an_event_that_can_not_be_booked_now_is_to_be_sent_again() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let event = till.stripe.pay(&till.intent(&order).await);
    let nowhere = Url::parse("http://127.0.0.1:9").unwrap();
    let lost = crate::support::edge(|config| {
        config.supabase_url = nowhere;
        config.stripe = Some(primostore_edge::config::StripeConfig {
            secret_key: super::till::STRIPE_KEY.into(),
            webhook_secret: super::till::WEBHOOK_SECRET.into(),
            api_base: Url::parse(till.stripe.url()).unwrap(),
        });
    })
    .await;
    let (body, now) = (event.to_string(), super::signature::unix_now());
    let signature = super::signature::signed(super::till::WEBHOOK_SECRET, now, &body);
    let request = lost.client().post(format!("{}/functions/v1/stripe/webhook", lost.url()));
    let answer = super::till::answer(request.header("stripe-signature", signature).body(body)).await;
    assert_eq!(refusal(&answer), "503 upstream_unavailable");
    assert_eq!(till.webhook(&event).await.1["result"], "paid");
}
