//! `edge`: the edge alone, before the Supabase that the environment names.

use std::process::ExitCode;

use anyhow::Result;
use primostore_edge::{Config, logging};

use crate::environment::Variables;
use crate::signals;

/// Serves until it is told to stop, or a part of it fails.
pub(crate) async fn run(variables: &Variables) -> Result<ExitCode> {
    let variable = |name: &str| variables.get(name).cloned();
    let format = logging::format(variable("LOG_FORMAT").as_deref())?;
    let filter = logging::filter(variable("RUST_LOG").as_deref())?;
    let (config, warnings) = Config::from_variables(variable)?;
    let _log = logging::start(format, filter)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }

    let stop = signals::stop_token(|| tracing::info!("the edge stops; a second signal ends it at once"))?;
    let mut running = primostore_edge::start(config).await?;
    let metrics = running.metrics_address().map(|address| address.to_string());
    tracing::info!(address = %running.address(), metrics, "the edge serves");
    let failed = stop.run_until_cancelled(running.failed()).await;
    running.shut_down().await;
    failed.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
}
