//! The project's own tasks. `cargo xtask help` lists them.

mod bench;
mod checks;
mod compose;
mod database;
mod gates;
mod report;
mod scale;
mod setup;
mod shell;
mod sql_rules;
mod stack;
mod suites;
mod test;
mod types;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Build and test tasks of PrimoStore.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Installs what testing needs, starts a Supabase of its own and runs every test, or the parts named
    Test(test::Options),
    /// Fills a migrated database with a shop of real size: takes minutes
    Generate(scale::Options),
    /// Measures checkout and catalogue under load, as ratios of one run
    Bench(bench::Options),
    /// Composes supabase/migrations from sql/
    Migrations {
        /// Changes nothing; fails when the migrations are not what sql/ says
        #[arg(long)]
        check: bool,
    },
    /// Writes types/database.types.ts, the API as TypeScript sees it
    Types {
        /// Changes nothing; fails when the types are not what the database says
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Test(options) => test::run(&options),
        Task::Generate(options) => scale::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Migrations { check: true } => compose::check(&shell::root()).map(|()| true),
        Task::Migrations { check: false } => compose::write(&shell::root()).map(|()| true),
        Task::Types { check } => types::run(check),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
