//! What every request needs of the running edge.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use primostore_shared::client_address::SigningKey;
use primostore_shared::{Database, Origin, Project, Storage};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::guard::Guard;
use crate::proxy::Upstream;
use crate::shop::Shop;
use crate::stripe::Stripe;
use crate::visitor::Visitor;

/// The running edge; cheap to clone, axum's state.
#[derive(Clone)]
pub(crate) struct Edge(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) project: Project,
    pub(crate) database: Database,
    pub(crate) storage: Storage,
    /// Where requests are passed on to.
    pub(crate) upstream: Upstream,
    /// The shop's settings as they are now.
    pub(crate) shop: watch::Receiver<Arc<Shop>>,
    pub(crate) guard: Guard,
    /// Stripe, when it is set up.
    pub(crate) stripe: Option<Stripe>,
    /// What a request leaves to be finished after its answer: a stop waits for it.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the edge stops.
    pub(crate) stop: CancellationToken,
    pub(crate) started: Instant,
}

impl std::ops::Deref for Edge {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Edge {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// How the database learns on whose behalf it is called.
    pub(crate) fn origin(&self, visitor: &Visitor) -> Origin {
        let key: Option<SigningKey> = self.shop.borrow().signing_key.clone();
        Origin {
            request_id: Some(visitor.request_id.clone()),
            client: key.map(|key| key.client_header(visitor.ip, unix_now(), &visitor.request_id)),
            user_agent: visitor.user_agent.clone(),
        }
    }
}

/// Seconds since 1970.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
