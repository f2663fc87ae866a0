//! REST: the `postrust-server` crate in this process, configured as a hosted project's PostgREST is.
//!
//! As on a hosted project, migrations configure it through the authenticator's settings
//! (`alter role authenticator set pgrst.db_pre_request = '…'`), and `notify pgrst` makes it read the schema
//! (`reload schema`) or those settings (`reload config`) again.

mod answers;
mod compat;
mod guard;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use postrust_core::AppConfig;
use postrust_core::config::RoleSettings;
use postrust_server::{App, AppState, Host};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::keys::Keys;
use crate::project_config::Api;
use crate::{Error, Result};
use compat::KnownArguments;

/// The channel PostgREST listens on.
const CHANNEL: &str = "pgrst";

/// Connections for requests, about as many as PostgREST has. A crowd is served soonest by few sessions that have their
/// plans: each new one first plans the whole checkout, while the others wait for the processor.
const POOL_SIZE: u32 = 16;

/// Seconds that a request waits for a connection, as long as PostgREST lets it.
const POOL_TIMEOUT: u64 = 10;

/// Pause before another attempt to listen.
const RECONNECT_PAUSE: Duration = Duration::from_secs(1);

/// A running REST API.
#[derive(Debug)]
pub(crate) struct Rest {
    router: watch::Receiver<Router>,
    tasks: TaskTracker,
}

/// What REST starts with.
pub(crate) struct Settings {
    /// Connects as `authenticator`.
    pub(crate) database_url: String,
    pub(crate) keys: Keys,
    /// `[api]` of `config.toml`; the authenticator's own settings go before it.
    pub(crate) api: Api,
}

impl Rest {
    /// Starts REST. `admin` connects as the superuser, to read settings. Reloading ends with `cancel`.
    pub(crate) async fn start(settings: Settings, admin: PgPool, cancel: CancellationToken) -> Result<Self> {
        // Listening begins before the schema is read, so that no change falls in between.
        let listener = listen(&admin).await.map_err(Error::database("listening for schema changes"))?;
        let defaults = KnownArguments::default();
        let app = build(&settings, &admin, &defaults).await?;
        let (sender, router) = watch::channel(app.router);
        let tasks = TaskTracker::new();
        let reloader = Reloader { settings, admin, sender, state: app.state, defaults };
        tasks.spawn(async move { cancel.run_until_cancelled(reloader.run(listener)).await });
        tasks.close();
        Ok(Self { router, tasks })
    }

    /// The router as of now; it changes when the configuration does.
    pub(crate) fn router(&self) -> watch::Receiver<Router> {
        self.router.clone()
    }

    /// Waits until reloading has ended.
    pub(crate) async fn stopped(self) {
        self.tasks.wait().await;
    }
}

struct Reloader {
    settings: Settings,
    admin: PgPool,
    sender: watch::Sender<Router>,
    state: Arc<AppState>,
    defaults: KnownArguments,
}

impl Reloader {
    async fn run(mut self, first: PgListener) {
        let mut listener = Some(first);
        loop {
            match listener.take() {
                Some(mut current) => {
                    let Ok(notification) = current.recv().await else { continue };
                    listener = Some(current);
                    self.reload(notification.payload()).await;
                }
                None => match listen(&self.admin).await {
                    Ok(fresh) => {
                        listener = Some(fresh);
                        // Whatever was told meanwhile went unheard.
                        self.reload("").await;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "REST can't listen for schema changes");
                        tokio::time::sleep(RECONNECT_PAUSE).await;
                    }
                },
            }
        }
    }

    /// `reload schema`, `reload config`, or nothing for both, as PostgREST understands them. What fails leaves the
    /// former state in service.
    async fn reload(&mut self, payload: &str) {
        if payload != "reload schema" {
            match build(&self.settings, &self.admin, &self.defaults).await {
                Ok(app) => {
                    let former = std::mem::replace(&mut self.state, app.state);
                    drop(self.sender.send_replace(app.router));
                    // Requests under way keep their connections; idle ones go.
                    tokio::spawn(async move { former.pool.close().await });
                }
                Err(error) => tracing::error!(%error, "REST keeps its former configuration"),
            }
        } else {
            if let Err(error) = self.state.reload_schema().await {
                tracing::error!(%error, "REST keeps its former schema");
            }
            if let Err(error) = self.defaults.reload(&self.admin, &self.state.config.db_schemas).await {
                tracing::error!(%error, "REST keeps what it knew of the functions' arguments");
            }
        }
    }
}

