//! `admin`: makes a user an admin, in the local shop or any other.

use anyhow::{Result, bail};
use supabase_local::keys::{Keys, random_password};

use crate::directories::Directories;
use crate::settings::RemoteProject;
use crate::supabase::{Outcome, Role, Supabase};

/// In the project that the environment names.
pub(crate) async fn in_project(project: &RemoteProject, email: &str, password: Option<String>) -> Result<()> {
    run(&Supabase::new(project.url.as_str(), &project.secret_key)?, email, password).await
}

/// In the shop that runs on this machine.
pub(crate) async fn in_local_shop(directories: &Directories, email: &str, password: Option<String>) -> Result<()> {
    let (state, info) = directories.running()?;
    let keys = Keys::load_or_generate(state.path(), &info.api_url)?;
    run(&Supabase::new(&info.api_url, keys.secret())?, email, password).await
}

async fn run(supabase: &Supabase, email: &str, password: Option<String>) -> Result<()> {
    if !is_address(email) {
        bail!("`{email}` isn't an e-mail address");
    }
    let generated = match &password {
        None if !supabase.has_user(email).await? => Some(random_password()),
        _ => None,
    };
    let outcome = supabase.ensure_user(email, password.as_deref().or(generated.as_deref()), Role::Admin).await?;
    match outcome {
        Outcome::Created => println!("Created {email}, an admin."),
        Outcome::Existed => println!("{email} is an admin now."),
    }
    if let Some(password) = generated {
        println!("Password: {password}");
    }
    Ok(())
}

/// Enough to catch a slip; Auth decides.
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
}
