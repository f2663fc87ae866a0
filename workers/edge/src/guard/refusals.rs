//! What was refused, written to `security_logs` without anybody waiting for it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use primostore_shared::{Database, DatabaseError, Origin};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How many may wait; more are dropped.
const QUEUE_LENGTH: usize = 10_000;
/// How many are written at once, and how long the first of them waits for others.
const BATCH: usize = 200;
const BATCH_WITHIN: Duration = Duration::from_secs(1);
/// How long the database may take.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// How long after a failure it is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// How long writing may go on after the stop.
const FLUSH_WITHIN: Duration = Duration::from_secs(5);

/// An entry of `security_logs`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    pub(super) event_type: &'static str,
    pub(super) severity: &'static str,
    pub(super) ip_address: Option<IpAddr>,
    pub(super) user_agent: Option<String>,
    /// Method and path.
    pub(super) endpoint: String,
    pub(super) user_id: Option<Uuid>,
    pub(super) request_id: String,
    pub(super) request_data: Option<Value>,
    pub(super) created_at: DateTime<Utc>,
}

/// Where refusals are recorded. Cheap to clone.
#[derive(Clone)]
pub(super) struct Refusals {
    sender: mpsc::Sender<Entry>,
    dropping: Arc<AtomicBool>,
}

/// Writes them; see [`Writer::run`].
pub(crate) struct Writer {
    waiting: mpsc::Receiver<Entry>,
    dropping: Arc<AtomicBool>,
}

pub(super) fn channel() -> (Refusals, Writer) {
    let (sender, waiting) = mpsc::channel(QUEUE_LENGTH);
    let dropping = Arc::new(AtomicBool::new(false));
    (Refusals { sender, dropping: Arc::clone(&dropping) }, Writer { waiting, dropping })
}

impl Refusals {
    /// Leaves an entry to be written soon.
    pub(super) fn record(&self, entry: Entry) {
        metrics::counter!("refusals_total", "reason" => entry.event_type).increment(1);
        if self.sender.try_send(entry).is_err() {
            metrics::counter!("refusals_dropped_total").increment(1);
            if !self.dropping.swap(true, Ordering::Relaxed) {
                tracing::error!("refusals come faster than they can be logged; some are dropped");
            }
        }
    }
}

impl Writer {
    /// Writes until `stop`, and then what is left: cancel it after the last request was answered.
    pub(crate) async fn run(mut self, database: Database, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        while stop.run_until_cancelled(self.gather(&mut batch)).await.is_some() {
            while !batch.is_empty() && !self.write(&database, &mut batch).await {
                if stop.run_until_cancelled(tokio::time::sleep(RETRY_AFTER)).await.is_none() {
                    break;
                }
            }
            if batch.is_empty() {
                self.dropping.store(false, Ordering::Relaxed);
            }
        }
        let rest = async {
            loop {
                while batch.len() < BATCH
                    && let Ok(entry) = self.waiting.try_recv()
                {
                    batch.push(entry);
                }
                if batch.is_empty() || !self.write(&database, &mut batch).await {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(FLUSH_WITHIN, rest).await;
        let lost = batch.len() + self.waiting.len();
        if lost > 0 {
            tracing::error!(lost, "refusals could not be logged before the end");
        }
    }

    /// Fills the batch: up to its size, or as far as it came in its time. Nothing is lost when this is dropped.
    async fn gather(&mut self, batch: &mut Vec<Entry>) {
        if batch.is_empty() {
            match self.waiting.recv().await {
                Some(entry) => batch.push(entry),
                None => return std::future::pending().await,
            }
        }
        let until = Instant::now() + BATCH_WITHIN;
        while batch.len() < BATCH {
            match tokio::time::timeout_at(until, self.waiting.recv()).await {
                Ok(Some(entry)) => batch.push(entry),
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Whether the batch is done with: written, or refused for good.
    async fn write(&self, database: &Database, batch: &mut Vec<Entry>) -> bool {
        let events = json!({ "events": batch });
        let origin = Origin::default();
        let written = database.call::<u64>("record_refusals", &events, &origin);
        match tokio::time::timeout(WRITE_WITHIN, written).await.unwrap_or(Err(DatabaseError::TimedOut)) {
            Ok(_) => {}
            Err(DatabaseError::Refused(refusal)) if refusal.status < 500 && refusal.status != 429 => {
                tracing::error!(code = refusal.code, lost = batch.len(), "the database refused to log refusals");
            }
            Err(error) => {
                tracing::warn!(%error, "refusals can't be logged; trying again");
                return false;
            }
        }
        batch.clear();
        true
    }
}
