//! Test runners: cargo's, pg_prove and Node's, with their counts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::database::Server;
use crate::report::{Outcome, heading};
use crate::setup::{self, BIN_DIR_VARIABLE};
use crate::shell::{command, follow, root, run, target};
use crate::sql_rules::sql_files;
use crate::stack::{Door, Stack};

/// Suites that must find the same shop behind the edge.
const THROUGH_THE_EDGE: [&str; 5] = ["auth", "concurrency", "journeys", "storage", "storefront"];

/// How many databases the pgTAP tests are spread over.
const PGTAP_DATABASES: usize = 2;

/// `cargo test` over the workspace.
pub(crate) fn rust(filter: Option<&str>) -> Result<Vec<Outcome>> {
    heading("cargo test");
    // The tests that start the program need a server, and would each fetch one.
    let postgres = setup::postgres()?;
    let mut counts = RustCounts::default();
    // One stream, so that a result follows the name of what was tested.
    let mut shell = command("sh", ["-c", "exec cargo test --workspace --locked --no-fail-fast \"$@\" 2>&1", "sh"]);
    shell.args(filter).env(BIN_DIR_VARIABLE, &postgres.bin);
    let good = follow(&mut shell, |line| {
        counts.read(line);
        if !line.ends_with(" ... ok") && !line.trim().is_empty() {
            println!("{line}");
        }
    })?;
    Ok(counts.outcomes(good))
}

/// Numbers per kind of Rust test.
#[derive(Default)]
struct RustCounts {
    kind: &'static str,
    counts: BTreeMap<&'static str, (u64, u64, u64)>,
}

impl RustCounts {
    const UNIT: &'static str = "Rust unit";
    const WHOLE: &'static str = "Rust end-to-end";
    const EXAMPLES: &'static str = "Rust documentation";

    fn read(&mut self, line: &str) {
        let line = line.trim_start();
        if let Some(what) = line.strip_prefix("Running ") {
            self.kind = if what.starts_with("unittests") { Self::UNIT } else { Self::WHOLE };
        } else if line.starts_with("Doc-tests ") {
            self.kind = Self::EXAMPLES;
        } else if let Some(result) = line.strip_prefix("test result: ") {
            let count = self.counts.entry(self.kind).or_default();
            count.0 += number_before(result, " passed");
            count.1 += number_before(result, " failed");
            count.2 += number_before(result, " ignored");
        }
    }

    fn outcomes(self, good: bool) -> Vec<Outcome> {
        let failed: u64 = self.counts.values().map(|count| count.1).sum();
        let mut outcomes = Vec::new();
        for (kind, (passed, failed, ignored)) in &self.counts {
            if passed + failed + ignored > 0 {
                let note = if *ignored == 0 {
                    "tests: cargo test".to_owned()
                } else {
                    format!("tests: cargo test; {ignored} ignored")
                };
                outcomes.push(
                    Outcome::counted(kind, *passed, *failed, note).remedy("see the lines under `cargo test` above"),
                );
            }
        }
        if outcomes.is_empty() || (!good && failed == 0) {
            outcomes.push(
                Outcome::gate("cargo test", false, "it does not build, or a test program broke")
                    .remedy("run `cargo test --workspace`"),
            );
        }
        outcomes
    }
}

/// pg_prove over `pgtap/`, on clones of the template.
pub(crate) fn pgtap(server: &Server, template: &str, filter: Option<&str>) -> Result<Outcome> {
    heading("pgTAP");
    let folder = root().join("pgtap");
    // What stands outside the domains prepares the database, and stays in it.
    let (helpers, mut files): (Vec<_>, Vec<_>) =
        sql_files(&folder)?.into_iter().partition(|file| file.parent() == Some(&folder));
    files.retain(|file| filter.is_none_or(|part| file.to_string_lossy().contains(part)));
    ensure!(!files.is_empty(), "no file under pgtap/ matches");

    // Tests change the same rows and roll back: in one database they would wait for each other.
    let shares = PGTAP_DATABASES.min(files.len());
    let mut threads = Vec::new();
    for share in 0..shares {
        let database = format!("primostore_pgtap_{share}");
        server.create(&database, template)?;
        server.query_as_superuser(&database, "create extension if not exists pgtap with schema extensions;")?;
        for helper in &helpers {
            server.load(&database, helper)?;
        }
        let part: Vec<_> = files.iter().skip(share).step_by(shares).cloned().collect();
        let server = server.clone();
        threads.push(std::thread::spawn(move || prove(&server, &database, &part)));
    }
    let (mut passed, mut failed, mut good) = (0, 0, true);
    for thread in threads {
        let counts = thread.join().map_err(|_| anyhow::anyhow!("a pgTAP runner broke"))??;
        passed += counts.run.saturating_sub(counts.failed_of_run);
        failed += counts.failed;
        good &= counts.good;
    }
    let note = format!("assertions in {} files", files.len());
    Ok(Outcome::counted("pgTAP", passed, failed, note)
        .verdict(good)
        .remedy("see the lines under `pgTAP` above; one file alone: `cargo xtask test pgtap --only NAME`"))
}

