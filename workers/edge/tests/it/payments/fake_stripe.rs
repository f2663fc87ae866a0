//! A Stripe for tests: a server that keeps payment intents and idempotency keys as Stripe documents it, and fails on request.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::signature::unix_now;

/// How one request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// 500 before anything is done.
    Broken,
    /// 500 with the advice not to come again.
    BrokenForGood,
    /// It is done, and the connection breaks before the answer is out.
    CutAfterwards,
    /// No answer ever comes.
    Silence,
    /// What it asks for is refused.
    Refused,
    /// It goes on until another request with its key has come.
    SlowUntilConflict,
    /// It has another key than the account's.
    WrongKey,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: &'static str,
    pub(super) idempotency_key: Option<String>,
    pub(super) version: Option<String>,
    pub(super) form: Vec<(String, String)>,
}

enum Saved {
    UnderWay,
    /// An error, which is kept like any answer.
    Failed(Trouble),
    Done(Vec<(String, String)>, Value),
}

#[derive(Default)]
struct World {
    intents: HashMap<String, Value>,
    keys: HashMap<String, Saved>,
    seen: Vec<Seen>,
    troubles: VecDeque<Trouble>,
}

#[derive(Clone)]
struct Shared {
    world: Arc<Mutex<World>>,
    conflict: Arc<Notify>,
    key: Arc<str>,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

/// A Stripe that serves until it is dropped.
pub(super) struct FakeStripe {
    url: String,
    shared: Shared,
    server: JoinHandle<()>,
}

impl Drop for FakeStripe {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl FakeStripe {
    pub(super) async fn start(key: &str) -> Self {
        let shared = Shared { world: Arc::default(), conflict: Arc::default(), key: key.into() };
        let app = Router::new()
            .route("/v1/payment_intents", post(create))
            .route("/v1/payment_intents/{id}", get(retrieve))
            .with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, shared, server }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The next requests go wrong, one trouble each.
    pub(super) fn trouble(&self, troubles: &[Trouble]) {
        self.shared.world().troubles.extend(troubles);
    }

    /// The next requests go well again.
    pub(super) fn forget_troubles(&self) {
        self.shared.world().troubles.clear();
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.shared.world().seen.clone()
    }

    /// How many intents there are.
    pub(super) fn intents(&self) -> usize {
        self.shared.world().intents.len()
    }

    /// Changes an intent past the API, as a customer or the dashboard does.
    pub(super) fn change(&self, id: &str, changes: Value) {
        let mut world = self.shared.world();
        let intent = world.intents.get_mut(id).unwrap();
        for (name, value) in changes.as_object().unwrap() {
            intent[name] = value.clone();
        }
    }

    /// The customer pays: the event that says it.
    pub(super) fn pay(&self, id: &str) -> Value {
        let amount = self.intent(id)["amount"].clone();
        self.change(id, json!({ "status": "succeeded", "amount_received": amount, "latest_charge": "ch_fake" }));
        self.event("payment_intent.succeeded", id)
    }

    /// An intent that the shop's metadata is in, made without the edge.
    pub(super) fn intent_for(&self, order_id: Uuid, amount: u64, currency: &str) -> String {
        let form = vec![
            ("amount".to_owned(), amount.to_string()),
            ("currency".to_owned(), currency.to_owned()),
            ("metadata[order_id]".to_owned(), order_id.to_string()),
        ];
        let intent = intent(&form).unwrap();
        let id = intent["id"].as_str().unwrap().to_owned();
        self.shared.world().intents.insert(id.clone(), intent);
        id
    }

    pub(super) fn intent(&self, id: &str) -> Value {
        self.shared.world().intents[id].clone()
    }

