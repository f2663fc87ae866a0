//! The checks, from the cheapest to the dearest.

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use http::header::USER_AGENT;
use http::request::Parts;

use super::Guard;
use super::address;
use super::blocks::{self, Block};
use super::log;
use super::refusals::Entry;
use super::rejection::{Event, Rejection};
use super::request_id::RequestId;
use crate::body::{self, Exceeded};
use crate::error::{ApiError, Refusal};
use crate::http_headers::media_type;
use crate::jwt::Credentials;
use crate::limits::{Bucket, LimitState, Sender};
use crate::request_context::{Admin, Caller, RequestContext};
use crate::routes::{self, Route, TokenRule};
use crate::settings::Settings;

/// A request as the checks see it.
struct Checks<'a> {
    guard: &'a Guard,
    settings: &'a Settings,
    parts: &'a Parts,
    has_body: bool,
    credentials: &'a Credentials,
    context: &'a RequestContext,
    /// `None` for a path that means different things to different servers.
    route: Option<&'static Route>,
}

/// What the checks found out.
struct Passed {
    route: &'static Route,
    caller: Caller,
    limit: Option<LimitState>,
    admin: Option<Admin>,
}

pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let settings = guard.settings();
    let (parts, body) = request.into_parts();
    let mut context = context(&guard, &settings, &parts);
    let credentials = Credentials::of(&parts.headers, parts.uri.query());
    let endpoint = format!("{} {}", parts.method, routes::path_for_logs(&parts.method, parts.uri.path()));
    let route = routes::admitted(&parts);
    // The service is ours: it is never blocked.
    let may_block = route.is_none_or(|route| route.is_blockable) && !guard.verifier.is_service(&credentials);
    let reject = |context: &RequestContext, rejection: Rejection| {
        if let Some(Event { event_type, is_warning, data }) = rejection.event {
            guard.refusals.record(Entry {
                event_type,
                severity: if is_warning && may_block { "warning" } else { "info" },
                ip_address: context.ip,
                user_agent: context.user_agent.clone(),
                endpoint: endpoint.clone(),
                user_id: context.user().map(|user| user.id),
                request_id: context.request_id.clone(),
                request_data: data,
                created_at: chrono::Utc::now(),
            });
        }
        *rejection.answer
    };

    let has_body = !body.is_end_stream();
    let body = body::drained(body);
    let checks = Checks {
        guard: &guard,
        settings: &settings,
        parts: &parts,
        has_body,
        credentials: &credentials,
        context: &context,
        route,
    };
    let passed = match checks.all().await {
        Ok(passed) => passed,
        Err((rejection, caller)) => {
            context.caller = caller;
            log::note_user(&parts.extensions, &context);
            return reject(&context, rejection);
        }
    };
    context.caller = passed.caller;
    log::note_user(&parts.extensions, &context);

    let limit = guard.body_limit(passed.route);
    let (request, exceeded) = prepared(&guard, parts, body, limit, &context, passed.admin);
    let mut response = next.run(request).await;
    if exceeded.is_some_and(|exceeded| exceeded.happened()) {
        // Whatever was made of the broken body.
        response = reject(&context, Rejection::too_large(limit));
    } else if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let over = guard.count(passed.route.refusal_limits, &context, &settings).await.err();
        response = reject(&context, Rejection::of_handler(response, refusal));
        if let Some(over) = over {
            response = reject(&context, Rejection::over_limit(&over));
        }
    }
    if let Some(limit) = passed.limit {
        limit.write(response.headers_mut());
    }
    response
}

impl Checks<'_> {
    /// # Errors
    /// The answer, and on whose account it goes.
    async fn all(&self) -> Result<Passed, (Rejection, Caller)> {
        let anonymous = |rejection| (rejection, Caller::Anonymous);
        let route = self.of_itself().map_err(anonymous)?;
        let caller = match self.caller(route.tokens).await {
            Ok(caller) => caller,
            Err(rejection) => {
                // Guessing tokens is limited like anything else.
                self.count(route, self.context).await.map_err(anonymous)?;
                return Err(anonymous(rejection));
            }
        };
        let context = RequestContext { caller, ..self.context.clone() };
        let limit = match self.count(route, &context).await {
            Ok(limit) => limit,
            Err(rejection) => return Err((rejection, context.caller)),
        };
        match self.guard.access.check(route.callers, &context, self.credentials.token()).await {
            Ok(admin) => Ok(Passed { route, caller: context.caller, limit, admin }),
            Err(error) => {
                let mut rejection = Rejection::unlogged(error);
                if let Some(limit) = limit {
                    limit.write(rejection.answer.headers_mut());
                }
                Err((rejection, context.caller))
            }
        }
    }

    /// What can be told from the request alone.
    fn of_itself(&self) -> Result<&'static Route, Rejection> {
        let Self { parts, context, .. } = self;
        match blocks::of(self.settings, context.ip, context.user_agent.as_deref()) {
            None => {}
            Some(Block::Address) => return Err(Rejection::new("blocked", ApiError::blocked())),
            Some(Block::UserAgent) => return Err(Rejection::new("blocked_user_agent", ApiError::blocked())),
        }
        let route = self.route.filter(|_| is_known_method(&parts.method)).ok_or_else(|| {
            Rejection::new("invalid_request", ApiError::not_found("There is nothing at this address."))
        })?;
        let limit = self.guard.body_limit(route);
        if body::announces_more_than(&parts.headers, limit) {
            return Err(Rejection::too_large(limit));
        }
        match route.body.expected_instead(&media_type(&parts.headers), self.has_body) {
            None => Ok(route),
            Some(expected) => Err(Rejection::new("unsupported_media_type", ApiError::unsupported_media_type(expected))),
        }
    }

    async fn caller(&self, rule: TokenRule) -> Result<Caller, Rejection> {
        let verifier = &self.guard.verifier;
        match rule {
            TokenRule::PassedOn if verifier.is_service(self.credentials) => Ok(Caller::Service),
            TokenRule::PassedOn => Ok(Caller::Anonymous),
            TokenRule::Verified => verifier.caller(self.credentials).await.map_err(|error| Rejection::token(&error)),
            TokenRule::Optional => Ok(verifier.caller(self.credentials).await.unwrap_or(Caller::Anonymous)),
        }
    }

    async fn count(&self, route: &Route, context: &RequestContext) -> Result<Option<LimitState>, Rejection> {
        let counted = self.guard.count(route.limits, context, self.settings).await;
        counted.map_err(|state| Rejection::over_limit(&state))
    }
}

