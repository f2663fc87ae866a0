//! Starts the edge, and stops it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use primostore_shared::{Database, Project, Storage};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::edge::{Edge, Inner};
use crate::guard::Guard;
use crate::listener::Ends;
use crate::proxy::Upstream;
use crate::shop::{self, Shop};
use crate::stripe::{self, Stripe};
use crate::{listener, metrics, routes};

/// How long the start waits for the shop's settings: without them requests meet the defaults.
const SETTINGS_WITHIN: Duration = Duration::from_secs(2);

/// Why the edge does not serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port can't be had.
    #[error("the edge can't listen on {address}: {source}; choose another address with {variable}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The environment variable that says it.
        variable: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
    /// No HTTP client could be made.
    #[error("the edge can't speak HTTP: {0}")]
    Client(#[from] reqwest::Error),
    /// Nothing can be passed on there.
    #[error("SUPABASE_URL has no host")]
    NoUpstream,
    /// A part of it ended without being asked to.
    #[error("the edge stopped: {0}")]
    Serve(String),
}

/// An edge that serves. Call [`Running::shut_down`]; a mere drop cuts the requests under way.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    shutdown_timeout: Duration,
    /// The loops: listeners, and what goes on in the background.
    loops: JoinSet<()>,
    /// Connections, and what requests leave to be finished.
    tasks: TaskTracker,
    ends: Ends,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics are served, if anywhere.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Returns when a part of it has ended without being asked to.
    pub async fn failed(&mut self) -> Error {
        match self.loops.join_next().await {
            Some(Err(error)) => Error::Serve(error.to_string()),
            Some(Ok(())) | None => Error::Serve("a part of it has ended".to_owned()),
        }
    }

    /// Takes no more connections, finishes the requests under way as far as the configured time allows, writes what
    /// is still to be logged, and ends.
    pub async fn shut_down(mut self) {
        self.ends.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(self.shutdown_timeout, self.tasks.wait()).await.is_err() {
            tracing::warn!(cut = self.tasks.len(), "some requests did not end in time and are cut");
        }
        // The background's work is done, too: nothing comes that would need it.
        self.ends.cut.cancel();
        while self.loops.join_next().await.is_some() {}
    }
}

/// Starts the edge. It serves whether or not Supabase can be reached.
///
/// # Errors
/// [`Error`].
pub async fn start(config: Config) -> Result<Running, Error> {
    let metrics = metrics::recorder();
    let (listener, address) = listen(config.address, "EDGE_ADDRESS").await?;
    let metrics_listener = match config.metrics_address {
        Some(address) => Some(listen(address, "METRICS_ADDRESS").await?),
        None => None,
    };
    let shutdown_timeout = config.shutdown_timeout;
    let project = Project::new(&config.supabase_url, config.secret_key.clone(), config.upstream_timeout)?;
    let upstream = Upstream::new(&config.supabase_url).ok_or(Error::NoUpstream)?;
    let database = Database::new(project.clone());
    let storage = Storage::new(project.clone());
    let stripe = config.stripe.as_ref().map(|stripe| Stripe::new(stripe, config.upstream_timeout)).transpose()?;
    let (guard, refusals) = Guard::new(&config, &database)?;
    let ends = Ends::default();
    let (tasks, mut loops) = (TaskTracker::new(), JoinSet::new());
    loops.spawn(refusals.run(database.clone(), ends.cut.clone()));

    let (sender, mut shop) = watch::channel(Arc::new(Shop::default()));
    loops.spawn(shop::follow(database.clone(), sender, ends.cut.clone()));
    // Settings that come late are taken over then, and what was not heard is said again.
    let offer = async {
        match stripe {
            Some(_) => stripe::announce(&database).await.is_ok(),
            None => false,
        }
    };
    let (_, heard) = tokio::join!(
        tokio::time::timeout(SETTINGS_WITHIN, shop.changed()),
        tokio::time::timeout(SETTINGS_WITHIN, offer),
    );
    if stripe.is_some() {
        loops.spawn(stripe::keep_announcing(database.clone(), heard.unwrap_or(false), ends.cut.clone()));
    }
    loops.spawn(metrics::keep_up(ends.cut.clone()));

    let edge = Edge::new(Inner {
        config,
        project,
        database,
        storage,
        upstream,
        shop,
        guard,
        stripe,
        tasks: tasks.clone(),
        stop: ends.stop.clone(),
        started: Instant::now(),
    });
    loops.spawn(listener::serve(listener, routes::app(edge), tasks.clone(), ends.clone()));
    let metrics_address = metrics_listener.map(|(listener, address)| {
        loops.spawn(listener::serve(listener, routes::private(metrics), tasks.clone(), ends.clone()));
        address
    });
    Ok(Running { address, metrics_address, shutdown_timeout, loops, tasks, ends })
}

async fn listen(address: SocketAddr, variable: &'static str) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Listen { address, variable, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
