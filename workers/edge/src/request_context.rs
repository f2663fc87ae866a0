//! Who a request comes from, as the guard found out.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use http::request::Parts;
use primostore_shared::{Origin, SigningKey};
use uuid::Uuid;

use crate::clock::unix_now;
use crate::error::ApiError;

/// The one who sent a request. The guard puts it in every request's extensions; as an extractor it never fails.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    /// The client's address: the peer's, or what the configured trusted header says. `None` where nobody knows it.
    pub(crate) ip: Option<IpAddr>,
    /// `X-Request-Id`, accepted or made.
    pub(crate) request_id: String,
    pub(crate) user_agent: Option<String>,
    pub(crate) caller: Caller,
    /// Signs what the database is told about the address; none before the database was first reached.
    pub(crate) signing_key: Option<SigningKey>,
}

/// An admin, as the guard let them in: on routes that are for admins alone it puts this in the request's extensions.
#[derive(Clone)]
pub(crate) struct Admin {
    /// `apikey` for calls in the admin's name.
    pub(crate) api_key: String,
    /// The token for calls in the admin's name.
    pub(crate) token: String,
}

/// Whose rights a request has.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Nobody in particular: the publishable key, or none.
    Anonymous,
    /// A user with a verified token.
    User(User),
    /// The secret key.
    Service,
}

/// A user as their token tells.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    /// `apikey` as sent, for calls in the user's name.
    pub(crate) api_key: String,
    /// The access token as sent.
    pub(crate) token: String,
}

impl RequestContext {
    /// How the database learns on whose behalf it is called.
    pub(crate) fn origin(&self) -> Origin {
        let key = self.signing_key.as_ref();
        // To the database, the address of nobody: else it would take ours for the client's.
        let ip = self.ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Origin {
            request_id: Some(self.request_id.clone()),
            client: key.map(|key| key.client_header(ip, unix_now(), &self.request_id)),
            user_agent: self.user_agent.clone(),
        }
    }

    /// The signed-in user, if any.
    pub(crate) fn user(&self) -> Option<&User> {
        match &self.caller {
            Caller::User(user) => Some(user),
            Caller::Anonymous | Caller::Service => None,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get().cloned().ok_or_else(ApiError::unauthenticated)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Without the guard nobody is known.
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self {
            ip: None,
            request_id: String::new(),
            user_agent: None,
            caller: Caller::Anonymous,
            signing_key: None,
        }))
    }
}
