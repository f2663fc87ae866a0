//! Who of the signed-in users is an admin, for limits only: rights are the database's affair.

use std::time::Duration;

use moka::future::Cache;
use primostore_shared::{Database, Origin};
use serde::Deserialize;
use uuid::Uuid;

/// How long an answer is believed.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// How long a request waits for it.
const ASK_WITHIN: Duration = Duration::from_secs(2);
const MOST: u64 = 100_000;

pub(super) struct Admins {
    database: Database,
    known: Cache<Uuid, bool>,
}

#[derive(Deserialize)]
struct Profile {
    role: String,
}

impl Admins {
    pub(super) fn new(database: Database) -> Self {
        Self { database, known: Cache::builder().max_capacity(MOST).time_to_live(KEPT_FOR).build() }
    }

    /// While the database doesn't answer, nobody new is an admin.
    pub(super) async fn contains(&self, user: Uuid) -> bool {
        self.known.get_with(user, self.ask(user)).await
    }

    async fn ask(&self, user: Uuid) -> bool {
        let path = format!("user_profiles?id=eq.{user}&select=role");
        let origin = Origin::default();
        let profiles = self.database.select::<Vec<Profile>>(&path, &origin);
        match tokio::time::timeout(ASK_WITHIN, profiles).await {
            Ok(Ok(profiles)) => profiles.iter().any(|profile| profile.role == "admin"),
            Ok(Err(error)) => {
                tracing::warn!(%error, "nobody knows whether a user is an admin");
                false
            }
            Err(_) => {
                tracing::warn!("nobody knows in time whether a user is an admin");
                false
            }
        }
    }
}
