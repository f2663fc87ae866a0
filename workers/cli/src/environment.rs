//! Environment variables, those of `.env` among them.

use std::collections::HashMap;

use anyhow::{Context as _, Result};

/// Name to value.
pub(crate) type Variables = HashMap<String, String>;

/// The environment, and what `.env` in the working directory adds to it.
pub(crate) fn read() -> Result<Variables> {
    let mut variables = HashMap::new();
    match dotenvy::from_path_iter(".env") {
        Ok(entries) => {
            for entry in entries {
                let (name, value) = entry.map_err(|error| damaged_line(&error))?;
                variables.insert(name, value);
            }
        }
        Err(error) if error.not_found() => {}
        Err(error) => return Err(error).context("can't read .env"),
    }
    // What the environment says wins over the file.
    variables.extend(
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    );
    Ok(variables)
}

fn damaged_line(error: &dotenvy::Error) -> anyhow::Error {
    match error {
        dotenvy::Error::LineParse(line, _) => {
            anyhow::anyhow!(
                ".env has a line that isn't NAME=value: `{}`; quote values with spaces or special characters",
                line.trim()
            )
        }
        other => anyhow::anyhow!("can't read .env: {other}"),
    }
}
