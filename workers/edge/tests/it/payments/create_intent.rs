//! Payment intents: who gets one, that an order has one, and what happens while Stripe is in trouble.

use std::time::Duration;

use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::fake_stripe::Trouble;
use super::fixture::{PaymentFixture, answer, refusal};

const ROUTE: &str = "stripe/create-intent";

#[tokio::test]
async fn a_customer_gets_an_intent_over_what_is_due() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let (status, answer) = fixture.start(ROUTE, &order).await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["payment_intent_id"].as_str().unwrap();
    let intent = fixture.stripe.intent(id);
    assert_eq!(answer, json!({ "payment_intent_id": id, "client_secret": intent["client_secret"] }));
    assert_eq!((&intent["amount"], &intent["currency"]), (&json!(13_000), &json!("mad")));
    assert_eq!(intent["metadata"]["order_id"], json!(order.id));
    assert_eq!(intent["metadata"]["order_number"], json!(order.number));
    assert_eq!(fixture.stripe.seen()[0].version.as_deref(), Some("2024-06-20"));
    let stored: String = fixture
        .supabase
        .query_one(&format!(
            "select payments.provider_reference || ' ' || orders.payment_intent_id from public.payments \
             inner join public.orders on orders.id = payments.order_id where orders.id = '{}'",
            order.id
        ))
        .await;
    assert_eq!(stored, format!("{id} {id}"));
    assert_eq!(fixture.state(&order).await, "pending pending, stripe pending");
}

#[tokio::test]
async fn asking_again_returns_the_same_intent() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let first = fixture.start(ROUTE, &order).await;
    assert_eq!(fixture.start(ROUTE, &order).await, first);
    assert_eq!(fixture.start(ROUTE, &order).await, first);
    assert_eq!(fixture.stripe.intents(), 1);
    let methods: Vec<_> = fixture.stripe.seen().iter().map(|seen| seen.method).collect();
    assert_eq!(methods, ["POST", "GET", "GET"]);
}

#[tokio::test]
async fn asking_twice_at_once_returns_the_same_intent() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    fixture.stripe.trouble(&[Trouble::SlowUntilConflict]);
    let (one, other) = tokio::join!(fixture.start(ROUTE, &order), fixture.start(ROUTE, &order));
    assert_eq!(one.0, 200, "{}", one.1);
    assert_eq!(one, other);
    assert_eq!(fixture.stripe.intents(), 1);
}

#[tokio::test]
async fn an_intent_is_never_kept_by_caches() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.guest_order("stripe").await;
    let request = fixture.edge.client().post(format!("{}/functions/v1/{ROUTE}", fixture.edge.url()));
    let body = json!({ "order_id": order.id, "guest_token": order.guest_token });
    let response = request.json(&body).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn a_guest_needs_the_token() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.guest_order("stripe").await;
    for token in [json!(null), json!("not-the-token")] {
        let refused = fixture.post(ROUTE, None, &json!({ "order_id": order.id, "guest_token": token })).await;
        assert_eq!(refusal(&refused), "404 not_found", "{token}");
    }
    assert_eq!(fixture.told(&order).await, "guest_token_refused warning", "a wrong token is logged");
    assert_eq!(fixture.stripe.intents(), 0);
    let (status, _) = fixture.start(ROUTE, &order).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn nobody_gets_an_intent_for_the_order_of_another() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let other = fixture.customer().await;
    let body = json!({ "order_id": order.id });
    assert_eq!(refusal(&fixture.post(ROUTE, Some(&other), &body).await), "404 not_found");
    assert_eq!(refusal(&fixture.post(ROUTE, None, &body).await), "404 not_found");
    let unknown = json!({ "order_id": Uuid::new_v4() });
    assert_eq!(refusal(&fixture.post(ROUTE, Some(&other), &unknown).await), "404 not_found");
    let key = fixture.supabase.secret_key();
    let as_service = fixture.edge.client().post(format!("{}/functions/v1/{ROUTE}", fixture.edge.url()));
    let as_service = answer(as_service.header("apikey", key).bearer_auth(key).json(&body)).await;
    assert_eq!(refusal(&as_service), "404 not_found", "the secret key is no customer");
    let admin = fixture.supabase.sign_in(&format!("admin-{}@example.com", Uuid::new_v4().simple()), "admin").await;
    assert_eq!(refusal(&fixture.post(ROUTE, Some(&admin), &body).await), "404 not_found", "nor is an admin");
    assert_eq!(fixture.stripe.seen().len(), 0, "Stripe is not asked");
}

