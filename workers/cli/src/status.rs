//! `status`: the addresses and keys of what is running, under the names `supabase status` gives them.

use std::io::Write as _;

use anyhow::Result;
use serde_json::{Map, Value};
use supabase_local::keys::Keys;
use supabase_local::state_dir::RunningInfo;

use crate::directories::Directories;
use crate::options::Output;

pub(crate) fn run(directories: &Directories, output: Output) -> Result<()> {
    let (state, info) = directories.running()?;
    let keys = Keys::load_or_generate(state.path(), &info.api_url)?;
    // Whoever reads may stop early: `status | head -1`.
    let _ = writeln!(std::io::stdout().lock(), "{}", render(&values(&info, &keys), output)?);
    Ok(())
}

/// In alphabetical order, as `supabase status` prints them.
fn values(info: &RunningInfo, keys: &Keys) -> Vec<(&'static str, String)> {
    let mut values = vec![
        ("ANON_KEY", keys.anon_key().to_owned()),
        ("API_URL", info.api_url.clone()),
        ("DB_URL", info.db_url.clone()),
        ("JWT_SECRET", keys.jwt_secret().to_owned()),
        ("PUBLISHABLE_KEY", keys.publishable().to_owned()),
        ("REST_URL", format!("{}/rest/v1", info.api_url)),
        ("SECRET_KEY", keys.secret().to_owned()),
        ("SERVICE_ROLE_KEY", keys.service_role_key().to_owned()),
    ];
    // The Supabase CLI has both names for the mails.
    let more = [("EDGE_URL", &info.edge_url), ("INBUCKET_URL", &info.mail_url), ("MAILPIT_URL", &info.mail_url)];
    values.extend(more.into_iter().filter_map(|(name, url)| Some((name, url.clone()?))));
    values.sort_unstable_by_key(|(name, _)| *name);
    values
}

fn render(values: &[(&str, String)], output: Output) -> Result<String> {
    let lines = |line: fn(&str, &str) -> String| -> String {
        values.iter().map(|(name, value)| line(name, value)).collect::<Vec<_>>().join("\n")
    };
    Ok(match output {
        Output::Pretty => lines(|name, value| format!("{name:>18}: {value}")),
        Output::Env => lines(|name, value| format!("{name}=\"{value}\"")),
        Output::Json => {
            let object: Map<String, Value> =
                values.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect();
            serde_json::to_string_pretty(&object)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [(&str, &str); 2] = [("API_URL", "http://127.0.0.1:54321"), ("SECRET_KEY", "sb_secret_x")];

    fn rendered(output: Output) -> String {
        let values: Vec<(&str, String)> = VALUES.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        render(&values, output).unwrap()
    }

    #[test]
    fn env_output_can_be_sourced() {
        assert_eq!(rendered(Output::Env), "API_URL=\"http://127.0.0.1:54321\"\nSECRET_KEY=\"sb_secret_x\"");
    }

    #[test]
    fn json_output_is_one_object_of_the_same_names() {
        let object: Map<String, Value> = serde_json::from_str(&rendered(Output::Json)).unwrap();
        assert_eq!(object.len(), VALUES.len());
        assert_eq!(object["SECRET_KEY"], "sb_secret_x");
    }
}
