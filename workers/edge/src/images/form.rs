//! The form that a picture comes in: read piece by piece, all its faults told at once.

use std::collections::BTreeMap;

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use bytes::Bytes;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body::TooLarge;
use crate::error::ApiError;
use crate::faults::Faults;

/// The longest text of a field, in bytes: 300 characters of `alt` at their longest, and room for a clear answer.
const LONGEST_TEXT: u64 = 4096;
/// More parts than any form of ours has.
const MOST_PARTS: usize = 32;
/// How much of a name that we don't know is repeated, in characters.
const LONGEST_NAME: usize = 50;

const FILE: &str = "file";
const TEXTS: [&str; 4] = ["product_id", "alt", "is_primary", "sort_order"];

/// The fields, as the description shows them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct Form {
    /// A JPEG, PNG or WebP by its content: at most 8000 pixels a side and 40 million in all, not animated. It is turned
    /// upright, brought to sRGB, cut of metadata and encoded anew: 2400 pixels on its longer side at most, with smaller
    /// sizes of 800 and 320 where it is larger than these.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    product_id: Uuid,
    /// What the picture shows, for those who do not see it: at most 300 characters, empty for an ornament.
    alt: Option<String>,
    /// Whether it takes the place of the product's main picture; false by default.
    is_primary: Option<bool>,
    /// Its place among the product's pictures; 0 by default.
    sort_order: Option<i32>,
}

/// What a client sent.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) file: Bytes,
    pub(super) product_id: Uuid,
    pub(super) details: Details,
}

/// What is said about the picture.
#[derive(Debug)]
pub(super) struct Details {
    pub(super) alt: Option<String>,
    pub(super) is_primary: bool,
    pub(super) sort_order: i32,
}

/// Reads a form whose file has at most `limit` bytes.
pub(super) async fn read(mut form: Multipart, limit: u64) -> Result<Upload, ApiError> {
    let mut faults = Faults::default();
    let mut file = None;
    let mut texts = BTreeMap::new();
    let mut parts = 0;
    while let Some(mut field) = form.next_field().await.map_err(|error| unreadable(&error, limit))? {
        parts += 1;
        if parts > MOST_PARTS {
            faults.add("form", json!(["too_many", MOST_PARTS]), "has too many parts");
            break;
        }
        let name = field.name().unwrap_or_default().to_owned();
        if name == FILE {
            if file.is_some() {
                faults.add(FILE, json!(["duplicate"]), "must be one file");
                continue;
            }
            let content = content(&mut field, limit).await.map_err(|error| unreadable(&error, limit))?;
            file = Some(content.ok_or_else(|| ApiError::payload_too_large(limit))?);
        } else if let Some(known) = TEXTS.into_iter().find(|known| *known == name) {
            let content = content(&mut field, LONGEST_TEXT).await.map_err(|error| unreadable(&error, limit))?;
            let text = content.map(|content| String::from_utf8(content.into()));
            let (code, words) = match text {
                _ if texts.contains_key(known) => (json!(["duplicate"]), "must be given once"),
                None => (json!(["too_long", LONGEST_TEXT]), "is too long"),
                Some(Err(_)) => (json!(["pattern", "text"]), "is not text"),
                Some(Ok(text)) => {
                    texts.insert(known, text);
                    continue;
                }
            };
            texts.entry(known).or_default();
            faults.add(known, code, words);
        } else {
            let name: String = name.chars().take(LONGEST_NAME).collect();
            faults.add(&name, json!(["unknown_key"]), "is not a field of this form");
        }
    }
    check(file, &texts, faults)
}

/// What a field holds; `None` when that is more than `limit` bytes, which are read to the end all the same, so that the
/// client gets to see the answer.
async fn content(field: &mut Field<'_>, limit: u64) -> Result<Option<Bytes>, MultipartError> {
    let mut content = Some(Vec::new());
    while let Some(chunk) = field.chunk().await? {
        content = content.filter(|content| (content.len() + chunk.len()) as u64 <= limit);
        if let Some(content) = &mut content {
            content.extend_from_slice(&chunk);
        }
    }
    Ok(content.map(Bytes::from))
}

/// What the fields say, or everything that is wrong with them.
fn check(file: Option<Bytes>, texts: &BTreeMap<&str, String>, mut faults: Faults) -> Result<Upload, ApiError> {
    let text = |name: &str| texts.get(name).map(|text| text.trim());

    match &file {
        None => faults.required(FILE),
        Some(content) if content.is_empty() => faults.add(FILE, json!(["required"]), "is empty"),
        Some(_) => {}
    }
    let product_id = text("product_id").and_then(|text| text.parse().ok());
    if product_id.is_none() {
        match text("product_id") {
            Some(_) => faults.add("product_id", json!(["not_uuid"]), "must be a UUID"),
            None => faults.required("product_id"),
        }
    }
    let is_primary = match text("is_primary") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            faults.add("is_primary", json!(["not_boolean"]), "must be true or false");
            false
        }
    };
    let sort_order = text("sort_order").map_or(Some(0), |text| text.parse().ok());
    if sort_order.is_none() {
        faults.add("sort_order", json!(["not_integer"]), "must be a whole number");
    }
    let alt = text("alt").map(ToOwned::to_owned);
    match (file, product_id, sort_order) {
        (Some(file), Some(product_id), Some(sort_order)) if faults.is_empty() => {
            Ok(Upload { file, product_id, details: Details { alt, is_primary, sort_order } })
        }
        _ => Err(faults.into()),
    }
}

/// The body ended early, is larger than allowed, or is no form.
fn unreadable(error: &MultipartError, limit: u64) -> ApiError {
    if TooLarge::among_causes(error).is_some() {
        return ApiError::payload_too_large(limit);
    }
    Faults::of("form", json!(["pattern", "multipart/form-data"]), "is incomplete, or not multipart/form-data").into()
}
