//! Starts the local Supabase as a whole, and stops it.

mod settings;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::gateway::{self, Services};
use crate::keys::Keys;
use crate::ports::{self, DEFAULT_API_PORT, DEFAULT_DB_PORT, Purpose};
use crate::postgres::{Cluster, Server};
use crate::progress::Progress;
use crate::project_config::ProjectConfig;
use crate::rest::Rest;
use crate::seed::seed;
use crate::state_dir::{RunningInfo, StateDir, StateLock};
use crate::{Error, Result, auth, bootstrap, mailbox, migrate, rest, storage};

/// How long open requests may go on when the gateway stops.
const REQUEST_PATIENCE: Duration = Duration::from_secs(5);

/// Connections of each service beside REST.
const SERVICE_POOL: u32 = 10;

/// What to start, and where.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder for keys, database, files, mails and logs.
    pub state_dir: PathBuf,
    /// The folder that has `supabase/migrations` and `supabase/seed.sql`.
    pub project_dir: PathBuf,
    /// The gateway's port on 127.0.0.1.
    pub api_port: u16,
    /// PostgreSQL's port on 127.0.0.1.
    pub db_port: u16,
    /// The folder of PostgreSQL's programs; searched for when not given.
    pub postgres_bin: Option<PathBuf>,
    /// Whether the project's migrations are applied.
    pub migrate: bool,
    /// Whether the project's seed is run in a database that never had it.
    pub seed: bool,
    /// The port on 127.0.0.1 of the page that shows the mails; none where there is to be no such page.
    pub mail_port: Option<u16>,
    /// The project's `config.toml`.
    pub project: ProjectConfig,
    /// The shop's own address, where links in mails lead back to; in place of what `config.toml` says.
    pub site_url: Option<String>,
    /// Patterns of addresses that links in mails may lead back to, besides those of `config.toml`.
    pub redirect_urls: Vec<String>,
    /// The mail server, in place of that of `config.toml`; without one, mails are files in the state directory.
    pub smtp: Option<auth::SmtpConfig>,
    /// What tells Auth the client's address.
    pub proxy: auth::ProxyConfig,
    /// Who hears what is going on.
    pub progress: Progress,
}

impl Config {
    /// A whole project, on the ports of `supabase start`, with the settings that the Supabase CLI has where there is no
    /// `config.toml`.
    #[must_use]
    pub fn new(state_dir: impl Into<PathBuf>, project_dir: impl Into<PathBuf>) -> Self {
        Self {
            state_dir: state_dir.into(),
            project_dir: project_dir.into(),
            api_port: DEFAULT_API_PORT,
            db_port: DEFAULT_DB_PORT,
            postgres_bin: None,
            migrate: true,
            seed: true,
            mail_port: None,
            project: ProjectConfig::default(),
            site_url: None,
            redirect_urls: Vec::new(),
            smtp: None,
            proxy: auth::ProxyConfig::default(),
            progress: Progress::silent(),
        }
    }
}

/// The local Supabase; see [`LocalSupabase::start`].
#[derive(Debug)]
pub struct LocalSupabase;

impl LocalSupabase {
    /// Starts everything, and returns when it serves. `cancel` interrupts the start; what was started by then is
    /// stopped again before this returns.
    ///
    /// # Errors
    /// A sentence saying what to do, or [`Error::Interrupted`].
    pub async fn start(config: Config, cancel: &CancellationToken) -> Result<Running> {
        let state = StateDir::create(&config.state_dir)?;
        let lock = state.lock()?;
        let mut parts = Parts::new(state, lock);
        let outcome = cancel.run_until_cancelled(parts.bring_up(&config)).await;
        match outcome.unwrap_or(Err(Error::Interrupted)) {
            Ok(started) => Ok(Running { parts, started }),
            Err(error) => {
                parts.shut_down().await;
                Err(error)
            }
        }
    }
}

/// What a start gives.
#[derive(Debug)]
struct Started {
    keys: Keys,
    api_url: String,
    superuser: PgConnectOptions,
    owner: PgConnectOptions,
    db_url: String,
    mail_url: Option<String>,
    seeded: bool,
}

/// A local Supabase that serves. Call [`Running::shut_down`]; a mere drop stops PostgreSQL, but waits for nothing.
#[derive(Debug)]
pub struct Running {
    parts: Parts,
    started: Started,
}

