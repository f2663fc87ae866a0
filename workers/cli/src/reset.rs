//! `reset`: deletes the local shop's data.

use anyhow::Result;
use supabase_local::progress::Progress;
use supabase_local::state_dir::StateDir;

use crate::directories::Directories;

pub(crate) async fn run(directories: &Directories, all: bool) -> Result<()> {
    let Some(state) = StateDir::open(&directories.state_dir)? else {
        println!("There is nothing to delete: {} doesn't exist.", directories.state_dir.display());
        return Ok(());
    };
    let lock = state.lock()?;
    state.reset(&lock, all, &Progress::new(|line| eprintln!("{line}"))).await?;
    let keys = if all { "and keys" } else { "and kept the keys" };
    println!("Deleted the data {keys} in {}. `cargo run` starts anew.", state.path().display());
    Ok(())
}
