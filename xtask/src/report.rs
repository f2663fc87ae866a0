//! What ran and how it ended: the table at the end of a test run.

use std::fmt::Write as _;
use std::time::Duration;

/// The result of one kind of test.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// What a reader calls this kind of test.
    pub(crate) kind: String,
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// What the numbers count, or what was left out and why.
    pub(crate) note: String,
    /// What to do about a failure.
    pub(crate) remedy: Option<String>,
}

impl Outcome {
    /// Numbers counted by a test runner.
    pub(crate) fn counted(kind: &str, passed: u64, failed: u64, note: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), passed, failed, note: note.into(), remedy: None }
    }

    /// One thing that either holds or does not.
    pub(crate) fn gate(kind: &str, holds: bool, note: impl Into<String>) -> Self {
        Self::counted(kind, u64::from(holds), u64::from(!holds), note)
    }

    /// What to do when this fails.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// A test runner that ran nothing, or that failed without a failed test, has failed.
    pub(crate) fn verdict(mut self, succeeded: bool) -> Self {
        if self.failed == 0 && (!succeeded || self.passed == 0) {
            self.failed = 1;
            self.note =
                if succeeded { format!("{}; nothing ran", self.note) } else { format!("{}; stopped early", self.note) };
        }
        self
    }
}

/// Prints the heading of a part.
pub(crate) fn heading(text: &str) {
    println!("\n── {text} {}", "─".repeat(96_usize.saturating_sub(text.chars().count())));
}

/// The table of what ran, ending with `N passed, N failed`. Second: true when nothing failed.
pub(crate) fn table(outcomes: &[Outcome], took: Duration) -> (String, bool) {
    let passed: u64 = outcomes.iter().map(|outcome| outcome.passed).sum();
    let failed: u64 = outcomes.iter().map(|outcome| outcome.failed).sum();
    let width = outcomes.iter().map(|outcome| outcome.kind.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let _ = writeln!(text, "{:width$}  passed  failed  what", "kind");
    for outcome in outcomes {
        let Outcome { kind, passed, failed, note, .. } = outcome;
        let _ = writeln!(text, "{kind:width$}  {passed:>6}  {failed:>6}  {note}");
    }
    for outcome in outcomes.iter().filter(|outcome| outcome.failed > 0) {
        if let Some(remedy) = &outcome.remedy {
            let _ = writeln!(text, "\n{}: {remedy}", outcome.kind);
        }
    }
    let (minutes, seconds) = (took.as_secs() / 60, took.as_secs() % 60);
    let _ = writeln!(text, "\nTook {minutes} min {seconds} s.");
    let _ = writeln!(text, "{passed} passed, {failed} failed");
    (text, failed == 0 && passed > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_adds_up_all_kinds() {
        let outcomes = [Outcome::counted("unit", 5, 1, "5 files").remedy("look"), Outcome::gate("lint", true, "")];
        let (text, good) = table(&outcomes, Duration::from_secs(61));
        assert!(!good);
        assert_eq!(text.lines().last(), Some("6 passed, 1 failed"));
        assert!(text.contains("unit: look"));
    }

    #[test]
    fn a_run_without_tests_is_not_a_success() {
        assert!(!table(&[], Duration::ZERO).1);
        assert_eq!(Outcome::counted("js", 0, 0, "").verdict(true).failed, 1);
    }

    #[test]
    fn a_runner_that_stops_early_has_failed() {
        assert_eq!(Outcome::counted("js", 3, 0, "").verdict(false).failed, 1);
        assert_eq!(Outcome::counted("js", 3, 2, "").verdict(false).failed, 2);
    }
}
