//! Where a request comes from, as the database learns it.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ADDRESS, address, guarded, logged, request};
use crate::support::{TestEdge, edge, supabase};

/// A guest's order through the edge, with these headers; returns where the database says it came from.
async fn origin_of_order(edge: &TestEdge, headers: &[(&str, &str)]) -> String {
    let supabase = supabase().await;
    let product = supabase.product("100.00", 5).await;
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
        "shipping_method_id": method,
        "payment_method": "cod",
        "items": [{ "product_id": product, "quantity": 1 }],
        "guest_email": format!("guest-{}@example.com", Uuid::new_v4().simple()),
    });
    let mut asked = edge
        .client()
        .post(format!("{}/rest/v1/rpc/place_order", edge.url()))
        .header("apikey", supabase.publishable_key())
        .json(&order);
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    let answer = asked.send().await.unwrap();
    let status = answer.status();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(status, 200, "{answer}");
    let id = answer["id"].as_str().unwrap();
    supabase.query_one(&format!("select host(ip_address) from public.order_origins where order_id = '{id}'")).await
}

const FORGED: &str = "203.0.113.66";
const FORGERIES: [(&str, &str); 7] = [
    ("x-forwarded-for", FORGED),
    ("x-real-ip", FORGED),
    ("cf-connecting-ip", FORGED),
    ("forwarded", "for=203.0.113.66"),
    ("sb-forwarded-for", FORGED),
    ("true-client-ip", FORGED),
    ("x-primostore-client", "v1;ip=203.0.113.66;t=1800000000;sig=00"),
];

#[tokio::test]
async fn the_database_learns_the_address_that_the_trusted_header_names() {
    let (edge, from) = (guarded(|_| {}).await, address());
    assert_eq!(origin_of_order(&edge, &[(ADDRESS, &format!("{FORGED}, {from}"))]).await, from);
    let mut headers = FORGERIES.to_vec();
    headers.push((ADDRESS, &from));
    assert_eq!(origin_of_order(&edge, &headers).await, from);
    edge.stop().await;
}

#[tokio::test]
async fn what_a_client_says_of_its_own_address_is_not_believed() {
    let edge = edge(|_| {}).await;
    assert_eq!(origin_of_order(&edge, &FORGERIES).await, "127.0.0.1");
    edge.stop().await;
    let edge = guarded(|_| {}).await;
    assert_eq!(origin_of_order(&edge, &[(ADDRESS, "not an address")]).await, "127.0.0.1");
    edge.stop().await;
}

#[tokio::test]
async fn a_refusal_is_logged_under_the_right_address_whatever_is_forged() {
    let (edge, from, id) = (guarded(|_| {}).await, address(), Uuid::new_v4().to_string());
    let mut asked = request(&edge, Method::GET, "/rest/v1//products", &from).await.header("x-request-id", &id);
    for (name, value) in FORGERIES {
        asked = asked.header(name, value);
    }
    assert_eq!(asked.send().await.unwrap().status(), 404);
    assert_eq!(logged(&id).await["ip_address"], from.as_str());
    edge.stop().await;
}
