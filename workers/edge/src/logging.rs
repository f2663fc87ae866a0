//! Logs, for machines or for people.

use std::io::Write;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::{MakeWriter, SubscriberBuilder};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Json,
    /// Human-readable.
    Pretty,
}

/// What makes logs impossible: a sentence that names the variable and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `LOG_FORMAT`.
    #[error("LOG_FORMAT must be `json` or `pretty`, not `{0}`")]
    Format(String),
    /// `RUST_LOG`.
    #[error("RUST_LOG must be a filter like `info` or `primostore_edge=debug`, not `{0}`")]
    Filter(String),
    /// Logs go elsewhere already.
    #[error("can't start logging: {0}")]
    Taken(#[from] tracing_subscriber::util::TryInitError),
}

/// The format that `LOG_FORMAT` says.
///
/// # Errors
/// [`Error::Format`].
pub fn format(text: Option<&str>) -> Result<Format, Error> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None | Some("json") => Ok(Format::Json),
        Some("pretty") => Ok(Format::Pretty),
        Some(other) => Err(Error::Format(other.to_owned())),
    }
}

/// The filter that `RUST_LOG` says; `info` without it.
///
/// # Errors
/// [`Error::Filter`].
pub fn filter(text: Option<&str>) -> Result<EnvFilter, Error> {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).unwrap_or("info");
    EnvFilter::try_new(text).map_err(|_| Error::Filter(text.to_owned()))
}

/// Writes log lines to `writer`.
pub fn subscriber<W>(format: Format, filter: EnvFilter, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer, Writer: Write> + Send + Sync + 'static,
{
    let lines = SubscriberBuilder::default().with_env_filter(filter).with_writer(writer).with_ansi(false);
    match format {
        Format::Json => Box::new(lines.json().flatten_event(true).with_span_list(false).finish()),
        Format::Pretty => Box::new(lines.finish()),
    }
}

/// Logs to standard output from now on.
///
/// # Errors
/// [`Error::Taken`].
pub fn start(format: Format, filter: EnvFilter) -> Result<(), Error> {
    use tracing_subscriber::util::SubscriberInitExt as _;

    Ok(subscriber(format, filter, std::io::stdout).try_init()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_one_of_two() {
        assert_eq!(format(None).unwrap(), Format::Json);
        assert_eq!(format(Some(" pretty ")).unwrap(), Format::Pretty);
        assert_eq!(format(Some("xml")).unwrap_err().to_string(), "LOG_FORMAT must be `json` or `pretty`, not `xml`");
    }

    #[test]
    fn a_filter_is_one_that_can_be_read() {
        assert!(filter(Some("primostore_edge=debug,info")).is_ok() && filter(Some(" ")).is_ok());
        assert!(filter(Some("a=b=c")).unwrap_err().to_string().contains("RUST_LOG"));
    }
}
