//! The HTTP client with which others' services are called.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A client that says who we are, whose requests fail when they take longer than `timeout`, and which follows no redirect:
/// of the headers with keys in them, reqwest would keep `Authorization` from another host, and give `apikey` away.
pub fn builder(timeout: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("primostore/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_WITHIN)
        .timeout(timeout)
        .redirect(Policy::none())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use reqwest::{Method, StatusCode};
    use tokio::net::TcpListener;
    use url::Url;

    use crate::Project;

    async fn serve(router: Router) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    #[tokio::test]
    async fn a_key_does_not_follow_a_redirect() {
        let elsewhere = serve(Router::new().fallback(async || "the key")).await;
        let redirecting = serve(Router::new().fallback(async move || Redirect::temporary(&elsewhere))).await;
        let url = Url::parse(&redirecting).unwrap();
        let project = Project::new(&url, "sb_secret_a".to_owned().into(), super::CONNECT_WITHIN).unwrap();
        for request in [
            project.request(Method::GET, "/rest/v1/products"),
            project.request_as(Method::POST, "/rest/v1/rpc/me", "sb_publishable_a", "token"),
        ] {
            assert_eq!(request.send().await.unwrap().status(), StatusCode::TEMPORARY_REDIRECT);
        }
    }
}
