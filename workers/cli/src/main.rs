//! `primostore`: starts PrimoStore, whole or in parts. What `cargo run` runs.

#[cfg(feature = "local")]
mod admin;
#[cfg(feature = "local")]
mod demo;
#[cfg(feature = "local")]
mod dev;
#[cfg(feature = "local")]
mod directories;
mod edge;
mod environment;
#[cfg(feature = "local")]
mod local;
#[cfg(feature = "local")]
mod local_edge;
mod options;
#[cfg(feature = "local")]
mod reset;
#[cfg(feature = "local")]
mod seed;
#[cfg(feature = "local")]
mod settings;
mod signals;
#[cfg(feature = "local")]
mod status;
#[cfg(feature = "local")]
mod stop;
#[cfg(feature = "local")]
mod summary;
#[cfg(feature = "local")]
mod supabase;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use options::{Command, Options};

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<ExitCode> {
    let variables = environment::read()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match options.command.unwrap_or_default() {
            Command::Edge => edge::run(&variables).await,
            #[cfg(feature = "local")]
            Command::Local(command) => local::run(command, options.state_dir.as_deref(), &variables).await,
        }
    })
}
