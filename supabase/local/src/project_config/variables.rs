//! `env(NAME)`: what a text of `config.toml` says to take from the environment.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The file with each `"env(NAME)"` replaced by the variable's value. What isn't set stays, as the Supabase CLI has it.
/// Lines stay lines: what is said about the result holds for the file.
///
/// # Errors
/// When the file isn't TOML.
pub(super) fn substitute(file: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, toml::de::Error> {
    let mut places = Vec::new();
    in_table(DeTable::parse(file)?.get_ref(), &mut places);
    places.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = file.to_owned();
    for (span, name) in places {
        if let Some(value) = variable(&name) {
            text.replace_range(span, &toml::Value::String(value).to_string());
        }
    }
    Ok(text)
}

type Places = Vec<(Range<usize>, String)>;

fn in_table(table: &DeTable<'_>, places: &mut Places) {
    for value in table.values() {
        in_value(value, places);
    }
}

fn in_value(value: &Spanned<DeValue<'_>>, places: &mut Places) {
    match value.get_ref() {
        DeValue::String(text) => {
            if let Some(name) = text.strip_prefix("env(").and_then(|rest| rest.strip_suffix(')')) {
                places.push((value.span(), name.to_owned()));
            }
        }
        DeValue::Array(items) => items.iter().for_each(|item| in_value(item, places)),
        DeValue::Table(table) => in_table(table, places),
        _ => {}
    }
}