#[tokio::test]
async fn an_order_that_is_not_to_be_paid_by_stripe_gets_none() {
    let fixture = PaymentFixture::open().await;
    let cash = fixture.order("cod", 3).await;
    assert_eq!(refusal(&fixture.start(ROUTE, &cash).await), "422 payment_method_unavailable");

    let cancelled = fixture.order("stripe", 3).await;
    assert_eq!(fixture.cancel(&cancelled).await.0, 200);
    assert_eq!(refusal(&fixture.start(ROUTE, &cancelled).await), "409 invalid_transition");

    let paid = fixture.order("stripe", 3).await;
    let id = fixture.intent(&paid).await;
    let event = fixture.stripe.pay(&id);
    assert_eq!(refusal(&fixture.start(ROUTE, &paid).await), "409 already_paid", "before its event came");
    assert_eq!(fixture.webhook(&event).await.0, 200);
    assert_eq!(refusal(&fixture.start(ROUTE, &paid).await), "409 already_paid", "and after");

    let lapsed = fixture.order("stripe", 1).await;
    fixture.lapse(&lapsed).await;
    fixture.place(Some(fixture.customer().await), lapsed.product, "stripe").await;
    assert_eq!(refusal(&fixture.start(ROUTE, &lapsed).await), "409 out_of_stock");
}

#[tokio::test]
async fn a_cancelled_intent_is_followed_by_another() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let first = fixture.intent(&order).await;
    fixture.stripe.change(&first, json!({ "status": "canceled" }));
    let second = fixture.intent(&order).await;
    assert_ne!(first, second);
    assert_eq!(fixture.intent(&order).await, second);
    assert_eq!(fixture.stripe.intents(), 2);
    assert_eq!(fixture.webhook(&fixture.stripe.pay(&second)).await.1["result"], "paid");
    assert_eq!(fixture.state(&order).await, "confirmed paid, stripe paid");
}

#[tokio::test]
async fn what_breaks_once_is_tried_again_and_makes_one_intent() {
    let fixture = PaymentFixture::open().await;
    for troubles in [[Trouble::Broken, Trouble::Broken], [Trouble::CutAfterwards, Trouble::Broken]] {
        let order = fixture.order("stripe", 3).await;
        let before = fixture.stripe.intents();
        fixture.stripe.trouble(&troubles);
        let (status, answer) = fixture.start(ROUTE, &order).await;
        assert_eq!(status, 200, "{troubles:?} {answer}");
        assert_eq!(fixture.stripe.intents(), before + 1, "{troubles:?}");
        // What a replayed answer did not need.
        fixture.stripe.forget_troubles();
    }
    let seen = fixture.stripe.seen();
    assert!(seen.len() > 4, "{seen:?}");
    assert_ne!(seen[0].idempotency_key, seen[1].idempotency_key, "Stripe's own failure is kept under its key");
    assert_eq!(seen[0].form, seen[1].form);
    assert_eq!(seen[3].idempotency_key, seen[4].idempotency_key, "what broke on the way may have been done");
}

#[tokio::test]
async fn a_failure_that_stripe_keeps_does_not_keep_the_customer_from_paying() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    fixture.stripe.trouble(&[Trouble::Broken; 3]);
    assert_eq!(refusal(&fixture.start(ROUTE, &order).await), "502 upstream_unavailable");
    let (status, answer) = fixture.start(ROUTE, &order).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(fixture.stripe.intents(), 1);
}

#[tokio::test]
async fn an_edge_that_knows_of_no_failure_passes_over_those_that_stripe_keeps() {
    let mut fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    for trouble in [Trouble::BrokenForGood, Trouble::Refused, Trouble::BrokenForGood] {
        fixture.stripe.trouble(&[trouble]);
        assert_eq!(refusal(&fixture.start(ROUTE, &order).await), "502 upstream_unavailable");
    }
    fixture.restart_edge().await;
    let before = fixture.stripe.seen().len();
    let (status, answer) = fixture.start(ROUTE, &order).await;
    assert_eq!(status, 200, "{answer}");
    let keys: Vec<_> = fixture.stripe.seen().drain(before..).map(|seen| seen.idempotency_key).collect();
    assert_eq!(keys.len(), 4, "three are kept, and one is new: {keys:?}");
    assert_eq!(fixture.stripe.intents(), 1);
}

#[tokio::test]
async fn yen_are_charged_whole() {
    let fixture = PaymentFixture::open().await;
    let customer = fixture.customer().await;
    let id = Uuid::new_v4();
    fixture
        .supabase
        .sql(&format!(
            "insert into public.orders \
                 (id, order_number, user_id, payment_method, currency, subtotal, total, shipping_address) \
             values ('{id}', 'PS-YEN-{id}', '{}', 'stripe', 'JPY', 1300, 1300, \
                 '{{\"full_name\": \"A\", \"line1\": \"1\", \"city\": \"Rabat\", \"country\": \"MA\"}}')",
            customer.user_id
        ))
        .await;
    let (status, answer) = fixture.post(ROUTE, Some(&customer), &json!({ "order_id": id })).await;
    assert_eq!(status, 200, "{answer}");
    let intent = answer["payment_intent_id"].as_str().unwrap();
    assert_eq!(
        (&fixture.stripe.intent(intent)["amount"], &fixture.stripe.intent(intent)["currency"]),
        (&json!(1300), &json!("jpy"))
    );
    assert_eq!(fixture.webhook(&fixture.stripe.pay(intent)).await.1["result"], "paid");
}

