//! What is wrong with what was sent: in words for people, in codes for programs, as the database says it.

use serde_json::{Map, Value, json};

use crate::error::ApiError;

/// The faults of a request's fields.
#[derive(Default)]
pub(crate) struct Faults {
    words: Map<String, Value>,
    codes: Map<String, Value>,
}

impl Faults {
    /// One fault.
    pub(crate) fn of(field: &str, code: Value, words: impl Into<String>) -> Self {
        let mut faults = Self::default();
        faults.add(field, code, words);
        faults
    }

    /// Notes what is wrong with a field, unless something was noted before. `code` is an array of a code of
    /// `private.fault_codes` and its parameters.
    pub(crate) fn add(&mut self, field: &str, code: Value, words: impl Into<String>) {
        if !self.words.contains_key(field) {
            self.words.insert(field.to_owned(), Value::String(words.into()));
            self.codes.insert(field.to_owned(), code);
        }
    }

    /// A field that must be there is not.
    pub(crate) fn required(&mut self, field: &str) {
        self.add(field, json!(["required"]), "is required");
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

impl From<Faults> for ApiError {
    fn from(faults: Faults) -> Self {
        Self::invalid_input(&Value::Object(faults.words)).hint(Value::Object(faults.codes).to_string())
    }
}