impl Guard {
    /// Counts a request; nothing is counted while limits are off, nor for the service.
    async fn count(
        &self,
        buckets: &[Bucket],
        context: &RequestContext,
        settings: &Settings,
    ) -> Result<Option<LimitState>, LimitState> {
        let user = match &context.caller {
            Caller::Service => return Ok(None),
            Caller::User(user) => Some(user.id),
            Caller::Anonymous => None,
        };
        if buckets.is_empty() || !settings.limits_enabled() {
            return Ok(None);
        }
        let is_admin = match user {
            Some(user) => self.admins.contains(user).await,
            None => false,
        };
        let sender = Sender { address: context.ip, user, is_admin };
        self.limits.count(buckets, &sender, settings.now(), settings)
    }

    /// The largest body of a route, in bytes.
    fn body_limit(&self, route: &Route) -> u64 {
        route.body.limit.map_or(self.max_request_bytes, |limit| limit.min(self.max_request_bytes))
    }
}

/// Who asks, as far as can be told without a token.
fn context(guard: &Guard, settings: &Settings, parts: &Parts) -> RequestContext {
    let Parts { headers, extensions, .. } = parts;
    RequestContext {
        ip: address::of(headers, extensions, guard.client_ip_header.as_ref()),
        request_id: extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        user_agent: headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        caller: Caller::Anonymous,
        signing_key: settings.signing_key.clone(),
    }
}

fn is_known_method(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::OPTIONS
    )
}

/// The request as it goes on: with its context, our word about the client's address, and a body that ends in time.
fn prepared(
    guard: &Guard,
    mut parts: Parts,
    body: Body,
    limit: u64,
    context: &RequestContext,
    admin: Option<Admin>,
) -> (Request, Option<Exceeded>) {
    let signed = context.origin().client;
    address::replace(&mut parts.headers, context.ip, guard.client_ip_header.as_ref(), signed);
    parts.extensions.insert(context.clone());
    if let Some(admin) = admin {
        parts.extensions.insert(admin);
    }
    if body.is_end_stream() {
        return (Request::from_parts(parts, body), None);
    }
    let (body, exceeded) = body::limited(body, limit);
    (Request::from_parts(parts, body), Some(exceeded))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::time::Duration;

    use primostore_shared::{Database, Project};
    use tokio::sync::watch;

    use super::*;
    use crate::config::Config;
    use crate::routes::BodyRule;

    /// A guard before a Supabase that nobody reaches.
    fn guard() -> Guard {
        let variables = HashMap::from([
            ("SUPABASE_URL", "http://127.0.0.1:9"),
            ("SUPABASE_SECRET_KEY", "sb_secret_0123456789012345678901_abcdefgh"),
            ("MAX_REQUEST_SIZE_MB", "1"),
        ]);
        let (config, _) = Config::from_variables(|name| variables.get(name).map(ToString::to_string)).unwrap();
        let project = Project::new(&config.supabase_url, config.secret_key.clone(), Duration::from_secs(5)).unwrap();
        let (_, settings) = watch::channel(Arc::new(Settings::default()));
        Guard::new(&config, &Database::new(project), settings).unwrap().0
    }

    fn context(caller: Caller) -> RequestContext {
        let parts = Request::new(Body::empty()).into_parts().0;
        RequestContext { caller, ..super::context(&guard(), &Settings::default(), &parts) }
    }

    fn route() -> Route {
        *routes::find(&Method::POST, "/functions/v1/stripe/webhook", None)
    }

    #[tokio::test]
    async fn a_route_can_count_what_was_refused_and_nothing_else() {
        let (guard, settings, nobody) = (guard(), Settings::default(), context(Caller::Anonymous));
        let route = Route { limits: &[], refusal_limits: &[Bucket::Orders], ..route() };
        for _ in 0..10 {
            assert_eq!(guard.count(route.limits, &nobody, &settings).await, Ok(None));
        }
        for _ in 0..5 {
            assert!(guard.count(route.refusal_limits, &nobody, &settings).await.is_ok());
        }
        assert!(guard.count(route.refusal_limits, &nobody, &settings).await.is_err());
    }

    #[tokio::test]
    async fn the_service_is_never_counted() {
        let (guard, settings, service) = (guard(), Settings::default(), context(Caller::Service));
        for _ in 0..10 {
            assert_eq!(guard.count(&[Bucket::Orders], &service, &settings).await, Ok(None));
        }
    }

    #[tokio::test]
    async fn the_smaller_of_a_route_s_limit_and_the_configured_one_holds() {
        let limit = |limit| guard().body_limit(&Route { body: BodyRule { limit, ..BodyRule::ANY }, ..route() });
        assert_eq!((limit(Some(10)), limit(Some(10 * 1024 * 1024)), limit(None)), (10, 1024 * 1024, 1024 * 1024));
    }
}