#[tokio::test]
async fn the_shop_offers_stripe_when_an_edge_has_its_keys() {
    let fixture = PaymentFixture::with(|config| config.stripe = None).await;
    fixture.supabase.sql("delete from private.announced_methods").await;
    let offered = "select (select value from public.store_settings where key = 'checkout.payment_methods') as value";
    let before: serde_json::Value = fixture.supabase.query_one(offered).await;
    assert_eq!(before, json!(["cod", "payment_link"]));
    let edge = crate::support::edge(|config| {
        config.stripe = Some(primostore_edge::config::StripeConfig {
            secret_key: super::fixture::STRIPE_KEY.into(),
            webhook_secret: super::fixture::WEBHOOK_SECRET.into(),
            api_base: Url::parse(fixture.stripe.url()).unwrap(),
        });
    })
    .await;
    let after: serde_json::Value = fixture.supabase.query_one(offered).await;
    assert_eq!(after, json!(["cod", "payment_link", "stripe"]), "as soon as it serves");
    edge.stop().await;
}

#[tokio::test]
async fn stripe_in_trouble_is_told_without_its_words_and_another_try_succeeds() {
    let fixture = PaymentFixture::with(|config| config.upstream_timeout = Duration::from_secs(6)).await;
    let order = fixture.order("stripe", 3).await;
    for (troubles, expected) in [
        (vec![Trouble::Silence; 3], "504 upstream_unavailable"),
        (vec![Trouble::Broken; 3], "502 upstream_unavailable"),
        (vec![Trouble::BrokenForGood], "502 upstream_unavailable"),
        (vec![Trouble::Refused], "502 upstream_unavailable"),
    ] {
        fixture.stripe.trouble(&troubles);
        let before = fixture.stripe.seen().len();
        let refused = fixture.start(ROUTE, &order).await;
        assert_eq!(refusal(&refused), expected, "{troubles:?}");
        assert_eq!(fixture.stripe.seen().len() - before, troubles.len(), "attempts at {troubles:?}");
        let words = refused.1.to_string();
        assert!(!words.contains("sk_test") && !words.contains("parameter_invalid"), "{words}");
    }
    assert_eq!(fixture.start(ROUTE, &order).await.0, 200);
    assert_eq!(fixture.stripe.intents(), 1);
}

#[tokio::test]
async fn a_wrong_key_and_no_stripe_at_all_are_told_alike() {
    let fixture =
        PaymentFixture::with(|config| config.stripe.as_mut().unwrap().secret_key = "sk_test_another".into()).await;
    let order = fixture.order("stripe", 3).await;
    let refused = fixture.start(ROUTE, &order).await;
    assert_eq!(refusal(&refused), "502 upstream_unavailable");
    assert!(!refused.1.to_string().contains("sk_test"));
    drop(fixture);

    let nowhere = Url::parse("http://127.0.0.1:9").unwrap();
    let fixture = PaymentFixture::with(|config| config.stripe.as_mut().unwrap().api_base = nowhere).await;
    let order = fixture.order("stripe", 3).await;
    assert_eq!(refusal(&fixture.start(ROUTE, &order).await), "503 upstream_unavailable");
}

#[tokio::test]
async fn without_stripe_nobody_pays_with_it() {
    let fixture = PaymentFixture::with(|config| config.stripe = None).await;
    let order = fixture.order("stripe", 3).await;
    assert_eq!(refusal(&fixture.start(ROUTE, &order).await), "422 payment_method_unavailable");
    let event = super::fake_stripe::event("payment_intent.succeeded", json!({}));
    assert_eq!(refusal(&fixture.webhook(&event).await), "422 payment_method_unavailable");
}

#[tokio::test]
async fn what_is_no_request_is_told_why() {
    let fixture = PaymentFixture::open().await;
    let (status, refused) = fixture.post(ROUTE, None, &json!({ "order_id": "x", "guest_token": 1 })).await;
    assert_eq!(status, 422);
    let details: serde_json::Value = serde_json::from_str(refused["details"].as_str().unwrap()).unwrap();
    assert_eq!(details, json!({ "order_id": "is not a UUID", "guest_token": "is not a guest token" }));
    let url = format!("{}/functions/v1/{ROUTE}", fixture.edge.url());
    let plain = answer(fixture.edge.client().post(&url).header("content-type", "text/plain").body("{}")).await;
    assert_eq!(refusal(&plain), "415 unsupported_media_type");
    let long = answer(fixture.edge.client().post(&url).json(&json!({ "order_id": "x".repeat(70_000) }))).await;
    assert_eq!(refusal(&long), "413 payload_too_large");
    assert_eq!(answer(fixture.edge.client().get(&url)).await.0, 405);
}
