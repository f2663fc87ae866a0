//! What the tests share: one local Supabase with the shop's database, and edges before it.

mod edge;
mod fixtures;
mod ports;
mod settings;
mod supabase;

pub(crate) use edge::{TestEdge, config, config_for, edge, start};
pub(crate) use fixtures::Session;
pub(crate) use ports::free_port;
pub(crate) use settings::{Changed, settings};
pub(crate) use supabase::{Supabase, supabase, supabase_alone};

use std::time::Duration;

/// Longer than anything takes on a busy machine: only what hangs meets it.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// Asks again and again until `look` finds something; `what` is what is waited for.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, found).await.unwrap_or_else(|_| panic!("it never came: {what}"))
}
