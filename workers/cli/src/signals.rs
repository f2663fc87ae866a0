//! Ctrl-C and its like, as one token.

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by Ctrl-C, by a request to terminate, or when the terminal goes away.
pub(crate) fn stop_token() -> Result<CancellationToken> {
    let token = CancellationToken::new();
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let mut received = signal(kind).context("can't listen for signals")?;
        let token = token.clone();
        tokio::spawn(async move {
            if received.recv().await.is_some() {
                token.cancel();
            }
        });
    }
    Ok(token)
}
