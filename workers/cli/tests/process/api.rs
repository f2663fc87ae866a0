//! A client of a running shop, with what its screen says.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::summary::{SignIn, Summary};

/// The shop as anybody reaches it.
pub(crate) struct Shop {
    client: Client,
    url: String,
    key: String,
}

/// Somebody who is signed in.
pub(crate) struct Person<'a> {
    shop: &'a Shop,
    id: String,
    token: String,
}

impl Shop {
    /// Through its public door.
    pub(crate) fn on(summary: &Summary) -> Self {
        Self::at(&summary.edge, summary)
    }

    pub(crate) fn past_the_edge(summary: &Summary) -> Self {
        Self::at(&summary.api, summary)
    }

    fn at(url: &str, summary: &Summary) -> Self {
        Self {
            client: Client::builder().no_proxy().build().unwrap(),
            url: url.to_owned(),
            key: summary.publishable.clone(),
        }
    }

    /// Some products, as any visitor sees them.
    pub(crate) async fn products(&self) -> Vec<Value> {
        let request = self.client.get(format!("{}/rest/v1/products", self.url));
        list(self.answer(request.query(&[("select", "name,price"), ("limit", "3")])).await)
    }

    pub(crate) async fn sign_in(&self, sign_in: &SignIn) -> Person<'_> {
        let request = self.client.post(format!("{}/auth/v1/token?grant_type=password", self.url));
        let body = json!({ "email": sign_in.email, "password": sign_in.password });
        let session = self.answer(request.json(&body)).await;
        let text = |value: &Value| value.as_str().expect("the session is whole").to_owned();
        Person { shop: self, id: text(&session["user"]["id"]), token: text(&session["access_token"]) }
    }

    async fn answer(&self, request: RequestBuilder) -> Value {
        let response = request.header("apikey", &self.key).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

impl Person<'_> {
    /// Their own profile.
    pub(crate) async fn profile(&self) -> Value {
        let request = self.shop.client.get(self.profile_url()).bearer_auth(&self.token);
        list(self.shop.answer(request).await).pop().expect("a profile")
    }

    /// Writes a name into their own profile.
    pub(crate) async fn rename(&self, name: &str) {
        let request = self.shop.client.patch(self.profile_url()).bearer_auth(&self.token);
        let request = request.header("prefer", "return=representation").json(&json!({ "name": name }));
        let changed = list(self.shop.answer(request).await);
        assert_eq!(changed.first().map(|profile| &profile["name"]), Some(&json!(name)));
    }

    fn profile_url(&self) -> String {
        format!("{}/rest/v1/user_profiles?id=eq.{}", self.shop.url, self.id)
    }
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => panic!("a list was expected: {other}"),
    }
}
