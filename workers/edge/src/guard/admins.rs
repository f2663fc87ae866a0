//! Who of the signed-in users is an admin, for limits only: rights are the database's affair.
//!
//! The list is read in the background, as the settings are, so that no request waits for it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use primostore_shared::{Database, DatabaseError, Origin};
use serde::Deserialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often the list is read.
const POLL_EVERY: Duration = Duration::from_secs(4);
/// How long a request waits for the first list.
const FIRST_WITHIN: Duration = Duration::from_secs(2);
/// Rows that are read at once: the API gives no more.
const PAGE: usize = 1000;

/// `None` before the list was first read.
type List = Option<Arc<HashSet<Uuid>>>;

pub(super) struct Admins {
    database: Database,
    known: watch::Sender<List>,
}

#[derive(Deserialize)]
struct Profile {
    id: Uuid,
}

impl Admins {
    pub(super) fn new(database: Database) -> Self {
        Self { database, known: watch::Sender::new(None) }
    }

    /// While the database has not answered yet, nobody is an admin.
    pub(super) async fn contains(&self, user: Uuid) -> bool {
        let is_known = |list: &List| list.as_ref().map(|admins| admins.contains(&user));
        if let Some(is_admin) = is_known(&self.known.borrow()) {
            return is_admin;
        }
        let mut list = self.known.subscribe();
        match tokio::time::timeout(FIRST_WITHIN, list.wait_for(Option::is_some)).await {
            Ok(Ok(list)) => is_known(&list).unwrap_or_default(),
            _ => false,
        }
    }

    /// Reads the list again and again until `stop`. What was last known stays while the database can't be reached.
    pub(super) async fn follow(&self, stop: &CancellationToken) {
        let mut failed = false;
        loop {
            match stop.run_until_cancelled(self.read()).await {
                None => return,
                Some(Ok(admins)) => {
                    self.known.send_replace(Some(Arc::new(admins)));
                    failed = false;
                }
                Some(Err(error)) if !failed => {
                    tracing::warn!(%error, "the list of admins can't be read; the last one stays");
                    failed = true;
                }
                // It is told once.
                Some(Err(_)) => {}
            }
            if stop.run_until_cancelled(tokio::time::sleep(POLL_EVERY)).await.is_none() {
                return;
            }
        }
    }

    async fn read(&self) -> Result<HashSet<Uuid>, DatabaseError> {
        let mut admins = HashSet::new();
        let mut after = Uuid::nil();
        loop {
            let path = format!("user_profiles?role=eq.admin&id=gt.{after}&select=id&order=id&limit={PAGE}");
            let page: Vec<Profile> = self.database.select(&path, &Origin::default()).await?;
            admins.extend(page.iter().map(|profile| profile.id));
            match page.last() {
                Some(last) if page.len() == PAGE => after = last.id,
                _ => return Ok(admins),
            }
        }
    }
}
