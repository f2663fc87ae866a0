//! The checks, from the cheapest to the dearest.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{USER_AGENT, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::address;
use super::blocks::{self, Block};
use super::body::{self, Cut};
use super::limits::{Asking, Standing};
use super::path::{self, Service, Target};
use super::refusals::Entry;
use super::request_id::RequestId;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::jwt::{Credentials, TokenError};
use crate::shop::Shop;
use crate::visitor::{Caller, Visitor};

/// Why a request goes no further: the answer, and the entry in `security_logs`.
struct Refused {
    answer: Box<Response>,
    /// `None` where nobody is to blame.
    event: Option<Event>,
}

struct Event {
    event_type: &'static str,
    severity: &'static str,
    data: Option<Value>,
}

impl Refused {
    fn new(event_type: &'static str, error: ApiError) -> Self {
        let event = Event { event_type, severity: "warning", data: None };
        Self { answer: Box::new(error.into_response()), event: Some(event) }
    }

    fn data(mut self, data: Value) -> Self {
        if let Some(event) = &mut self.event {
            event.data = Some(data);
        }
        self
    }

    /// It happens to honest clients, and shall not count towards a block.
    fn harmless(mut self) -> Self {
        if let Some(event) = &mut self.event {
            event.severity = "info";
        }
        self
    }

    fn too_large(limit: u64) -> Self {
        Self::new("payload_too_large", ApiError::payload_too_large(limit))
    }

    fn over(standing: &Standing) -> Self {
        metrics::counter!("limits_hit_total", "limit" => standing.limit()).increment(1);
        let seconds = standing.retry_after();
        let message = format!("Too many requests. Try again in {seconds} seconds.");
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).retry_after(seconds);
        let mut refused = Self::new("rate_limited", error).data(json!({ "limit": standing.limit() }));
        standing.tell(refused.answer.headers_mut());
        refused
    }

    fn token(error: &TokenError) -> Self {
        let (message, hint) = match error {
            TokenError::KeysUnavailable => {
                let answer = ApiError::upstream_unavailable(StatusCode::SERVICE_UNAVAILABLE).into_response();
                return Self { answer: Box::new(answer), event: None };
            }
            TokenError::Expired => ("The session has expired.", "Refresh the session and try again."),
            TokenError::Invalid(_) => ("The access token is not valid.", "Sign in again."),
        };
        let error_of_api = ApiError::new(StatusCode::UNAUTHORIZED, "unauthenticated", message).hint(hint);
        let mut refused = Self::new("invalid_token", error_of_api).data(json!({ "reason": error.to_string() }));
        let challenge = match error {
            TokenError::Expired => "Bearer error=\"invalid_token\", error_description=\"the token has expired\"",
            _ => "Bearer error=\"invalid_token\"",
        };
        refused.answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        if *error == TokenError::Expired { refused.harmless() } else { refused }
    }
}

/// A request as the checks see it.
struct Asked<'a> {
    edge: &'a Edge,
    shop: &'a Shop,
    parts: &'a Parts,
    has_body: bool,
    credentials: &'a Credentials,
    visitor: &'a Visitor,
}

/// What the checks found out.
struct Passed {
    caller: Caller,
    standing: Option<Standing>,
}

pub(super) async fn check(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let shop = edge.shop.borrow().clone();
    let (parts, body) = request.into_parts();
    let mut visitor = visitor(&edge, &parts);
    let credentials = Credentials::of(&parts.headers, parts.uri.query());
    let endpoint = format!("{} {}", parts.method, path::for_logs(parts.uri.path()));
    let is_service = edge.guard.verifier.is_service(&credentials);
    let refuse = |visitor: &Visitor, refused: Refused| {
        if let Some(Event { event_type, severity, data }) = refused.event {
            edge.guard.refusals.tell(Entry {
                event_type,
                // The service is ours: it is never blocked.
                severity: if is_service { "info" } else { severity },
                ip_address: visitor.ip,
                user_agent: visitor.user_agent.clone(),
                endpoint: endpoint.clone(),
                user_id: visitor.user().map(|user| user.id),
                request_id: visitor.request_id.clone(),
                request_data: data,
                created_at: chrono::Utc::now(),
            });
        }
        *refused.answer
    };

    let has_body = !body.is_end_stream();
    let body = body::lingering(body);
    let asked =
        Asked { edge: &edge, shop: &shop, parts: &parts, has_body, credentials: &credentials, visitor: &visitor };
    let passed = match asked.checked().await {
        Ok(passed) => passed,
        Err((refused, caller)) => {
            visitor.caller = caller;
            return refuse(&visitor, refused);
        }
    };
    visitor.caller = passed.caller;

    let (request, cut) = prepared(&edge, parts, body, &visitor);
    let mut response = next.run(request).await;
    if cut.is_some_and(|cut| cut.happened()) {
        // Whatever was made of the broken body.
        response = refuse(&visitor, Refused::too_large(edge.config.max_request_bytes));
    }
    if let Some(standing) = passed.standing {
        standing.tell(response.headers_mut());
    }
    response
}

