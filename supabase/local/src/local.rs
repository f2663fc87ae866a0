//! Starts the local Supabase as a whole, and stops it.

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
use crate::rest::Rest;
use crate::seed::seed;
use crate::state_dir::{RunningInfo, StateDir, StateLock};
use crate::{Error, Result, auth, bootstrap, migrate, storage};

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
    /// The shop's own address: where links in mails lead back to.
    pub site_url: String,
    /// Other addresses that links in mails may lead back to.
    pub redirect_urls: Vec<String>,
    /// The mail server; without one, mails are files in the state directory.
    pub smtp: Option<auth::SmtpConfig>,
    /// Who hears what is going on.
    pub progress: Progress,
}

impl Config {
    /// A whole project, on the ports of `supabase start`.
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
            site_url: "http://127.0.0.1:3000".to_owned(),
            redirect_urls: Vec::new(),
            smtp: None,
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
            (Some(server), Some(gateway)) => tokio::select! {
                error = server.ended() => error,
                ended = gateway => Error::message(format!("the gateway stopped: {ended:?}")),
            },
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

        let cluster =
            Cluster::open_or_create(self.state.path(), config.postgres_bin.as_deref(), &password, progress).await?;
        let server = Server::start(&cluster, config.db_port, &password, &logs, progress).await?;
        let server = self.server.insert(server);
        server.wait_until_ready(progress).await?;
        let superuser = server.address().clone();
        let owner = superuser.clone().username("postgres");

        bootstrap::bootstrap_cluster(&superuser, &password).await?;
        if config.migrate {
            migrate::migrate(&owner, &config.project_dir.join("supabase/migrations"), progress).await?;
        }
        let seeded = config.seed && seed(&owner, &config.project_dir, progress).await?;

        progress.say("Starting REST, Auth and Storage");
        let services = self.start_services(config, &keys, &superuser).await?;
        let app = gateway::router(services, keys.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let stop = self.cancel.clone().cancelled_owned();
        self.gateway = Some(tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(stop).await }));

        let db_url = url_for("postgres", &password, config.db_port);
        let info =
            RunningInfo { pid: std::process::id(), api_url: api_url.clone(), db_url: db_url.clone(), edge_url: None };
        self.state.announce(&info)?;
        Ok(Started { keys, api_url, superuser, owner, db_url, seeded })
    }

    async fn start_services(&mut self, config: &Config, keys: &Keys, superuser: &PgConnectOptions) -> Result<Services> {
        let api_url = keys.api_url().to_owned();
        let admin = self.pool(superuser.clone(), 3);
        let rest_url = url_for("authenticator", keys.database_password(), config.db_port);
        let rest = Rest::start(rest_url, keys.clone(), admin, self.cancel.child_token()).await?;
        let rest = self.rest.insert(rest).router();

        let auth_pool = self.pool(superuser.clone().username("supabase_auth_admin"), SERVICE_POOL);
        let auth_config = auth::Config {
            site_url: config.site_url.clone(),
            api_url: api_url.clone(),
            uri_allow_list: config.redirect_urls.clone(),
            mailer_autoconfirm: true,
            jwt_expiry: 3600,
            smtp: config.smtp.clone(),
            mail_dir: self.state.mail(),
            anonymous_users: false,
            disable_signup: false,
            min_password_length: 6,
        };
        let auth = auth::router(auth::State::new(auth_pool, keys.clone(), auth_config));

        let storage_pool = self.pool(superuser.clone().username("supabase_storage_admin"), SERVICE_POOL);
        let storage_config =
            storage::Config { root: self.state.storage(), api_url, file_size_limit: gateway::STORAGE_FILE_LIMIT };
        let storage = storage::State::new(storage_pool, keys.clone(), storage_config)
            .map_err(|error| Error::message(format!("Storage can't start: {error}")))?;
        Ok(Services { rest, auth, storage: storage::router(storage) })
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
