//! Which errors of a database pass by themselves.

/// An error after which the same request may well succeed: nothing of it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transient {
    /// Others were in the way.
    Busy,
    /// The database was gone for a moment: it restarts, or the way to it broke.
    Unavailable,
}

impl Transient {
    /// By a code as `PostgREST` answers it: an SQLSTATE (<https://www.postgresql.org/docs/15/errcodes-appendix.html>) or its
    /// own (<https://docs.postgrest.org/en/stable/references/errors.html>).
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        match code {
            // Deadlock; serialization failure; lock and statement time-out; too many connections; none free in time.
            "40P01" | "40001" | "55P03" | "57014" | "53300" | "PGRST003" => Some(Self::Busy),
            // Stopped by an operator, by a crash of another session, or not up yet; no connection. PGRST500 is the local
            // API's for a connection that broke.
            "57P01" | "57P02" | "57P03" | "PGRST000" | "PGRST001" | "PGRST002" | "PGRST500" => Some(Self::Unavailable),
            code if code.len() == 5 && code.starts_with("08") => Some(Self::Unavailable),
            _ => None,
        }
    }

    /// After how many seconds to try again.
    #[must_use]
    pub const fn retry_after(self) -> u32 {
        match self {
            // As the database's own `busy` says.
            Self::Busy => 1,
            // A restart takes a few seconds.
            Self::Unavailable => 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_stays() {
        for code in ["40P01", "40001", "55P03", "57014", "53300", "PGRST003"] {
            assert_eq!(Transient::of(code), Some(Transient::Busy), "{code}");
        }
        for code in ["57P01", "57P02", "57P03", "08000", "08006", "PGRST000", "PGRST001", "PGRST002"] {
            assert_eq!(Transient::of(code), Some(Transient::Unavailable), "{code}");
        }
        for code in ["", "08", "XX000", "23505", "42P01", "P0001", "PGRST116", "not_found"] {
            assert_eq!(Transient::of(code), None, "{code}");
        }
    }
}
