//! Payment intents: who gets one, that an order has one, and what happens while Stripe is in trouble.

use std::time::Duration;

use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::fake_stripe::Trouble;
use super::till::{Till, answer, refusal};

const ROUTE: &str = "stripe/create-intent";

#[tokio::test]
async fn a_customer_gets_an_intent_over_what_is_due() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let (status, answer) = till.start(ROUTE, &order).await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["payment_intent_id"].as_str().unwrap();
    let intent = till.stripe.intent(id);
    assert_eq!(answer, json!({ "payment_intent_id": id, "client_secret": intent["client_secret"] }));
    assert_eq!((&intent["amount"], &intent["currency"]), (&json!(13_000), &json!("mad")));
    assert_eq!(intent["metadata"]["order_id"], json!(order.id));
    assert_eq!(intent["metadata"]["order_number"], json!(order.number));
    assert_eq!(till.stripe.seen()[0].version.as_deref(), Some("2024-06-20"));
    let stored: String = till
        .supabase
        .query_one(&format!(
            "select payments.provider_reference || ' ' || orders.payment_intent_id from public.payments \
             inner join public.orders on orders.id = payments.order_id where orders.id = '{}'",
            order.id
        ))
        .await;
    assert_eq!(stored, format!("{id} {id}"));
    assert_eq!(till.state(&order).await, "pending pending, stripe pending");
}

#[tokio::test]
async fn asking_again_returns_the_same_intent() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let first = till.start(ROUTE, &order).await;
    assert_eq!(till.start(ROUTE, &order).await, first);
    assert_eq!(till.start(ROUTE, &order).await, first);
    assert_eq!(till.stripe.intents(), 1);
    let methods: Vec<_> = till.stripe.seen().iter().map(|seen| seen.method).collect();
    assert_eq!(methods, ["POST", "GET", "GET"]);
}

#[tokio::test]
async fn asking_twice_at_once_returns_the_same_intent() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    till.stripe.trouble(&[Trouble::SlowUntilConflict]);
    let (one, other) = tokio::join!(till.start(ROUTE, &order), till.start(ROUTE, &order));
    assert_eq!(one.0, 200, "{}", one.1);
    assert_eq!(one, other);
    assert_eq!(till.stripe.intents(), 1);
}

#[tokio::test]
async fn an_intent_is_never_kept_by_caches() {
    let till = Till::open().await;
    let order = till.guest_order("stripe").await;
    let request = till.edge.client().post(format!("{}/functions/v1/{ROUTE}", till.edge.url()));
    let body = json!({ "order_id": order.id, "guest_token": order.guest_token });
    let response = request.json(&body).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn a_guest_needs_the_token() {
    let till = Till::open().await;
    let order = till.guest_order("stripe").await;
    for token in [json!(null), json!("not-the-token")] {
        let refused = till.post(ROUTE, None, &json!({ "order_id": order.id, "guest_token": token })).await;
        assert_eq!(refusal(&refused), "404 not_found", "{token}");
    }
    assert_eq!(till.told(&order).await, "guest_token_refused warning", "a wrong token is logged");
    assert_eq!(till.stripe.intents(), 0);
    let (status, _) = till.start(ROUTE, &order).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn nobody_gets_an_intent_for_the_order_of_another() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let other = till.customer().await;
    let body = json!({ "order_id": order.id });
    assert_eq!(refusal(&till.post(ROUTE, Some(&other), &body).await), "404 not_found");
    assert_eq!(refusal(&till.post(ROUTE, None, &body).await), "404 not_found");
    let unknown = json!({ "order_id": Uuid::new_v4() });
    assert_eq!(refusal(&till.post(ROUTE, Some(&other), &unknown).await), "404 not_found");
    let key = till.supabase.secret_key();
    let as_service = till.edge.client().post(format!("{}/functions/v1/{ROUTE}", till.edge.url()));
    let as_service = answer(as_service.header("apikey", key).bearer_auth(key).json(&body)).await;
    assert_eq!(refusal(&as_service), "404 not_found", "the secret key is no customer");
    let admin = till.supabase.sign_in(&format!("admin-{}@example.com", Uuid::new_v4().simple()), "admin").await;
    assert_eq!(refusal(&till.post(ROUTE, Some(&admin), &body).await), "404 not_found", "nor is an admin");
    assert_eq!(till.stripe.seen().len(), 0, "Stripe is not asked");
}

#[tokio::test]
async fn an_order_that_is_not_to_be_paid_by_stripe_gets_none() {
    let till = Till::open().await;
    let cash = till.order("cod", 3).await;
    assert_eq!(refusal(&till.start(ROUTE, &cash).await), "422 payment_method_unavailable");

    let cancelled = till.order("stripe", 3).await;
    assert_eq!(till.cancel(&cancelled).await.0, 200);
    assert_eq!(refusal(&till.start(ROUTE, &cancelled).await), "409 invalid_transition");

    let paid = till.order("stripe", 3).await;
    let id = till.intent(&paid).await;
    let event = till.stripe.pay(&id);
    assert_eq!(refusal(&till.start(ROUTE, &paid).await), "409 already_paid", "before its event came");
    assert_eq!(till.webhook(&event).await.0, 200);
    assert_eq!(refusal(&till.start(ROUTE, &paid).await), "409 already_paid", "and after");

    let lapsed = till.order("stripe", 1).await;
    till.lapse(&lapsed).await;
    till.place(Some(till.customer().await), lapsed.product, "stripe").await;
    assert_eq!(refusal(&till.start(ROUTE, &lapsed).await), "409 out_of_stock");
}

#[tokio::test]
async fn a_cancelled_intent_is_followed_by_another() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    let first = till.intent(&order).await;
    till.stripe.change(&first, json!({ "status": "canceled" }));
    let second = till.intent(&order).await;
    assert_ne!(first, second);
    assert_eq!(till.intent(&order).await, second);
    assert_eq!(till.stripe.intents(), 2);
    assert_eq!(till.webhook(&till.stripe.pay(&second)).await.1["result"], "paid");
    assert_eq!(till.state(&order).await, "confirmed paid, stripe paid");
}

