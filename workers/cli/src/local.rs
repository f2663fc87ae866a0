//! The commands about the shop on this machine.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::directories::Directories;
use crate::environment::Variables;
use crate::options::LocalCommand;
use crate::settings::Settings;
use crate::{admin, dev, reset, seed, status, stop};

pub(crate) async fn run(command: LocalCommand, state_dir: Option<&Path>, variables: &Variables) -> Result<ExitCode> {
    let settings = Settings::parse(|name| variables.get(name).cloned())?;
    let directories = || Directories::choose(state_dir, &settings);
    match command {
        LocalCommand::Dev(options) => return dev::run(&directories()?, &options, &settings, variables).await,
        LocalCommand::Status { output } => status::run(&directories()?, output)?,
        LocalCommand::Admin { email, password } => match &settings.supabase {
            Some(project) => admin::in_project(project, &email, password).await?,
            None => admin::in_local_shop(&directories()?, &email, password).await?,
        },
        LocalCommand::Seed => seed::run(&directories()?).await?,
        LocalCommand::Reset { all } => reset::run(&directories()?, all).await?,
        LocalCommand::Stop => stop::run(&directories()?).await?,
    }
    Ok(ExitCode::SUCCESS)
}
