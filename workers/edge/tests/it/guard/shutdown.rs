//! What is left when the edge ends.

use reqwest::Method;
use uuid::Uuid;

use super::{address, guarded, request};
use crate::support::supabase;

#[tokio::test]
async fn refusals_are_written_before_the_edge_ends() {
    let (edge, from) = (guarded(|_| {}).await, address());
    let ids: Vec<_> = (0..30).map(|_| Uuid::new_v4().to_string()).collect();
    for id in &ids {
        let asked = request(&edge, Method::GET, "/rest/v1//products", &from).await.header("x-request-id", id);
        assert_eq!(asked.send().await.unwrap().status(), 404);
    }
    edge.stop().await;
    let list = ids.join("','");
    let written = format!("select count(*) from public.security_logs where request_id in ('{list}')");
    assert_eq!(supabase().await.query_one::<i64>(&written).await, 30);
}
