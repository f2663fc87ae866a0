//! The mails as JSON: what tests need of Mailpit's API (version 1), under its names.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::store::{Mail, Person, Store};

/// How many mails an answer holds where nothing else is asked for.
const PAGE: usize = 50;

/// Why there is no answer.
pub(super) enum Refusal {
    NotFound,
    Failed(std::io::Error),
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "there is no such mail\n").into_response(),
            Self::Failed(error) => {
                tracing::error!(%error, "the mails can't be read");
                (StatusCode::INTERNAL_SERVER_ERROR, "the mails can't be read\n").into_response()
            }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    start: Option<usize>,
    limit: Option<usize>,
    query: Option<String>,
}

/// `GET /api/v1/info`.
pub(super) async fn info(State(store): State<Arc<Store>>) -> Result<Json<Value>, Refusal> {
    let count = store.ids().await?.len();
    Ok(Json(json!({ "Version": concat!("local-", env!("CARGO_PKG_VERSION")), "Messages": count, "Unread": count })))
}

/// `GET /api/v1/messages?start&limit`.
pub(super) async fn messages(
    State(store): State<Arc<Store>>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Refusal> {
    let all = store.all().await?;
    let total = all.len();
    Ok(Json(list(&all, total, &page)))
}

/// `GET /api/v1/search?query`: `to:`, `from:` and `subject:` look there, other words anywhere; all must be found.
pub(super) async fn search(State(store): State<Arc<Store>>, Query(page): Query<Page>) -> Result<Json<Value>, Refusal> {
    let mut all = store.all().await?;
    let total = all.len();
    let terms = terms(page.query.as_deref().unwrap_or_default());
    all.retain(|mail| terms.iter().all(|term| fits(mail, term)));
    Ok(Json(list(&all, total, &page)))
}

/// `GET /api/v1/message/{id}`.
pub(super) async fn message(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let mail = store.get(&id).await?.ok_or(Refusal::NotFound)?;
    let mut answer = summary(&mail);
    answer["Date"] = json!(mail.date);
    answer["ReturnPath"] = json!(mail.from.first().map_or("", |person| &person.address));
    answer["Text"] = json!(mail.text);
    answer["HTML"] = json!(mail.html);
    answer["Inline"] = json!([]);
    answer["Attachments"] = json!([]);
    Ok(Json(answer))
}

/// `GET /api/v1/message/{id}/raw`.
pub(super) async fn raw(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let mail = store.get(&id).await?.ok_or(Refusal::NotFound)?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], mail.raw).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE", default)]
pub(super) struct Chosen {
    #[serde(rename = "IDs")]
    ids: Vec<String>,
}

/// `DELETE /api/v1/messages`: those named, or all.
pub(super) async fn delete(
    State(store): State<Arc<Store>>,
    chosen: Option<Json<Chosen>>,
) -> Result<&'static str, Refusal> {
    let named = chosen.map(|Json(chosen)| chosen.ids).unwrap_or_default();
    let ids = if named.is_empty() { store.ids().await? } else { named };
    for id in ids {
        store.delete(&id).await?;
    }
    Ok("ok")
}

fn list(mails: &[Mail], total: usize, page: &Page) -> Value {
    let (start, limit) = (page.start.unwrap_or(0), page.limit.unwrap_or(PAGE));
    let shown: Vec<Value> = mails.iter().skip(start).take(limit).map(summary).collect();
    json!({
        "total": total,
        "unread": total,
        "count": shown.len(),
        "messages_count": mails.len(),
        "messages_unread": mails.len(),
        "start": start,
        "tags": [],
        "messages": shown,
    })
}

fn summary(mail: &Mail) -> Value {
    let people = |people: &[Person]| -> Vec<Value> {
        people.iter().map(|person| json!({ "Name": person.name, "Address": person.address })).collect()
    };
    json!({
        "ID": mail.id,
        "MessageID": mail.message_id,
        "Read": false,
        "From": people(&mail.from).into_iter().next(),
        "To": people(&mail.to),
        "Cc": [],
        "Bcc": [],
        "ReplyTo": [],
        "Subject": mail.subject,
        "Created": mail.date,
        "Tags": [],
        "Size": mail.raw.len(),
        "Attachments": 0,
        "Snippet": mail.snippet(),
    })
}

/// The terms of a search, in lower case: words, or what stands in quotes.
fn terms(query: &str) -> Vec<String> {
    let (mut terms, mut term, mut quoted) = (Vec::new(), String::new(), false);
    for character in query.chars() {
        match character {
            '"' => quoted = !quoted,
            space if space.is_whitespace() && !quoted => terms.push(std::mem::take(&mut term)),
            other => term.extend(other.to_lowercase()),
        }
    }
    terms.push(term);
    terms.retain(|term| !term.is_empty());
    terms
}

fn fits(mail: &Mail, term: &str) -> bool {
    let in_people = |people: &[Person], part: &str| {
        people.iter().any(|person| format!("{} <{}>", person.name, person.address).to_lowercase().contains(part))
    };
    match term.split_once(':') {
        Some(("to" | "addressed", part)) => in_people(&mail.to, part),
        Some(("from", part)) => in_people(&mail.from, part),
        Some(("subject", part)) => mail.subject.to_lowercase().contains(part),
        _ => {
            in_people(&mail.to, term)
                || in_people(&mail.from, term)
                || [&mail.subject, &mail.text].into_iter().any(|text| text.to_lowercase().contains(term))
        }
    }
}
