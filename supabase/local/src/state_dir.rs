//! The folder that holds everything a local project keeps: keys, database, files, mails, logs.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::keys::SECRETS_FILE;
use crate::postgres::Cluster;
use crate::progress::Progress;
use crate::{Error, Result};

/// The folder's usual name, beside the project.
pub const DEFAULT_STATE_DIR: &str = ".primostore";

const LOCK_FILE: &str = "lock";
const RUNNING_FILE: &str = "running.json";

/// What a running local Supabase tells others about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningInfo {
    /// The process that runs it.
    pub pid: u32,
    /// The gateway's address, without a slash at its end.
    pub api_url: String,
    /// The database's address for the role `postgres`, with its password.
    pub db_url: String,
    /// The address of the page that shows the mails, where there is one, without a slash at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_url: Option<String>,
    /// The address of the edge before the gateway, where one runs, without a slash at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge_url: Option<String>,
}

/// A state directory that exists.
#[derive(Clone, Debug)]
pub struct StateDir(PathBuf);

/// Proof that no other process uses the state directory; given back when dropped, or when the process ends.
#[derive(Debug)]
pub struct StateLock {
    _file: File,
}

impl StateDir {
    /// Opens a state directory, creating it when missing.
    ///
    /// # Errors
    /// When it can't be created.
    pub fn create(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(Error::file("create", path))?;
        // Others may pass through: the user that runs PostgreSQL for root must. Every secret is closed by itself.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o711)).map_err(Error::file("protect", path))?;
        Self::open(path)?.ok_or_else(|| Error::message(format!("{} disappeared", path.display())))
    }

    /// Opens a state directory if there is one.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        match std::fs::canonicalize(path) {
            Ok(path) => Ok(Some(Self(path))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", path)(error)),
        }
    }

    /// Its absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where mails go that no server sends.
    #[must_use]
    pub fn mail(&self) -> PathBuf {
        self.0.join("mail")
    }

    /// Where Storage keeps its files.
    #[must_use]
    pub fn storage(&self) -> PathBuf {
        self.0.join("storage")
    }

    /// Where logs are written.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// Takes the directory for this process.
    ///
    /// # Errors
    /// When another process has it: a sentence saying how to stop that.
    pub fn lock(&self) -> Result<StateLock> {
        let path = self.0.join(LOCK_FILE);
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::file("create", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(StateLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::message(format!(
                "PrimoStore is already running from {}; use it, stop it with `primostore stop`, or start another with \
                 --state-dir and other ports",
                self.0.display()
            ))),
            Err(TryLockError::Error(error)) => Err(Error::file("lock", path)(error)),
        }
    }

    /// What runs from this directory now. The lock tells whether it really does: a killed process leaves its notice,
    /// but not its lock.
    ///
    /// # Errors
    /// When the notice can't be read.
    pub fn running(&self) -> Result<Option<RunningInfo>> {
        if self.lock().is_ok() {
            return Ok(None);
        }
        let path = self.0.join(RUNNING_FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .map(Some)
                .map_err(|error| Error::message(format!("{} can't be read: {error}", path.display()))),
            // It is still starting.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", path)(error)),
        }
    }

    /// Whether a process has taken the directory, be it only starting.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.lock().is_err()
    }

    /// Publishes what runs, to this user only.
    pub(crate) fn announce(&self, info: &RunningInfo) -> Result<()> {
        let text = serde_json::to_string_pretty(info).map_err(|error| Error::message(error.to_string()))?;
        self.write_private(RUNNING_FILE, &text)
    }

    /// Takes the notice back.
    pub(crate) fn retract(&self) {
        let _ = std::fs::remove_file(self.0.join(RUNNING_FILE));
    }

    /// Makes a folder in here that only this user can enter.
    pub(crate) fn private_dir(&self, path: PathBuf) -> Result<PathBuf> {
        std::fs::create_dir_all(&path).map_err(Error::file("create", &path))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))
            .map_err(Error::file("protect", &path))?;
        Ok(path)
    }

    /// Writes a file that only this user can read, whole or not at all.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_private(&self, name: &str, text: &str) -> Result<()> {
        let path = self.0.join(name);
        let partial = self.0.join(format!("{name}.new"));
        let write = || -> std::io::Result<()> {
            let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
            file.write_all(text.as_bytes())?;
            std::fs::rename(&partial, &path)
        };
        write().map_err(Error::file("write", &path))
    }

    /// Deletes the data: database, files, mails and logs. The keys stay, so that clients' settings remain right,
    /// unless `with_keys`.
    ///
    /// # Errors
    /// When something can't be deleted.
    pub async fn reset(&self, _lock: &StateLock, with_keys: bool, progress: &Progress) -> Result<()> {
        Cluster::delete(&self.0, progress).await?;
        let entries = std::fs::read_dir(&self.0).map_err(Error::file("read", &self.0))?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            // The lock is ours while this runs; programs that were fetched are no data.
            let stays = name == LOCK_FILE || name == "postgresql" || (name == SECRETS_FILE && !with_keys);
            if !stays {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> Result<()> {
    let removed =
        if path.is_dir() && !path.is_symlink() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file("delete", path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn state() -> (tempfile::TempDir, StateDir) {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::create(&dir.path().join("state")).unwrap();
        (dir, state)
    }

    fn info() -> RunningInfo {
        RunningInfo {
            pid: 4711,
            api_url: "http://127.0.0.1:1".into(),
            db_url: "postgresql://x".into(),
            mail_url: Some("http://127.0.0.1:3".into()),
            edge_url: Some("http://127.0.0.1:2".into()),
        }
    }

    #[test]
    fn only_one_process_uses_a_state_directory() {
        let (_dir, state) = state();
        let lock = state.lock().unwrap();
        let error = state.lock().unwrap_err().to_string();
        assert!(error.contains("primostore stop"), "{error}");
        drop(lock);
        assert!(state.lock().is_ok());
    }

    #[test]
    fn a_killed_run_s_notice_is_not_believed() {
        let (_dir, state) = state();
        state.announce(&info()).unwrap();
        assert_eq!(state.running().unwrap(), None);
        let _lock = state.lock().unwrap();
        assert_eq!(state.running().unwrap(), Some(info()));
        state.retract();
        assert_eq!(state.running().unwrap(), None);
    }

    #[test]
    fn the_notice_is_for_its_owner_only() {
        let (_dir, state) = state();
        state.announce(&info()).unwrap();
        let mode = std::fs::metadata(state.path().join(RUNNING_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_missing_state_directory_is_not_made_by_looking() {
        assert!(StateDir::open(Path::new("/nowhere/.primostore")).unwrap().is_none());
    }
}