async fn listen(admin: &PgPool) -> sqlx::Result<PgListener> {
    let mut listener = PgListener::connect_with(admin).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

async fn build(settings: &Settings, admin: &PgPool, defaults: &KnownArguments) -> Result<App> {
    let Settings { database_url, keys, api } = settings;
    let mut config = AppConfig::default();
    config.db_uri.clone_from(database_url);
    config.db_anon_role = Some("anon".to_owned());
    // There is no pg_graphql here, so neither is its schema.
    config.db_schemas = api.schemas.iter().filter(|schema| *schema != "graphql_public").cloned().collect();
    config.db_extra_search_path.clone_from(&api.extra_search_path);
    config.db_max_rows = Some(i64::from(api.max_rows));
    config.db_pool_size = POOL_SIZE;
    config.db_pool_timeout = POOL_TIMEOUT;
    config.jwt_secret = Some(keys.jwks_with_legacy_secret().to_string());
    config.compat_mode = true;
    config.openapi_server_proxy_uri = Some(format!("{}/rest/v1", keys.api_url()));
    configure(&mut config, &authenticator_settings(admin).await?);
    config.role_settings = role_settings(admin).await?;
    // The reloader above does this, and ends when told to.
    config.db_channel_enabled = false;
    let schemas = config.db_schemas.clone();
    let mut app = postrust_server::build(config, Host::SERVER)
        .await
        .map_err(|error| Error::message(format!("REST can't start: {error:#}")))?;
    defaults.reload(admin, &schemas).await.map_err(Error::database("reading the functions' arguments"))?;
    app.router = app
        .router
        .layer(from_fn(answers::as_postgrest))
        .layer(from_fn_with_state(defaults.clone(), compat::rewrite))
        .layer(from_fn(guard::require_filter));
    Ok(app)
}

/// Settings of the role `authenticator` that configure REST, without their prefix `pgrst.`.
async fn authenticator_settings(admin: &PgPool) -> Result<HashMap<String, String>> {
    let settings: Vec<String> = sqlx::query_scalar(
        "select setting
         from pg_db_role_setting as stored
         join pg_roles as role on role.oid = stored.setrole
         cross join unnest(stored.setconfig) as setting
         where role.rolname = 'authenticator'
             and stored.setdatabase in (0, (select oid from pg_database where datname = current_database()))
         order by stored.setdatabase",
    )
    .fetch_all(admin)
    .await
    .map_err(Error::database("reading REST's configuration"))?;
    Ok(settings
        .iter()
        .filter_map(|setting| setting.strip_prefix("pgrst.")?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

/// Takes over the settings that this REST knows.
fn configure(config: &mut AppConfig, settings: &HashMap<String, String>) {
    let list = |text: &String| -> Vec<String> {
        text.split(',').map(|item| item.trim().trim_matches('"').to_owned()).filter(|item| !item.is_empty()).collect()
    };
    if let Some(function) = settings.get("db_pre_request").filter(|name| !name.is_empty()) {
        config.db_pre_request = Some(function.clone());
    }
    if let Some(schemas) = settings.get("db_schemas") {
        config.db_schemas = list(schemas);
    }
    if let Some(path) = settings.get("db_extra_search_path") {
        config.db_extra_search_path = list(path);
    }
    if let Some(rows) = settings.get("db_max_rows").and_then(|text| text.parse().ok()) {
        config.db_max_rows = Some(rows);
    }
    if let Some(enabled) = settings.get("db_aggregates_enabled") {
        config.db_aggregates_enabled = matches!(enabled.as_str(), "true" | "on" | "1" | "yes");
    }
}

/// The time-outs of the roles a request may run as. PostgREST applies them to each request, because switching roles
/// alone does not.
async fn role_settings(admin: &PgPool) -> Result<HashMap<String, RoleSettings>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select role.rolname::text, case
                 when value ~ '^[0-9]+$' then value::bigint
                 else (extract(epoch from value::interval) * 1000)::bigint
             end
         from pg_roles as role
         cross join unnest(role.rolconfig) as setting
         cross join substr(setting, length('statement_timeout=') + 1) as value
         where setting like 'statement_timeout=%'
             and pg_has_role('authenticator', role.oid, 'member')",
    )
    .fetch_all(admin)
    .await
    .map_err(Error::database("reading the roles' time-outs"))?;
    Ok(rows
        .into_iter()
        .map(|(role, milliseconds)| {
            let mut settings = RoleSettings::default();
            settings.statement_timeout = u64::try_from(milliseconds).ok();
            (role, settings)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(settings: &[(&str, &str)]) -> AppConfig {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut config = AppConfig::default();
        configure(&mut config, &settings);
        config
    }

    #[test]
    fn a_migration_configures_rest_through_the_authenticator_s_settings() {
        let config = configured(&[
            ("db_pre_request", "private.pre_request"),
            ("db_schemas", "public, \"shop\""),
            ("db_max_rows", "50"),
            ("db_aggregates_enabled", "true"),
        ]);
        assert_eq!(config.db_pre_request.as_deref(), Some("private.pre_request"));
        assert_eq!(config.db_schemas, ["public", "shop"]);
        assert_eq!(config.db_max_rows, Some(50));
        assert!(config.db_aggregates_enabled);
    }

    #[test]
    fn an_emptied_pre_request_calls_nothing() {
        assert_eq!(configured(&[("db_pre_request", "")]).db_pre_request, None);
    }
}
