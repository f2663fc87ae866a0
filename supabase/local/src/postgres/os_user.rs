//! The operating system's user that PostgreSQL runs as: ourselves, or somebody else when we are root.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::{Uid, User};
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// Users that may run the server for root, in this order; the last is created when there is none.
const CANDIDATES: [&str; 2] = ["postgres", "primostore"];

/// Where clusters stand when root's own folders are closed to other users.
const SHARED_HOME: &str = "/var/lib/primostore";

/// Who runs the server. `None` inside means: whoever we are.
#[derive(Clone, Debug)]
pub(super) struct OsUser(Option<User>);

impl OsUser {
    /// Chooses the user. PostgreSQL refuses to run as root, so root uses `postgres` or `primostore`, and creates the
    /// latter when the machine has neither.
    pub(super) fn choose() -> Result<Self> {
        if !Uid::effective().is_root() {
            return Ok(Self(None));
        }
        for name in CANDIDATES {
            if let Some(user) = look_up(name)? {
                return Ok(Self(Some(user)));
            }
        }
        let name = CANDIDATES[1];
        let advice = format!(
            "PostgreSQL refuses to run as root, and this machine has neither user `postgres` nor a way to create one; \
             create it (`useradd --system {name}`), or run this as another user than root"
        );
        let created = Command::new("useradd").args(["--system", "--user-group", "--no-create-home", name]).output();
        if !created.is_ok_and(|output| output.status.success()) {
            return Err(Error::message(advice));
        }
        look_up(name)?.map(|user| Self(Some(user))).ok_or_else(|| Error::message(advice))
    }

    /// Makes a command run as this user.
    pub(super) fn applied_to(&self, mut command: Command) -> Command {
        if let Some(user) = &self.0 {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
            command.env("HOME", "/").env("USER", &user.name).env("LOGNAME", &user.name);
        }
        command.current_dir("/");
        command
    }

    /// Creates a folder that only this user can enter, or corrects an existing one.
    pub(super) fn own_dir(&self, dir: &Path) -> Result<()> {
        use std::os::unix::fs::PermissionsExt as _;

        std::fs::create_dir_all(dir).map_err(Error::file("create", dir))?;
        if let Some(user) = &self.0 {
            std::os::unix::fs::chown(dir, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                .map_err(Error::file("hand over", dir))?;
        }
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(Error::file("protect", dir))
    }

    /// Writes a file that only this user can read, and that is gone when the guard is dropped.
    pub(super) fn own_file(&self, path: &Path, text: &str) -> Result<OwnFile> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;

        let _ = std::fs::remove_file(path);
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(Error::file("create", path))?;
        let guard = OwnFile(path.to_path_buf());
        if let Some(user) = &self.0 {
            std::os::unix::fs::chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                .map_err(Error::file("hand over", path))?;
        }
        file.write_all(text.as_bytes()).map_err(Error::file("write", path))?;
        Ok(guard)
    }

    /// The folder for cluster and programs: the state directory itself, or one under `/var/lib/primostore` when the
    /// user can't reach the state directory (a clone under `/root`).
    pub(super) fn home_for(&self, state_dir: &Path) -> Result<PathBuf> {
        if self.0.is_none() || self.can_enter(state_dir) {
            return Ok(state_dir.to_path_buf());
        }
        let digest = Sha256::digest(state_dir.as_os_str().as_encoded_bytes());
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let home = Path::new(SHARED_HOME).join(name);
        std::fs::create_dir_all(&home).map_err(Error::file("create", &home))?;
        if self.can_enter(&home) {
            return Ok(home);
        }
        Err(Error::message(format!(
            "the user that runs PostgreSQL can enter neither {} nor {}; open one of them with `chmod o+x`, or choose \
             another place with --state-dir",
            state_dir.display(),
            home.display()
        )))
    }

    /// Tried rather than computed from permission bits: only the system knows all that decides it.
    fn can_enter(&self, dir: &Path) -> bool {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"cd "$1""#, "sh"]).arg(dir).stdout(Stdio::null()).stderr(Stdio::null());
        self.applied_to(command).status().is_ok_and(|status| status.success())
    }
}

/// A file that is removed when this is dropped.
pub(super) struct OwnFile(pub(super) PathBuf);

impl Drop for OwnFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn look_up(name: &str) -> Result<Option<User>> {
    User::from_name(name).map_err(|error| Error::message(format!("can't look up the user `{name}`: {error}")))
}
