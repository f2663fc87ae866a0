//! Checks that need no database.

use std::fs;

use anyhow::Result;

use crate::compose;
use crate::report::{Outcome, heading};
use crate::setup::{self, CargoTool};
use crate::shell::{capture, command, follow, root, run, target};
use crate::sql_rules::{self, Rules};

const CARGO_DENY: CargoTool = CargoTool { name: "cargo-deny", program: "cargo-deny", version: "0.20.2", features: &[] };

/// What `cargo deny check advisories` says when RustSec's database can't be had.
const NO_ADVISORIES: [&str; 2] = ["failed to fetch advisory database", "failed to load advisory database"];

/// Runs all of them.
pub(crate) fn run_all() -> Result<Vec<Outcome>> {
    let mut outcomes = vec![format()?, migrations(), sql()?];
    outcomes.push(sql_self_test()?);
    outcomes.push(clippy()?);
    outcomes.extend(dependencies()?);
    Ok(outcomes)
}

fn format() -> Result<Outcome> {
    heading("cargo fmt");
    let good = run(&mut command("cargo", ["fmt", "--all", "--check"]))?;
    Ok(Outcome::gate("Rust format", good, "cargo fmt --check").remedy("run `cargo fmt`"))
}

fn clippy() -> Result<Outcome> {
    heading("cargo clippy");
    let good =
        run(&mut command("cargo", ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]))?;
    Ok(Outcome::gate("Rust lint", good, "cargo clippy, warnings denied")
        .remedy("see `cargo clippy --workspace --all-targets`"))
}

fn migrations() -> Outcome {
    heading("migrations");
    let result = compose::check(&root());
    if let Err(error) = &result {
        println!("{error:#}");
    }
    Outcome::gate("Migrations", result.is_ok(), "supabase/migrations is what sql/ composes to")
        .remedy("run `cargo xtask migrations`")
}

/// The folders of SQL, and the rules each is held to.
const SQL: [(&str, Rules); 4] =
    [("sql", Rules::Database), ("supabase/local/sql", Rules::Text), ("pgtap", Rules::Text), ("xtask", Rules::Text)];

fn sql() -> Result<Outcome> {
    heading("SQL");
    let mut files = 0;
    let mut broken = 0;
    for (folder, rules) in SQL {
        for path in sql_rules::sql_files(&root().join(folder))? {
            let faults = sql_rules::faults(&fs::read_to_string(&path)?, rules);
            let name = path.strip_prefix(root()).unwrap_or(&path).display();
            for fault in &faults {
                println!("{name}:{fault}");
            }
            files += 1;
            broken += u64::from(!faults.is_empty());
        }
    }
    let folders: Vec<_> = SQL.iter().map(|(folder, _)| *folder).filter(|folder| root().join(folder).is_dir()).collect();
    let parsed = lint(&folders)?;
    print!("{}", parsed.1);
    Ok(Outcome::counted(
        "SQL lint",
        files - broken,
        broken + u64::from(!parsed.0),
        "files: grammar of SQL and PL/pgSQL, house rules",
    )
    .remedy("see the lines under `SQL` above"))
}

/// PostgreSQL's own parser over files or folders: whether it found nothing, and what it wrote.
fn lint(paths: &[&str]) -> Result<(bool, String)> {
    let linter = setup::node_modules()?.join(".bin/postgres-language-server");
    let output = capture(command(linter, ["check", "--error-on-warnings", "--colors=off"]).args(paths))?;
    Ok((output.status.success(), output.all()))
}

/// A linter that lets everything through would look like clean SQL.
fn sql_self_test() -> Result<Outcome> {
    let folder = target().join("primostore-test");
    fs::create_dir_all(&folder)?;
    let mut failed = 0;
    let bad = [
        ("statement", "selec 1;\n"),
        ("body", "create function f() returns void language plpgsql as $$\nbegin\n    if then end if;\nend;\n$$;\n"),
        ("type", "create table t (at timestamp);\n"),
    ];
    let count = bad.len() as u64 + 1;
    for (name, text) in bad {
        let path = folder.join(format!("bad_{name}.sql"));
        fs::write(&path, text)?;
        let found_nothing = lint(&[&path.to_string_lossy()])?.0;
        if found_nothing {
            println!("the linter finds nothing wrong with: {text}");
        }
        failed += u64::from(found_nothing);
        fs::remove_file(path)?;
    }
    let upper = sql_rules::faults("SELECT 1;\n", Rules::Text).is_empty();
    failed += u64::from(upper);
    Ok(Outcome::counted("SQL lint, self-test", count - failed, failed, "each kind of bad file is refused")
        .remedy("the linter does not work on this machine: see tests/package.json"))
}

fn dependencies() -> Result<[Outcome; 2]> {
    heading("cargo deny");
    let tool = CARGO_DENY.path()?;
    let good = run(&mut command(&tool, ["--log-level", "error", "check", "licenses", "bans", "sources"]))?;
    let dependencies =
        Outcome::gate("Dependencies", good, "cargo deny: licences, bans, sources").remedy("see deny.toml");

    heading("advisories");
    let mut text = String::new();
    let good = follow(&mut command(&tool, ["check", "advisories"]), |line| {
        text.push_str(line);
        text.push('\n');
    })?;
    if !good && NO_ADVISORIES.iter().any(|phrase| text.contains(phrase)) {
        println!("RustSec's advisory database can't be reached from here: advisories were NOT checked");
        let note = "NOT CHECKED: RustSec's database can't be reached from here";
        return Ok([dependencies, Outcome::counted("Advisories", 0, 0, note)]);
    }
    print!("{text}");
    let advisories = Outcome::gate("Advisories", good, "cargo deny: RustSec")
        .remedy("update the crate, or give the reason in deny.toml");
    Ok([dependencies, advisories])
}
