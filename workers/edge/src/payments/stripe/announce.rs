//! The shop offers Stripe while it hears that its keys are there.

use std::time::Duration;

use primostore_shared::{Database, DatabaseError, Origin};
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// How often it is said: the database believes it for an hour.
const EVERY: Duration = Duration::from_secs(600);
/// How soon it is said again where the database did not hear it.
const AGAIN: Duration = Duration::from_secs(5);

/// Says it once.
pub(crate) async fn announce(database: &Database) -> Result<(), DatabaseError> {
    database.call("announce_payment_methods", &json!({ "methods": ["stripe"] }), &Origin::default()).await
}

/// Says it until `stop`; `heard` is whether the database knows it already.
pub(crate) async fn keep_announcing(database: Database, mut heard: bool, stop: CancellationToken) {
    loop {
        let pause = if heard { EVERY } else { AGAIN };
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        match stop.run_until_cancelled(announce(&database)).await {
            None => return,
            Some(Ok(())) => heard = true,
            Some(Err(error)) => {
                tracing::warn!(%error, "the shop can't be told that Stripe is set up");
                heard = false;
            }
        }
    }
}
