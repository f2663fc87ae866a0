//! Providers are no visitors: what they sign is never counted, and who forges it stops nobody else.

use reqwest::Response;
use serde_json::{Value, json};

use super::fixture::{LINK_SECRET, PaymentFixture, WEBHOOK_SECRET};
use super::signature::{signed, unix_now};
use crate::guard::{ADDRESS, address, network};
use crate::support::eventually;

const ROUTES: [(&str, &str, &str); 2] =
    [("stripe/webhook", "stripe-signature", WEBHOOK_SECRET), ("payment-link/callback", "x-signature", LINK_SECRET)];

/// A shop with limits, and an edge that believes [`ADDRESS`].
async fn limited(others: &[(&str, Value)]) -> PaymentFixture {
    let mut settings = vec![
        ("rate_limits.enabled", json!(true)),
        ("rate_limits.general", json!("100/day")),
        ("security.auto_block_after", json!(20)),
    ];
    settings.extend(others.iter().cloned());
    PaymentFixture::with_settings(&settings, |config| config.client_ip_header = Some(ADDRESS.parse().unwrap())).await
}

/// Sends a body, signed with this secret, from an address.
async fn send(
    fixture: &PaymentFixture,
    (route, header, _): (&str, &str, &str),
    secret: &str,
    from: &str,
    body: &Value,
) -> Response {
    let body = body.to_string();
    let asked = fixture.edge.client().post(format!("{}/functions/v1/{route}", fixture.edge.url()));
    let asked = asked.header("content-type", "application/json").header(ADDRESS, from);
    asked.header(header, signed(secret, unix_now(), &body)).body(body).send().await.unwrap()
}

#[tokio::test]
async fn two_hundred_reports_a_minute_pass() {
    let fixture = limited(&[]).await;
    let (order, from) = (fixture.order("stripe", 3).await, address());
    let event = fixture.stripe.pay(&fixture.intent(&order).await);
    for sent in 0..200 {
        let answer = send(&fixture, ROUTES[0], WEBHOOK_SECRET, &from, &event).await;
        assert_eq!(answer.status(), 200, "after {sent}");
        assert!(!answer.headers().contains_key("ratelimit"));
    }
    fixture.edge.stop().await;
}

#[tokio::test]
async fn forgeries_have_a_limit_of_their_own_that_stops_no_right_report() {
    let fixture = limited(&[("rate_limits.webhooks_unverified", json!("40/day"))]).await;
    let body = json!({});
    for route in ROUTES {
        let of = network();
        let forged = async |number| send(&fixture, route, "of another", &of(number), &body).await;
        // An IPv6 customer has all of these.
        for number in 1..=40 {
            assert_eq!(forged(number).await.status(), 401, "{} after {number}", route.0);
        }
        let refused = forged(0x99).await;
        assert_eq!(refused.status(), 429);
        let wait: i64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        let left: i64 =
            fixture.supabase.query_one("select (private.limit_window('40/day')).seconds_left::bigint").await;
        assert!((left..left + 10).contains(&wait), "{wait} seconds, but {left} are left");
        assert_eq!(refused.json::<Value>().await.unwrap()["code"], "rate_limited");

        let right = send(&fixture, route, route.2, &of(1), &body).await;
        assert_eq!(right.status(), 422, "{}: past the signature, but no report", route.0);
        let neighbour = network();
        let other = send(&fixture, route, "of another", &neighbour(1), &body).await;
        // Both routes are one limit, and each network has its own.
        assert_eq!(other.status(), 401);
    }
    fixture.edge.stop().await;
}

#[tokio::test]
async fn whoever_forges_is_not_blocked() {
    let fixture = limited(&[("security.auto_block_after", json!(2))]).await;
    let from = address();
    for _ in 0..5 {
        send(&fixture, ROUTES[0], "of another", &from, &json!({})).await;
    }
    let logged = format!("select count(*) from public.security_logs where ip_address = '{from}'");
    eventually("the refusals in the log", async || {
        (fixture.supabase.query_one::<i64>(&logged).await >= 5).then_some(())
    })
    .await;
    let blocked = format!("select exists (select from private.blocked_addresses where ip = '{from}')");
    assert!(!fixture.supabase.query_one::<bool>(&blocked).await);
    fixture.edge.stop().await;
}

#[tokio::test]
async fn a_right_report_passes_whatever_its_program_and_although_its_address_was_blocked_for_a_time() {
    let fixture = limited(&[("security.blocked_user_agents", json!(["provider"]))]).await;
    let (for_a_time, chosen) = (address(), address());
    let block = |ip: &str, source: &str| {
        format!(
            "insert into private.blocked_addresses (ip, source, until) \
             values ('{ip}', '{source}', now() + interval '1 hour');"
        )
    };
    fixture.supabase.sql(&(block(&for_a_time, "automatic") + &block(&chosen, "manual"))).await;
    let visit = async |from: &str| {
        let asked = fixture.edge.client().get(format!("{}/nowhere", fixture.edge.url())).header(ADDRESS, from);
        asked.send().await.unwrap().status()
    };
    for from in [&for_a_time, &chosen] {
        eventually("the block", async || (visit(from).await == 403).then_some(())).await;
    }
    let body = json!({}).to_string();
    for route in ROUTES {
        let report = async |from: &str| {
            let asked = fixture.edge.client().post(format!("{}/functions/v1/{}", fixture.edge.url(), route.0));
            let asked = asked.header(route.1, signed(route.2, unix_now(), &body)).header("user-agent", "Provider/1");
            asked.header(ADDRESS, from).body(body.clone()).send().await.unwrap().status()
        };
        assert_eq!(report(&for_a_time).await, 422, "{}: past the signature, but no report", route.0);
        assert_eq!(report(&chosen).await, 403, "{}", route.0);
    }
    fixture.edge.stop().await;
}
