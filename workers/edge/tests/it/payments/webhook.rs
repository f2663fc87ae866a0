//! Stripe's events: booked once, in whatever order and number they come.

use futures_util::future::join_all;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::fake_stripe::event;
use super::fixture::{PaymentFixture, refusal};

#[tokio::test]
async fn a_payment_confirms_the_order_and_sells_its_units() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let id = fixture.intent(&order).await;
    assert_eq!(fixture.books(order.product).await, (3, 1));
    let answer = fixture.webhook(&fixture.stripe.pay(&id)).await;
    assert_eq!((answer.0.as_u16(), answer.1), (200, json!({ "received": true, "result": "paid" })));
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(fixture.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn the_same_event_counts_once_however_often_it_comes() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let event = fixture.stripe.pay(&fixture.intent(&order).await);
    let mut results = Vec::new();
    for _ in 0..3 {
        results.push(fixture.webhook(&event).await.1["result"].clone());
    }
    assert_eq!(results, ["paid", "duplicate", "duplicate"]);
    assert_eq!(fixture.events(&order).await, 1);
    assert_eq!(fixture.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn three_copies_at_once_pay_once() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let event = fixture.stripe.pay(&fixture.intent(&order).await);
    let answers = join_all((0..3).map(|_| fixture.webhook(&event))).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    let mut results: Vec<_> = answers.iter().map(|(_, answer)| answer["result"].as_str().unwrap()).collect();
    results.sort_unstable();
    assert_eq!(results, ["duplicate", "duplicate", "paid"]);
    assert_eq!(fixture.events(&order).await, 1);
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(fixture.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn different_events_at_once_about_one_payment_pay_once() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let id = fixture.intent(&order).await;
    let failed = fixture.stripe.event("payment_intent.payment_failed", &id);
    let events = [fixture.stripe.pay(&id), failed, fixture.stripe.pay(&id)];
    let answers = join_all(events.iter().map(|event| fixture.webhook(event))).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    let paid = answers.iter().filter(|(_, answer)| answer["result"] == "paid").count();
    assert_eq!(paid, 1, "{answers:?}");
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(fixture.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn a_failure_that_comes_after_the_payment_changes_nothing() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let id = fixture.intent(&order).await;
    let failed = fixture.stripe.event("payment_intent.payment_failed", &id);
    let cancelled = fixture.stripe.event("payment_intent.canceled", &id);
    assert_eq!(fixture.webhook(&fixture.stripe.pay(&id)).await.1["result"], "paid");
    for late in [failed, cancelled] {
        let (status, answer) = fixture.webhook(&late).await;
        assert_eq!((status.as_u16(), &answer["result"]), (200, &json!("ignored")));
    }
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(fixture.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn a_payment_that_failed_can_be_tried_again() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let id = fixture.intent(&order).await;
    let failed = fixture.stripe.event("payment_intent.payment_failed", &id);
    assert_eq!(fixture.webhook(&failed).await.1["result"], "failed");
    assert_eq!(fixture.state(&order).await, "pending failed, stripe failed");
    assert_eq!(fixture.intent(&order).await, id, "with the same intent");
    assert_eq!(fixture.state(&order).await, "pending pending, stripe pending");
    assert_eq!(fixture.webhook(&fixture.stripe.pay(&id)).await.1["result"], "paid");
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(fixture.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn an_intent_that_was_given_up_leaves_the_order_to_be_paid() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let id = fixture.intent(&order).await;
    fixture.stripe.change(&id, json!({ "status": "canceled", "cancellation_reason": "abandoned" }));
    assert_eq!(fixture.webhook(&fixture.stripe.event("payment_intent.canceled", &id)).await.1["result"], "failed");
    assert_eq!(fixture.state(&order).await, "pending failed, stripe cancelled");
    let next = fixture.intent(&order).await;
    assert_ne!(next, id);
    assert_eq!(fixture.webhook(&fixture.stripe.pay(&next)).await.1["result"], "paid");
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe cancelled, stripe paid");
}

#[tokio::test]
async fn a_payment_that_is_reported_before_we_stored_its_intent_counts() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let id = fixture.stripe.intent_for(order.id, 13_000, "mad");
    assert_eq!(fixture.webhook(&fixture.stripe.pay(&id)).await.1["result"], "paid");
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe paid");
    assert_eq!(refusal(&fixture.start("stripe/create-intent", &order).await), "409 already_paid");
    assert_eq!(fixture.stripe.intents(), 1);
    assert_eq!(fixture.books(order.product).await, (2, 0));
}

#[tokio::test]
async fn another_amount_or_currency_pays_nothing_and_the_admins_are_told() {
    let fixture = PaymentFixture::open().await;
    for (changes, what) in [
        (json!({ "amount_received": 12_999 }), "a centime less"),
        (json!({ "amount_received": 13_001 }), "a centime more"),
        (json!({ "amount_received": 130 }), "dirhams for centimes"),
        (json!({ "amount_received": null }), "an amount that is not said"),
        (json!({ "currency": "eur" }), "another currency"),
    ] {
        let order = fixture.order("stripe", 3).await;
        let id = fixture.intent(&order).await;
        fixture.stripe.pay(&id);
        fixture.stripe.change(&id, changes);
        let (status, answer) = fixture.webhook(&fixture.stripe.event("payment_intent.succeeded", &id)).await;
        assert_eq!((status.as_u16(), &answer["result"]), (200, &json!("mismatch")), "{what}");
        assert_eq!(fixture.state(&order).await, "pending pending, stripe pending", "{what}");
        assert_eq!(fixture.told(&order).await, "payment.mismatch, payment_mismatch critical", "{what}");
        assert_eq!(fixture.books(order.product).await, (3, 1), "{what}");
    }
}

#[tokio::test]
async fn an_intent_of_the_same_account_that_is_not_ours_is_stored_and_harms_nothing() {
    let fixture = PaymentFixture::open().await;
    let foreign = json!({
        "id": format!("pi_{}", Uuid::new_v4().simple()), "object": "payment_intent", "amount": 500, "amount_received": 500,
        "currency": "eur", "metadata": {}, "status": "succeeded",
    });
    let event = event("payment_intent.succeeded", foreign);
    assert_eq!(fixture.webhook(&event).await.1["result"], "unknown_order");
    assert_eq!(fixture.webhook(&event).await.1["result"], "unknown_order", "a refusal repeated is the same refusal");
}

#[tokio::test]
async fn an_event_with_the_id_of_another_is_refused_and_told() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let id = fixture.intent(&order).await;
    let failed = fixture.stripe.event("payment_intent.payment_failed", &id);
    let mut paid = fixture.stripe.pay(&id);
    paid["id"] = failed["id"].clone();
    assert_eq!(fixture.webhook(&failed).await.1["result"], "failed");
    assert_eq!(refusal(&fixture.webhook(&paid).await), "409 idempotency_conflict");
    assert_eq!(fixture.state(&order).await, "pending failed, stripe failed");
    assert_eq!(fixture.told(&order).await, "payment.conflict, payment_conflict critical");
    assert_eq!(fixture.webhook(&failed).await.1["result"], "duplicate");
}

#[tokio::test]
async fn other_events_are_stored_once_and_change_nothing() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let id = fixture.intent(&order).await;
    for event in [
        fixture.stripe.event("payment_intent.processing", &id),
        event("charge.succeeded", json!({ "id": "ch_1", "object": "charge", "metadata": { "order_id": order.id } })),
        event("customer.created", json!({ "id": "cus_1", "object": "customer", "email": "salma@example.com" })),
    ] {
        assert_eq!(fixture.webhook(&event).await.0, 200, "{event}");
        assert_eq!(fixture.webhook(&event).await.1["result"], "duplicate", "{event}");
        let id = event["id"].as_str().unwrap();
        let query = format!("select payload::text from public.payment_events where event_id = '{id}'");
        let payload: String = fixture.supabase.query_one(&query).await;
        assert!(!payload.contains("salma"), "{payload}");
    }
    assert_eq!(fixture.state(&order).await, "pending pending, stripe pending");
}

#[tokio::test]
async fn the_client_secret_is_not_stored() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let event = fixture.stripe.pay(&fixture.intent(&order).await);
    assert!(event.to_string().contains("_secret_"));
    fixture.webhook(&event).await;
    let id = event["id"].as_str().unwrap();
    let query = format!("select payload::text from public.payment_events where event_id = '{id}'");
    let payload: String = fixture.supabase.query_one(&query).await;
    let payload: Value = serde_json::from_str(&payload).unwrap();
    assert!(!payload.to_string().contains("secret"), "{payload}");
    assert_eq!(payload["data"]["object"]["amount_received"], json!(13_000));
}

#[tokio::test]
async fn an_event_that_can_not_be_booked_now_is_to_be_sent_again() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let event = fixture.stripe.pay(&fixture.intent(&order).await);
    let nowhere = Url::parse("http://127.0.0.1:9").unwrap();
    let lost = crate::support::edge(|config| {
        config.supabase_url = nowhere;
        config.stripe = Some(primostore_edge::config::StripeConfig {
            secret_key: super::fixture::STRIPE_KEY.into(),
            webhook_secret: super::fixture::WEBHOOK_SECRET.into(),
            api_base: Url::parse(fixture.stripe.url()).unwrap(),
        });
    })
    .await;
    let (body, now) = (event.to_string(), super::signature::unix_now());
    let signature = super::signature::signed(super::fixture::WEBHOOK_SECRET, now, &body);
    let request = lost.client().post(format!("{}/functions/v1/stripe/webhook", lost.url()));
    let answer = super::fixture::answer(request.header("stripe-signature", signature).body(body)).await;
    assert_eq!(refusal(&answer), "503 upstream_unavailable");
    assert_eq!(fixture.webhook(&event).await.1["result"], "paid");
}
