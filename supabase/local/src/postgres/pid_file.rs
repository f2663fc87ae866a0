//! A server left behind by a killed parent, and the pid file it holds.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::progress::Progress;
use crate::{Error, Result};

/// How long a left-over server gets to stop by itself, and again after the harder signal.
const PATIENCE: Duration = Duration::from_secs(30);

/// What PostgreSQL writes into `postmaster.pid`, as far as we need it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pid: Pid,
    data_dir: PathBuf,
}

impl PidFile {
    /// The file of a cluster, if there is one that can be read as such.
    pub(super) fn read(data_dir: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(path_in(data_dir)).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid: i32 = lines.next()?.trim().parse().ok()?;
        let data_dir = PathBuf::from(lines.next()?);
        (pid > 1).then(|| Self { pid: Pid::from_raw(pid), data_dir })
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// Whether the process that wrote the file still serves this cluster. A process number may have gone to another
    /// program since, so what the process is has to be looked at too.
    fn is_serving(&self) -> bool {
        if !is_alive(self.pid) {
            return false;
        }
        // A server's working directory is its cluster; where there is no /proc, its arguments name it.
        let working_dir = std::fs::read_link(format!("/proc/{}/cwd", self.pid));
        if let Ok(working_dir) = working_dir {
            return working_dir == std::fs::canonicalize(&self.data_dir).unwrap_or_else(|_| self.data_dir.clone());
        }
        let listed = std::process::Command::new("ps").args(["-o", "command=", "-p", &self.pid.to_string()]).output();
        listed
            .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&self.data_dir.display().to_string()))
    }
}

/// Stops a server that still runs in this cluster though its parent is gone, and removes a pid file nobody holds.
pub(super) async fn clear_leftover(data_dir: &Path, progress: &Progress) -> Result<()> {
    let Some(left) = PidFile::read(data_dir) else { return Ok(()) };
    if !left.is_serving() {
        // PostgreSQL would refuse to start if the number now belongs to another process of the same user.
        let path = path_in(data_dir);
        return std::fs::remove_file(&path).map_err(Error::file("remove", path));
    }
    progress.say("Stopping a PostgreSQL that an earlier run left behind");
    for signal in [Signal::SIGINT, Signal::SIGQUIT] {
        let _ = kill(left.pid, signal);
        if wait_until_gone(left.pid, PATIENCE).await {
            return Ok(());
        }
    }
    Err(Error::message(format!(
        "a PostgreSQL of an earlier run (process {}) doesn't stop; end it with `kill -9 {}` and start again",
        left.pid, left.pid
    )))
}

/// Waits for a process to end; whether it did.
pub(super) async fn wait_until_gone(pid: Pid, patience: Duration) -> bool {
    let gone = async {
        while is_alive(pid) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(patience, gone).await.is_ok()
}

fn is_alive(pid: Pid) -> bool {
    kill(pid, None) != Err(Errno::ESRCH)
}

fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join("postmaster.pid")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_gives_process_and_cluster() {
        let parsed = PidFile::parse("4711\n/srv/db\n1764000000\n54322\n\n127.0.0.1\n").unwrap();
        assert_eq!(parsed, PidFile { pid: Pid::from_raw(4711), data_dir: PathBuf::from("/srv/db") });
    }

    #[test]
    fn a_damaged_pid_file_is_no_pid_file() {
        for text in ["", "\n", "words\n/srv/db\n", "4711", "0\n/srv/db\n", "-1\n/srv/db\n", "1\n/srv/db\n"] {
            assert_eq!(PidFile::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn another_program_with_the_same_number_is_not_taken_for_the_server() {
        let ourselves = PidFile { pid: Pid::this(), data_dir: PathBuf::from("/nowhere/db") };
        assert!(!ourselves.is_serving());
    }

    #[tokio::test]
    async fn a_pid_file_whose_number_went_to_another_program_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = path_in(dir.path());
        std::fs::write(&path, format!("{}\n{}\n", std::process::id(), dir.path().display())).unwrap();
        clear_leftover(dir.path(), &Progress::silent()).await.unwrap();
        assert!(!path.exists());
    }
}
