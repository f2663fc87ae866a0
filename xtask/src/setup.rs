//! Installs what testing needs and the machine does not have.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::Uid;

use crate::shell::{self, capture, command, read, run};

/// The oldest PostgreSQL that PrimoStore runs on.
const OLDEST_POSTGRES: u32 = 15;
const OLDEST_NODE: u32 = 20;
/// Names the folder of PostgreSQL's programs, for the tests and for what they start.
pub(crate) const BIN_DIR_VARIABLE: &str = "PRIMOSTORE_PG_BIN";

/// PostgreSQL's programs, with pgTAP and plpgsql_check for its server.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    /// The folder of `postgres`, `psql` and `pg_dump`.
    pub(crate) bin: PathBuf,
}

impl Postgres {
    /// One of PostgreSQL's programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// Finds PostgreSQL and its test extensions, or installs them with apt.
pub(crate) fn postgres() -> Result<Postgres> {
    let found = match find_postgres()? {
        Some(found) => found,
        None => {
            apt(&["postgresql".to_owned()])?;
            find_postgres()?.context("PostgreSQL was installed but is not found: put its pg_config on the path")?
        }
    };
    let (postgres, major) = found;
    let extensions =
        PathBuf::from(read(&mut command(postgres.program("pg_config"), ["--sharedir"]))?.trim()).join("extension");
    let mut missing = Vec::new();
    for (control, package) in [
        ("pgtap.control", format!("postgresql-{major}-pgtap")),
        ("plpgsql_check.control", format!("postgresql-{major}-plpgsql-check")),
    ] {
        if !extensions.join(control).is_file() {
            missing.push(package);
        }
    }
    if !shell::exists("pg_prove") {
        missing.push("libtap-parser-sourcehandler-pgtap-perl".to_owned());
    }
    if !missing.is_empty() {
        apt(&missing)?;
    }
    Ok(postgres)
}

/// The PostgreSQL that the environment names, else the newest that is installed with its server.
fn find_postgres() -> Result<Option<(Postgres, u32)>> {
    let mut folders = Vec::new();
    if let Some(folder) = std::env::var_os(BIN_DIR_VARIABLE) {
        let bin = PathBuf::from(folder);
        let major = major_of(&bin)?;
        return Ok(Some((Postgres { bin }, major)));
    }
    if shell::exists("pg_config") {
        folders.push(PathBuf::from(read(&mut command("pg_config", ["--bindir"]))?.trim()));
    }
    for parent in ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"] {
        if let Ok(entries) = fs::read_dir(parent) {
            folders.extend(entries.flatten().map(|entry| entry.path().join("bin")));
        }
    }
    let mut newest: Option<(Postgres, u32)> = None;
    for bin in folders {
        if !bin.join("postgres").is_file() || !bin.join("pg_config").is_file() {
            continue;
        }
        let major = major_of(&bin)?;
        if major >= OLDEST_POSTGRES && newest.as_ref().is_none_or(|(_, best)| major > *best) {
            newest = Some((Postgres { bin }, major));
        }
    }
    Ok(newest)
}

fn major_of(bin: &Path) -> Result<u32> {
    let version = read(&mut command(bin.join("pg_config"), ["--version"]))?;
    first_number(&version).with_context(|| format!("{} answers no version", bin.join("pg_config").display()))
}

/// Installs Debian packages.
fn apt(packages: &[String]) -> Result<()> {
    let list = packages.join(" ");
    ensure!(
        shell::exists("apt-get"),
        "testing needs {list} (Debian's names): install them with this machine's package manager and try again"
    );
    println!("installing {list}");
    let mut prefix = vec!["env", "DEBIAN_FRONTEND=noninteractive"];
    if !Uid::effective().is_root() {
        ensure!(shell::exists("sudo"), "testing needs {list}: install them as root and try again");
        prefix.insert(0, "sudo");
    }
    let apt = |arguments: &[&str]| {
        let words = prefix.iter().skip(1).chain(&["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]).chain(arguments);
        run(&mut command(prefix[0], words))
    };
    // An old list may still hold the packages, so a failed update is not the end.
    if !apt(&["update"])? {
        println!("apt-get update failed; trying with the lists that are there");
    }
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    ensure!(
        apt(&[&["install", "-y", "--no-install-recommends"], packages.as_slice()].concat())?,
        "apt-get could not install {list}: see above"
    );
    Ok(())
}

/// The folder with the npm packages, installed as the lock file says.
pub(crate) fn node_modules() -> Result<PathBuf> {
    ensure!(
        shell::exists("node") && shell::exists("npm"),
        "testing needs Node.js {OLDEST_NODE} or newer with npm: install it and try again"
    );
    let version = read(&mut command("node", ["--version"]))?;
    ensure!(
        first_number(&version).is_some_and(|major| major >= OLDEST_NODE),
        "testing needs Node.js {OLDEST_NODE} or newer, not {}: install it and try again",
        version.trim()
    );
    let tests = shell::root().join("tests");
    let folder = tests.join("node_modules");
    let lock = fs::read(tests.join("package-lock.json")).context("tests/package-lock.json can't be read")?;
    let installed = folder.join(".primostore-lock.json");
    if fs::read(&installed).is_ok_and(|old| old == lock) {
        return Ok(folder);
    }
    println!("installing the npm packages of tests/");
    ensure!(
        run(command("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&tests))?,
        "npm could not install the packages of tests/: see above"
    );
    // The lock file may lack this platform's build of a tool; then npm leaves it out without a word.
    let works = ["supabase", "postgres-language-server"].iter().all(|tool| {
        capture(&mut command(folder.join(".bin").join(tool), ["--version"])).is_ok_and(|output| output.status.success())
    });
    if !works {
        println!("installing this platform's builds of the tools");
        ensure!(
            run(command("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"])
                .current_dir(&tests))?,
            "npm could not install this platform's tools: see above"
        );
    }
    fs::write(&installed, lock)?;
    Ok(folder)
}

/// A program built from crates.io, kept under `target/tools`.
pub(crate) struct CargoTool {
    /// The crate.
    pub(crate) name: &'static str,
    /// The program it installs.
    pub(crate) program: &'static str,
    pub(crate) version: &'static str,
    /// What to build of it; all of its defaults when empty.
    pub(crate) features: &'static [&'static str],
}

impl CargoTool {
    /// The path of the program, built when this version is not there yet.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        let folder = shell::target().join("tools");
        let program = folder.join("bin").join(self.program);
        if program.is_file() && self.is_installed(&folder) {
            return Ok(program);
        }
        println!("building {} {} (once, a minute or two)", self.name, self.version);
        let mut build =
            command("cargo", ["install", self.name, "--version", self.version, "--locked", "--debug", "--root"]);
        build.arg(&folder).arg("--target-dir").arg(folder.join("build"));
        if !self.features.is_empty() {
            build.args(["--no-default-features", "--features"]).arg(self.features.join(","));
        }
        build.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        if !run(&mut build)? {
            bail!("{} {} could not be built: see above", self.name, self.version);
        }
        Ok(program)
    }

    fn is_installed(&self, folder: &Path) -> bool {
        fs::read_to_string(folder.join(".crates.toml"))
            .is_ok_and(|list| list.contains(&format!("\"{} {} ", self.name, self.version)))
    }
}

/// `15` in `PostgreSQL 15.18 (Debian ...)` and in `v15.2`.
fn first_number(text: &str) -> Option<u32> {
    let digits: String =
        text.chars().skip_while(|character| !character.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(first_number("PostgreSQL 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(first_number("v20.20.2\n"), Some(20));
        assert_eq!(first_number("none"), None);
    }
}
