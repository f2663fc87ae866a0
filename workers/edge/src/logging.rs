//! Logs, for machines or for people.

use std::io::Write;

use tracing::Subscriber;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::{MakeWriter, SubscriberBuilder};

use crate::metrics;

/// Lines that wait to be written: some 10 MB.
const MOST_WAITING: usize = 32_768;

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

/// Logs to standard output from now on, until what is returned is dropped: that writes what is still to be written.
///
/// # Errors
/// [`Error::Taken`].
#[must_use = "what is logged is lost without it"]
pub fn start(format: Format, filter: EnvFilter) -> Result<WorkerGuard, Error> {
    use tracing_subscriber::util::SubscriberInitExt as _;

    let (writer, guard) = beside(std::io::stdout());
    subscriber(format, filter, writer).try_init()?;
    Ok(guard)
}

/// Writes beside what logs, on a thread of its own. A shop is worth more than its log: where nobody takes the lines, those
/// above [`MOST_WAITING`] are lost, and counted in `log_lines_lost_total`.
fn beside(writer: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(MOST_WAITING);
    let (writer, guard) = builder.thread_name("log").finish(writer);
    metrics::count_lost_log_lines(writer.error_counter());
    (writer, guard)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A reader who takes nothing before they are let.
    struct Reluctant {
        may_write: Arc<Mutex<()>>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Reluctant {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _turn = self.may_write.lock().unwrap();
            self.written.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_the_log_and_it_is_whole_at_the_end() {
        let (may_write, written) = (Arc::new(Mutex::new(())), Arc::default());
        let stuck = may_write.lock().unwrap();
        let reader = Reluctant { may_write: Arc::clone(&may_write), written: Arc::clone(&written) };
        let (writer, guard) = beside(reader);
        let subscriber = subscriber(Format::Json, filter(None).unwrap(), writer);
        tracing::subscriber::with_default(subscriber, || {
            for number in 0..100 {
                tracing::info!(number, "logged while nothing can be written");
            }
        });
        assert!(written.lock().unwrap().is_empty());
        drop(stuck);
        drop(guard);
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 100, "{text}");
    }

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
