//! People with accounts, made by the shop's own services: whoever signs up must prove an address first.

use std::time::Duration;

use primostore_shared::auth::NewUser;
use primostore_shared::{AuthAdmin, Project};
use secrecy::SecretString;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::shop::{answer, rows};
use crate::stack::{Stack, stack};
use crate::warehouse::service;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Somebody who has an account.
pub(crate) struct Person {
    pub(crate) id: Uuid,
    pub(crate) email: String,
}

impl Person {
    pub(crate) async fn customer() -> Self {
        let email = new_email();
        let (password, confirmed) = (Some(SecretString::from(PASSWORD)), true);
        let user = NewUser { email: email.clone(), password, confirmed, ..NewUser::default() };
        let stack = stack().await;
        Self { id: auth_admin(stack, &stack.secret_key).create(&user).await.unwrap().id, email }
    }

    pub(crate) async fn admin() -> Self {
        let person = Self::customer().await;
        let request = service().await.from("user_profiles").eq("id", person.id.to_string());
        let changed = answer(request.update(json!({ "role": "admin" }).to_string())).await.unwrap();
        assert_eq!(rows(&changed).len(), 1);
        person
    }

    pub(crate) fn credentials(&self) -> (&str, &str) {
        (&self.email, PASSWORD)
    }
}

/// An address that nobody has.
pub(crate) fn new_email() -> String {
    format!("{}@example.test", Uuid::new_v4().simple())
}

/// The shop's users, administered with one of its secret keys.
pub(crate) fn auth_admin(stack: &Stack, key: &str) -> AuthAdmin {
    let url = Url::parse(&stack.api_url).unwrap();
    AuthAdmin::new(Project::new(&url, SecretString::from(key), Duration::from_secs(60)).unwrap())
}
