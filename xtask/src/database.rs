//! Databases of the test server: made from a template, filled, compared, dropped.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::setup::Postgres;
use crate::shell::{command, read, root};

/// The role that migrations run as, here and on a hosted project.
const OWNER: &str = "postgres";
/// The local superuser. Only what a hosted project has done for us beforehand is done as this role.
const SUPERUSER: &str = "supabase_admin";

/// The test server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) postgres: Postgres,
    pub(crate) port: u16,
    pub(crate) password: String,
}

impl Server {
    /// Connection URL of a database for its owner.
    pub(crate) fn url(&self, database: &str) -> String {
        self.url_for(OWNER, database)
    }

    fn url_for(&self, role: &str, database: &str) -> String {
        format!("postgresql://{role}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// `psql` that stops at the first error and reads nobody's settings.
    fn psql(&self, url: &str) -> Command {
        command(
            self.postgres.program("psql"),
            ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--dbname", url],
        )
    }

    /// Runs statements as the owner and returns what they print.
    pub(crate) fn query(&self, database: &str, sql: &str) -> Result<String> {
        self.feed(&self.url(database), sql)
    }

    /// Runs statements as the superuser.
    pub(crate) fn query_as_superuser(&self, database: &str, sql: &str) -> Result<String> {
        self.feed(&self.url_for(SUPERUSER, database), sql)
    }

    fn feed(&self, url: &str, sql: &str) -> Result<String> {
        let mut child = self
            .psql(url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("psql can't be started")?;
        let mut stdin = child.stdin.take().context("psql has no input")?;
        let text = sql.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
        let output = child.wait_with_output()?;
        let written = writer.join();
        ensure!(output.status.success(), "psql failed:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
        ensure!(matches!(written, Ok(Ok(()))), "psql did not read all of its input");
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs a file as the owner.
    pub(crate) fn load(&self, database: &str, file: &Path) -> Result<()> {
        read(&mut self.file(&self.url(database), file)).map(drop)
    }

    /// Runs a file as the superuser, in one transaction.
    pub(crate) fn load_as_superuser(&self, database: &str, file: &Path) -> Result<()> {
        read(self.file(&self.url_for(SUPERUSER, database), file).arg("--single-transaction")).map(drop)
    }

    fn file(&self, url: &str, file: &Path) -> Command {
        let mut psql = self.psql(url);
        psql.arg("--file").arg(file).env("PGOPTIONS", "-c client_min_messages=warning");
        psql
    }

    /// Makes a database from another that nobody is connected to; one of that name is dropped first.
    pub(crate) fn create(&self, database: &str, template: &str) -> Result<()> {
        self.query_as_superuser(
            "template1",
            &format!(
                "drop database if exists {database} with (force);\n\
                 create database {database} template {template} owner {OWNER};\n"
            ),
        )?;
        // What `alter database` sets is not copied with a template.
        let settings = self.query_as_superuser(
            "template1",
            &format!(
                "select format('alter database {database} set %s = %s;', split_part(setting, '=', 1), \
                     case when setting like 'search_path=%' then substr(setting, 13) \
                     else quote_literal(substr(setting, strpos(setting, '=') + 1)) end) \
                 from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) setting \
                 where d.datname = '{template}' and s.setrole = 0;\n"
            ),
        )?;
        if !settings.trim().is_empty() {
            self.query_as_superuser("template1", &settings)?;
        }
        Ok(())
    }

    /// The definition of all that a database holds but the migration history.
    pub(crate) fn schema(&self, database: &str) -> Result<String> {
        let text = read(&mut command(
            self.postgres.program("pg_dump"),
            ["--schema-only", "--exclude-schema=supabase_migrations", "--dbname", &self.url_for(SUPERUSER, database)],
        ))?;
        // pg_dump marks its output with a random word against injection.
        let lines = text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    /// The rows of all tables of `public` and `private`, one a line, sorted; without what is different in every
    /// database: generated ids, times and secrets.
    pub(crate) fn rows(&self, database: &str) -> Result<String> {
        self.query(database, include_str!("rows.sql"))
    }
}

/// Lines of two texts that are in one of them only, at most 40.
pub(crate) fn difference(name_a: &str, a: &str, name_b: &str, b: &str) -> Result<Option<String>> {
    if a == b {
        return Ok(None);
    }
    let folder = crate::shell::target().join("primostore-test");
    std::fs::create_dir_all(&folder)?;
    let files = [folder.join(format!("{name_a}.txt")), folder.join(format!("{name_b}.txt"))];
    std::fs::write(&files[0], a)?;
    std::fs::write(&files[1], b)?;
    let output = crate::shell::capture(command("diff", ["--unified=2"]).args(&files).current_dir(root()))?;
    let lines: Vec<_> = output.stdout.lines().take(40).collect();
    Ok(Some(lines.join("\n")))
}
