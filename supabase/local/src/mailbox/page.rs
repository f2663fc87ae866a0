//! The mails as a page.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::api::Refusal;
use super::store::{Mail, Person, Store};

const STYLE: &str = include_str!("page.css");

/// What a mail's own HTML may do: show itself and open its links in a tab of their own. No scripts, no requests.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
    frame-ancestors 'self'; \
    sandbox allow-popups allow-popups-to-escape-sandbox";

/// `GET /`: all mails, newest first.
pub(super) async fn list(State(store): State<Arc<Store>>) -> Result<Html<String>, Refusal> {
    let mails = store.all().await?;
    let body = html! {
        header {
            h1 { "Mails" }
            @if !mails.is_empty() { span.quiet { (mails.len()) ", kept here and not sent" } }
        }
        @if mails.is_empty() {
            div.sheet.empty {
                p { "No mail has been sent." }
                p.quiet { "Sign up, ask for a sign-in link or a new password, and the mail appears here." }
            }
        } @else {
            ol.sheet {
                @for mail in &mails {
                    li {
                        a href={ "/view/" (mail.id) } {
                            span.row { strong { (subject(mail)) } (time(mail.date)) }
                            span.row { span { (people(&mail.to)) } }
                            div.quiet.snippet { (mail.snippet()) }
                        }
                    }
                }
            }
        }
    };
    // New mails appear by themselves.
    Ok(document("Mails", html! { meta http-equiv="refresh" content="5"; }, body))
}

/// `GET /view/{id}`: a mail.
pub(super) async fn mail(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Result<Html<String>, Refusal> {
    let mail = store.get(&id).await?.ok_or(Refusal::NotFound)?;
    let links = mail.links();
    let body = html! {
        p { a href="/" { "All mails" } }
        header { h1 { (subject(&mail)) } }
        dl {
            dt { "To" } dd { (people(&mail.to)) }
            dt { "From" } dd { (people(&mail.from)) }
            dt { "Sent" } dd { (time(mail.date)) }
        }
        @if !links.is_empty() {
            h2 { "Links" }
            ul.sheet.links {
                @for link in links { li { a href=(link) target="_blank" rel="noopener noreferrer" { (link) } } }
            }
        }
        @if !mail.html.is_empty() {
            h2 { "As it looks" }
            div.sheet {
                iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox"
                    src={ "/view/" (mail.id) "/html" } {}
            }
        }
        h2 { "As text" }
        div.sheet { pre { (mail.text.trim()) } }
        p.quiet { a href={ "/api/v1/message/" (mail.id) "/raw" } { "The whole mail" } }
    };
    Ok(document(subject(&mail), html! {}, body))
}

/// `GET /view/{id}/html`: a mail's own HTML, shut in.
pub(super) async fn html(State(store): State<Arc<Store>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let mail = store.get(&id).await?.ok_or(Refusal::NotFound)?;
    let page = html! {
        base target="_blank";
        style { "body { font: 16px/1.5 system-ui, sans-serif; margin: 16px; overflow-wrap: anywhere; }" }
        (PreEscaped(&mail.html))
    };
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, MAIL_POLICY)];
    Ok((headers, page.into_string()).into_response())
}

fn document(title: &str, head: Markup, body: Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                (head)
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    Html(page.into_string())
}

fn subject(mail: &Mail) -> &str {
    if mail.subject.is_empty() { "(no subject)" } else { &mail.subject }
}

fn people(people: &[Person]) -> String {
    let written = |person: &Person| match person.name.as_str() {
        "" => person.address.clone(),
        name => format!("{name} <{}>", person.address),
    };
    people.iter().map(written).collect::<Vec<_>>().join(", ")
}

fn time(date: DateTime<Utc>) -> Markup {
    html! { time.quiet datetime=(date.to_rfc3339()) { (date.format("%-d %b %Y, %H:%M:%S UTC")) } }
}
