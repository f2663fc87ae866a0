//! Settings and blocked addresses, as the database has them: polled, because a change must be seen soon.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use primostore_shared::{Database, Origin, SigningKey};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the database is asked; the contract allows 10 seconds.
const POLL_EVERY: Duration = Duration::from_secs(4);

/// Refused while the settings are not known yet, as by their default.
const BLOCKED_USER_AGENTS: [&str; 3] = ["sqlmap", "nikto", "nmap"];

/// What the database says.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    values: HashMap<String, Value>,
    /// Customers blocked for a time after many refusals; not while limits are off.
    pub(crate) blocked_for_a_time: HashSet<IpNet>,
    /// Customers whom an admin blocked.
    pub(crate) blocked_manually: HashSet<IpNet>,
    /// Names of the functions under `/rest/v1/rpc` that change nothing, though they are called by POST.
    pub(crate) reading_functions: HashSet<String>,
    /// `security.blocked_ips`.
    pub(crate) blocked_networks: Vec<IpNet>,
    /// `security.blocked_user_agents` in lower case.
    pub(crate) blocked_user_agents: Vec<String>,
    /// For the header that tells the database who the client is; none before the database was first reached.
    pub(crate) signing_key: Option<SigningKey>,
    /// How far the database's clock is ahead of ours, in milliseconds.
    ahead: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            values: HashMap::new(),
            blocked_for_a_time: HashSet::new(),
            blocked_manually: HashSet::new(),
            reading_functions: HashSet::new(),
            blocked_networks: Vec::new(),
            blocked_user_agents: BLOCKED_USER_AGENTS.map(ToOwned::to_owned).to_vec(),
            signing_key: None,
            ahead: 0,
        }
    }
}

impl Settings {
    fn new(values: HashMap<String, Value>) -> Self {
        let mut settings = Self { values, ..Self::default() };
        settings.blocked_networks = settings.texts("security.blocked_ips").filter_map(network).collect();
        settings.blocked_user_agents = settings.texts("security.blocked_user_agents").map(str::to_lowercase).collect();
        settings
    }

    /// Settings with these values.
    #[cfg(test)]
    pub(crate) fn of(values: Value) -> Self {
        Self::new(serde_json::from_value(values).unwrap_or_default())
    }

    /// `rate_limits.enabled`: without it nothing is limited, and nobody blocked for a time.
    pub(crate) fn limits_enabled(&self) -> bool {
        self.flag("rate_limits.enabled").unwrap_or(true)
    }

    /// The time since 1970 by the database's clock, never later than that: windows of limits end with the database's.
    pub(crate) fn now(&self) -> Duration {
        let ours = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ahead = Duration::from_millis(self.ahead.unsigned_abs());
        if self.ahead < 0 { ours.saturating_sub(ahead) } else { ours + ahead }
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.as_str()
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        self.values.get(key)?.as_bool()
    }

    pub(crate) fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        self.values.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }
}

#[derive(Deserialize)]
struct Answer {
    settings: HashMap<String, Value>,
    blocked_addresses: Vec<Blocked>,
    #[serde(default)]
    reading_functions: HashSet<String>,
    signing_key: String,
    #[serde(default)]
    now: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Blocked {
    ip: String,
    #[serde(default)]
    source: BlockSource,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum BlockSource {
    #[default]
    Automatic,
    Manual,
}

impl Answer {
    fn blocked(&self, source: BlockSource) -> HashSet<IpNet> {
        let blocked = self.blocked_addresses.iter().filter(|blocked| blocked.source == source);
        blocked.filter_map(|blocked| network(&blocked.ip)).collect()
    }
}

/// Asks the database once.
async fn ask(database: &Database) -> Result<Settings, primostore_shared::DatabaseError> {
    let answer: Answer = database.call("edge_configuration", &serde_json::json!({}), &Origin::default()).await?;
    // The answer took its time, which makes this a little too small: rather late than early in a new window.
    let ahead = answer.now.map_or(0, |now| (now - Utc::now()).num_milliseconds());
    Ok(Settings {
        blocked_for_a_time: answer.blocked(BlockSource::Automatic),
        blocked_manually: answer.blocked(BlockSource::Manual),
        reading_functions: answer.reading_functions,
        signing_key: SigningKey::from_hex(&answer.signing_key),
        ahead,
        ..Settings::new(answer.settings)
    })
}

/// A network as PostgreSQL writes it: a single address stands without its length.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Follows the database until `stop`. What was last known stays while it can't be reached.
pub(crate) async fn follow(database: Database, settings: watch::Sender<Arc<Settings>>, stop: CancellationToken) {
    loop {
        match stop.run_until_cancelled(ask(&database)).await {
            None => return,
            Some(Ok(now)) => {
                settings.send_replace(Arc::new(now));
            }
            Some(Err(error)) => tracing::warn!(%error, "the settings can't be read; the last ones stay"),
        }
        if stop.run_until_cancelled(tokio::time::sleep(POLL_EVERY)).await.is_none() {
            return;
        }
    }
}