/// pg_prove over `tests/scale/plans`, in one database that holds a shop of real size.
pub(crate) fn plans(server: &Server, database: &str) -> Result<Outcome> {
    heading("what queries read");
    server.query_as_superuser(database, "create extension if not exists pgtap with schema extensions;")?;
    server.load(database, &root().join("pgtap/000_helpers.sql"))?;
    let mut files = sql_files(&root().join("tests/scale/plans"))?;
    files.sort();
    let counts = prove(server, database, &files)?;
    let passed = counts.run.saturating_sub(counts.failed_of_run);
    Ok(Outcome::counted(
        "Plans at scale",
        passed,
        counts.failed,
        "statements at 100,000 products: indexes and rows read",
    )
    .verdict(counts.good)
    .remedy("see the lines under `what queries read` above"))
}

#[derive(Default)]
struct Counts {
    /// All that ran, failed or not.
    run: u64,
    failed_of_run: u64,
    failed: u64,
    good: bool,
}

impl Counts {
    /// Counts one line of what pg_prove prints.
    fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some((_, totals)) = line.strip_prefix("Files=").and_then(|rest| rest.split_once(", Tests=")) {
            self.run += totals.split(',').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        } else if let Some((_, totals)) = line.strip_suffix(')').and_then(|line| line.split_once("(Wstat: ")) {
            // Of the tests that ran in a broken file, those that failed.
            let failed = totals.rsplit_once("Failed: ").and_then(|(_, number)| number.parse::<u64>().ok());
            self.failed_of_run += failed.unwrap_or(0);
        } else if let Some(rest) = line.strip_prefix("Failed ") {
            // Of the tests planned in a file, those that failed or never ran.
            let number = rest.split_once('/').filter(|(_, rest)| rest.ends_with(" subtests"));
            self.failed += number.and_then(|(number, _)| number.parse::<u64>().ok()).unwrap_or(0);
        } else if line == "No subtests run" || (line.starts_with("All ") && line.ends_with(" subtests passed")) {
            // Said only of a file that is broken all the same.
            self.failed += 1;
        }
    }
}

fn prove(server: &Server, database: &str, files: &[PathBuf]) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut pg_prove = command("sh", ["-c", "exec pg_prove \"$@\" 2>&1", "sh"]);
    pg_prove
        .args(["--failures", "--comments", "--nocolor", "--set", "ON_ERROR_STOP=1", "--psql-bin"])
        .arg(server.postgres.program("psql"))
        .args(["--dbname", &server.url(database)])
        .args(files.iter().map(|file| file.strip_prefix(root()).unwrap_or(file)));
    counts.good = follow(&mut pg_prove, |line| {
        counts.read(line);
        println!("{line}");
    })?;
    Ok(counts)
}

