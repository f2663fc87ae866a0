//! Which project and which state directory a command works on.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use supabase_local::state_dir::{DEFAULT_STATE_DIR, RunningInfo, StateDir};

use crate::settings::Settings;

/// The project's folder and the folder of its local state.
#[derive(Debug)]
pub(crate) struct Directories {
    pub(crate) project_dir: PathBuf,
    pub(crate) state_dir: PathBuf,
}

impl Directories {
    /// The project around the working directory, else the one this program was built from.
    pub(crate) fn choose(state_dir: Option<&Path>, settings: &Settings) -> Result<Self> {
        let working_dir = std::env::current_dir().context("can't tell the working directory")?;
        let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let project_dir = working_dir
            .ancestors()
            .find(|dir| is_project(dir))
            .map(Path::to_path_buf)
            .or_else(|| built_from.canonicalize().ok().filter(|dir| is_project(dir)));
        let Some(project_dir) = project_dir else {
            bail!(
                "this isn't a PrimoStore project (there is no supabase/migrations here or above); change to its folder"
            );
        };
        let state_dir = state_dir
            .or(settings.state_dir.as_deref())
            .map_or_else(|| project_dir.join(DEFAULT_STATE_DIR), Path::to_path_buf);
        Ok(Self { project_dir, state_dir })
    }

    /// What runs here now, with its state directory; refused when nothing does.
    pub(crate) fn running(&self) -> Result<(StateDir, RunningInfo)> {
        if let Some(state) = StateDir::open(&self.state_dir)? {
            if let Some(info) = state.running()? {
                return Ok((state, info));
            }
            if state.is_locked() {
                bail!("PrimoStore is starting or stopping; try again in a moment");
            }
        }
        bail!("PrimoStore isn't running from {}; start it with `cargo run`", self.state_dir.display())
    }
}

fn is_project(dir: &Path) -> bool {
    dir.join("supabase/migrations").is_dir()
}
