//! The shop's API, as a frontend in Rust has it: an address and a publishable key.

use postgrest::{Builder, Postgrest};
use serde_json::Value;
use supabase_auth::models::{AuthClient, Session};

use crate::stack::{Stack, stack};

/// The shop at one of its addresses.
pub(crate) struct Shop {
    pub(crate) rest: Postgrest,
    pub(crate) auth: AuthClient,
}

/// Past the edge, and through it: it must be the same shop.
pub(crate) async fn both_doors() -> [Shop; 2] {
    let stack = stack().await;
    [Shop::at(&stack.api_url, stack), Shop::at(&stack.edge_url, stack)]
}

impl Shop {
    fn at(url: &str, stack: &Stack) -> Self {
        let key = &stack.publishable_key;
        Self {
            // A publishable key isn't a JWT: it goes into `apikey`. `Builder::auth`, which makes an `Authorization` of what it
            // is given, is for a user's token alone.
            rest: Postgrest::new(format!("{url}/rest/v1")).insert_header("apikey", key),
            // The last is for apps that make tokens of their own; nothing here asks for it.
            auth: AuthClient::new(url, key, ""),
        }
    }

    /// Somebody's session, by password.
    pub(crate) async fn sign_in(&self, (email, password): (&str, &str)) -> Session {
        self.auth.login_with_email(email, password).await.unwrap()
    }
}

/// What a request answers with: JSON, or the error's code with its HTTP status.
pub(crate) async fn answer(request: Builder) -> Result<Value, (u16, String)> {
    let response = request.execute().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    // A function that returns nothing answers with nothing.
    let body = if text.is_empty() { "null" } else { &text };
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{status}: {text}"));
    if status.is_success() {
        return Ok(body);
    }
    Err((status.as_u16(), body["code"].as_str().unwrap_or_else(|| panic!("{status}: {text}")).to_owned()))
}

/// The text under a name.
#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("there is no {name} in {value}"))
}

/// The number under a name, to compare: `110` and `110.00` are one.
#[track_caller]
pub(crate) fn amount(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("{name} is no number in {value}"))
}

/// The rows of a list.
#[track_caller]
pub(crate) fn rows(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("a list was expected: {value}"))
}
