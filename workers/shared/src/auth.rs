//! Supabase Auth, administered with the secret key: through the `supabase-auth` crate what it can do, which is inviting,
//! and beside it what it has no functions for.

use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use supabase_auth::models::AuthClient;
use url::Url;
use uuid::Uuid;

use crate::project::Project;

/// How many users are asked for at once.
const PAGE: u32 = 500;

/// Auth's users. Cheap to clone.
#[derive(Clone)]
pub struct AuthAdmin {
    project: Project,
    client: AuthClient,
}

impl std::fmt::Debug for AuthAdmin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("AuthAdmin").field(&self.project).finish()
    }
}

/// A user, as Auth tells of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// The id, which is also that of their row in `user_profiles`.
    pub id: Uuid,
    /// The address, in lower case; `None` where they have none.
    #[serde(default, deserialize_with = "filled")]
    pub email: Option<String>,
    /// When they proved the address.
    #[serde(default)]
    pub email_confirmed_at: Option<DateTime<Utc>>,
    /// When they were last invited.
    #[serde(default)]
    pub invited_at: Option<DateTime<Utc>>,
    /// When they last signed in.
    #[serde(default)]
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// What the user may change.
    #[serde(default)]
    pub user_metadata: Map<String, Value>,
}

/// A user to be made.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// The address.
    pub email: String,
    /// Without one they must set one by a link first.
    pub password: Option<SecretString>,
    /// Whether the address counts as proved.
    pub confirmed: bool,
    /// What the user may change.
    pub user_metadata: Map<String, Value>,
}

/// What to change of a user; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    /// Another address.
    pub email: Option<String>,
    /// Another password, which ends the sessions.
    pub password: Option<SecretString>,
    /// Counts the address as proved.
    pub confirmed: bool,
    /// Keys to set; null removes one.
    pub user_metadata: Option<Map<String, Value>>,
}

/// Why Auth did not do it.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Auth said no.
    #[error("Auth refused ({status}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Auth's stable code, such as `email_exists` or `weak_password`, where it tells one.
        code: Option<String>,
        /// Auth's reason.
        message: String,
    },
    /// No connection came about, or it broke.
    #[error("Auth can't be reached: {0}")]
    Unreachable(String),
    /// No answer came in time: it may have been done all the same.
    #[error("Auth did not answer in time")]
    TimedOut,
    /// The answer isn't what Auth promises.
    #[error("Auth's answer can't be read: {0}")]
    Unreadable(String),
}

impl AuthError {
    /// Whether the address belongs to somebody already.
    #[must_use]
    pub fn is_email_taken(&self) -> bool {
        matches!(self, Self::Refused { code: Some(code), .. } if code == "email_exists" || code == "user_already_exists")
    }

    /// Whether there is no such user.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}

impl From<reqwest::Error> for AuthError {
    fn from(error: reqwest::Error) -> Self {
        // The address may tell more than a log should keep.
        let error = error.without_url();
        if error.is_timeout() {
            Self::TimedOut
        } else if error.is_decode() {
            Self::Unreadable(error.to_string())
        } else {
            Self::Unreachable(error.to_string())
        }
    }
}

impl AuthAdmin {
    /// The Auth of a project.
    #[must_use]
    pub fn new(project: Project) -> Self {
        // Users' tokens aren't read here, so there is no JWT secret to give.
        let client = AuthClient::new(project.url(), project.secret_key().expose_secret(), "");
        Self { project, client }
    }

    /// The user with this address.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn find(&self, email: &str) -> Result<Option<User>, AuthError> {
        let email = normal(email);
        for page in 1.. {
            // The filter finds parts of addresses and names: a page is nearly always enough.
            let users = self.list(Some(&email), page, PAGE).await?;
            if users.is_empty() {
                break;
            }
            let found = users.into_iter().find(|user| user.email.as_deref() == Some(&email));
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// A page (from 1) of `per_page` users, newest first; of those whose address or full name contains `filter`, if
    /// given. Past the last one a page is empty.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn list(&self, filter: Option<&str>, page: u32, per_page: u32) -> Result<Vec<User>, AuthError> {
        #[derive(Deserialize)]
        struct Users {
            users: Vec<User>,
        }
        let request = self.request(Method::GET, "admin/users").query(&[("page", page), ("per_page", per_page)]);
        let listed: Users = read(request.query(&filter.map(|filter| [("filter", filter)]))).await?;
        Ok(listed.users)
    }

    /// A user by id.
    ///
    /// # Errors
    /// [`AuthError`], also when there is none: see [`AuthError::is_not_found`].
    pub async fn get(&self, id: Uuid) -> Result<User, AuthError> {
        read(self.request(Method::GET, &format!("admin/users/{id}"))).await
    }