/// `node --test`, a suite for each folder of `tests/`, against a running Supabase known by environment alone.
pub(crate) fn js(stack: &Stack, filter: Option<&str>) -> Result<Vec<Outcome>> {
    setup::node_modules()?;
    let tests = root().join("tests");
    let mut outcomes = Vec::new();
    let suites = js_suites(&tests)?;
    let directly = suites.iter().map(|(suite, files)| (suite.clone(), files, Door::Gateway));
    let through_the_edge = suites
        .iter()
        .filter(|(suite, _)| THROUGH_THE_EDGE.contains(&suite.as_str()))
        .map(|(suite, files)| (format!("{suite} through the edge"), files, Door::Edge));
    for (suite, files, door) in directly.chain(through_the_edge) {
        let files: Vec<_> =
            files.iter().filter(|file| filter.is_none_or(|part| file.to_string_lossy().contains(part))).collect();
        if files.is_empty() {
            continue;
        }
        heading(&format!("supabase-js: {suite}"));
        let report = target().join("primostore-test").join(format!("js_{}.tap", suite.replace(' ', "_")));
        let mut node = command(
            "node",
            ["--test", "--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap"],
        );
        if door == Door::Edge {
            node.args(["--import", "./helpers/without_limits.js"]);
        }
        node.arg(format!("--test-reporter-destination={}", report.display()))
            .args(&files)
            .current_dir(&tests)
            .envs(stack.environment(door)?);
        let good = run(&mut node)?;
        let text = fs::read_to_string(&report).with_context(|| format!("{} can't be read", report.display()))?;
        let failed = tap_total(&text, "fail") + tap_total(&text, "cancelled");
        outcomes.push(
            Outcome::counted(
                &format!("supabase-js: {suite}"),
                tap_total(&text, "pass"),
                failed,
                format!("tests in {} files", files.len()),
            )
            .verdict(good)
            .remedy("see above; one file alone: `cargo xtask test js --only NAME`"),
        );
    }
    ensure!(!outcomes.is_empty(), "no file under tests/ matches");
    Ok(outcomes)
}

/// The `*.test.js` files by the folder of `tests/` they stand in.
fn js_suites(tests: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut suites = BTreeMap::new();
    for entry in fs::read_dir(tests).context("tests/ can't be read")? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "node_modules" {
            let mut files = Vec::new();
            collect_js(&path, &mut files)?;
            files.sort();
            if !files.is_empty() {
                suites.insert(name, files);
            }
        }
    }
    Ok(suites)
}

fn collect_js(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_js(&path, files)?;
        } else if path.to_string_lossy().ends_with(".test.js") {
            files.push(path);
        }
    }
    Ok(())
}

/// `# pass 12` at the end of Node's TAP.
fn tap_total(text: &str, what: &str) -> u64 {
    let label = format!("# {what} ");
    text.lines().rev().find_map(|line| line.strip_prefix(label.as_str())?.trim().parse().ok()).unwrap_or(0)
}

/// The number in front of a word: 3 in `ok. 3 passed; 0 failed`.
fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust_outcomes(text: &str, good: bool) -> Vec<(String, u64, u64)> {
        let mut counts = RustCounts::default();
        for line in text.lines() {
            counts.read(line);
        }
        counts.outcomes(good).into_iter().map(|outcome| (outcome.kind, outcome.passed, outcome.failed)).collect()
    }

    #[test]
    fn rust_tests_are_counted_by_kind() {
        let text = "\
     Running unittests src/lib.rs (target/debug/deps/a-1)
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
     Running tests/process.rs (target/debug/deps/b-1)
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
   Doc-tests a
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        assert_eq!(rust_outcomes(text, false), [("Rust end-to-end".to_owned(), 3, 2), ("Rust unit".to_owned(), 12, 0)]);
    }

    #[test]
    fn a_build_that_breaks_is_a_failure() {
        assert_eq!(rust_outcomes("error: could not compile", false), [("cargo test".to_owned(), 0, 1)]);
    }

    #[test]
    fn the_totals_of_node_are_read_from_the_end_of_its_report() {
        let text = "# Subtest: # pass 99\nok 1 - x\n1..1\n# tests 4\n# pass 3\n# fail 1\n# cancelled 0\n";
        assert_eq!((tap_total(text, "pass"), tap_total(text, "fail")), (3, 1));
    }

    #[test]
    fn planned_tests_that_never_ran_have_failed() {
        let mut counts = Counts::default();
        let text = "a.sql .. \nFailed 1/2 subtests \n\
                    b.sql .. \nDubious, test returned 3 (wstat 768, 0x300)\nFailed 8/9 subtests \n\
                    c.sql .. \nDubious, test returned 3 (wstat 768, 0x300)\nNo subtests run \n\
                    d.sql .. ok\n\
                    a.sql (Wstat: 0 Tests: 2 Failed: 1)\n  Failed test:  2\n\
                    b.sql (Wstat: 768 (exited 3) Tests: 1 Failed: 0)\n\
                    c.sql (Wstat: 768 (exited 3) Tests: 0 Failed: 0)\n\
                    Files=4, Tests=8,  0 wallclock secs ( 0.05 usr)\nResult: FAIL\n";
        for line in text.lines() {
            counts.read(line);
        }
        assert_eq!((counts.run, counts.failed_of_run, counts.failed), (8, 1, 10));
    }
}