impl Asked<'_> {
    /// # Errors
    /// The refusal, and on whose account it goes.
    async fn checked(&self) -> Result<Passed, (Refused, Caller)> {
        let anonymous = |refused| (refused, Caller::Anonymous);
        let target = self.of_itself().map_err(anonymous)?;
        let caller = match self.caller(target.service).await {
            Ok(caller) => caller,
            Err(refused) => {
                // Guessing tokens is limited like anything else.
                self.count(&target, &Caller::Anonymous).await.map_err(anonymous)?;
                return Err(anonymous(refused));
            }
        };
        match self.count(&target, &caller).await {
            Ok(standing) => Ok(Passed { caller, standing }),
            Err(refused) => Err((refused, caller)),
        }
    }

    /// What can be told from the request alone.
    fn of_itself(&self) -> Result<Target, Refused> {
        let Self { parts, visitor, .. } = self;
        match blocks::of(self.shop, visitor.ip, visitor.user_agent.as_deref()) {
            None => {}
            Some(Block::Address) => return Err(Refused::new("blocked", ApiError::blocked())),
            Some(Block::UserAgent) => return Err(Refused::new("blocked_user_agent", ApiError::blocked())),
        }
        let nothing = || Refused::new("invalid_request", ApiError::not_found("There is nothing at this address."));
        let target = Target::of(parts.uri.path()).ok_or_else(nothing)?;
        if !is_usual(&parts.method) {
            return Err(nothing());
        }
        let limit = self.edge.config.max_request_bytes;
        if body::announces_more_than(&parts.headers, limit) {
            return Err(Refused::too_large(limit));
        }
        if self.has_body
            && let Some(expected) = body::expected_instead(target.service, &parts.headers)
        {
            return Err(Refused::new("unsupported_media_type", ApiError::unsupported_media_type(expected)));
        }
        Ok(target)
    }

    async fn caller(&self, service: Service) -> Result<Caller, Refused> {
        let verifier = &self.edge.guard.verifier;
        match service {
            // Tokens are Auth's own business.
            Service::Auth if verifier.is_service(self.credentials) => Ok(Caller::Service),
            Service::Auth => Ok(Caller::Anonymous),
            Service::Rest | Service::Storage | Service::Realtime | Service::Functions => {
                verifier.caller(self.credentials).await.map_err(|error| Refused::token(&error))
            }
            // A token here may be of another kind, such as a monitor's.
            Service::Health | Service::Pay | Service::Other => {
                Ok(verifier.caller(self.credentials).await.unwrap_or(Caller::Anonymous))
            }
        }
    }

    /// Counts the request under its limits; nothing is counted while they are off, nor for the service.
    async fn count(&self, target: &Target, caller: &Caller) -> Result<Option<Standing>, Refused> {
        let user = match caller {
            Caller::Service => return Ok(None),
            Caller::User(user) => Some(user.id),
            Caller::Anonymous => None,
        };
        if !self.shop.limits_enabled() {
            return Ok(None);
        }
        let is_admin = match user {
            Some(user) => self.edge.guard.admins.contains(user).await,
            None => false,
        };
        let asking = Asking {
            method: &self.parts.method,
            target,
            query: self.parts.uri.query(),
            address: self.visitor.ip,
            user,
            is_admin,
            now: self.shop.now(),
        };
        let standing = self.edge.guard.limits.count(&asking, self.shop);
        standing.map(Some).map_err(|standing| Refused::over(&standing))
    }
}

/// Who asks, as far as can be told without a token.
fn visitor(edge: &Edge, parts: &Parts) -> Visitor {
    let Parts { headers, extensions, .. } = parts;
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    Visitor {
        ip: address::client(headers, peer, edge.config.client_ip_header.as_ref()),
        request_id: extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        user_agent: headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        caller: Caller::Anonymous,
    }
}

fn is_usual(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::OPTIONS
    )
}

/// The request as it goes on: with its visitor, our word about the client's address, and a body that ends in time.
fn prepared(edge: &Edge, mut parts: Parts, body: Body, visitor: &Visitor) -> (Request, Option<Cut>) {
    let signed = edge.origin(visitor).client;
    address::tell(&mut parts.headers, visitor.ip, edge.config.client_ip_header.as_ref(), signed);
    parts.extensions.insert(visitor.clone());
    if body.is_end_stream() {
        return (Request::from_parts(parts, body), None);
    }
    let (body, cut) = body::limited(body, edge.config.max_request_bytes);
    (Request::from_parts(parts, body), Some(cut))
}
