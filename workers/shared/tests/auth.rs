//! What a caller learns when Auth, or something before it, doesn't answer as it should.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::any;
use primostore_shared::{AuthAdmin, AuthError, Project};
use secrecy::SecretString;
use tokio::net::TcpListener;

const SECRET: &str = "sb_secret_that_nobody_may_read";

/// The Auth of a project whose every answer is this.
async fn auth(answer: impl IntoResponse + Clone + Send + Sync + 'static, timeout: Duration) -> AuthAdmin {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let app = Router::new().fallback(any(move || std::future::ready(answer.clone())));
    tokio::spawn(async move { axum::serve(listener, app).await });
    AuthAdmin::new(Project::new(&url, SecretString::from(SECRET), timeout).unwrap())
}

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_auth_that_never_answers_is_given_up() {
    // Connections wait in its queue, and nobody takes them.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let project = Project::new(&url, SecretString::from(SECRET), Duration::from_millis(50)).unwrap();
    let auth = AuthAdmin::new(project);
    assert!(matches!(auth.find("salma@example.com").await, Err(AuthError::TimedOut)));
    let invited = tokio::time::timeout(PATIENCE, auth.invite("salma@example.com", None, None)).await;
    assert!(matches!(invited.unwrap(), Err(AuthError::TimedOut)));
}

#[tokio::test]
async fn a_gateways_page_is_told_with_its_status() {
    let auth = auth((StatusCode::BAD_GATEWAY, "<html>oops</html>"), PATIENCE).await;
    for error in [
        auth.find("salma@example.com").await.unwrap_err(),
        auth.invite("salma@example.com", None, None).await.unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "Auth refused (502): <html>oops</html>");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_user_is_not_taken_for_one() {
    let auth = auth((StatusCode::OK, r#"{"access_token":"a secret"}"#), PATIENCE).await;
    for error in [
        auth.find("salma@example.com").await.unwrap_err(),
        auth.invite("salma@example.com", None, None).await.unwrap_err(),
    ] {
        assert!(matches!(error, AuthError::Unreadable(_)), "{error}");
        assert!(!error.to_string().contains("a secret"), "{error}");
    }
}

#[tokio::test]
async fn the_key_is_never_printed() {
    let auth = auth(StatusCode::OK, PATIENCE).await;
    assert!(!format!("{auth:?}").contains(SECRET));
}
