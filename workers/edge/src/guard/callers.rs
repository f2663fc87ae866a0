//! Who may call what, as the route's row says.

use http::StatusCode;
use primostore_shared::Database;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::error::ApiError;
use crate::request_context::{Admin, Caller, RequestContext};
use crate::routes::Callers;

/// What tells those who may call from others.
pub(super) struct Access {
    pub(super) database: Database,
    pub(super) secret_key: SecretString,
    pub(super) monitor_token: Option<SecretString>,
}

impl Access {
    /// Lets those pass who may call; where that takes an admin, says in whose name the database is called. `bearer` is the
    /// bearer token, of whatever kind.
    ///
    /// # Errors
    /// The answer to everybody else.
    pub(super) async fn check(
        &self,
        callers: Callers,
        context: &RequestContext,
        bearer: Option<&str>,
    ) -> Result<Option<Admin>, ApiError> {
        if callers.monitors && bearer.is_some_and(|token| self.is_monitor(token)) {
            return Ok(None);
        }
        match &context.caller {
            Caller::Anonymous if callers.anonymous => Ok(None),
            Caller::Anonymous => Err(ApiError::unauthenticated()),
            Caller::User(_) if callers.users => Ok(None),
            Caller::User(user) if user.api_key.is_empty() => Err(ApiError::no_api_key()),
            Caller::User(user) if callers.admins => {
                let credentials = (user.api_key.as_str(), user.token.as_str());
                let (nothing, origin) = (json!({}), context.origin());
                let answer = self.database.call_as::<()>("require_admin", &nothing, credentials, &origin).await;
                answer.map_err(|error| unknown(error.into()))?;
                Ok(Some(Admin { api_key: user.api_key.clone(), token: user.token.clone() }))
            }
            Caller::Service if callers.service && callers.anonymous => Ok(None),
            Caller::Service if callers.service => {
                let key = self.secret_key.expose_secret();
                Ok(Some(Admin { api_key: key.to_owned(), token: key.to_owned() }))
            }
            Caller::User(_) | Caller::Service => Err(ApiError::forbidden()),
        }
    }

    fn is_monitor(&self, token: &str) -> bool {
        let expected = self.monitor_token.as_ref();
        expected.is_some_and(|expected| expected.expose_secret().as_bytes().ct_eq(token.as_bytes()).into())
    }
}

/// While the database is away, nobody knows who is an admin: to ask again is worth it, whatever the reason.
fn unknown(error: ApiError) -> ApiError {
    if error.body.code == "upstream_unavailable" {
        return ApiError::upstream_unavailable(StatusCode::SERVICE_UNAVAILABLE);
    }
    error
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use primostore_shared::Project;
    use url::Url;
    use uuid::Uuid;

    use super::*;
    use crate::request_context::User;

    const NOBODY: Callers = Callers { anonymous: false, users: false, admins: false, service: false, monitors: false };

    /// Before a database that nobody reaches.
    fn access() -> Access {
        let secret_key = SecretString::from("sb_secret_a");
        let url = Url::parse("http://127.0.0.1:9").unwrap();
        let project = Project::new(&url, secret_key.clone(), Duration::from_secs(5)).unwrap();
        Access { database: Database::new(project), secret_key, monitor_token: Some("monitor".to_owned().into()) }
    }

    /// The status that refuses, if any.
    async fn refused(callers: Callers, caller: Caller, bearer: Option<&str>) -> Option<u16> {
        let context = RequestContext {
            ip: Some(std::net::Ipv4Addr::LOCALHOST.into()),
            request_id: String::new(),
            user_agent: None,
            caller,
            signing_key: None,
        };
        access().check(callers, &context, bearer).await.err().map(|error| error.status.as_u16())
    }

    fn user() -> Caller {
        user_with("sb_publishable_a")
    }

    fn user_with(api_key: &str) -> Caller {
        Caller::User(User { id: Uuid::from_u128(7), api_key: api_key.to_owned(), token: "a.b.c".to_owned() })
    }

    #[tokio::test]
    async fn each_kind_of_caller_is_let_in_where_it_is_named() {
        assert_eq!(refused(Callers { anonymous: true, ..NOBODY }, Caller::Anonymous, None).await, None);
        assert_eq!(refused(Callers { users: true, ..NOBODY }, user(), None).await, None);
        assert_eq!(refused(Callers { service: true, ..NOBODY }, Caller::Service, None).await, None);
        assert_eq!(refused(Callers { monitors: true, ..NOBODY }, Caller::Anonymous, Some("monitor")).await, None);
    }

    #[tokio::test]
    async fn everybody_else_is_refused() {
        assert_eq!(refused(NOBODY, Caller::Anonymous, Some("monitor")).await, Some(401));
        assert_eq!(refused(NOBODY, user(), None).await, Some(403));
        assert_eq!(refused(NOBODY, Caller::Service, None).await, Some(403));
        assert_eq!(refused(Callers::ADMINS_AND_MONITORS, Caller::Anonymous, Some("other")).await, Some(401));
    }

    #[tokio::test]
    async fn nobody_is_an_admin_while_the_database_does_not_say_so() {
        assert_eq!(refused(Callers::ADMINS, user(), None).await, Some(503));
    }

    #[tokio::test]
    async fn whatever_keeps_the_database_from_answering_is_worth_another_try() {
        for status in [StatusCode::BAD_GATEWAY, StatusCode::GATEWAY_TIMEOUT] {
            let error = unknown(ApiError::upstream_unavailable(status));
            assert_eq!((error.status.as_u16(), error.retry_after), (503, Some(5)), "{status}");
        }
        assert_eq!(unknown(ApiError::forbidden()).status, StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn a_token_without_the_project_s_key_is_told_to_bring_it() {
        assert_eq!(refused(Callers::ADMINS, user_with(""), None).await, Some(401));
        assert_eq!(refused(Callers { users: true, ..NOBODY }, user_with(""), None).await, None);
    }
}
