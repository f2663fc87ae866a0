//! The checks, from the cheapest to the dearest.

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, USER_AGENT};
use http::request::Parts;

use super::Guard;
use super::address;
use super::blame::{self, Blame};
use super::blocks::{self, Block};
use super::log;
use super::refusals::Entry;
use super::rejection::Rejection;
use super::request_id::RequestId;
use crate::body::{self, Exceeded};
use crate::error::{ApiError, Refusal};
use crate::http_headers::{media_type, text};
use crate::jwt::Credentials;
use crate::limits::{Bucket, LimitState, Sender};
use crate::peer::is_gateway;
use crate::request_context::{Admin, Caller, RequestContext};
use crate::routes::{self, Route, Service, TokenRule};
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

/// What a refusal is noted with.
struct Notes {
    guard: Guard,
    endpoint: String,
    blame: Blame,
}

impl Notes {
    fn of(
        guard: &Guard,
        settings: &Settings,
        parts: &Parts,
        credentials: &Credentials,
        route: Option<&'static Route>,
    ) -> Self {
        let is_service = guard.verifier.is_service(credentials);
        Self {
            guard: guard.clone(),
            endpoint: format!("{} {}", parts.method, routes::path_for_logs(&parts.method, parts.uri.path())),
            blame: Blame::of(parts, route, is_service, &guard.allowed_origins, settings),
        }
    }

    /// The answer, once it is noted.
    fn reject(&self, context: &RequestContext, rejection: Rejection) -> Response {
        if let Some(event) = rejection.event {
            self.guard.refusals.record(Entry {
                severity: self.blame.severity(&event),
                event_type: event.event_type,
                ip_address: context.ip,
                user_agent: context.user_agent.clone(),
                endpoint: self.endpoint.clone(),
                user_id: context.user().map(|user| user.id),
                request_id: context.request_id.clone(),
                request_data: event.data,
                created_at: chrono::Utc::now(),
            });
        }
        *rejection.answer
    }
}

pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let settings = guard.settings();
    let (parts, body) = request.into_parts();
    let mut context = context(&guard, &settings, &parts);
    let credentials = Credentials::of(&parts.headers, parts.uri.query());
    let route = routes::admitted(&parts.method, &parts.uri);
    let notes = Notes::of(&guard, &settings, &parts, &credentials, route);

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
            return notes.reject(&context, rejection);
        }
    };
    context.caller = passed.caller;
    log::note_user(&parts.extensions, &context);

    let limit = guard.body_limit(passed.route);
    let (request, exceeded) = prepared(&guard, parts, body, limit, &context, passed.admin);
    let mut response = next.run(request).await;
    if exceeded.is_some_and(|exceeded| exceeded.happened()) {
        // Whatever was made of the broken body.
        response = notes.reject(&context, Rejection::too_large(limit));
    } else if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let rejection = match guard.count(passed.route.refusal_limits, &context, &settings).await {
            Ok(_) => Rejection::of_handler(response, refusal),
            Err(over) => Rejection::over_limit(&over),
        };
        response = notes.reject(&context, rejection);
    }
    if let Some(limit) = passed.limit {
        limit.write(response.headers_mut());
    }
    response
}

/// Looks at questions about what may be asked: they end before [`check`], where [`super::cors`] answers them. A browser's
/// preflight has a count of its own; any other counts as what it asks about.
pub(super) async fn check_options(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    if request.method() != Method::OPTIONS {
        return next.run(request).await;
    }
    let settings = guard.settings();
    let (parts, body) = request.into_parts();
    let context = context(&guard, &settings, &parts);
    let credentials = Credentials::of(&parts.headers, parts.uri.query());
    let route = routes::admitted(&asked_method(&parts), &parts.uri);
    let notes = Notes::of(&guard, &settings, &parts, &credentials, route);
    let checks = Checks {
        guard: &guard,
        settings: &settings,
        parts: &parts,
        has_body: false,
        credentials: &credentials,
        context: &context,
        route,
    };
    match checks.options().await {
        Ok(limit) => {
            let mut response = next.run(Request::from_parts(parts, body)).await;
            if let Some(limit) = limit {
                limit.write(response.headers_mut());
            }
            response
        }
        Err(rejection) => notes.reject(&context, rejection),
    }
}

