//! `primostore`: starts PrimoStore, whole or in parts. What `cargo run` runs.

mod admin;
mod demo;
mod dev;
mod options;
mod place;
mod reset;
mod screen;
mod seed;
mod settings;
mod signals;
mod status;
mod stop;
mod supabase;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use options::{Command, Options};
use place::Place;
use settings::Settings;

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
    let variables = settings::read_environment()?;
    let settings = Settings::parse(|name| variables.get(name).cloned())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let place = || Place::choose(options.state_dir.as_deref(), &settings);
        match options.command.unwrap_or_default() {
            Command::Dev(dev_options) => return dev::run(&place()?, &dev_options, &settings).await,
            Command::Status { output } => status::run(&place()?, output)?,
            Command::Admin { email, password } => match &settings.supabase {
                Some(project) => admin::in_project(project, &email, password).await?,
                None => admin::in_local_shop(&place()?, &email, password).await?,
            },
            Command::Seed => seed::run(&place()?).await?,
            Command::Reset { all } => reset::run(&place()?, all).await?,
            Command::Stop => stop::run(&place()?).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}