#[tokio::test]
async fn what_breaks_once_is_tried_again_and_makes_one_intent() {
    let till = Till::open().await;
    for troubles in [[Trouble::Broken, Trouble::Broken], [Trouble::CutAfterwards, Trouble::Broken]] {
        let order = till.order("stripe", 3).await;
        let before = till.stripe.intents();
        till.stripe.trouble(&troubles);
        let (status, answer) = till.start(ROUTE, &order).await;
        assert_eq!(status, 200, "{troubles:?} {answer}");
        assert_eq!(till.stripe.intents(), before + 1, "{troubles:?}");
        // What a replayed answer did not need.
        till.stripe.forget_troubles();
    }
    let seen = till.stripe.seen();
    assert!(seen.len() > 4, "{seen:?}");
    assert_ne!(seen[0].idempotency_key, seen[1].idempotency_key, "Stripe's own failure is kept under its key");
    assert_eq!(seen[0].form, seen[1].form);
    assert_eq!(seen[3].idempotency_key, seen[4].idempotency_key, "what broke on the way may have been done");
}

#[tokio::test]
async fn a_failure_that_stripe_keeps_does_not_keep_the_customer_from_paying() {
    let till = Till::open().await;
    let order = till.order("stripe", 3).await;
    till.stripe.trouble(&[Trouble::Broken; 3]);
    assert_eq!(refusal(&till.start(ROUTE, &order).await), "502 upstream_unavailable");
    let (status, answer) = till.start(ROUTE, &order).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(till.stripe.intents(), 1);
}

#[tokio::test]
async fn yen_are_charged_whole() {
    let till = Till::open().await;
    let customer = till.customer().await;
    let id = Uuid::new_v4();
    till.supabase
        .sql(&format!(
            "insert into public.orders \
                 (id, order_number, user_id, payment_method, currency, subtotal, total, shipping_address) \
             values ('{id}', 'PS-YEN-{id}', '{}', 'stripe', 'JPY', 1300, 1300, \
                 '{{\"full_name\": \"A\", \"line1\": \"1\", \"city\": \"Rabat\", \"country\": \"MA\"}}')",
            customer.user_id
        ))
        .await;
    let (status, answer) = till.post(ROUTE, Some(&customer), &json!({ "order_id": id })).await;
    assert_eq!(status, 200, "{answer}");
    let intent = answer["payment_intent_id"].as_str().unwrap();
    assert_eq!(
        (&till.stripe.intent(intent)["amount"], &till.stripe.intent(intent)["currency"]),
        (&json!(1300), &json!("jpy"))
    );
    assert_eq!(till.webhook(&till.stripe.pay(intent)).await.1["result"], "paid");
}

