//! pgbench, and what it prints.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::database::Server;
use crate::scale::DATABASE;
use crate::shell::{command, read, target};

/// Transactions per second. A failed transaction stops pgbench, and this.
pub(super) fn rate(server: &Server, script: &str, seconds: u32, clients: u32) -> Result<f64> {
    let output = run(server, script, &["--client", &clients.to_string(), "--time", &seconds.to_string()])?;
    let rate = output.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.with_context(|| format!("pgbench told no rate:\n{output}"))
}

/// Runs a script a number of times, by one client.
pub(super) fn repeat(server: &Server, script: &str, times: u32) -> Result<()> {
    run(server, script, &["--client", "1", "--transactions", &times.to_string()]).map(drop)
}

fn run(server: &Server, script: &str, arguments: &[&str]) -> Result<String> {
    let file = target().join("primostore-test").join("bench.sql");
    fs::write(&file, script).with_context(|| format!("{} can't be written", file.display()))?;
    let mut pgbench: Command =
        command(server.postgres.program("pgbench"), ["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    if arguments.contains(&"1") {
        pgbench = command(server.postgres.program("pgbench"), ["--no-vacuum", "--protocol=prepared"]);
    }
    let output = read(pgbench.args(arguments).arg("--file").arg(&file).arg(server.url(DATABASE)))?;
    ensure!(!output.contains("aborted"), "a transaction failed under load:\n{output}");
    Ok(output)
}
