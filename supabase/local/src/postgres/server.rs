//! A running PostgreSQL: started as our child, stopped cleanly, never left behind.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::process::{Child, ChildStdin};

use super::cluster::{Cluster, SUPERUSER};
use super::pid_file::{PidFile, clear_leftover};
use crate::progress::Progress;
use crate::{Error, Result};

/// The database that the project lives in.
const DATABASE: &str = "postgres";

/// How long the server may take to accept connections; recovery after a crash is part of it.
const START_PATIENCE: Duration = Duration::from_secs(180);

/// How long a clean stop may take before the server is stopped hard. It recovers from that on its next start.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// Many parallel requests, each holding a connection of REST, and room for tools beside them.
const MAX_CONNECTIONS: u32 = 200;

/// Runs the server under `sh`, which stops it when our end of a pipe closes. A killed parent leaves no server.
const GUARDIAN: &str = include_str!("guardian.sh");

/// A running server. Dropping it stops the server too, but only [`Server::stop`] waits for that.
#[derive(Debug)]
pub struct Server {
    guardian: Child,
    lifeline: Option<ChildStdin>,
    data_dir: PathBuf,
    log: PathBuf,
    address: PgConnectOptions,
}

impl Server {
    /// Starts the server of a cluster on 127.0.0.1, after stopping one that a killed run left behind. Its log is
    /// `postgres.log` in `log_dir`; the log before is kept beside it.
    ///
    /// # Errors
    /// A sentence saying what to do: the port is taken, or the cluster is broken.
    pub async fn start(
        cluster: &Cluster,
        port: u16,
        password: &str,
        log_dir: &Path,
        progress: &Progress,
    ) -> Result<Self> {
        clear_leftover(&cluster.data_dir, progress).await?;
        crate::ports::require_free(port, crate::ports::Purpose::Database)?;

        let log = log_dir.join("postgres.log");
        let _ = std::fs::rename(&log, log_dir.join("postgres.log.1"));
        let log_file = OpenOptions::new().create(true).append(true).open(&log).map_err(Error::file("create", &log))?;
        progress.say(format!("Starting PostgreSQL {} on port {port}", cluster.binaries.major()));
        let mut guardian = spawn(cluster, port, log_file)?;
        let lifeline = guardian.stdin.take();
        let address = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username(SUPERUSER)
            .password(password)
            .database(DATABASE)
            .ssl_mode(PgSslMode::Disable);
        Ok(Self { guardian, lifeline, data_dir: cluster.data_dir.clone(), log, address })
    }

    /// Waits until the server accepts connections.
    ///
    /// # Errors
    /// What the server's log says, and what to do about it.
    pub async fn wait_until_ready(&mut self, progress: &Progress) -> Result<()> {
        let log = self.log.clone();
        let options = self.address.clone();
        let mut announced = false;
        let began = tokio::time::Instant::now();
        loop {
            let refusal = match options.connect().await {
                Ok(connection) => {
                    // Closing politely is all that can be done with it; a failure to do so changes nothing.
                    let _ = sqlx::Connection::close(connection).await;
                    return Ok(());
                }
                Err(refusal) => refusal,
            };
            if is_wrong_password(&refusal) {
                return Err(Error::message(
                    "the database refuses the password in secrets.json, so the two don't belong together; restore the \
                     file that was there when the database was made, or run `primostore reset` to start over (its data \
                     is lost)",
                ));
            }
            if let Ok(status) = tokio::time::timeout(Duration::from_millis(50), self.guardian.wait()).await {
                return Err(ended(status.ok(), &log));
            }
            if began.elapsed() > START_PATIENCE {
                return Err(Error::message(format!(
                    "PostgreSQL doesn't accept connections after {} seconds ({refusal}); see {}",
                    START_PATIENCE.as_secs(),
                    log.display()
                )));
            }
            if !announced && began.elapsed() > Duration::from_secs(3) {
                announced = true;
                progress.say("Waiting for PostgreSQL to recover its data");
            }
        }
    }

    /// How to connect as the superuser, to the project's database.
    #[must_use]
    pub fn address(&self) -> &PgConnectOptions {
        &self.address
    }

    /// Returns when the server has ended without being asked to, with the reason.
    pub async fn ended(&mut self) -> Error {
        let status = self.guardian.wait().await.ok();
        ended(status, &self.log)
    }

    /// Stops the server cleanly; when that takes too long, hard.
    pub async fn stop(mut self) {
        drop(self.lifeline.take());
        if tokio::time::timeout(STOP_PATIENCE, self.guardian.wait()).await.is_ok() {
            return;
        }
        if let Some(pid_file) = PidFile::read(&self.data_dir) {
            let _ = kill(pid_file.pid(), Signal::SIGQUIT);
        }
        let _ = tokio::time::timeout(STOP_PATIENCE, self.guardian.wait()).await;
    }
}

fn spawn(cluster: &Cluster, port: u16, log: File) -> Result<Child> {
    let preload = if cluster.binaries.has_library("pg_stat_statements") { "pg_stat_statements" } else { "" };
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        format!("max_connections={MAX_CONNECTIONS}"),
        format!("shared_preload_libraries={preload}"),
        "wal_level=logical".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
        "logging_collector=off".to_owned(),
        "log_destination=stderr".to_owned(),
    ];
    let program = cluster.binaries.program("postgres");
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", GUARDIAN, "primostore-postgres"]).arg(&program).arg("-D").arg(&cluster.data_dir);
    for setting in settings {
        command.args(["-c", &setting]);
    }
    let errors = log.try_clone().map_err(Error::file("share", "postgres.log"))?;
    let mut command = tokio::process::Command::from(cluster.user.applied_to(command));
    // Its own process group: Ctrl-C is for us to handle, in order.
    command.process_group(0).stdin(Stdio::piped()).stdout(log).stderr(errors);
    command.spawn().map_err(Error::file("run", &program))
}

fn is_wrong_password(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "28P01")
}

/// Why the server isn't there any more, out of its log.
fn ended(status: Option<ExitStatus>, log: &Path) -> Error {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let reason = last_complaint(&text)
        .map_or_else(|| status.map_or_else(|| "it is gone".to_owned(), |status| status.to_string()), ToOwned::to_owned);
    Error::message(format!(
        "PostgreSQL stopped: {reason} (see {}); if its data is broken beyond repair, run `primostore reset` to start \
         over (its data is lost)",
        log.display()
    ))
}

/// The last line of a server log that says why it gave up, or failing that its last line.
fn last_complaint(log: &str) -> Option<&str> {
    let of_level = |level: &&str| {
        let line = log.lines().rev().find(|line| line.contains(level))?;
        line.split_once(level).map(|(_, reason)| reason.trim())
    };
    let last = || log.lines().rev().map(str::trim).find(|line| !line.is_empty());
    ["PANIC:", "FATAL:"].iter().find_map(of_level).or_else(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_tells_why_the_server_gave_up() {
        let log = "2026-11-22 10:00:00 UTC [1] LOG:  starting PostgreSQL\n\
                   2026-11-22 10:00:00 UTC [1] FATAL:  could not open file \"global/pg_filenode.map\"\n\
                   2026-11-22 10:00:00 UTC [1] LOG:  database system is shut down\n";
        assert_eq!(last_complaint(log), Some("could not open file \"global/pg_filenode.map\""));
        let early = "postgres: could not find the database system\nbut could not open file \"global/pg_control\"\n";
        assert_eq!(last_complaint(early), Some("but could not open file \"global/pg_control\""));
        assert_eq!(last_complaint("\n"), None);
    }
}
