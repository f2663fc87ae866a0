//! Checks that need no database.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::compose;
use crate::report::{Outcome, heading};
use crate::setup::{self, CargoTool};
use crate::shell::{capture, command, root, run, target};
use crate::sql_rules::{self, Rules};

const CARGO_DENY: CargoTool = CargoTool { name: "cargo-deny", program: "cargo-deny", version: "0.20.2", features: &[] };

/// What `cargo deny check advisories` says when RustSec's database can't be had.
const NO_ADVISORIES: [&str; 2] = ["failed to fetch advisory database", "failed to load advisory database"];

/// A gate runs without arguments.
type Gate = fn() -> Result<Outcome>;

/// The gates, cheapest first, each with its name.
pub(crate) const ALL: [(&str, Gate); 7] = [
    ("Rust format", format),
    ("Migrations", migrations),
    ("SQL lint", sql),
    ("SQL lint, self-test", sql_self_test),
    ("Rust lint", clippy),
    ("Dependencies", dependencies),
    ("Advisories", advisories),
];

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

fn migrations() -> Result<Outcome> {
    heading("migrations");
    let result = compose::check(&root());
    if let Err(error) = &result {
        println!("{error:#}");
    }
    Ok(Outcome::gate("Migrations", result.is_ok(), "supabase/migrations is what sql/ composes to")
        .remedy("run `cargo xtask migrations`"))
}

/// The folders of SQL, and the rules each is held to.
const SQL: [(&str, Rules); 4] =
    [("sql", Rules::Database), ("supabase/local/sql", Rules::Text), ("pgtap", Rules::Text), ("xtask", Rules::Text)];

fn sql() -> Result<Outcome> {
    heading("SQL");
    let mut files = 0;
    let mut broken = BTreeSet::new();
    for (folder, rules) in SQL {
        for path in sql_rules::sql_files(&root().join(folder))? {
            let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            for fault in sql_rules::faults(&fs::read_to_string(&path)?, rules) {
                println!("{name}:{fault}");
                broken.insert(name.clone());
            }
            files += 1;
        }
        if root().join(folder).is_dir() {
            for finding in lint(folder, rules)? {
                println!("{}:{}: {}", finding.path, finding.line, finding.message);
                broken.insert(finding.path);
            }
        }
    }
    let failed = broken.len() as u64;
    let note = "files: grammar of SQL and PL/pgSQL, house rules";
    Ok(Outcome::counted("SQL lint", files - failed, failed, note).remedy("see the lines under `SQL` above"))
}

/// What the linter says of one place.
struct Finding {
    path: String,
    line: u64,
    message: String,
}

/// The linter reads a function's SQL body as one statement, and says this of a body of several. PostgreSQL itself
/// checks those bodies when the database is built.
const SEVERAL_STATEMENTS: &str = "No root node found in parse result";

/// PostgreSQL's own parser, and a few rules on types and bare updates, over a file or folder.
fn lint(path: &str, rules: Rules) -> Result<Vec<Finding>> {
    let linter = setup::node_modules()?.join(".bin/postgres-language-server");
    let output = capture(command(linter, ["check", "--error-on-warnings", "--reporter=gitlab"]).arg(path))?;
    let findings: Vec<Value> = serde_json::from_str(&output.stdout)
        .with_context(|| format!("the SQL linter did not answer JSON:\n{}", output.all()))?;
    ensure!(output.status.success() || !findings.is_empty(), "the SQL linter broke:\n{}", output.all());
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut kept = Vec::new();
    for finding in &findings {
        let message = text(finding.get("description"));
        // Other folders copy tables that Supabase made its own way.
        let applies = rules == Rules::Database || text(finding.get("check_name")) == "syntax";
        if applies && message != SEVERAL_STATEMENTS {
            kept.push(Finding {
                path: text(finding.pointer("/location/path")),
                line: finding.pointer("/location/lines/begin").and_then(Value::as_u64).unwrap_or(1),
                message,
            });
        }
    }
    Ok(kept)
}

/// A linter that lets everything through would look like clean SQL.
fn sql_self_test() -> Result<Outcome> {
    let folder = target().join("primostore-test");
    fs::create_dir_all(&folder)?;
    let bad = [
        ("statement", "selec 1;\n"),
        ("body", "create function f() returns void language plpgsql as $$\nbegin\n    if then end if;\nend;\n$$;\n"),
        ("type", "create table t (at timestamp);\n"),
    ];
    let count = bad.len() as u64 + 1;
    let mut failed = 0;
    for (name, text) in bad {
        let path = folder.join(format!("bad_{name}.sql"));
        fs::write(&path, text)?;
        let found_nothing = lint(&path.to_string_lossy(), Rules::Database)?.is_empty();
        if found_nothing {
            println!("the linter finds nothing wrong with: {text}");
        }
        failed += u64::from(found_nothing);
        fs::remove_file(path)?;
    }
    failed += u64::from(sql_rules::faults("SELECT 1;\n", Rules::Text).is_empty());
    Ok(Outcome::counted("SQL lint, self-test", count - failed, failed, "each kind of bad file is refused")
        .remedy("the linter does not work on this machine: see tests/package.json"))
}

fn dependencies() -> Result<Outcome> {
    heading("cargo deny");
    let tool = CARGO_DENY.path()?;
    let good = run(&mut command(tool, ["--log-level", "error", "check", "licenses", "bans", "sources"]))?;
    Ok(Outcome::gate("Dependencies", good, "cargo deny: licences, bans, sources").remedy("see deny.toml"))
}

/// Known weaknesses of the crates used. Where the list of them can't be had, that is said, and nothing is claimed.
fn advisories() -> Result<Outcome> {
    heading("advisories");
    let output = capture(&mut command(CARGO_DENY.path()?, ["check", "advisories"]))?;
    let text = output.all();
    if !output.status.success() && NO_ADVISORIES.iter().any(|phrase| text.contains(phrase)) {
        println!("RustSec's advisory database can't be reached from here: advisories were NOT checked");
        let note = "NOT CHECKED: RustSec's database can't be reached from here";
        return Ok(Outcome::counted("Advisories", 0, 0, note));
    }
    print!("{text}");
    Ok(Outcome::gate("Advisories", output.status.success(), "cargo deny: RustSec")
        .remedy("update the crate, or give the reason in deny.toml"))
}
