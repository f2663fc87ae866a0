//! The Supabase that the tests run against: the program a developer starts, on free ports, with a state of its own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::database::Server;
use crate::report::heading;
use crate::setup::{self, BIN_DIR_VARIABLE, Postgres};
use crate::shell::{capture, command, root, run, target};

const START_WITHIN: Duration = Duration::from_secs(300);
const STOP_WITHIN: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// Names a template database that is as a hosted project is before its first migration.
pub(crate) const FRESH: &str = "primostore_fresh";

/// What makes a database such; the roles are the cluster's.
const FRESH_SQL: [&str; 3] = ["database.sql", "auth.sql", "storage.sql"];

/// Which way clients take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// Supabase's own.
    Gateway,
    /// The edge before it.
    Edge,
}

/// How the program is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// As tests are.
    Debug,
    /// As it runs where it matters.
    Release,
}

/// A running local Supabase. Stopped when dropped.
pub(crate) struct Stack {
    /// Held as long as this run uses the folder of the tests.
    _lock: File,
    child: Child,
    status: Value,
    postgres: Postgres,
    build: Build,
}

impl Stack {
    /// Builds and starts it, with nothing left of earlier runs.
    pub(crate) fn start(build: Build) -> Result<Self> {
        heading("local Supabase");
        let postgres = setup::postgres()?;
        let arguments: &[&str] = match build {
            // As `cargo test` builds it: with other features all dependencies would be compiled once more.
            Build::Debug => &["test", "--workspace", "--no-run", "--locked"],
            Build::Release => &["build", "--release", "--package", "primostore", "--locked"],
        };
        ensure!(run(&mut command("cargo", arguments))?, "the workspace does not build: see above");
        let folder = folder();
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        ensure!(lock.try_lock().is_ok(), "another test run is under way in this checkout: wait until it has ended");
        // A run that was killed may have left one.
        capture(&mut primostore(build, "stop", &postgres))?;
        let state = state_dir();
        if state.exists() {
            capture(&mut primostore(build, "reset", &postgres))?;
        }
        let log = folder.join("stack.log");
        println!("starting a Supabase for the tests; log: {}", log.display());
        let output = File::create(&log)?;
        let mut dev = primostore(build, "dev", &postgres);
        for option in ["--api-port", "--db-port", "--edge-port", "--mail-port"] {
            dev.args([option, &free_port()?.to_string()]);
        }
        let child = dev
            // So that tests can say where they come from.
            .env("GOTRUE_SECURITY_SB_FORWARDED_FOR_ENABLED", "true")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .context("primostore can't be started")?;
        let mut stack = Self { _lock: lock, child, status: Value::Null, postgres, build };
        let started = Instant::now();
        loop {
            if let Some(status) = stack.child.try_wait()? {
                bail!("the local Supabase stopped ({status}) while starting:\n{}", fs::read_to_string(&log)?);
            }
            let status = capture(primostore(build, "status", &stack.postgres).args(["--output", "json"]))?;
            if status.status.success() {
                stack.status =
                    serde_json::from_str(&status.stdout).context("`primostore status -o json` is not JSON")?;
                // The edge comes last.
                if stack.value("EDGE_URL").is_ok() {
                    break;
                }
            }
            ensure!(
                started.elapsed() < START_WITHIN,
                "the local Supabase does not start ({}):\n{}",
                status.all().trim(),
                fs::read_to_string(&log)?
            );
            sleep(LOOK_AGAIN);
        }
        println!("it runs at {}, behind {}", stack.value("API_URL")?, stack.value("EDGE_URL")?);
        Ok(stack)
    }

    /// What a client is told of the Supabase it talks to. The addresses of the database and of the mails only help tests: to
    /// make requests meet, to read what was mailed.
    pub(crate) fn environment(&self, door: Door) -> Result<[(&'static str, String); 6]> {
        let address = match door {
            Door::Gateway => "API_URL",
            Door::Edge => "EDGE_URL",
        };
        Ok([
            ("SUPABASE_URL", self.value(address)?),
            ("EDGE_URL", self.value("EDGE_URL")?),
            ("SUPABASE_PUBLISHABLE_KEY", self.value("PUBLISHABLE_KEY")?),
            ("SUPABASE_SECRET_KEY", self.value("SECRET_KEY")?),
            ("SUPABASE_DB_URL", self.value("DB_URL")?),
            ("MAILPIT_URL", self.value("MAILPIT_URL")?),
        ])
    }

    /// Supabase's own address.
    pub(crate) fn api_url(&self) -> Result<String> {
        self.value("API_URL")
    }

    pub(crate) fn publishable_key(&self) -> Result<String> {
        self.value("PUBLISHABLE_KEY")
    }

    pub(crate) fn secret_key(&self) -> Result<String> {
        self.value("SECRET_KEY")
    }

    /// A command of the program that it was started with.
    pub(crate) fn program(&self, name: &str) -> Command {
        command(program(self.build), [name])
    }

    /// What an edge before it is told.
    pub(crate) fn edge_environment(&self) -> Result<[(&'static str, String); 3]> {
        Ok([
            ("SUPABASE_URL", self.api_url()?),
            ("SUPABASE_PUBLISHABLE_KEY", self.publishable_key()?),
            ("SUPABASE_SECRET_KEY", self.secret_key()?),
        ])
    }

    /// Its database server.
    pub(crate) fn server(&self) -> Result<Server> {
        let url = self.value("DB_URL")?;
        let parts = || {
            let (login, place) = url.split_once("://")?.1.split_once('@')?;
            let port = place.split('/').next()?.rsplit_once(':')?.1.parse().ok()?;
            Some((login.split_once(':')?.1.to_owned(), port))
        };
        let (password, port) = parts().context("DB_URL has no password or no port")?;
        Ok(Server { postgres: self.postgres.clone(), port, password })
    }

    /// Makes the template of databases before their first migration.
    pub(crate) fn fresh_database(&self, server: &Server) -> Result<()> {
        server.create(FRESH, "template0")?;
        for file in FRESH_SQL {
            server.load_as_superuser(FRESH, &root().join("supabase/local/sql").join(file))?;
        }
        Ok(())
    }

    /// Stops it as Ctrl-C would; true when it ended by itself, with success.
    pub(crate) fn stop(mut self) -> Result<bool> {
        self.interrupt()
    }

    fn interrupt(&mut self) -> Result<bool> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status.success());
        }
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGINT)?;
        let asked = Instant::now();
        while asked.elapsed() < STOP_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.success());
            }
            sleep(LOOK_AGAIN);
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(false)
    }

    fn value(&self, name: &str) -> Result<String> {
        let value = self.status.get(name).and_then(Value::as_str);
        Ok(value.with_context(|| format!("`primostore status` does not tell {name}"))?.to_owned())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Err(error) = self.interrupt() {
            eprintln!("the local Supabase of the tests could not be stopped: {error:#}");
        }
    }
}

/// Where the tests keep what they make.
pub(crate) fn folder() -> PathBuf {
    target().join("primostore-test")
}

fn state_dir() -> PathBuf {
    folder().join("state")
}

fn program(build: Build) -> PathBuf {
    target().join(match build {
        Build::Debug => "debug/primostore",
        Build::Release => "release/primostore",
    })
}

/// A command of the built program, on the tests' state.
fn primostore(build: Build, name: &str, postgres: &Postgres) -> Command {
    let mut primostore = command(program(build), [name]);
    primostore.arg("--state-dir").arg(state_dir()).env(BIN_DIR_VARIABLE, &postgres.bin);
    primostore
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port is free on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
