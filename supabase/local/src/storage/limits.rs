//! What names, sizes and content types Storage accepts (supabase/storage, `src/storage/limits.ts`).

use object_store::path::PathPart;
use serde_json::Value;

use super::StorageError;

/// The longest object name in bytes: S3's limit.
const MAX_KEY_BYTES: usize = 1024;
/// The longest folder or file name that common file systems take, in bytes, once encoded.
const MAX_SEGMENT_BYTES: usize = 255;
/// The longest bucket name in characters, as the table's trigger has it.
const MAX_BUCKET_NAME: usize = 100;

/// The characters of S3's safe set, and those it handles with care.
fn is_safe(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_!-.*'() &$@=;:+,?".contains(character)
}

/// Refuses object names with unsafe characters, empty or dot segments, or beyond the length limits.
pub(super) fn check_key(key: &str) -> Result<(), StorageError> {
    let segment_is_valid = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.chars().all(is_safe)
            && PathPart::from(segment).as_ref().len() <= MAX_SEGMENT_BYTES
    };
    if key.len() <= MAX_KEY_BYTES && key.split('/').all(segment_is_valid) {
        Ok(())
    } else {
        Err(StorageError::InvalidKey(key.chars().filter(|character| !character.is_control()).take(200).collect()))
    }
}

/// Refuses bucket names with unsafe characters, a slash, or more than 100 characters.
pub(super) fn check_bucket_name(name: &str) -> Result<(), StorageError> {
    let valid = !matches!(name, "" | "." | "..")
        && name.len() <= MAX_BUCKET_NAME
        && name.chars().all(is_safe)
        && name.trim() == name;
    if valid { Ok(()) } else { Err(StorageError::InvalidBucketName) }
}

/// A bucket's size limit in bytes: a number, or a text such as `20MB` in powers of ten.
pub(super) fn parse_file_size(value: &Value) -> Result<i64, StorageError> {
    let bytes = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => parse_size_text(text),
        _ => None,
    };
    match bytes {
        // 2^53: beyond it a JSON number isn't exact.
        #[allow(clippy::cast_possible_truncation, reason = "bounded by the guard")]
        Some(bytes) if (0.0..=9_007_199_254_740_992.0).contains(&bytes) => Ok(bytes as i64),
        _ => Err(StorageError::InvalidFileSizeLimit),
    }
}

fn parse_size_text(text: &str) -> Option<f64> {
    let text = text.to_ascii_lowercase();
    let (number, factor) = [("gb", 1e9), ("mb", 1e6), ("kb", 1e3), ("b", 1.0)]
        .into_iter()
        .find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, factor)))?;
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.ends_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_number { number.parse::<f64>().ok().map(|number| number * factor) } else { None }
}

/// Refuses entries of `allowed_mime_types` that can't match anything: `type/subtype`, `type/*` or `*`.
pub(super) fn check_mime_patterns(patterns: &[String]) -> Result<(), StorageError> {
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-+._".contains(c));
    let is_pattern = |pattern: &str| {
        let essence = pattern.split(';').next().unwrap_or_default().trim();
        pattern.len() <= 1000
            && (matches!(essence, "*" | "*/*")
                || essence.split_once('/').is_some_and(|(kind, sub)| is_name(kind) && (sub == "*" || is_name(sub))))
    };
    match patterns.iter().find(|pattern| !is_pattern(pattern)) {
        Some(pattern) => Err(StorageError::InvalidMimeType(pattern.clone())),
        None => Ok(()),
    }
}

/// Whether a bucket with these patterns takes this content type; none or an empty list takes all.
pub(super) fn check_mime_type(mime_type: &str, allowed: Option<&[String]>) -> Result<(), StorageError> {
    let Some(allowed) = allowed.filter(|allowed| !allowed.is_empty()) else {
        return Ok(());
    };
    let essence = |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let wanted = essence(mime_type);
    let matches = |pattern: &String| {
        let pattern = essence(pattern);
        match pattern.strip_suffix("/*") {
            Some("*") => true,
            Some(kind) => wanted.split_once('/').is_some_and(|(wanted_kind, _)| wanted_kind == kind),
            None => pattern == "*" || pattern == wanted,
        }
    };
    if wanted.contains('/') && allowed.iter().any(matches) {
        Ok(())
    } else {
        Err(StorageError::InvalidMimeType(mime_type.to_owned()))
    }
}

/// The file a client creates to make a folder appear; it must be empty and may have any type.
pub(super) fn is_empty_folder(key: &str) -> bool {
    key.ends_with(".emptyFolderPlaceholder")
}
