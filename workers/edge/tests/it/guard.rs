//! What every request passes, and what is refused.

mod blocks;
mod bodies;
mod cors;
mod honest;
mod origin;
mod shutdown;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{TestEdge, edge, eventually, supabase};

/// The header that the edges of these tests trust, as if a proxy set it: so each test has an address of its own.
pub(crate) const ADDRESS: &str = "x-test-address";

/// An edge that believes [`ADDRESS`].
pub(crate) async fn guarded(change: impl FnOnce(&mut primostore_edge::Config)) -> TestEdge {
    edge(|config| {
        config.client_ip_header = Some(ADDRESS.parse().unwrap());
        change(config);
    })
    .await
}

/// An address that no other test has, of those that nobody has.
pub(crate) fn address() -> String {
    let [a, b, c, ..] = Uuid::new_v4().into_bytes();
    format!("240.{a}.{b}.{c}")
}

/// A /64 that no other test has; an address of it ends with this number.
pub(crate) fn network() -> impl Fn(usize) -> String {
    let [a, b, c, d, ..] = Uuid::new_v4().into_bytes();
    move |number| format!("2001:db8:{a:02x}{b:02x}:{c:02x}{d:02x}::{number:x}")
}

/// A request with the publishable key.
pub(crate) async fn request(edge: &TestEdge, method: Method, path: &str, from: &str) -> RequestBuilder {
    let key = supabase().await.publishable_key();
    edge.client().request(method, format!("{}{path}", edge.url())).header("apikey", key).header(ADDRESS, from)
}

/// The status and the stable code of an answer.
pub(crate) async fn told(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

/// The entry of `security_logs` about a request, once it is there.
pub(crate) async fn logged(request_id: &str) -> Value {
    let query = format!(
        "select (select to_jsonb(security_logs) || jsonb_build_object('ip_address', host(ip_address)) \
         from public.security_logs where request_id = '{request_id}')"
    );
    eventually("the refusal in security_logs", async || supabase().await.query_one::<Option<Value>>(&query).await).await
}