/// The method that a question is about.
fn asked_method(parts: &Parts) -> Method {
    let asked = text(&parts.headers, ACCESS_CONTROL_REQUEST_METHOD).and_then(|method| method.parse().ok());
    asked.unwrap_or_else(|| parts.method.clone())
}

impl Checks<'_> {
    /// # Errors
    /// The answer, and on whose account it goes.
    async fn all(&self) -> Result<Passed, (Rejection, Caller)> {
        let anonymous = |rejection| (rejection, Caller::Anonymous);
        let route = self.of_itself_and_its_body().map_err(anonymous)?;
        let caller = match self.caller(route.tokens).await {
            Ok(caller) => caller,
            Err(rejection) => {
                // Guessing tokens is limited like anything else.
                self.count(route.limits, self.context).await.map_err(anonymous)?;
                return Err(anonymous(rejection));
            }
        };
        let context = RequestContext { caller, ..self.context.clone() };
        let limit = match self.count(route.limits, &context).await {
            Ok(limit) => limit,
            Err(rejection) => return Err((rejection, context.caller)),
        };
        match self.access(route, &context).await {
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

    /// A question about what may be asked.
    async fn options(&self) -> Result<Option<LimitState>, Rejection> {
        let route = self.of_itself()?;
        if blame::is_preflight(self.parts) {
            return self.count(&[Bucket::Preflights], self.context).await;
        }
        let caller = self.caller(route.tokens).await.unwrap_or(Caller::Anonymous);
        self.count(route.limits, &RequestContext { caller, ..self.context.clone() }).await
    }

    async fn access(&self, route: &Route, context: &RequestContext) -> Result<Option<Admin>, ApiError> {
        if route.needs_api_key && context.user().is_some_and(|user| user.api_key.is_empty()) {
            return Err(ApiError::no_api_key());
        }
        self.guard.access.check(route.callers, context, self.credentials.token()).await
    }

    /// What can be told from the request's head alone.
    fn of_itself(&self) -> Result<&'static Route, Rejection> {
        let Self { parts, context, .. } = self;
        match blocks::of(self.settings, context.ip, context.user_agent.as_deref(), self.route) {
            None => {}
            Some(Block::Address) => return Err(Rejection::new("blocked", ApiError::blocked())),
            Some(Block::UserAgent) => return Err(Rejection::new("blocked_user_agent", ApiError::blocked())),
        }
        let route = self.route.filter(|_| is_known_method(&parts.method)).ok_or_else(|| {
            Rejection::new("invalid_request", ApiError::not_found("There is nothing at this address."))
        })?;
        Ok(route)
    }

    /// The same, with what is to come.
    fn of_itself_and_its_body(&self) -> Result<&'static Route, Rejection> {
        let (route, parts) = (self.of_itself()?, self.parts);
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

    async fn count(&self, buckets: &[Bucket], context: &RequestContext) -> Result<Option<LimitState>, Rejection> {
        let counted = self.guard.count(buckets, context, self.settings).await;
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
    let ip = address::of(headers, extensions, guard.client_ip_header.as_ref());
    if ip.is_none() && address::peer(extensions).is_some_and(is_gateway) {
        guard.gateway.notice(find_service(parts));
    }
    RequestContext {
        ip,
        request_id: extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        user_agent: headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        caller: Caller::Anonymous,
        signing_key: settings.signing_key.clone(),
    }
}

fn find_service(parts: &Parts) -> Service {
    routes::find(&parts.method, parts.uri.path(), None).service
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
mod tests;
