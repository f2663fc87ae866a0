//! Ctrl-C and its like: the first asks for an end, the second makes it.

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What a shell expects of a program that a signal ended, less the signal's number.
const ENDED_BY_SIGNAL: i32 = 128;

/// A token that is cancelled by Ctrl-C, by a request to terminate, or when the terminal goes away: then `announce` says
/// so. Another Ctrl-C or request to terminate ends the program at once, whatever it waits for.
pub(crate) fn stop_token(announce: fn()) -> Result<CancellationToken> {
    let token = CancellationToken::new();
    // The terminal's end is no second wish: who ends a session may send it along with the first.
    for (kind, repeats) in
        [(SignalKind::interrupt(), true), (SignalKind::terminate(), true), (SignalKind::hangup(), false)]
    {
        let mut received = signal(kind).context("can't listen for signals")?;
        let token = token.clone();
        tokio::spawn(async move {
            while received.recv().await.is_some() {
                if !token.is_cancelled() {
                    announce();
                    token.cancel();
                } else if repeats {
                    std::process::exit(ENDED_BY_SIGNAL + kind.as_raw_value());
                }
            }
        });
    }
    Ok(token)
}
