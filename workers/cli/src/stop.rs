//! `stop`: ends what `dev` started, wherever that runs.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::directories::Directories;

/// How long a clean stop may take.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) async fn run(directories: &Directories) -> Result<()> {
    // Whoever holds the lock wrote the notice, so its process is ours to stop.
    let (state, info) = directories.running()?;
    let pid = Pid::from_raw(i32::try_from(info.pid).context("the running process can't be told")?);
    kill(pid, Signal::SIGTERM).with_context(|| format!("can't stop the process {pid}"))?;
    let released = async {
        while state.is_locked() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    if tokio::time::timeout(TIMEOUT, released).await.is_err() {
        bail!("the process {pid} doesn't stop; see the logs in {}", state.logs().display());
    }
    println!("Stopped.");
    Ok(())
}
