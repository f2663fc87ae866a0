//! Starts the edge, and stops it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use primostore_payments::Payments;
use primostore_payments::stripe::Stripe;
use primostore_shared::{Database, Project, Storage};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

use crate::config::{Config, StripeConfig};
use crate::guard::Guard;
use crate::health::HealthChecks;
use crate::images::Pictures;
use crate::listener::Shutdown;
use crate::payments::link::PaymentLinks;
use crate::payments::stripe::{self, Account, StripePayments};
use crate::places::Places;
use crate::proxy::{Forwarded, Proxy, Upstream, Voucher};
use crate::settings::{self, Settings};
use crate::state::AppState;
use crate::{app, confirmation, listener, metrics};

/// How long the start waits for the settings: without them requests meet the defaults.
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
    /// Nobody could be told where the edge is.
    #[error("EDGE_PUBLIC_URL has no host")]
    NoPublicAddress,
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
    shutdown: Shutdown,
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
        self.shutdown.graceful.cancel();
        self.tasks.close();
        if tokio::time::timeout(self.shutdown_timeout, self.tasks.wait()).await.is_err() {
            tracing::warn!(cut = self.tasks.len(), "some requests did not end in time and are cut");
        }
        // The background's work is done, too: nothing comes that would need it.
        self.shutdown.immediate.cancel();
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
    let account = config.stripe.as_ref().map(|stripe| account(stripe, config.upstream_timeout)).transpose()?;
    let (sender, mut settings) = watch::channel(Arc::new(Settings::default()));
    let (guard, refusals) = Guard::new(&config, &database, settings.clone())?;
    let shutdown = Shutdown::default();
    let (tasks, mut loops) = (TaskTracker::new(), JoinSet::new());
    loops.spawn(refusals.run(database.clone(), shutdown.immediate.clone()));

    loops.spawn(guard.clone().follow_admins(shutdown.immediate.clone()));
    loops.spawn(settings::follow(database.clone(), sender, shutdown.immediate.clone()));
    // Settings that come late are taken over then, and what was not heard is said again.
    let offer = async {
        match account {
            Some(_) => stripe::announce(&database).await.is_ok(),
            None => false,
        }
    };
    let (_, heard) = tokio::join!(
        tokio::time::timeout(SETTINGS_WITHIN, settings.changed()),
        tokio::time::timeout(SETTINGS_WITHIN, offer),
    );
    if account.is_some() {
        loops.spawn(stripe::keep_announcing(database.clone(), heard.unwrap_or(false), shutdown.immediate.clone()));
    }
    loops.spawn(metrics::run_upkeep(shutdown.immediate.clone()));
    tasks.spawn(confirmation::warn(project.clone(), shutdown.graceful.clone()));

    let payments = Payments::new(database.clone());
    let capacity = &config.capacity;
    let behind_proxy = config.client_ip_header.is_some();
    let state = AppState {
        proxy: Proxy {
            upstream,
            forwarded: Forwarded::of(&config.public_url).ok_or(Error::NoPublicAddress)?,
            voucher: if config.auth_ip_forwarding { Voucher::new(&config.secret_key) } else { None },
            websockets: Places::new("WebSockets", capacity.websockets, capacity.websockets_per_address),
            timeout: config.upstream_timeout,
            tasks: tasks.clone(),
            stop: shutdown.graceful.clone(),
        },
        health: HealthChecks { project: project.clone(), started: Instant::now(), gateway: guard.gateway() },
        pictures: Pictures {
            database,
            storage: Storage::new(project),
            public_url: config.public_url.clone(),
            max_request_bytes: config.max_request_bytes,
            uploads: Arc::new(Semaphore::new(capacity.picture_uploads)),
            tasks: tasks.clone(),
        },
        links: PaymentLinks {
            payments: payments.clone(),
            secret: config.payment_link_secret,
            public_url: config.public_url,
        },
        stripe: StripePayments { payments, account },
    };
    let public = listener::Service::new(app::public(state, &guard), capacity, behind_proxy);
    loops.spawn(listener::serve(listener, public, tasks.clone(), shutdown.clone()));
    let metrics_address = metrics_listener.map(|(listener, address)| {
        // Its places are its own: whoever fills the public's hides nothing from the operator.
        let private = listener::Service::new(app::private(metrics), capacity, behind_proxy);
        loops.spawn(listener::serve(listener, private, tasks.clone(), shutdown.clone()));
        address
    });
    Ok(Running { address, metrics_address, shutdown_timeout, loops, tasks, shutdown })
}

/// All attempts at one call of Stripe take at most `timeout`.
fn account(config: &StripeConfig, timeout: Duration) -> Result<Account, reqwest::Error> {
    let api = Stripe::new(&config.api_base, config.secret_key.clone(), timeout)?;
    Ok(Account { api, webhook_secret: config.webhook_secret.clone() })
}

async fn listen(address: SocketAddr, variable: &'static str) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Listen { address, variable, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
