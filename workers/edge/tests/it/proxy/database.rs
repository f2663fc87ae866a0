//! The database busy, or gone for a moment, while customers order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Supabase, TestEdge, config, eventually, start, supabase_alone};

/// The status, code and `Retry-After` of an answer.
type Told = (u16, String, Option<String>);

/// Functions that meet each kind of trouble, in the real database behind the real API.
const FUNCTIONS: &str = "\
    create function public.in_turn(one integer, other integer) returns void \
        language plpgsql set search_path = '' as $$ \
        begin \
            perform pg_catalog.pg_advisory_xact_lock(one); \
            perform pg_catalog.pg_sleep(0.3); \
            perform pg_catalog.pg_advisory_xact_lock(other); \
        end; $$; \
    create function public.impatient(one integer) returns void \
        language plpgsql set search_path = '' set lock_timeout = '50ms' as $$ \
        begin perform pg_catalog.pg_advisory_xact_lock(one); end; $$; \
    create function public.endless() returns void language plpgsql set search_path = '' as $$ \
        begin perform pg_catalog.pg_sleep(600); end; $$; \
    grant execute on function public.in_turn, public.impatient, public.endless to anon, authenticated; \
    notify pgrst, 'reload schema';";

async fn told(response: reqwest::Response) -> Told {
    let status = response.status().as_u16();
    let retry = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default();
    if let Some(seconds) = &retry {
        let details: Value = serde_json::from_str(body["details"].as_str().unwrap()).unwrap();
        assert_eq!(details, json!({ "retry_after": seconds.parse::<u32>().unwrap() }), "{body}");
    }
    (status, body["code"].as_str().unwrap_or_default().to_owned(), retry)
}

fn request(edge: &TestEdge, supabase: &Supabase, method: Method, path: &str) -> reqwest::RequestBuilder {
    let key = supabase.publishable_key();
    edge.client().request(method, format!("{}{path}", edge.url())).header("apikey", key).bearer_auth(key)
}

async fn call(edge: &TestEdge, supabase: &Supabase, function: &str, arguments: Value) -> Told {
    let request = request(edge, supabase, Method::POST, &format!("/rest/v1/rpc/{function}")).json(&arguments);
    told(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_database_s_own_time_outs_and_deadlocks_are_busy() {
    let (supabase, _alone) = supabase_alone().await;
    let edge = start(config(supabase)).await;
    supabase.sql(FUNCTIONS).await;
    eventually("the API knows the functions", async || {
        (call(&edge, supabase, "impatient", json!({ "one": 3 })).await.0 < 300).then_some(())
    })
    .await;
    let busy = || (503, "busy".to_owned(), Some("1".to_owned()));

    let (one, other) = tokio::join!(
        call(&edge, supabase, "in_turn", json!({ "one": 1, "other": 2 })),
        call(&edge, supabase, "in_turn", json!({ "one": 2, "other": 1 })),
    );
    let (survivor, victim) = if one.0 < 300 { (one, other) } else { (other, one) };
    assert!(survivor.0 < 300, "{survivor:?}");
    assert_eq!(victim, busy(), "a deadlock");

    let holder = supabase.superuser("select pg_advisory_lock(4)").await;
    assert_eq!(call(&edge, supabase, "impatient", json!({ "one": 4 })).await, busy(), "a lock time-out");
    drop(holder);

    assert_eq!(call(&edge, supabase, "endless", json!({})).await, busy(), "a statement time-out");
    edge.stop().await;
}

/// What a customer sends, and its name.
type Sent = (&'static str, reqwest::RequestBuilder);

/// A checkout, a payment, an account and files, through the edge.
async fn requests(edge: &TestEdge, supabase: &Supabase) -> Vec<Sent> {
    let session = supabase.sign_in("storm@example.com", "customer").await;
    let product = supabase.product("100", 100_000).await;
    let method: Uuid = supabase
        .query_one(
            "with made as (insert into public.shipping_methods (name, price, zones) values ('Courier', 30, '{MA}') \
             returning id) select id from made",
        )
        .await;
    let order = json!({
        "shipping_address": {
            "full_name": "Salma Idrissi", "phone": "+212 600-000000", "line1": "12 rue Talaa Kebira", "city": "Fès",
            "country": "MA",
        },
        "shipping_method_id": method, "payment_method": "cod", "guest_email": "guest@example.com",
        "items": [{ "product_id": product, "quantity": 1 }],
    });
    let payment = json!({ "order_id": Uuid::new_v4(), "guest_token": "none" });
    let url = format!("{}/auth/v1/user", edge.url());
    let account = edge.client().get(url).header("apikey", supabase.publishable_key());
    vec![
        ("checkout", request(edge, supabase, Method::POST, "/rest/v1/rpc/place_order").json(&order)),
        ("payment", request(edge, supabase, Method::POST, "/functions/v1/payment-link").json(&payment)),
        ("account", account.bearer_auth(session.access_token)),
        ("files", request(edge, supabase, Method::GET, "/storage/v1/bucket")),
    ]
}

/// Sends it again and again until the storm has ended; counts the answers. No trouble is an internal error, and all is told
/// with the time to wait.
async fn repeat((name, request): &Sent, ended: &AtomicBool) -> BTreeMap<String, usize> {
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    while !ended.load(Ordering::SeqCst) {
        let (status, code, retry) = told(request.try_clone().unwrap().send().await.unwrap()).await;
        assert_ne!(status, 500, "{name}: {code}");
        assert!(status < 500 || retry.is_some(), "{name}: {status} {code} without Retry-After");
        *answers.entry(format!("{name} {status} {code}")).or_default() += 1;
    }
    answers
}

/// Strikes so often while customers order: they are served, or told to wait.
async fn storm(blows: u32, blow: impl AsyncFn(&'static Supabase)) {
    let (supabase, _alone) = supabase_alone().await;
    let edge = start(config(supabase)).await;
    let requests = requests(&edge, supabase).await;
    let ended = AtomicBool::new(false);
    let strike = async {
        for _ in 0..blows {
            blow(supabase).await;
            // Customers are served between the blows.
            eventually("an answer", async || {
                let answer = request(&edge, supabase, Method::GET, "/rest/v1/products?limit=1").send().await.unwrap();
                (answer.status() == 200).then_some(())
            })
            .await;
        }
        ended.store(true, Ordering::SeqCst);
    };
    let customers = futures_util::future::join_all(requests.iter().cycle().take(12).map(|sent| repeat(sent, &ended)));
    let (answers, ()) = tokio::join!(customers, strike);
    edge.stop().await;
    let met = |start: &str| answers.iter().flat_map(BTreeMap::keys).any(|answer| answer.starts_with(start));
    assert!(met("checkout 200"), "{answers:?}");
    assert!(met("checkout 50"), "nobody met it: {answers:?}");
}

#[tokio::test]
async fn connections_that_the_database_ends_under_load_are_no_internal_errors() {
    storm(60, async |supabase| {
        let connections = "select pg_terminate_backend(pid) from pg_stat_activity \
            where usename in ('authenticator', 'supabase_auth_admin', 'supabase_storage_admin')";
        drop(supabase.superuser(connections).await);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_restarts_under_load_is_no_internal_error() {
    storm(3, async |supabase| {
        // PostgreSQL restarts as after a crash when one of its processes is killed.
        let mut connection = supabase.superuser("").await;
        let process = sqlx::query_scalar::<_, i32>("select pg_backend_pid()").fetch_one(&mut connection).await.unwrap();
        let killed = std::process::Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
        assert!(killed.success());
    })
    .await;
}
