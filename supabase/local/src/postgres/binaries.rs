//! Where PostgreSQL's programs are.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, Result};

/// The environment variable that names the folder of `postgres` and `initdb`.
pub const BIN_DIR_VARIABLE: &str = "PRIMOSTORE_PG_BIN";

/// The oldest major version that works.
const OLDEST: u32 = 15;

/// A folder with `postgres` and `initdb`, and their major version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    dir: PathBuf,
    major: u32,
}

impl Binaries {
    /// Looks into one folder.
    ///
    /// # Errors
    /// A sentence saying what is missing.
    pub fn in_dir(dir: &Path) -> Result<Self> {
        for program in ["postgres", "initdb"] {
            if !dir.join(program).is_file() {
                return Err(Error::message(format!("{} has no `{program}`", dir.display())));
            }
        }
        let output = Command::new(dir.join("postgres"))
            .arg("--version")
            .output()
            .map_err(Error::file("run", dir.join("postgres")))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let major = major_version(&text)
            .ok_or_else(|| Error::message(format!("{} answers no version", dir.join("postgres").display())))?;
        Ok(Self { dir: dir.to_path_buf(), major })
    }

    /// Finds PostgreSQL on this machine: the folder given, else `pg_config`'s, else the newest in the usual folders of
    /// Debian, Fedora, Homebrew and Postgres.app. `major` restricts the search to the version a cluster was made with.
    ///
    /// # Errors
    /// When a folder was given and can't be used. Finding nothing is `Ok(None)`.
    pub fn find(given: Option<&Path>, major: Option<u32>) -> Result<Option<Self>> {
        if let Some(dir) = given {
            let found = Self::in_dir(dir).map_err(|error| {
                Error::message(format!(
                    "{BIN_DIR_VARIABLE} must name the folder of PostgreSQL's programs, like \
                     /usr/lib/postgresql/15/bin: {error}"
                ))
            })?;
            if found.major < OLDEST {
                return Err(Error::message(format!(
                    "{BIN_DIR_VARIABLE} names PostgreSQL {}, but {OLDEST} or newer is needed",
                    found.major
                )));
            }
            return Ok(Some(found));
        }
        let suits = |found: &Self| found.major >= OLDEST && major.is_none_or(|wanted| found.major == wanted);
        if let Some(found) = pg_config_dir().and_then(|dir| Self::in_dir(&dir).ok()).filter(suits) {
            return Ok(Some(found));
        }
        let usual = usual_dirs().into_iter().filter_map(|dir| Self::in_dir(&dir).ok());
        Ok(usual.filter(suits).max_by_key(|found| found.major))
    }

    /// The major version, like 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The path of one program.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Whether the server can load this library: some packagings leave the contributed ones out.
    #[must_use]
    pub fn has_library(&self, name: &str) -> bool {
        let Ok(output) = Command::new(self.dir.join("pg_config")).arg("--pkglibdir").output() else {
            return self.dir.join(format!("../lib/{name}.so")).is_file();
        };
        let dir = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        ["so", "dylib"].iter().any(|suffix| dir.join(name).with_extension(suffix).is_file())
    }
}

/// The major version in what `postgres --version` prints, like `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn major_version(text: &str) -> Option<u32> {
    let version = text.split("(PostgreSQL)").nth(1)?.trim_start();
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn pg_config_dir() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let dir = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !dir.is_empty()).then(|| PathBuf::from(dir))
}

/// The folders where packagers put PostgreSQL's programs.
fn usual_dirs() -> Vec<PathBuf> {
    // Parent folder, what an entry's name begins with, and the way from the entry to the programs.
    const PATTERNS: [(&str, &str, &str); 5] = [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ];
    let mut dirs =
        vec![PathBuf::from("/usr/bin"), PathBuf::from("/usr/local/bin"), PathBuf::from("/usr/local/pgsql/bin")];
    for (parent, prefix, rest) in PATTERNS {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        dirs.extend(named.map(|entry| entry.path().join(rest)));
    }
    dirs
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_in_every_packaging() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 17.2\n"), Some(17));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_version("something else"), None);
    }

    #[test]
    fn a_folder_without_postgresql_is_refused_by_the_variable_s_name() {
        let dir = tempfile::tempdir().unwrap();
        let error = Binaries::find(Some(dir.path()), None).unwrap_err().to_string();
        assert!(error.contains(BIN_DIR_VARIABLE), "{error}");
    }
}
