#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

fn mail(to: &str, subject: &str, text: &str, html: &str) -> String {
    format!(
        "From: Shop <shop@example.test>\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Wed, 25 Nov 2026 19:00:00 +0000\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b\"\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\
        --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b--\r\n"
    )
}

/// Two mails, of which the one to Bilal is newer; and something that is none.
fn mailbox() -> (TempDir, Router) {
    let folder = tempfile::tempdir().unwrap();
    let link = "http://127.0.0.1:54321/auth/v1/verify?token=a&type=signup";
    for (name, text) in [
        (
            "20261125T190000.000Z-amina@example.test-1.eml",
            mail("amina@example.test", "Confirm", "Follow it", "<p>x</p>"),
        ),
        (
            "20261125T190001.000Z-bilal@example.test-2.eml",
            mail(
                "bilal@example.test",
                "<script>alert(1)</script>",
                &format!("Follow this:\r\n\r\n{link}\r\n"),
                "<script>alert(2)</script><a href=\"http://a.test\">here</a>",
            ),
        ),
        ("20261125T190002.000Z-c@example.test-3.part", String::new()),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let router = super::router(folder.path().to_owned());
    (folder, router)
}

async fn send(router: &Router, method: &str, path: &str, host: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::builder().method(method).uri(path).header("host", host).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(router: &Router, path: &str) -> (StatusCode, HeaderMap, String) {
    send(router, "GET", path, "127.0.0.1:54324").await
}

async fn json(router: &Router, path: &str) -> Value {
    let (status, _, body) = get(router, path).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn mails_are_listed_newest_first() {
    let (_folder, router) = mailbox();
    let list = json(&router, "/api/v1/messages").await;
    assert_eq!((&list["total"], &list["count"]), (&Value::from(2), &Value::from(2)));
    assert_eq!(list["messages"][0]["To"][0]["Address"], "bilal@example.test");
    assert_eq!(list["messages"][1]["Subject"], "Confirm");
    let page = json(&router, "/api/v1/messages?start=1&limit=5").await;
    assert_eq!((&page["total"], &page["count"]), (&Value::from(2), &Value::from(1)));
}

#[tokio::test]
async fn a_search_finds_the_mails_to_an_address() {
    let (_folder, router) = mailbox();
    let found = json(&router, "/api/v1/search?query=to%3A%22amina%40example.test%22").await;
    assert_eq!(found["messages_count"], 1);
    assert_eq!(found["messages"][0]["Subject"], "Confirm");
    assert_eq!(json(&router, "/api/v1/search?query=to%3Anobody%40example.test").await["messages_count"], 0);
    assert_eq!(json(&router, "/api/v1/search?query=subject%3Aconfirm+follow").await["messages_count"], 1);
}

#[tokio::test]
async fn one_mail_has_text_and_html() {
    let (_folder, router) = mailbox();
    let latest = json(&router, "/api/v1/message/latest").await;
    assert_eq!(latest["From"]["Name"], "Shop");
    assert!(latest["Text"].as_str().unwrap().contains("type=signup"), "{latest}");
    assert!(latest["HTML"].as_str().unwrap().contains("http://a.test"), "{latest}");
    let again = json(&router, &format!("/api/v1/message/{}", latest["ID"].as_str().unwrap())).await;
    assert_eq!(again["Subject"], latest["Subject"]);
    for path in ["/api/v1/message/nothing", "/view/nothing", "/api/v1/message/..%2f..%2fsecrets", "/view/.hidden"] {
        assert_eq!(get(&router, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_page_shows_a_mail_s_link_and_runs_nothing_of_it() {
    let (_folder, router) = mailbox();
    let id = json(&router, "/api/v1/message/latest").await["ID"].as_str().unwrap().to_owned();
    let (_, headers, page) = get(&router, &format!("/view/{id}")).await;
    assert!(page.contains("href=\"http://127.0.0.1:54321/auth/v1/verify?token=a&amp;type=signup\""), "{page}");
    assert!(!page.contains("<script>"), "{page}");
    assert!(headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let (_, headers, html) = get(&router, &format!("/view/{id}/html")).await;
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(html.contains("http://a.test"), "{html}");
    assert!(
        policy.contains("sandbox") && policy.contains("default-src 'none'") && !policy.contains("script"),
        "{policy}"
    );
    let (_, _, list) = get(&router, "/").await;
    assert!(list.contains("&lt;script&gt;") && !list.contains("<script>"), "{list}");
}

#[tokio::test]
async fn a_page_of_another_name_reads_nothing() {
    let (_folder, router) = mailbox();
    for path in ["/", "/api/v1/messages", "/api/v1/message/latest"] {
        assert_eq!(send(&router, "GET", path, "evil.example:54324").await.0, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn mails_are_deleted() {
    let (folder, router) = mailbox();
    assert_eq!(send(&router, "DELETE", "/api/v1/messages", "localhost:54324").await.0, StatusCode::OK);
    assert_eq!(json(&router, "/api/v1/messages").await["total"], 0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "what is no mail stays");
}