impl Running {
    /// The project's keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.started.keys
    }

    /// The gateway's address, without a slash at its end.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.started.api_url
    }

    /// The database's address for the role `postgres`, with its password.
    #[must_use]
    pub fn db_url(&self) -> &str {
        &self.started.db_url
    }

    /// The address of the page that shows the mails, without a slash at its end.
    #[must_use]
    pub fn mail_url(&self) -> Option<&str> {
        self.started.mail_url.as_deref()
    }

    /// How to connect as the role `postgres`, which migrations run as.
    #[must_use]
    pub fn owner(&self) -> &PgConnectOptions {
        &self.started.owner
    }

    /// How to connect as the superuser `supabase_admin`.
    #[must_use]
    pub fn superuser(&self) -> &PgConnectOptions {
        &self.started.superuser
    }

    /// Tells others of the edge that runs before this: its address, without a slash at its end.
    ///
    /// # Errors
    /// When the notice can't be written.
    pub fn announce_edge(&self, url: &str) -> Result<()> {
        self.state().announce(&RunningInfo {
            pid: std::process::id(),
            api_url: self.api_url().to_owned(),
            db_url: self.db_url().to_owned(),
            mail_url: self.started.mail_url.clone(),
            edge_url: Some(url.to_owned()),
        })
    }

    /// The state directory.
    #[must_use]
    pub fn state(&self) -> &StateDir {
        &self.parts.state
    }

    /// Whether this start filled the database from the seed.
    #[must_use]
    pub fn seeded(&self) -> bool {
        self.started.seeded
    }

    /// Returns when a part has ended without being asked to, with the reason.
    pub async fn failed(&mut self) -> Error {
        match (&mut self.parts.server, &mut self.parts.gateway) {
            (Some(server), Some(gateway)) => {
                let mailbox = async {
                    match &mut self.parts.mailbox {
                        Some(mailbox) => mailbox.await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    error = server.ended() => error,
                    ended = gateway => Error::message(format!("the gateway stopped: {ended:?}")),
                    ended = mailbox => Error::message(format!("the page of the mails stopped: {ended:?}")),
                }
            }
            _ => Error::message("the local Supabase isn't running"),
        }
    }

    /// Stops everything in order, and waits for it.
    pub async fn shut_down(self) {
        self.parts.shut_down().await;
    }
}

/// What is running so far: kept apart from the start itself, so that an interrupted one can be undone.
#[derive(Debug)]
struct Parts {
    state: StateDir,
    cancel: CancellationToken,
    server: Option<Server>,
    pools: Vec<PgPool>,
    rest: Option<Rest>,
    mailbox: Option<JoinHandle<std::io::Result<()>>>,
    gateway: Option<JoinHandle<std::io::Result<()>>>,
    _lock: StateLock,
}

impl Parts {
    fn new(state: StateDir, lock: StateLock) -> Self {
        Self {
            state,
            cancel: CancellationToken::new(),
            server: None,
            pools: Vec::new(),
            rest: None,
            mailbox: None,
            gateway: None,
            _lock: lock,
        }
    }

