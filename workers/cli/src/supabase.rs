//! A Supabase project, spoken to with its secret key: the local one or any other.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use primostore_shared::http_client;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How many users Auth lists on a page.
const PAGE: usize = 1000;

/// A role in the shop, as `user_profiles.role` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Customer,
    Admin,
}

/// What became of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Created,
    Existed,
}

/// The project's address and key.
#[derive(Debug)]
pub(crate) struct Supabase {
    client: Client,
    url: String,
    secret_key: String,
}

#[derive(Deserialize)]
struct User {
    id: String,
    email: Option<String>,
}

#[derive(Deserialize)]
struct Users {
    users: Vec<User>,
}

impl Supabase {
    pub(crate) fn new(url: &str, secret_key: &str) -> Result<Self> {
        let client = http_client::builder(TIMEOUT).build()?;
        Ok(Self { client, url: url.trim_end_matches('/').to_owned(), secret_key: secret_key.to_owned() })
    }

    /// Makes sure that a confirmed user exists, with the role, and with the password where one is given. A new user
    /// needs one.
    pub(crate) async fn ensure_user(&self, email: &str, password: Option<&str>, role: Role) -> Result<Outcome> {
        let email = email.trim().to_lowercase();
        let (user, outcome) = match self.find_user(&email).await? {
            Some(user) => {
                if let Some(password) = password {
                    let change = self.client.put(self.path(&format!("/auth/v1/admin/users/{}", user.id)));
                    self.send(change.json(&json!({ "password": password }))).await?;
                }
                (user, Outcome::Existed)
            }
            None => {
                let password = password.context("a new user needs a password")?;
                let body = json!({ "email": email, "password": password, "email_confirm": true });
                let created = self.send(self.client.post(self.path("/auth/v1/admin/users")).json(&body)).await?;
                (created.json().await?, Outcome::Created)
            }
        };
        if role == Role::Admin {
            self.make_admin(&user.id).await?;
        }
        Ok(outcome)
    }

    /// Whether a user exists.
    pub(crate) async fn has_user(&self, email: &str) -> Result<bool> {
        Ok(self.find_user(&email.trim().to_lowercase()).await?.is_some())
    }

    async fn find_user(&self, email: &str) -> Result<Option<User>> {
        for page in 1.. {
            let request = self.client.get(self.path("/auth/v1/admin/users"));
            let request = request.query(&[("page", page), ("per_page", PAGE)]);
            let listed: Users = self.send(request).await?.json().await.context("Auth's list of users can't be read")?;
            let last = listed.users.len() < PAGE;
            let found = listed.users.into_iter().find(|user| user.email.as_deref() == Some(email));
            if found.is_some() || last {
                return Ok(found);
            }
        }
        Ok(None)
    }

    async fn make_admin(&self, user_id: &str) -> Result<()> {
        let request = self
            .client
            .patch(self.path("/rest/v1/user_profiles"))
            .query(&[("id", format!("eq.{user_id}")), ("select", "id".to_owned())])
            .header("prefer", "return=representation")
            .json(&json!({ "role": "admin" }));
        let changed: Vec<Value> = self.send(request).await?.json().await.context("REST's answer can't be read")?;
        if changed.is_empty() {
            bail!("the user has no row in user_profiles; apply the migrations to the project, then try again");
        }
        Ok(())
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let request = request.header("apikey", &self.secret_key).bearer_auth(&self.secret_key);
        let response = request
            .send()
            .await
            .with_context(|| format!("can't reach Supabase at {}; check SUPABASE_URL and the network", self.url))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let text = response.text().await.unwrap_or_default();
        bail!("{}", refusal(status, &text))
    }
}

/// What a service said no with, in one sentence.
fn refusal(status: StatusCode, body: &str) -> String {
    let parsed: Value = serde_json::from_str(body).unwrap_or_default();
    let reason = ["msg", "message", "error_description", "error"]
        .iter()
        .find_map(|key| parsed.get(key).and_then(Value::as_str))
        .unwrap_or(body);
    let advice = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "; check SUPABASE_SECRET_KEY",
        StatusCode::NOT_FOUND => "; check SUPABASE_URL, and that the migrations are applied",
        _ => "",
    };
    format!("Supabase answered {}: {reason}{advice}", status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_reason_and_what_to_check() {
        let message = refusal(StatusCode::UNAUTHORIZED, r#"{"message":"Invalid API key","hint":"…"}"#);
        assert_eq!(message, "Supabase answered 401: Invalid API key; check SUPABASE_SECRET_KEY");
        let message = refusal(StatusCode::UNPROCESSABLE_ENTITY, r#"{"code":422,"msg":"Password is too short"}"#);
        assert_eq!(message, "Supabase answered 422: Password is too short");
        assert_eq!(refusal(StatusCode::BAD_GATEWAY, "oops"), "Supabase answered 502: oops");
    }
}