    /// Makes a user.
    ///
    /// # Errors
    /// [`AuthError`], also when the address is taken: see [`AuthError::is_email_taken`].
    pub async fn create(&self, user: &NewUser) -> Result<User, AuthError> {
        let mut body = json!({
            "email": normal(&user.email), "email_confirm": user.confirmed, "user_metadata": user.user_metadata,
        });
        if let Some(password) = &user.password {
            body["password"] = json!(password.expose_secret());
        }
        read(self.request(Method::POST, "admin/users").json(&body)).await
    }

    /// Sends somebody a link to join with, and makes the user where there is none. `data` becomes their metadata; the
    /// link leads to `redirect_to`, which must be among the project's redirect URLs, else to the site.
    ///
    /// # Errors
    /// [`AuthError`], also when somebody has proved the address: see [`AuthError::is_email_taken`].
    pub async fn invite(
        &self,
        email: &str,
        data: Option<Map<String, Value>>,
        redirect_to: Option<&Url>,
    ) -> Result<User, AuthError> {
        let email = normal(email);
        // The crate doesn't know `redirect_to`.
        if let Some(url) = redirect_to {
            let request = self.request(Method::POST, "invite").query(&[("redirect_to", url.as_str())]);
            return read(request.json(&json!({ "email": email, "data": data }))).await;
        }
        // A key that isn't a JWT is taken as a bearer only where it equals the `apikey`.
        let invited = self.client.invite_user_by_email(&email, data.map(Value::Object), self.client.api_key());
        // Nor does it give up.
        let user = match tokio::time::timeout(self.project.timeout(), invited).await {
            Err(_) => return Err(AuthError::TimedOut),
            Ok(Ok(user)) => serde_json::to_value(user).map_err(|error| AuthError::Unreadable(error.to_string()))?,
            Ok(Err(error)) => return of_crate(error),
        };
        serde_json::from_value(user).map_err(|error| AuthError::Unreadable(error.to_string()))
    }

    /// Changes a user at once, without asking them.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn update(&self, id: Uuid, changes: &UserChanges) -> Result<User, AuthError> {
        let mut body = Map::new();
        if let Some(email) = &changes.email {
            body.insert("email".to_owned(), json!(normal(email)));
        }
        if let Some(password) = &changes.password {
            body.insert("password".to_owned(), json!(password.expose_secret()));
        }
        if changes.confirmed {
            body.insert("email_confirm".to_owned(), json!(true));
        }
        if let Some(metadata) = &changes.user_metadata {
            body.insert("user_metadata".to_owned(), json!(metadata));
        }
        read(self.request(Method::PUT, &format!("admin/users/{id}")).json(&body)).await
    }

    /// Deletes a user for good, and with them what the database deletes with a user.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn delete(&self, id: Uuid) -> Result<(), AuthError> {
        let _: Value = read(self.request(Method::DELETE, &format!("admin/users/{id}")).json(&json!({}))).await?;
        Ok(())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.project.request(method, &format!("/auth/v1/{path}"))
    }
}

/// As Auth keeps addresses.
fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Auth writes an address that isn't there as an empty one.
fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, AuthError> {
    let response = request.send().await?;
    let status = response.status();
    let body = response.bytes().await?;
    if status.is_success() {
        serde_json::from_slice(&body).map_err(|error| AuthError::Unreadable(error.to_string()))
    } else {
        Err(refusal(status, &String::from_utf8_lossy(&body)))
    }
}

fn refusal(status: StatusCode, body: &str) -> AuthError {
    let parsed: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| parsed.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    // Older ones, and gateways, say it by other names.
    let message = ["msg", "message", "error_description", "error"].into_iter().find_map(text);
    AuthError::Refused {
        status: status.as_u16(),
        code: text("error_code"),
        message: message.unwrap_or_else(|| body.chars().take(200).collect()),
    }
}

/// What the crate made of an answer. It tells no codes, and takes an answer that it can't read for an error.
fn of_crate(error: supabase_auth::error::Error) -> Result<User, AuthError> {
    use supabase_auth::error::Error;
    match error {
        Error::AuthError { status, message } if status.is_success() => {
            serde_json::from_str(&message).map_err(|error| AuthError::Unreadable(error.to_string()))
        }
        Error::AuthError { status, message } => Err(match refusal(status, &message) {
            AuthError::Refused { status: 422, code: None, message } if message.contains("already been registered") => {
                AuthError::Refused { status: 422, code: Some("email_exists".to_owned()), message }
            }
            other => other,
        }),
        Error::NetworkError(error) => Err(error.into()),
        other => Err(AuthError::Unreadable(other.to_string())),
    }
}
