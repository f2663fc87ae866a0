//! What browsers are told.

use primostore_edge::config::AllowedOrigins;
use reqwest::{Method, Response};

use super::{address, guarded, request};
use crate::support::TestEdge;

const SHOP: &str = "https://shop.example";

async fn edge_of_the_shop() -> TestEdge {
    guarded(|config| config.allowed_origins = AllowedOrigins::These(vec![SHOP.parse().unwrap()])).await
}

fn about_cors(answer: &Response) -> Vec<&str> {
    answer.headers().keys().map(|name| name.as_str()).filter(|name| name.starts_with("access-control")).collect()
}

fn assert_safe(answer: &Response) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("x-xss-protection", "1; mode=block"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ("content-security-policy", "default-src 'self'"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("permissions-policy", "geolocation=(), microphone=(), camera=()"),
    ] {
        let said: Vec<_> = answer.headers().get_all(name).iter().collect();
        assert_eq!(said, [value], "{name} of {}", answer.status());
    }
}

#[tokio::test]
async fn the_shop_s_pages_may_call_and_others_are_told_nothing() {
    let (edge, from) = (edge_of_the_shop().await, address());
    let preflight = async |origin: &str| {
        let asked = request(&edge, Method::OPTIONS, "/rest/v1/products", &from).await;
        let asked = asked.header("origin", origin).header("access-control-request-method", "PATCH");
        asked.header("access-control-request-headers", "apikey,prefer,x-client-info").send().await.unwrap()
    };
    let allowed = preflight(SHOP).await;
    assert_eq!(allowed.status(), 200);
    assert_eq!(allowed.headers()["access-control-allow-origin"], SHOP);
    assert_eq!(allowed.headers()["access-control-allow-headers"], "apikey,prefer,x-client-info");
    assert!(allowed.headers()["access-control-allow-methods"].to_str().unwrap().contains("PATCH"));
    assert!(allowed.headers()["vary"].to_str().unwrap().contains("origin"));
    let other = preflight("https://evil.example").await;
    assert_eq!(about_cors(&other), Vec::<&str>::new());
    for answer in [&allowed, &other] {
        assert_safe(answer);
    }

    let get = async |origin: &str| {
        let asked = request(&edge, Method::GET, "/rest/v1/products?limit=1", &from).await;
        asked.header("origin", origin).send().await.unwrap()
    };
    let allowed = get(SHOP).await;
    let origins: Vec<_> = allowed.headers().get_all("access-control-allow-origin").iter().collect();
    assert_eq!(origins, [SHOP], "Supabase's own word about it is gone");
    assert!(allowed.headers()["access-control-expose-headers"].to_str().unwrap().contains("content-range"));
    assert_eq!(about_cors(&get("https://evil.example").await), Vec::<&str>::new());
    edge.stop().await;
}

#[tokio::test]
async fn every_answer_has_its_headers_and_refusals_can_be_read_by_the_shop_s_pages() {
    let (edge, from) = (edge_of_the_shop().await, address());
    for (path, agent, status) in [
        ("/health", "Mozilla/5.0", 200),
        ("/rest/v1/products?limit=1", "Mozilla/5.0", 200),
        ("/rest/v1/products?limit=1", "nikto", 403),
        ("/rest/v1//products", "Mozilla/5.0", 404),
        ("/nowhere", "Mozilla/5.0", 404),
        ("/storage/v1/object/public/product-images/none.png", "Mozilla/5.0", 400),
    ] {
        let asked = request(&edge, Method::GET, path, &from).await.header("origin", SHOP);
        let answer = asked.header("user-agent", agent).send().await.unwrap();
        assert!(answer.status() == status || path.starts_with("/storage"), "{path}: {}", answer.status());
        assert_safe(&answer);
        assert_eq!(answer.headers()["access-control-allow-origin"], SHOP, "{path}");
        assert!(answer.headers().contains_key("x-request-id"), "{path}");
    }
    edge.stop().await;
}

#[tokio::test]
async fn a_request_id_is_accepted_when_it_is_one_word() {
    let (edge, from) = (edge_of_the_shop().await, address());
    let id = async |sent: &str| {
        let asked = request(&edge, Method::GET, "/rest/v1/products?limit=1", &from).await;
        let answer = asked.header("x-request-id", sent).send().await.unwrap();
        let ids: Vec<_> =
            answer.headers().get_all("x-request-id").iter().map(|id| id.to_str().unwrap().to_owned()).collect();
        assert_eq!(ids.len(), 1);
        ids[0].clone()
    };
    assert_eq!(id("cart-1:2.3_4").await, "cart-1:2.3_4");
    for odd in ["two words", "a\"b", &"a".repeat(129)] {
        let made = id(odd).await;
        assert!(made.parse::<uuid::Uuid>().is_ok(), "{made}");
    }
    edge.stop().await;
}
