//! Configuration from environment variables: typed, all of it read before anything is complained about, and no value ever
//! repeated in a complaint.

mod fault;
pub mod kinds;

use std::ops::RangeInclusive;

use secrecy::SecretString;
use url::Url;

pub use fault::{Fault, Faults};

/// Shorter secrets can be guessed.
const SECRET_BYTES: usize = 32;

/// The environment as it is read: what was wrong so far, and what is risky.
pub struct Reader<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<Fault>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    /// `variable` gives the value of an environment variable; an empty one counts as absent.
    #[must_use]
    pub fn new(variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { variable, faults: Vec::new(), warnings: Vec::new() }
    }

    /// What was read with its warnings, settings that work and are a risk. `read` is `None` only where a fault says why.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn finish<T>(self, read: Option<T>) -> Result<(T, Vec<String>), Faults> {
        match read {
            Some(read) if self.faults.is_empty() => Ok((read, self.warnings)),
            _ => Err(Faults(self.faults)),
        }
    }

    /// The value, without space around it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Notes what is wrong with a variable, and what to write instead. Neither text may repeat the value.
    pub fn fault(&mut self, variable: &'static str, problem: &str, instead: &str) {
        self.faults.push(Fault { variable, problem: problem.to_owned(), instead: instead.to_owned() });
    }

    /// Notes a risk.
    pub fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// A value that `parse` understands, or else the fault that says what to write instead.
    pub fn parsed<T>(&mut self, name: &'static str, instead: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = self.get(name)?;
        let parsed = parse(&value);
        if parsed.is_none() {
            self.fault(name, "can't be read", instead);
        }
        parsed
    }

    /// A whole number of a range.
    pub fn number(&mut self, name: &'static str, range: RangeInclusive<u64>, default: u64) -> u64 {
        let instead = format!("write a whole number from {} to {}", range.start(), range.end());
        self.parsed(name, &instead, |value| value.parse().ok().filter(|number| range.contains(number)))
            .unwrap_or(default)
    }

    /// An http or https address.
    pub fn url(&mut self, name: &'static str, example: &str) -> Option<Url> {
        let instead = format!("write an http or https address without user, parameters or fragment, such as {example}");
        self.parsed(name, &instead, kinds::web_address)
    }

    /// A key or secret that was given by another: one visible word, because it travels in headers.
    pub fn secret(&mut self, name: &'static str) -> Option<String> {
        let instead = "write it as it was given to you, on one line, without spaces or quotes";
        self.parsed(name, instead, |value| {
            value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"').then(|| value.to_owned())
        })
    }

    /// A secret that the operator chooses: a short one is warned about.
    pub fn own_secret(&mut self, name: &'static str) -> Option<SecretString> {
        let secret = self.secret(name)?;
        if secret.len() < SECRET_BYTES {
            self.warn(format!("{name} is shorter than {SECRET_BYTES} bytes and can be guessed; make a longer one"));
        }
        Some(secret.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(value: &'static str) -> impl Fn(&str) -> Option<String> {
        move |name| (name == "NAME").then(|| value.to_owned())
    }

    #[test]
    fn all_faults_are_told_at_once_and_none_repeats_a_value() {
        let variables = |_: &str| Some("hunter2 !".to_owned());
        let mut reader = Reader::new(&variables);
        reader.number("NUMBER", 1..=5, 1);
        reader.url("URL", "https://shop.example");
        reader.own_secret("SECRET");
        let faults = reader.finish(Some(())).unwrap_err();
        let names: Vec<_> = faults.0.iter().map(|fault| fault.variable).collect();
        assert_eq!(names, ["NUMBER", "URL", "SECRET"]);
        assert!(!faults.to_string().contains("hunter2"));
    }

    #[test]
    fn an_empty_value_counts_as_absent() {
        let variables = reader("  ");
        let mut reader = Reader::new(&variables);
        assert_eq!((reader.get("NAME"), reader.number("NAME", 1..=5, 3)), (None, 3));
        assert!(reader.finish(Some(())).is_ok());
    }

    #[test]
    fn a_short_secret_is_a_risk_and_no_fault() {
        let variables = reader("short");
        let mut reader = Reader::new(&variables);
        assert!(reader.own_secret("NAME").is_some());
        assert_eq!(reader.finish(Some(())).unwrap().1.len(), 1);
    }
}
