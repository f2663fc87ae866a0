//! `cargo xtask test`: everything, or the parts asked for.

use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::report::{Outcome, table};
use crate::stack::{Build, Stack};
use crate::{checks, gates, scale, suites};

#[derive(Args)]
pub(crate) struct Options {
    /// What to run; everything when left out
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Of pgTAP and supabase-js, only files whose path contains this; of Rust, only tests whose name does
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// A part that can be run alone.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Format, lint, migrations up to date, dependencies
    Gates,
    /// cargo test
    Rust,
    /// Migrations against sql/, Supabase's advisors and lint
    Database,
    /// The database's tests
    Pgtap,
    /// What queries read of a shop with 100,000 products, which takes a minute or two to make
    Scale,
    /// Tests over HTTP with supabase-js
    Js,
}

/// Runs the parts and prints the table; false when anything failed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let started = Instant::now();
    let wanted = |part: Part| options.parts.is_empty() || options.parts.contains(&part);
    let only = options.only.as_deref();
    let mut outcomes = Vec::new();
    if wanted(Part::Gates) {
        for (name, gate) in gates::ALL {
            part(&mut outcomes, name, gate().map(|outcome| vec![outcome]));
        }
    }
    if wanted(Part::Rust) {
        part(&mut outcomes, "cargo test", suites::rust(only));
    }
    if [Part::Database, Part::Pgtap, Part::Scale, Part::Js].into_iter().any(wanted) {
        part(&mut outcomes, "Local Supabase", with_stack(&wanted, only));
    }
    let (text, good) = table(&outcomes, started.elapsed());
    println!("\n{}\n{text}", "═".repeat(100));
    Ok(good)
}

fn with_stack(wanted: &dyn Fn(Part) -> bool, only: Option<&str>) -> Result<Vec<Outcome>> {
    let stack = Stack::start(Build::Debug)?;
    let mut outcomes = Vec::new();
    if [Part::Database, Part::Pgtap, Part::Scale].into_iter().any(wanted) {
        let server = stack.server()?;
        let built = stack.fresh_database(&server).and_then(|()| checks::migrate(&server));
        match built {
            Err(error) => part(&mut outcomes, "supabase db push", Err(error)),
            Ok(()) => {
                if wanted(Part::Database) {
                    for (name, check) in checks::ALL {
                        part(&mut outcomes, name, check(&server).map(|outcome| vec![outcome]));
                    }
                }
                if wanted(Part::Pgtap) {
                    part(
                        &mut outcomes,
                        "pgTAP",
                        suites::pgtap(&server, checks::MIGRATED, only).map(|outcome| vec![outcome]),
                    );
                }
                if wanted(Part::Scale) {
                    part(
                        &mut outcomes,
                        "Plans at scale",
                        scale::test(&server, checks::MIGRATED).map(|outcome| vec![outcome]),
                    );
                }
            }
        }
    }
    if wanted(Part::Js) {
        part(&mut outcomes, "supabase-js", suites::js(&stack, only));
    }
    let clean = stack.stop()?;
    outcomes.push(
        Outcome::gate("Local Supabase", clean, "starts, and stops on Ctrl-C")
            .remedy("see target/primostore-test/stack.log"),
    );
    Ok(outcomes)
}

/// Adds a part's outcomes; one that could not run at all has failed, and the others still run.
fn part(outcomes: &mut Vec<Outcome>, name: &str, result: Result<Vec<Outcome>>) {
    match result {
        Ok(more) => outcomes.extend(more),
        Err(error) => {
            println!("{name} could not run: {error:#}");
            outcomes.push(Outcome::gate(name, false, "could not run").remedy("the reason is above"));
        }
    }
}