    /// An event about an intent as it is now.
    pub(super) fn event(&self, kind: &str, id: &str) -> Value {
        event(kind, self.intent(id))
    }
}

/// An event about any object.
pub(super) fn event(kind: &str, object: Value) -> Value {
    json!({
        "id": format!("evt_{}", Uuid::new_v4().simple()), "object": "event", "api_version": "2024-06-20",
        "created": unix_now(), "livemode": false, "pending_webhooks": 1, "type": kind,
        "request": { "id": null, "idempotency_key": null }, "data": { "object": object },
    })
}

fn error(status: u16, kind: &str, code: &str) -> Response {
    // Stripe's messages quote keys and parameters.
    let message = format!("{code}: something about sk_test_***fake and the request");
    let body = json!({ "error": { "type": kind, "code": code, "message": message, "param": null } });
    let headers = [("request-id", "req_fake")];
    (StatusCode::from_u16(status).unwrap(), headers, Json(body)).into_response()
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().unwrap().to_owned())
}

/// Notes a request; its trouble, where it is done anew.
fn arrive(shared: &Shared, method: &'static str, headers: &HeaderMap, body: &str, anew: bool) -> Option<Trouble> {
    let form = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let mut world = shared.world();
    world.seen.push(Seen {
        method,
        idempotency_key: text(headers, "idempotency-key"),
        version: text(headers, "stripe-version"),
        form,
    });
    if text(headers, "authorization").as_deref() != Some(&format!("Bearer {}", shared.key)) {
        return Some(Trouble::WrongKey);
    }
    if anew { world.troubles.pop_front() } else { None }
}

/// What happens to a request in trouble before it is done; `None` when it goes on.
async fn stumble(trouble: Option<Trouble>) -> Option<Response> {
    match trouble? {
        Trouble::Broken => Some(error(500, "api_error", "")),
        Trouble::BrokenForGood => {
            let mut response = error(500, "api_error", "");
            response.headers_mut().insert("stripe-should-retry", "false".parse().unwrap());
            Some(response)
        }
        Trouble::WrongKey => Some(error(401, "invalid_request_error", "")),
        Trouble::Refused => Some(error(400, "invalid_request_error", "parameter_invalid")),
        Trouble::Silence => std::future::pending().await,
        Trouble::CutAfterwards | Trouble::SlowUntilConflict => None,
    }
}

fn answer(intent: &Value, replayed: bool, trouble: Option<Trouble>) -> Response {
    if trouble == Some(Trouble::CutAfterwards) {
        let cut = futures_util::stream::iter([Err::<bytes::Bytes, _>(std::io::Error::other("cut"))]);
        return Body::from_stream(cut).into_response();
    }
    let mut response = Json(intent).into_response();
    if replayed {
        response.headers_mut().insert("idempotent-replayed", "true".parse().unwrap());
    }
    response
}

async fn create(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let key = text(&headers, "idempotency-key").expect("every attempt to create has an idempotency key");
    let kept = match shared.world().keys.get(&key) {
        Some(Saved::Failed(trouble)) => Some(*trouble),
        _ => None,
    };
    let trouble = arrive(&shared, "POST", &headers, &body, kept.is_none());
    if let Some(mut response) = stumble(kept).await {
        response.headers_mut().insert("idempotent-replayed", "true".parse().unwrap());
        return response;
    }
    match shared.world().keys.get(&key) {
        Some(Saved::UnderWay) => {
            shared.conflict.notify_one();
            return error(409, "idempotency_error", "idempotency_key_in_use");
        }
        Some(Saved::Done(params, _)) if *params != form => return error(400, "idempotency_error", ""),
        Some(Saved::Done(_, intent)) => return answer(intent, true, trouble),
        Some(Saved::Failed(_)) | None => {}
    }
    if let Some(failure @ (Trouble::Broken | Trouble::BrokenForGood | Trouble::Refused)) = trouble {
        shared.world().keys.insert(key.clone(), Saved::Failed(failure));
    }
    if let Some(response) = stumble(trouble).await {
        return response;
    }
    let intent = match intent(&form) {
        Ok(intent) => intent,
        Err(code) => return error(400, "invalid_request_error", code),
    };
    shared.world().keys.insert(key.clone(), Saved::UnderWay);
    if trouble == Some(Trouble::SlowUntilConflict) {
        shared.conflict.notified().await;
    }
    let mut world = shared.world();
    world.intents.insert(intent["id"].as_str().unwrap().to_owned(), intent.clone());
    world.keys.insert(key, Saved::Done(form, intent.clone()));
    answer(&intent, false, trouble)
}

async fn retrieve(State(shared): State<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let trouble = arrive(&shared, "GET", &headers, "", true);
    if let Some(response) = stumble(trouble).await {
        return response;
    }
    match shared.world().intents.get(&id) {
        Some(intent) => answer(intent, false, trouble),
        None => error(404, "invalid_request_error", "resource_missing"),
    }
}

/// The intent that a form asks for, or the code of Stripe's refusal.
fn intent(form: &[(String, String)]) -> Result<Value, &'static str> {
    let (mut amount, mut currency, mut metadata) = (None, None, Map::new());
    for (name, value) in form {
        match name.as_str() {
            "amount" => amount = value.parse::<u64>().ok(),
            "currency" => currency = Some(value).filter(|code| code.len() == 3 && **code == code.to_lowercase()),
            "automatic_payment_methods[enabled]" => assert_eq!(value, "true"),
            name => {
                let name = name.strip_prefix("metadata[").and_then(|name| name.strip_suffix(']'));
                metadata.insert(name.ok_or("parameter_unknown")?.to_owned(), json!(value));
            }
        }
    }
    let (amount, currency) = (amount.ok_or("parameter_invalid_integer")?, currency.ok_or("invalid_currency")?);
    if amount < 50 {
        return Err("amount_too_small");
    }
    let id = format!("pi_{}", Uuid::new_v4().simple());
    Ok(json!({
        "id": id, "object": "payment_intent", "amount": amount, "amount_received": 0, "currency": currency,
        "client_secret": format!("{id}_secret_{}", Uuid::new_v4().simple()), "status": "requires_payment_method",
        "metadata": metadata, "latest_charge": null, "last_payment_error": null, "livemode": false,
        "created": unix_now(), "receipt_email": null,
    }))
}
