//! Logs tell what happened, and no secret.

use std::io::Write;
use std::sync::{Arc, Mutex};

use primostore_edge::logging;
use secrecy::SecretString;
use serde_json::{Value, json};
use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;

use crate::support::{config_for, edge, eventually, free_port, start, supabase};

/// Where log lines end up.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that this test's thread logs from now on: the edge runs on it.
fn listen(format: logging::Format) -> (Paper, (DefaultGuard, Dispatch)) {
    let paper = Paper::default();
    let writer = paper.clone();
    let filter = logging::filter(Some("debug")).unwrap();
    let subscriber = logging::subscriber(format, filter, move || writer.clone());
    // While there is but one subscriber, a line that another test's thread reaches first is taken for one that nobody
    // wants to hear. So there are two.
    let other = Dispatch::new(logging::subscriber(format, logging::filter(Some("error")).unwrap(), std::io::sink));
    (paper, (tracing::subscriber::set_default(subscriber), other))
}

#[tokio::test]
async fn a_request_is_one_line_of_json_with_its_id() {
    let (paper, _guard) = listen(logging::Format::Json);
    let edge = edge(|_| {}).await;
    let request = edge.client().get(format!("{}/health", edge.url())).header("x-request-id", "seen-in-the-log");
    request.send().await.unwrap();
    let line = eventually("the request's line", async || {
        let text = paper.text();
        text.lines().find(|line| line.contains("seen-in-the-log")).map(ToOwned::to_owned)
    })
    .await;
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["level"], "INFO", "{line}");
    assert!(line.to_string().contains("\"status\":200"), "{line}");
    let of_request = paper.text().lines().filter(|line| line.contains("seen-in-the-log")).count();
    assert_eq!(of_request, 1);
}

#[tokio::test]
async fn a_request_s_line_tells_who_asked_for_what_and_what_became_of_it() {
    let (paper, _guard) = listen(logging::Format::Json);
    let supabase = supabase().await;
    let customer = supabase.sign_in("told-in-the-log@example.com", "customer").await;
    let edge = edge(|config| config.client_ip_header = Some("x-real-ip".parse().unwrap())).await;
    let ask = async |path: &str, id: &str, token: Option<&str>| {
        let request = edge.client().get(format!("{}{path}", edge.url())).header("x-request-id", id);
        let request = request.header("apikey", supabase.publishable_key()).header("x-real-ip", "198.51.100.7");
        let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
        let body = request.send().await.unwrap().bytes().await.unwrap();
        let line = eventually("the request's line", async || {
            let text = paper.text();
            text.lines().find(|line| line.contains(id) && line.contains("answered")).map(ToOwned::to_owned)
        })
        .await;
        (serde_json::from_str::<Value>(&line).unwrap(), body.len())
    };

    let path = "/rest/v1/products?select=id&name=eq.never-told";
    let (line, bytes) = ask(path, "of-a-customer", Some(&customer.access_token)).await;
    let span = &line["span"];
    assert_eq!(line["user"], json!(customer.user_id.to_string()), "{line}");
    assert_eq!((&line["status"], &line["bytes"]), (&json!(200), &json!(bytes)), "{line}");
    assert!(line["duration_ms"].is_u64(), "{line}");
    assert_eq!((&span["method"], &span["path"]), (&json!("GET"), &json!("/rest/v1/products")), "{line}");
    assert_eq!((&span["request_id"], &span["address"]), (&json!("of-a-customer"), &json!("198.51.100.7")), "{line}");
    assert!(!line.to_string().contains("never-told"), "{line}");

    let (line, _) = ask("/rest/v1/products", "of-a-visitor", None).await;
    assert_eq!(line.get("user"), None, "{line}");
    let (line, _) = ask("/functions/v1/product-images/x", "of-who-is-refused", Some(&customer.access_token)).await;
    assert_eq!(line["user"], json!(customer.user_id.to_string()), "{line}");
    assert_eq!(line["span"]["address"], json!("198.51.100.7"), "{line}");
}

#[tokio::test]
async fn no_secret_is_ever_logged() {
    const MONITOR: &str = "monitor-token-never-to-be-told-0123456789";
    const PAGE: &str = "payment-link-secret-never-to-be-told-0123";
    const PASSWORD: &str = "password-never-to-be-told";
    const GUEST: &str = "guest-token-never-to-be-told";
    const SIGNED: &str = "signed-url-token-never-to-be-told";
    const LINK: &str = "payment-token-never-to-be-told";
    for format in [logging::Format::Json, logging::Format::Pretty] {
        let (paper, _guard) = listen(format);
        let supabase = supabase().await;
        let customer = supabase.sign_in("never-told@example.com", "customer").await;
        let reachable = edge(|config| {
            config.monitor_token = Some(SecretString::from(MONITOR));
            config.payment_link_secret = Some(SecretString::from(PAGE));
        })
        .await;
        let mut nowhere = config_for(&format!("http://127.0.0.1:{}", free_port()));
        nowhere.secret_key = SecretString::from(supabase.secret_key());
        let unreachable = start(nowhere).await;

        for edge in [&reachable, &unreachable] {
            let send = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status();
            let get = |path: &str| edge.client().get(format!("{}{path}", edge.url()));
            let post = |path: &str| edge.client().post(format!("{}{path}", edge.url()));
            let key = supabase.publishable_key();
            send(get("/rest/v1/orders").header("apikey", key).bearer_auth(&customer.access_token)).await;
            send(get("/rest/v1/orders").header("apikey", key).bearer_auth(format!("{}x", customer.access_token))).await;
            send(get(&format!("/rest/v1/products?apikey={}", supabase.secret_key()))).await;
            send(get(&format!("/storage/v1/object/sign/a/b?token={SIGNED}"))).await;
            send(get(&format!("/pay/{LINK}"))).await;
            send(get("/health/detailed").bearer_auth(MONITOR)).await;
            send(get("/health/detailed").header("apikey", supabase.secret_key()).bearer_auth(supabase.secret_key()))
                .await;
            let credentials = json!({ "email": "never-told@example.com", "password": PASSWORD });
            send(post("/auth/v1/token?grant_type=password").header("apikey", key).json(&credentials)).await;
            let order = json!({ "order_id": uuid::Uuid::new_v4(), "guest_token": GUEST });
            send(post("/functions/v1/payment-link").header("apikey", key).json(&order)).await;
            send(post("/functions/v1/payment-link/callback").header("x-signature", "t=1,v1=00").body(PAGE)).await;
        }
        reachable.stop().await;
        unreachable.stop().await;

        let text = paper.text();
        assert!(text.lines().count() > 20, "{text}");
        let keys = [supabase.secret_key(), supabase.jwt_secret(), &customer.access_token, &customer.email];
        for secret in [MONITOR, PAGE, PASSWORD, GUEST, SIGNED, LINK].into_iter().chain(keys) {
            assert!(!text.contains(secret), "{secret} stands in the log:\n{text}");
        }
    }
}
