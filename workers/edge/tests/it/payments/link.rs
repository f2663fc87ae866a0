//! Payment links: who gets one, where it leads, and where it leads no more.

use std::collections::HashMap;

use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::fixture::{LINK_SECRET, PaymentFixture, Placed, refusal};
use super::signature::{hmac_hex, unix_now};
use crate::support::edge;

const ROUTE: &str = "payment-link";

async fn link(fixture: &PaymentFixture, order: &Placed) -> String {
    let (status, answer) = fixture.start(ROUTE, order).await;
    assert_eq!(status, 200, "{answer}");
    answer["url"].as_str().unwrap().to_owned()
}

/// Follows a link as a browser of this language would; a program where there is none.
async fn follow(fixture: &PaymentFixture, url: &str, language: Option<&str>) -> reqwest::Response {
    let mut request = fixture.edge.client().get(url);
    if let Some(language) = language {
        request = request.header("accept", "text/html,*/*;q=0.8").header("accept-language", language);
    }
    request.send().await.unwrap()
}

async fn refused(fixture: &PaymentFixture, url: &str) -> String {
    let response = follow(fixture, url, None).await;
    let status = response.status();
    refusal(&(status, response.json::<Value>().await.unwrap()))
}

#[tokio::test]
async fn a_link_leads_to_the_payment_page_which_can_believe_what_is_due() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let (status, answer) = fixture.start(ROUTE, &order).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
    let expires: i64 = fixture
        .supabase
        .query_one(&format!(
            "select extract(epoch from '{}'::timestamptz)::bigint",
            answer["expires_at"].as_str().unwrap()
        ))
        .await;
    let hours = (u64::try_from(expires).unwrap() - unix_now()).div_ceil(3600);
    assert_eq!(hours, 24, "payment_link.valid_hours");

    let url = answer["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/pay/", fixture.edge.url())), "{url}");
    let response = follow(&fixture, url, Some("fr")).await;
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let target = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(target.path(), format!("/{}", order.number));
    let said: HashMap<_, _> = target.query_pairs().into_owned().collect();
    let signature = hmac_hex(LINK_SECRET, &format!("{}|130.00|MAD|{expires}", order.number));
    let expected = [("amount", "130.00"), ("currency", "MAD"), ("until", &expires.to_string()), ("sign", &signature)];
    assert_eq!(said, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[tokio::test]
async fn a_link_made_at_a_provider_is_told_who_pays_and_in_which_language() {
    let fixture = PaymentFixture::open().await;
    let template =
        "https://pay.example/b/abc?client_reference_id={order_number}&prefilled_email={email}&locale={language}";
    fixture
        .supabase
        .sql(&format!(
            "update public.system_settings set value = to_jsonb('{template}'::text) where key = 'payment_link.template'"
        ))
        .await;
    let order = fixture.guest_order("payment_link").await;
    let url = link(&fixture, &order).await;
    let response = follow(&fixture, &url, None).await;
    let target = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
    let said: HashMap<_, _> = target.query_pairs().into_owned().collect();
    let known: Value = fixture
        .supabase
        .query_one(&format!(
            "select jsonb_build_object('client_reference_id', order_number, 'prefilled_email', guest_email, 'locale', language) \
             from public.orders where id = '{}'",
            order.id
        ))
        .await;
    assert_eq!(serde_json::to_value(said).unwrap(), known);
}

#[tokio::test]
async fn asking_for_a_link_holds_the_units_until_it_ends() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let (_, answer) = fixture.start(ROUTE, &order).await;
    let held: bool = fixture
        .supabase
        .query_one(&format!(
            "select bool_and(held.until = '{}'::timestamptz) from ( \
                 select reservation_expires_at as until from public.orders where id = '{id}' \
                 union all select expires_at from public.stock_reservations where order_id = '{id}') as held",
            answer["expires_at"].as_str().unwrap(),
            id = order.id
        ))
        .await;
    assert!(held, "{answer}");
}

#[tokio::test]
async fn asking_again_returns_the_same_link() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let first = fixture.start(ROUTE, &order).await;
    assert_eq!(fixture.start(ROUTE, &order).await, first);
    let (one, other) = tokio::join!(fixture.start(ROUTE, &order), fixture.start(ROUTE, &order));
    assert_eq!((&one, &other), (&first, &first));
    assert_eq!(fixture.state(&order).await, "pending pending, payment_link pending");
}

#[tokio::test]
async fn asking_twice_at_once_returns_the_same_link() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let (one, other) = tokio::join!(fixture.start(ROUTE, &order), fixture.start(ROUTE, &order));
    assert_eq!(one.0, 200, "{}", one.1);
    assert_eq!(one, other);
}

#[tokio::test]
async fn only_the_customer_and_who_holds_the_guest_token_get_a_link() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let body = json!({ "order_id": order.id });
    let other = fixture.customer().await;
    assert_eq!(refusal(&fixture.post(ROUTE, Some(&other), &body).await), "404 not_found");
    assert_eq!(refusal(&fixture.post(ROUTE, None, &body).await), "404 not_found");

    let guest = fixture.guest_order("payment_link").await;
    let wrong = json!({ "order_id": guest.id, "guest_token": "wrong" });
    assert_eq!(refusal(&fixture.post(ROUTE, None, &wrong).await), "404 not_found");
    let of_another = json!({ "order_id": order.id, "guest_token": guest.guest_token });
    assert_eq!(refusal(&fixture.post(ROUTE, None, &of_another).await), "404 not_found");
    let url = link(&fixture, &guest).await;
    assert_eq!(follow(&fixture, &url, None).await.status(), 303);
}