#[tokio::test]
async fn the_shop_offers_stripe_when_an_edge_has_its_keys() {
    let till = Till::with(|config| config.stripe = None).await;
    till.supabase.sql("delete from private.announced_methods").await;
    let offered = "select (select value from public.store_settings where key = 'checkout.payment_methods') as value";
    let before: serde_json::Value = till.supabase.query_one(offered).await;
    assert_eq!(before, json!(["cod", "payment_link"]));
    let edge = crate::support::edge(|config| {
        config.stripe = Some(primostore_edge::config::StripeConfig {
            secret_key: super::till::STRIPE_KEY.into(),
            webhook_secret: super::till::WEBHOOK_SECRET.into(),
            api_base: Url::parse(till.stripe.url()).unwrap(),
        });
    })
    .await;
    let after: serde_json::Value = till.supabase.query_one(offered).await;
    assert_eq!(after, json!(["cod", "payment_link", "stripe"]), "as soon as it serves");
    edge.stop().await;
}

#[tokio::test]
async fn stripe_in_trouble_is_told_without_its_words_and_another_try_succeeds() {
    let till = Till::with(|config| config.upstream_timeout = Duration::from_secs(6)).await;
    let order = till.order("stripe", 3).await;
    for (troubles, replayed, expected) in [
        (vec![Trouble::Silence; 3], 0, "504 upstream_unavailable"),
        (vec![Trouble::Broken; 3], 0, "502 upstream_unavailable"),
        (vec![Trouble::BrokenForGood], 1, "502 upstream_unavailable"),
        (vec![Trouble::Refused], 1, "502 upstream_unavailable"),
    ] {
        till.stripe.trouble(&troubles);
        let before = till.stripe.seen().len();
        let refused = till.start(ROUTE, &order).await;
        assert_eq!(refusal(&refused), expected, "{troubles:?}");
        assert_eq!(till.stripe.seen().len() - before, troubles.len() + replayed, "attempts at {troubles:?}");
        let words = refused.1.to_string();
        assert!(!words.contains("sk_test") && !words.contains("parameter_invalid"), "{words}");
    }
    assert_eq!(till.start(ROUTE, &order).await.0, 200);
    assert_eq!(till.stripe.intents(), 1);
}

#[tokio::test]
async fn a_wrong_key_and_no_stripe_at_all_are_told_alike() {
    let till = Till::with(|config| config.stripe.as_mut().unwrap().secret_key = "sk_test_another".into()).await;
    let order = till.order("stripe", 3).await;
    let refused = till.start(ROUTE, &order).await;
    assert_eq!(refusal(&refused), "502 upstream_unavailable");
    assert!(!refused.1.to_string().contains("sk_test"));
    drop(till);

    let nowhere = Url::parse("http://127.0.0.1:9").unwrap();
    let till = Till::with(|config| config.stripe.as_mut().unwrap().api_base = nowhere).await;
    let order = till.order("stripe", 3).await;
    assert_eq!(refusal(&till.start(ROUTE, &order).await), "503 upstream_unavailable");
}

#[tokio::test]
async fn without_stripe_nobody_pays_with_it() {
    let till = Till::with(|config| config.stripe = None).await;
    let order = till.order("stripe", 3).await;
    assert_eq!(refusal(&till.start(ROUTE, &order).await), "422 payment_method_unavailable");
    let event = super::fake_stripe::event("payment_intent.succeeded", json!({}));
    assert_eq!(refusal(&till.webhook(&event).await), "422 payment_method_unavailable");
}

#[tokio::test]
async fn what_is_no_request_is_told_why() {
    let till = Till::open().await;
    let (status, refused) = till.post(ROUTE, None, &json!({ "order_id": "x", "guest_token": 1 })).await;
    assert_eq!(status, 422);
    let details: serde_json::Value = serde_json::from_str(refused["details"].as_str().unwrap()).unwrap();
    assert_eq!(details, json!({ "order_id": "is not a UUID", "guest_token": "is not a guest token" }));
    let url = format!("{}/functions/v1/{ROUTE}", till.edge.url());
    let plain = answer(till.edge.client().post(&url).header("content-type", "text/plain").body("{}")).await;
    assert_eq!(refusal(&plain), "415 unsupported_media_type");
    let long = answer(till.edge.client().post(&url).json(&json!({ "order_id": "x".repeat(70_000) }))).await;
    assert_eq!(refusal(&long), "413 payload_too_large");
    assert_eq!(answer(till.edge.client().get(&url)).await.0, 405);
}
