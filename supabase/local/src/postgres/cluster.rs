//! The cluster on disk: chosen place, programs that fit it, creation.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::binaries::Binaries;
use super::download::fetched_binaries;
use super::os_user::OsUser;
use super::pid_file::clear_leftover;
use crate::progress::Progress;
use crate::{Error, Result};

/// The superuser that owns the cluster, as on a hosted project.
pub(super) const SUPERUSER: &str = "supabase_admin";

/// Locales to try, best first: not every system has each.
const LOCALES: [&str; 3] = ["C.UTF-8", "en_US.UTF-8", "C"];

/// A cluster that exists on disk, and what is needed to serve it.
#[derive(Debug)]
pub struct Cluster {
    pub(super) data_dir: PathBuf,
    pub(super) binaries: Binaries,
    pub(super) user: OsUser,
}

impl Cluster {
    /// The cluster of a state directory, created when there is none yet. `bin_dir` names PostgreSQL's programs; else
    /// they are searched for, else fetched.
    ///
    /// # Errors
    /// A sentence saying what to do.
    pub async fn open_or_create(
        state_dir: &Path,
        bin_dir: Option<&Path>,
        password: &str,
        progress: &Progress,
    ) -> Result<Self> {
        let user = OsUser::choose()?;
        let home = user.home_for(state_dir)?;
        let data_dir = home.join("db");
        let made_with = existing_major(&data_dir)?;
        let binaries = match Binaries::find(bin_dir, made_with)? {
            Some(found) => found,
            None => fetched_binaries(&home.join("postgresql"), progress).await?,
        };
        if let Some(major) = made_with.filter(|&major| major != binaries.major()) {
            return Err(Error::message(format!(
                "the database in {} was made by PostgreSQL {major}, but only PostgreSQL {} was found; install version \
                 {major}, or run `primostore reset` to start over (its data is lost)",
                data_dir.display(),
                binaries.major()
            )));
        }
        let cluster = Self { data_dir, binaries, user };
        if made_with.is_none() {
            progress.say(format!("Creating a database cluster (PostgreSQL {})", cluster.binaries.major()));
            cluster.create(password).await?;
        }
        Ok(cluster)
    }

    /// Deletes the cluster of a state directory, stopping a server that was left behind in it.
    ///
    /// # Errors
    /// When the server doesn't stop or a file can't be deleted.
    pub async fn delete(state_dir: &Path, progress: &Progress) -> Result<()> {
        let home = OsUser::choose()?.home_for(state_dir)?;
        let data_dir = home.join("db");
        if data_dir.exists() {
            clear_leftover(&data_dir, progress).await?;
            std::fs::remove_dir_all(&data_dir).map_err(Error::file("delete", &data_dir))?;
        }
        if home != state_dir {
            // Goes only when empty: fetched programs may stay in it.
            let _ = std::fs::remove_dir(&home);
        }
        Ok(())
    }

    /// Runs `initdb` beside the final place and moves the result there whole.
    async fn create(&self, password: &str) -> Result<()> {
        let partial = self.data_dir.with_extension("partial");
        let password_file = self.user.own_file(&self.data_dir.with_extension("password"), &format!("{password}\n"))?;
        let mut failure = String::new();
        for locale in LOCALES {
            if partial.exists() {
                std::fs::remove_dir_all(&partial).map_err(Error::file("remove", &partial))?;
            }
            self.user.own_dir(&partial)?;
            match self.initdb(&partial, locale, &password_file.0).await? {
                Ok(()) => {
                    return std::fs::rename(&partial, &self.data_dir).map_err(Error::file("create", &self.data_dir));
                }
                Err(reason) => failure = reason,
            }
        }
        Err(Error::message(format!("PostgreSQL can't create its cluster in {}: {failure}", self.data_dir.display())))
    }

    /// One attempt; the inner error is what `initdb` said.
    async fn initdb(&self, dir: &Path, locale: &str, password_file: &Path) -> Result<std::result::Result<(), String>> {
        let program = self.binaries.program("initdb");
        let mut command = std::process::Command::new(&program);
        command.arg("--pgdata").arg(dir).args([
            "--username",
            SUPERUSER,
            "--encoding=UTF8",
            &format!("--locale={locale}"),
            "--auth-local=reject",
            "--auth-host=scram-sha-256",
            "--no-instructions",
            "--pwfile",
        ]);
        command.arg(password_file);
        let mut command = tokio::process::Command::from(self.user.applied_to(command));
        // Its own process group: Ctrl-C is for us to handle.
        command.process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let output = command.output().await.map_err(Error::file("run", &program))?;
        if output.status.success() {
            return Ok(Ok(()));
        }
        Ok(Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

/// The major version a cluster was made with; `None` when there is no cluster yet.
fn existing_major(data_dir: &Path) -> Result<Option<u32>> {
    if !data_dir.exists() {
        return Ok(None);
    }
    let version = std::fs::read_to_string(data_dir.join("PG_VERSION")).ok();
    match version.and_then(|text| text.trim().parse().ok()) {
        Some(major) => Ok(Some(major)),
        None => Err(Error::message(format!(
            "the database in {} is broken (it has no PG_VERSION); run `primostore reset` to start over (its data is lost)",
            data_dir.display()
        ))),
    }
}
