//! `cargo xtask types`: the API as TypeScript sees it, in `types/database.types.ts`.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::checks::{remote, supabase};
use crate::database::{Server, difference};
use crate::report::{Outcome, heading};
use crate::setup;
use crate::shell::{command, read, root, target};
use crate::stack::{Build, Stack};

/// What frontends copy or import.
const FILE: &str = "types/database.types.ts";

const HEADER: &str = "// Made by `cargo xtask types` from the database: change sql/, not this file.\n\n";

/// Writes the file from a database of its own; with `check` only tells whether it is up to date.
pub(crate) fn run(check: bool) -> Result<bool> {
    let stack = Stack::start(Build::Debug)?;
    let outcome = stack.server().and_then(|server| {
        if !check {
            return write(&server, "postgres").map(|()| true);
        }
        let good = current(&server, "postgres")?.is_none();
        if good {
            println!("{FILE} is up to date");
        }
        Ok(good)
    });
    stack.stop()?;
    outcome
}

fn write(server: &Server, database: &str) -> Result<()> {
    let path = root().join(FILE);
    fs::create_dir_all(path.parent().context("the types have no folder")?)?;
    fs::write(&path, generate(server, database)?)?;
    println!("{FILE} written");
    Ok(())
}

/// Fails when the file is not what a database says.
pub(crate) fn check(server: &Server, database: &str) -> Result<Outcome> {
    heading("supabase gen types");
    let good = current(server, database)?.is_none();
    Ok(Outcome::gate("Generated types", good, "types/ is what the database says").remedy("run `cargo xtask types`"))
}

/// Types that know nothing of a change would always look current.
pub(crate) fn self_test(server: &Server, database: &str) -> Result<Outcome> {
    let changes = [
        "create table public.self_test (id integer primary key);\ngrant select on public.self_test to anon;",
        "alter table public.products add column self_test text;",
        "create function public.self_test(argument integer) returns integer language sql set search_path = '' \
         as 'select 1';\ngrant execute on function public.self_test to anon;",
    ];
    let before = generate(server, database)?;
    for change in changes {
        server.query(database, change)?;
    }
    let after = generate(server, database)?;
    let missed = ["self_test: {", "self_test: string | null", "argument: number"]
        .iter()
        .filter(|text| before.contains(**text) || !after.contains(**text))
        .inspect(|text| println!("the types do not show a change made on purpose: {text}"))
        .count() as u64;
    let count = changes.len() as u64;
    Ok(Outcome::counted("Generated types, self-test", count - missed, missed, "each change made on purpose is seen"))
}

/// How the file differs from what the database says; nothing when it is current.
fn current(server: &Server, database: &str) -> Result<Option<String>> {
    let file = fs::read_to_string(root().join(FILE)).unwrap_or_default();
    let lines = difference("types_file", &file, "types_database", &generate(server, database)?)?;
    if let Some(lines) = &lines {
        println!("{FILE} is not what the database says; run `cargo xtask types`:\n{lines}");
    }
    Ok(lines)
}

fn generate(server: &Server, database: &str) -> Result<String> {
    let mut generator = supabase(&["gen", "types", "--lang", "typescript", "--schema", "public"])?;
    // The test server speaks no TLS, and the CLI would say so among the types.
    generator.arg(remote(server, database)).env("PGSSLMODE", "disable");
    let types = read(&mut generator)?;
    ensure!(types.contains("export type Database"), "`supabase gen types` gave no types:\n{types}");

    let folder = target().join("primostore-test");
    fs::create_dir_all(&folder)?;
    let file = folder.join("database.types.ts");
    fs::write(&file, types)?;
    // Without its own list of what to leave alone prettier takes git's, where the folder of the tests stands.
    let options = [
        "--ignore-path=/dev/null",
        "--no-config",
        "--no-editorconfig",
        "--no-semi",
        "--single-quote",
        "--print-width=120",
    ];
    let text = read(command(setup::node_modules()?.join(".bin/prettier"), options).arg(&file))?;
    Ok(format!("{HEADER}{text}"))
}