    async fn bring_up(&mut self, config: &Config) -> Result<Started> {
        let progress = &config.progress;
        let api_url = format!("http://127.0.0.1:{}", config.api_port);
        let keys = Keys::load_or_generate(self.state.path(), &api_url)?;
        let password = keys.database_password().to_owned();
        let logs = self.state.private_dir(self.state.logs())?;
        self.state.private_dir(self.state.mail())?;
        self.state.private_dir(self.state.storage())?;

        // Taken first: a taken port should be told at once, not after a minute's work.
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, config.api_port));
        let listener =
            TcpListener::bind(address).await.map_err(|error| ports::taken(config.api_port, Purpose::Api, &error))?;
        let mail_url = match config.mail_port {
            Some(port) => Some(self.open_mailbox(port).await?),
            None => None,
        };

        let cluster =
            Cluster::open_or_create(self.state.path(), config.postgres_bin.as_deref(), &password, progress).await?;
        let server = Server::start(&cluster, config.db_port, &password, &logs, progress).await?;
        let server = self.server.insert(server);
        server.wait_until_ready(progress).await?;
        let superuser = server.address().clone();
        let owner = superuser.clone().username("postgres");

        bootstrap::bootstrap_cluster(&superuser, &password).await?;
        let project = &config.project.file;
        if config.migrate && project.db.migrations.enabled {
            migrate::migrate(&owner, &config.project_dir.join("supabase/migrations"), progress).await?;
        }
        let seeded = config.seed && project.db.seed.enabled && seed(&owner, &config.project_dir, progress).await?;

        storage::make_buckets(&superuser, &project.storage.buckets).await?;
        progress.say("Starting REST, Auth and Storage");
        let services = self.start_services(config, &keys, &superuser).await?;
        let app = gateway::router(services, keys.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let stop = self.cancel.clone().cancelled_owned();
        self.gateway = Some(tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(stop).await }));

        let db_url = url_for("postgres", &password, config.db_port);
        let info = RunningInfo {
            pid: std::process::id(),
            api_url: api_url.clone(),
            db_url: db_url.clone(),
            mail_url: mail_url.clone(),
            edge_url: None,
        };
        self.state.announce(&info)?;
        Ok(Started { keys, api_url, superuser, owner, db_url, mail_url, seeded })
    }

    /// Serves the page that shows the mails; returns its address.
    async fn open_mailbox(&mut self, port: u16) -> Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).await.map_err(|error| ports::taken(port, Purpose::Mail, &error))?;
        let stop = self.cancel.clone().cancelled_owned();
        let app = mailbox::router(self.state.mail());
        self.mailbox = Some(tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(stop).await }));
        Ok(format!("http://127.0.0.1:{port}"))
    }

    async fn start_services(&mut self, config: &Config, keys: &Keys, superuser: &PgConnectOptions) -> Result<Services> {
        let api_url = keys.api_url().to_owned();
        let project = &config.project.file;
        let admin = self.pool(superuser.clone(), 3);
        let rest = if project.api.enabled {
            let database_url = url_for("authenticator", keys.database_password(), config.db_port);
            let settings = rest::Settings { database_url, keys: keys.clone(), api: project.api.clone() };
            let rest = Rest::start(settings, admin, self.cancel.child_token()).await?;
            Some(self.rest.insert(rest).router())
        } else {
            None
        };

        let auth_pool = self.pool(superuser.clone().username("supabase_auth_admin"), SERVICE_POOL);
        let auth = auth::State::new(auth_pool, keys.clone(), settings::auth(config, api_url.clone(), &self.state)?);
        let auth = project.auth.enabled.then(|| auth::router(auth));

        let largest_file = project.storage.file_size_limit;
        let storage_pool = self.pool(superuser.clone().username("supabase_storage_admin"), SERVICE_POOL);
        let storage_config = storage::Config { root: self.state.storage(), api_url, file_size_limit: largest_file };
        let storage = storage::State::new(storage_pool, keys.clone(), storage_config)
            .map_err(|error| Error::message(format!("Storage can't start: {error}")))?;
        let storage = project.storage.enabled.then(|| storage::router(storage));
        Ok(Services { rest, auth, storage, largest_file })
    }

    /// A pool that connects when needed and is closed with the rest.
    fn pool(&mut self, options: PgConnectOptions, size: u32) -> PgPool {
        let pool = PgPoolOptions::new().max_connections(size).connect_lazy_with(options);
        self.pools.push(pool.clone());
        pool
    }

    /// In the reverse order of the start: no new requests, no more work, then the database.
    async fn shut_down(mut self) {
        self.cancel.cancel();
        self.state.retract();
        if let Some(mut gateway) = self.gateway.take()
            && tokio::time::timeout(REQUEST_PATIENCE, &mut gateway).await.is_err()
        {
            gateway.abort();
        }
        if let Some(mut mailbox) = self.mailbox.take()
            && tokio::time::timeout(REQUEST_PATIENCE, &mut mailbox).await.is_err()
        {
            mailbox.abort();
        }
        if let Some(rest) = self.rest.take() {
            rest.stopped().await;
        }
        for pool in self.pools.drain(..) {
            let _ = tokio::time::timeout(REQUEST_PATIENCE, pool.close()).await;
        }
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }
}

/// A connection string for one role. The password is URL-safe.
fn url_for(role: &str, password: &str, port: u16) -> String {
    format!("postgresql://{role}:{password}@127.0.0.1:{port}/postgres")
}
