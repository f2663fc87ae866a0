//! How large and of which kind requests may be.

use futures_util::stream;
use reqwest::{Body, Method};
use uuid::Uuid;

use super::{address, guarded, logged, request, told};

const LIMIT: usize = 64 * 1024;

/// A JSON text of this many bytes.
fn json_of(bytes: usize) -> String {
    let text = "x".repeat(bytes - "{\"code\":\"\",\"subtotal\":1}".len());
    format!("{{\"code\":\"{text}\",\"subtotal\":1}}")
}

#[tokio::test]
async fn a_request_that_says_it_is_too_large_is_refused() {
    let (edge, from) = (guarded(|config| config.max_request_bytes = LIMIT as u64).await, address());
    let post = async |bytes: usize, id: &str| {
        let asked = request(&edge, Method::POST, "/rest/v1/rpc/validate_coupon", &from).await;
        let asked = asked.header("content-type", "application/json").header("x-request-id", id);
        asked.body(json_of(bytes)).send().await.unwrap()
    };
    let (fits, too_large) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
    assert_ne!(post(LIMIT, &fits).await.status(), 413);
    let answer = post(LIMIT + 1, &too_large).await;
    assert_eq!(answer.headers()["x-request-id"], too_large.as_str());
    assert_eq!(told(answer).await, (413, "payload_too_large".to_owned()));
    assert_eq!(logged(&too_large).await["event_type"], "payload_too_large");
    // Much more than sockets hold: the answer arrives all the same.
    assert_eq!(post(16 * 1024 * 1024, &Uuid::new_v4().to_string()).await.status(), 413);
    edge.stop().await;
}

#[tokio::test]
async fn a_request_that_does_not_say_how_large_it_is_is_cut_at_the_limit() {
    let (edge, from) = (guarded(|config| config.max_request_bytes = LIMIT as u64).await, address());
    for path in ["/rest/v1/rpc/validate_coupon", "/storage/v1/object/product-images/x"] {
        let post = async |bytes: usize, id: &str| {
            let text = json_of(bytes);
            let chunks: Vec<_> =
                text.as_bytes().chunks(1000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect();
            let asked = request(&edge, Method::POST, path, &from).await;
            let asked = asked.header("content-type", "application/json").header("x-request-id", id);
            asked.body(Body::wrap_stream(stream::iter(chunks))).send().await.unwrap()
        };
        assert_ne!(post(LIMIT, &Uuid::new_v4().to_string()).await.status(), 413, "{path}");
        let id = Uuid::new_v4().to_string();
        assert_eq!(told(post(LIMIT + 1, &id).await).await, (413, "payload_too_large".to_owned()), "{path}");
        assert_eq!(logged(&id).await["event_type"], "payload_too_large");
    }
    edge.stop().await;
}

#[tokio::test]
async fn each_service_takes_its_own_kinds_of_content() {
    let (edge, from) = (guarded(|_| {}).await, address());
    let code = async |path: &str, kind: &str, body: &'static str| {
        let asked = request(&edge, Method::POST, path, &from).await;
        let asked = if kind.is_empty() { asked } else { asked.header("content-type", kind) };
        told(asked.body(body).send().await.unwrap()).await.1
    };
    let refused = "unsupported_media_type";
    let coupon = "/rest/v1/rpc/validate_coupon";
    for (path, kind, body, is_refused) in [
        (coupon, "application/json", r#"{"code":"A","subtotal":1}"#, false),
        (coupon, "application/x-www-form-urlencoded", "code=A&subtotal=1", false),
        ("/rest/v1/products", "text/csv", "name\nA", false),
        ("/rest/v1/rpc/category_tree", "", "", false),
        (coupon, "text/plain", "{}", true),
        (coupon, "multipart/form-data; boundary=x", "--x--", true),
        (coupon, "", "{}", true),
        ("/auth/v1/recover", "application/json", "{}", false),
        ("/auth/v1/recover", "text/xml", "<a/>", true),
        ("/storage/v1/object/product-images/x", "text/plain", "x", false),
    ] {
        assert_eq!(code(path, kind, body).await == refused, is_refused, "{path} {kind}");
    }
    edge.stop().await;
}
