//! The command line.

#[cfg(feature = "local")]
use std::path::PathBuf;

#[cfg(feature = "local")]
use clap::{Args, ValueEnum};
use clap::{Parser, Subcommand};

/// PrimoStore, whole or in parts. Without a command it starts everything it can (`dev`, or `edge` where that is all).
#[derive(Debug, Parser)]
#[command(name = "primostore", version, args_conflicts_with_subcommands = false)]
pub(crate) struct Options {
    /// Where keys, database and files are kept: another folder is another shop [env: PRIMOSTORE_STATE_DIR] [default:
    /// .primostore beside the project]
    #[cfg(feature = "local")]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,

    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the edge alone, before the Supabase that SUPABASE_URL and SUPABASE_SECRET_KEY name; `.env.example` tells
    /// its other settings.
    Edge,
    #[cfg(feature = "local")]
    #[command(flatten)]
    Local(LocalCommand),
}

#[cfg(feature = "local")]
#[derive(Debug, Subcommand)]
pub(crate) enum LocalCommand {
    /// Start everything on this machine, until Ctrl-C.
    Dev(DevOptions),
    /// Print the addresses and keys of what is running.
    Status {
        /// The form of the output.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Make a user an admin, creating it when needed: in the local shop, or in the project that SUPABASE_URL and
    /// SUPABASE_SECRET_KEY name.
    Admin {
        /// The user's e-mail address.
        email: String,
        /// The password to give the user; a new user gets a generated one otherwise.
        #[arg(long)]
        password: Option<String>,
    },
    /// Fill a shop that was started empty (`dev --no-seed`) with the demo shop.
    Seed,
    /// Delete the local shop's data; the next start begins anew. The keys stay.
    Reset {
        /// Delete the keys as well.
        #[arg(long)]
        all: bool,
    },
    /// Stop what `dev` started.
    Stop,
}

impl Default for Command {
    #[cfg(feature = "local")]
    fn default() -> Self {
        Self::Local(LocalCommand::Dev(DevOptions::default()))
    }

    #[cfg(not(feature = "local"))]
    fn default() -> Self {
        Self::Edge
    }
}

#[cfg(feature = "local")]
#[derive(Debug, Default, Args)]
pub(crate) struct DevOptions {
    /// The API's port [env: PRIMOSTORE_API_PORT] [default: 54321]
    #[arg(long, value_name = "PORT")]
    pub(crate) api_port: Option<u16>,
    /// The database's port [env: PRIMOSTORE_DB_PORT] [default: 54322]
    #[arg(long, value_name = "PORT")]
    pub(crate) db_port: Option<u16>,
    /// The port of the page that shows the mails [env: PRIMOSTORE_MAIL_PORT] [default: 54324]
    #[arg(long, value_name = "PORT")]
    pub(crate) mail_port: Option<u16>,
    /// The edge's port [env: PRIMOSTORE_EDGE_PORT] [default: 8080]
    #[arg(long, value_name = "PORT", conflicts_with = "no_edge")]
    pub(crate) edge_port: Option<u16>,
    /// Start no edge before the API.
    #[arg(long)]
    pub(crate) no_edge: bool,
    /// Leave an empty shop empty.
    #[arg(long)]
    pub(crate) no_seed: bool,
}

#[cfg(feature = "local")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Human-readable.
    #[default]
    Pretty,
    /// NAME="value" lines, as `supabase status -o env` prints them.
    Env,
    /// One JSON object.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Options::command().debug_assert();
    }

    #[cfg(feature = "local")]
    #[test]
    fn no_command_means_dev() {
        let options = Options::parse_from(["primostore"]);
        assert!(matches!(options.command.unwrap_or_default(), Command::Local(LocalCommand::Dev(_))));
    }
}
