//! Reports that nobody we know has signed, to the webhook and to the callback alike.

use serde_json::Value;

use super::fixture::{LINK_SECRET, PaymentFixture, WEBHOOK_SECRET, refusal};
use super::signature::{signed, unix_now};
use crate::support::eventually;

/// What is sent, and with which signature, for a body that would be believed.
fn forgeries(secret: &str, body: &str) -> Vec<(&'static str, String, String)> {
    let now = unix_now();
    let right = signed(secret, now, body);
    let same = || body.to_owned();
    vec![
        ("no signature", String::new(), same()),
        ("no form", "sha256=00".to_owned(), same()),
        ("another secret", signed("whsec_of_another", now, body), same()),
        ("no secret", signed("", now, body), same()),
        ("an altered body", right.clone(), body.replace("130", "131")),
        ("a longer body", right.clone(), format!("{body} ")),
        ("an altered time", right.replace(&format!("t={now}"), &format!("t={}", now + 1)), same()),
        ("another scheme", right.replace("v1=", "v0="), same()),
        ("half a signature", right[..right.len() - 2].to_owned(), same()),
        ("a time long past", signed(secret, now - 310, body), same()),
        ("a time to come", signed(secret, now + 310, body), same()),
    ]
}

async fn nothing_came_of_it(fixture: &PaymentFixture, order: &super::fixture::Placed, endpoint: &str, refused: usize) {
    assert_eq!(fixture.events(order).await, 0);
    let logged = format!(
        "select count(*) from public.security_logs where event_type = 'invalid_signature' and severity = 'info' \
         and endpoint = '{endpoint}' and ip_address = '127.0.0.1'"
    );
    eventually("refusals in the log", async || {
        let logged: i64 = fixture.supabase.query_one(&logged).await;
        (logged >= i64::try_from(refused).unwrap()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn only_stripe_s_own_events_are_believed() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("stripe", 3).await;
    let event = fixture.stripe.pay(&fixture.intent(&order).await);
    let forgeries = forgeries(WEBHOOK_SECRET, &event.to_string());
    let count = forgeries.len();
    for (what, signature, body) in forgeries {
        let answer = fixture.send_signed("stripe/webhook", "stripe-signature", &signature, body).await;
        assert_eq!(refusal(&answer), "401 unauthenticated", "{what}");
    }
    let answer = fixture.send_signed("stripe/webhook", "x-signature", "", event.to_string()).await;
    assert_eq!(refusal(&answer), "401 unauthenticated", "a signature that is missing");
    assert_eq!(fixture.state(&order).await, "pending pending, stripe pending");
    nothing_came_of_it(&fixture, &order, "POST /functions/v1/stripe/webhook", count + 1).await;
    assert_eq!(fixture.webhook(&event).await.1["result"], "paid");
}

#[tokio::test]
async fn only_the_payment_page_s_own_reports_are_believed() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let report = fixture.report(&order);
    let forgeries = forgeries(LINK_SECRET, &report.to_string());
    let count = forgeries.len();
    for (what, signature, body) in forgeries {
        let answer = fixture.send_signed("payment-link/callback", "x-signature", &signature, body).await;
        assert_eq!(refusal(&answer), "401 unauthenticated", "{what}");
    }
    assert_eq!(fixture.state(&order).await, "pending pending, payment_link pending");
    nothing_came_of_it(&fixture, &order, "POST /functions/v1/payment-link/callback", count).await;
    assert_eq!(fixture.callback(&report).await.1["result"], "paid");
}

#[tokio::test]
async fn a_signature_counts_for_minutes_and_beside_others() {
    let fixture = PaymentFixture::open().await;
    let (body, now) = (Value::from(serde_json::Map::new()).to_string(), unix_now());
    let wrong = "0".repeat(64);
    for signature in [
        signed(WEBHOOK_SECRET, now - 240, &body),
        signed(WEBHOOK_SECRET, now + 240, &body),
        signed(WEBHOOK_SECRET, now, &body).replace(",v1=", &format!(",v1={wrong},v1=")),
        format!("{},v0={wrong}", signed(WEBHOOK_SECRET, now, &body)),
    ] {
        let answer = fixture.send_signed("stripe/webhook", "stripe-signature", &signature, body.clone()).await;
        assert_eq!(refusal(&answer), "422 invalid_input", "{signature}: past the signature, but no event");
    }
}
