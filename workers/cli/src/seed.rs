//! `seed`: the demo shop, for a shop that was started empty.

use anyhow::{Context as _, Result};
use supabase_local::progress::Progress;
use supabase_local::seed::{SEED_FILE, seed};

use crate::directories::Directories;

pub(crate) async fn run(directories: &Directories) -> Result<()> {
    let (_, info) = directories.running()?;
    let database = info.db_url.parse().context("the running shop's database address can't be read")?;
    let progress = Progress::new(|line| eprintln!("{line}"));
    if seed(&database, &directories.project_dir, &progress).await? {
        println!("The demo shop is there.");
    } else if directories.project_dir.join(SEED_FILE).exists() {
        println!("The demo shop was there already; `primostore reset` starts it anew.");
    } else {
        println!("There is no {SEED_FILE}, so nothing was done.");
    }
    Ok(())
}
