//! A Supabase project, spoken to with its secret key: the local one or any other.

use std::time::Duration;

use anyhow::{Context as _, Error, Result, anyhow, bail};
use primostore_shared::auth::{NewUser, User, UserChanges};
use primostore_shared::{AuthAdmin, AuthError, Project};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

/// Longer than anything that is asked for here takes.
const TIMEOUT: Duration = Duration::from_secs(60);

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
    project: Project,
    auth: AuthAdmin,
}

impl Supabase {
    pub(crate) fn new(url: &str, secret_key: &str) -> Result<Self> {
        let url = Url::parse(url).with_context(|| format!("`{url}` isn't an address"))?;
        let project = Project::new(&url, SecretString::from(secret_key), TIMEOUT)?;
        Ok(Self { auth: AuthAdmin::new(project.clone()), project })
    }

    /// Makes sure that a confirmed user exists, with the role, and with the password where one is given. A new user
    /// needs one.
    pub(crate) async fn ensure_user(&self, email: &str, password: Option<&str>, role: Role) -> Result<Outcome> {
        let password = password.map(SecretString::from);
        let (user, outcome) = match self.find_user(email).await? {
            Some(user) => {
                if password.is_some() {
                    let changes = UserChanges { password, ..UserChanges::default() };
                    self.auth.update(user.id, &changes).await.map_err(|error| self.explain(error))?;
                }
                (user, Outcome::Existed)
            }
            None => {
                let password = Some(password.context("a new user needs a password")?);
                let user = NewUser { email: email.to_owned(), password, confirmed: true, ..NewUser::default() };
                (self.auth.create(&user).await.map_err(|error| self.explain(error))?, Outcome::Created)
            }
        };
        if role == Role::Admin {
            self.make_admin(&user).await?;
        }
        Ok(outcome)
    }

    /// Whether a user exists.
    pub(crate) async fn has_user(&self, email: &str) -> Result<bool> {
        Ok(self.find_user(email).await?.is_some())
    }

    async fn find_user(&self, email: &str) -> Result<Option<User>> {
        self.auth.find(email).await.map_err(|error| self.explain(error))
    }

    async fn make_admin(&self, user: &User) -> Result<()> {
        let request = self
            .project
            .request(Method::PATCH, "/rest/v1/user_profiles")
            .query(&[("id", format!("eq.{}", user.id)), ("select", "id".to_owned())])
            .header("prefer", "return=representation")
            .json(&json!({ "role": "admin" }));
        let response = request.send().await.with_context(|| self.unreachable())?;
        let status = response.status();
        let text = response.text().await.context("REST's answer can't be read")?;
        if !status.is_success() {
            let body: Value = serde_json::from_str(&text).unwrap_or_default();
            bail!("{}", refusal(status.as_u16(), body.get("message").and_then(Value::as_str).unwrap_or(&text)));
        }
        let changed: Vec<Value> = serde_json::from_str(&text).context("REST's answer can't be read")?;
        if changed.is_empty() {
            bail!("the user has no row in user_profiles; apply the migrations to the project, then try again");
        }
        Ok(())
    }

    fn explain(&self, error: AuthError) -> Error {
        match error {
            AuthError::Refused { status, message, .. } => anyhow!("{}", refusal(status, &message)),
            AuthError::Unreachable(reason) => anyhow!(reason).context(self.unreachable()),
            other => other.into(),
        }
    }

    fn unreachable(&self) -> String {
        format!("can't reach Supabase at {}; check SUPABASE_URL and the network", self.project.url())
    }
}

/// What a service said no with, in one sentence.
fn refusal(status: u16, reason: &str) -> String {
    let advice = match status {
        401 | 403 => "; check SUPABASE_SECRET_KEY",
        404 => "; check SUPABASE_URL, and that the migrations are applied",
        _ => "",
    };
    format!("Supabase answered {status}: {reason}{advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_reason_and_what_to_check() {
        let message = refusal(401, "Invalid API key");
        assert_eq!(message, "Supabase answered 401: Invalid API key; check SUPABASE_SECRET_KEY");
        assert_eq!(refusal(422, "Password is too short"), "Supabase answered 422: Password is too short");
        assert_eq!(refusal(502, "oops"), "Supabase answered 502: oops");
    }
}
