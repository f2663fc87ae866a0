//! What is served where, and by which rules: the guard, the proxy, logs and metrics know routes from here alone.
//!
//! [`table`] lists them; [`route`] says what a row may say.

mod path;
mod route;
mod table;

use http::{Method, Uri};

#[cfg(test)]
pub(crate) use route::BodyRule;
pub(crate) use route::{Callers, HeaderPolicy, Route, Service, TokenRule};

/// The first row for a request as it was sent. What it says holds for logs, metrics, headers and the proxy; the guard goes
/// by [`admitted`].
pub(crate) fn find(method: &Method, path: &str, query: Option<&str>) -> &'static Route {
    table::ROUTES.iter().find(|route| route.serves(method, path, query)).unwrap_or(&table::OTHER)
}

/// The first row for a request, whichever way its path is written; `None` for a path that means different things to
/// different servers.
pub(crate) fn admitted(method: &Method, uri: &Uri) -> Option<&'static Route> {
    let (sent, query) = (uri.path(), uri.query());
    let path = path::normalized(sent, find(method, sent, query).allows_any_name)?;
    Some(find(method, &path, query))
}

/// A path for logs, without what is secret in it.
pub(crate) fn path_for_logs<'a>(method: &Method, path: &'a str) -> &'a str {
    find(method, path, None).logged_as.unwrap_or(path)
}