#[tokio::test]
async fn a_link_that_we_did_not_make_leads_nowhere() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let url = link(&fixture, &order).await;
    let start = url.rfind('/').unwrap() + 1;
    for forged in [
        format!("{}x", &url),
        url[..url.len() - 1].to_owned(),
        format!("{}A{}", &url[..start], &url[start + 1..]),
        format!("{}{}", &url[..start], order.id),
        format!("{}%00", &url[..start]),
        format!("{}%FF", &url[..start]),
    ] {
        assert_eq!(refused(&fixture, &forged).await, "404 not_found", "{forged}");
    }
}

#[tokio::test]
async fn an_expired_link_is_followed_by_another() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    link(&fixture, &order).await;
    let ends = async |when: &str| {
        let of_order = format!("where order_id = '{}'", order.id);
        fixture.supabase.sql(&format!("update public.payments set expires_at = {when} {of_order}")).await;
    };
    ends("date_trunc('second', now() + interval '1 hour'), url = null").await;
    let url = link(&fixture, &order).await;
    assert_eq!(follow(&fixture, &url, None).await.status(), 303);
    ends("now() - interval '1 minute'").await;
    assert_eq!(refused(&fixture, &url).await, "410 not_found");
    let next = link(&fixture, &order).await;
    assert_ne!(next, url);
    assert_eq!(follow(&fixture, &next, None).await.status(), 303);
}

#[tokio::test]
async fn a_link_to_an_order_that_is_paid_or_cancelled_says_so() {
    let fixture = PaymentFixture::open().await;
    let paid = fixture.order("payment_link", 3).await;
    let url = link(&fixture, &paid).await;
    assert_eq!(fixture.callback(&fixture.report(&paid)).await.0, 200);
    assert_eq!(refused(&fixture, &url).await, "409 already_paid");
    assert_eq!(refusal(&fixture.start(ROUTE, &paid).await), "409 already_paid");

    let cancelled = fixture.order("payment_link", 3).await;
    let url = link(&fixture, &cancelled).await;
    assert_eq!(fixture.cancel(&cancelled).await.0, 200);
    assert_eq!(refused(&fixture, &url).await, "410 not_found");
    assert_eq!(refusal(&fixture.start(ROUTE, &cancelled).await), "409 invalid_transition");
}

#[tokio::test]
async fn a_browser_gets_a_page_in_its_language() {
    let fixture = PaymentFixture::open().await;
    let unknown = format!("{}/pay/unknown", fixture.edge.url());
    for (language, words) in [
        ("fr-MA", "<html lang=\"fr\" dir=\"ltr\">"),
        ("ar-MA,fr;q=0.5", "<html lang=\"ar\" dir=\"rtl\">"),
        ("en", "Unknown link"),
        ("de", "Lien inconnu"),
    ] {
        let response = follow(&fixture, &unknown, Some(language)).await;
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let page = response.text().await.unwrap();
        assert!(page.contains(words), "{language}: {page}");
    }
}

#[tokio::test]
async fn an_order_that_is_paid_in_another_way_gets_no_link() {
    let fixture = PaymentFixture::open().await;
    let cash = fixture.order("cod", 3).await;
    assert_eq!(refusal(&fixture.start(ROUTE, &cash).await), "422 payment_method_unavailable");
    let lapsed = fixture.order("payment_link", 1).await;
    fixture.lapse(&lapsed).await;
    fixture.place(Some(fixture.customer().await), lapsed.product, "payment_link").await;
    assert_eq!(refusal(&fixture.start(ROUTE, &lapsed).await), "409 out_of_stock");
}

#[tokio::test]
async fn without_a_payment_page_or_its_secret_there_are_no_links() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.order("payment_link", 3).await;
    let url = link(&fixture, &order).await;
    let of_template = "where key = 'payment_link.template'";
    fixture.supabase.sql(&format!("update public.system_settings set value = 'null' {of_template}")).await;
    assert_eq!(refusal(&fixture.start(ROUTE, &order).await), "422 payment_method_unavailable");
    assert_eq!(refused(&fixture, &url).await, "410 not_found");
    drop(fixture);

    let fixture = PaymentFixture::with(|config| config.payment_link_secret = None).await;
    let order = fixture.order("payment_link", 3).await;
    assert_eq!(refusal(&fixture.start(ROUTE, &order).await), "422 payment_method_unavailable");
    assert_eq!(refusal(&fixture.callback(&fixture.report(&order)).await), "422 payment_method_unavailable");
    let unknown = format!("{}/pay/unknown", fixture.edge.url());
    assert_eq!(refused(&fixture, &unknown).await, "422 payment_method_unavailable");
}

#[tokio::test]
async fn a_new_secret_makes_new_links() {
    let fixture = PaymentFixture::open().await;
    let order = fixture.guest_order("payment_link").await;
    let old = link(&fixture, &order).await;
    let other = edge(|config| {
        config.public_url = fixture.edge.url().to_owned();
        config.payment_link_secret = Some(SecretString::from("a secret that came after it"));
    })
    .await;
    let body = json!({ "order_id": order.id, "guest_token": order.guest_token });
    let request = other.client().post(format!("{}/functions/v1/{ROUTE}", other.url())).json(&body);
    let (status, answer) = super::fixture::answer(request).await;
    assert_eq!(status, 200, "{answer}");
    let new = answer["url"].as_str().unwrap();
    assert_ne!(new, old);
    let token = new.rsplit('/').next().unwrap();
    let response = other.client().get(format!("{}/pay/{token}", other.url())).send().await.unwrap();
    assert_eq!(response.status(), 303);
    let token = old.rsplit('/').next().unwrap();
    let response = other.client().get(format!("{}/pay/{token}", other.url())).send().await.unwrap();
    assert_eq!(response.status(), 404);
}
