//! `dev`: everything on this machine, until it is told to stop.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use supabase_local::progress::Progress;
use supabase_local::project_config::ProjectConfig;
use supabase_local::state_dir::StateDir;
use supabase_local::{Config, Error, LocalSupabase, Running};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::demo::Demo;
use crate::directories::Directories;
use crate::environment::Variables;
use crate::local_edge::LocalEdge;
use crate::options::DevOptions;
use crate::settings::Settings;
use crate::supabase::Supabase;
use crate::{signals, summary};

/// What a shell expects of a program ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// Starts everything, tells how to use it, and stops it on a signal.
pub(crate) async fn run(
    directories: &Directories,
    options: &DevOptions,
    settings: &Settings,
    variables: &Variables,
) -> Result<ExitCode> {
    let stop = signals::stop_token(|| eprintln!("Stopping. Ctrl-C again ends it at once."))?;
    let state = StateDir::create(&directories.state_dir)?;
    log_to_file(&state)?;

    let edge = LocalEdge::choose(&state, options, settings)?;
    let config = config(directories, options, settings, variables)?;
    for notice in config.project.notices() {
        eprintln!("{notice}");
    }
    let mut running = match LocalSupabase::start(config, &stop).await {
        Ok(running) => running,
        Err(Error::Interrupted) => {
            eprintln!("Stopped before it was up.");
            return Ok(ExitCode::from(INTERRUPTED));
        }
        Err(error) => return Err(error.into()),
    };
    let outcome = serve(&mut running, edge.as_ref(), variables, &stop).await;
    running.shut_down().await;
    eprintln!("Stopped. The data stays in {}.", state.path().display());
    outcome.map(|()| ExitCode::SUCCESS)
}

/// From the moment it serves until it is told to stop, or a part of it fails.
async fn serve(
    running: &mut Running,
    edge: Option<&LocalEdge>,
    variables: &Variables,
    stop: &CancellationToken,
) -> Result<()> {
    let Some(edge) = edge else {
        return announce_and_wait(running, None, stop).await;
    };
    eprintln!("Starting the edge");
    let mut edge = edge.start(running, variables).await?;
    let outcome = announce_and_wait(running, Some(&mut edge), stop).await;
    // Before what it stands before: requests under way need that.
    edge.shut_down().await;
    outcome
}

/// Tells how to use what runs, and waits for its end.
async fn announce_and_wait(
    running: &mut Running,
    mut edge: Option<&mut primostore_edge::Running>,
    stop: &CancellationToken,
) -> Result<()> {
    let edge_url = edge.as_ref().map(|edge| format!("http://{}", edge.address()));
    if let Some(url) = &edge_url {
        running.announce_edge(url)?;
    }
    let supabase = Supabase::new(running.api_url(), running.keys().secret())?;
    let Some(demo) = stop.run_until_cancelled(Demo::prepare(running.state(), &supabase)).await else {
        return Ok(());
    };
    let summary = summary::of(running, edge_url.as_deref(), &demo?);
    // A terminal that went away is no reason to fail.
    let _ = writeln!(std::io::stdout().lock(), "{summary}");
    let edge_failed = async {
        match &mut edge {
            Some(edge) => edge.failed().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        error = running.failed() => Err(error.into()),
        error = edge_failed => Err(error.into()),
    }
}

fn config(
    directories: &Directories,
    options: &DevOptions,
    settings: &Settings,
    variables: &Variables,
) -> Result<Config> {
    let project = ProjectConfig::read(&directories.project_dir, &|name| variables.get(name).cloned())?;
    let mut config = Config::new(&directories.state_dir, &directories.project_dir);
    config.api_port = options.api_port.or(settings.api_port).unwrap_or(project.api_port());
    config.db_port = options.db_port.or(settings.db_port).unwrap_or(project.db_port());
    config.mail_port = options.mail_port.or(settings.mail_port).or(project.mail_port());
    config.project = project;
    config.postgres_bin.clone_from(&settings.postgres_bin);
    config.seed = !options.no_seed;
    if let Some(url) = &settings.site_url {
        config.site_url = Some(url.as_str().trim_end_matches('/').to_owned());
    }
    config.redirect_urls.clone_from(&settings.redirect_urls);
    config.smtp.clone_from(&settings.smtp);
    config.proxy.clone_from(&settings.proxy);
    config.progress = Progress::new(|line| eprintln!("{line}"));
    Ok(config)
}

/// Logs go to a file, so that the screen stays readable. `RUST_LOG` says what is logged.
fn log_to_file(state: &StateDir) -> Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(text) if !text.is_empty() => EnvFilter::try_new(&text).with_context(|| {
            format!("RUST_LOG must be a filter like `info` or `supabase_local=debug`, not `{text}`")
        })?,
        // A slow statement is no news on a machine that also compiles.
        _ => EnvFilter::new("info,sqlx::query=error"),
    };
    let logs = state.logs();
    std::fs::create_dir_all(&logs).with_context(|| format!("can't create {}", logs.display()))?;
    let path = logs.join("primostore.log");
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("can't write {}", path.display()))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init()
        .map_err(|error| anyhow::anyhow!("can't start logging: {error}"))
}
