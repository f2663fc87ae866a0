//! Reading objects: whole or in part, with the headers that caches and browsers need.

use std::ops::{Bound, Range};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use headers::{
    AcceptRanges, ContentLength, ContentRange, ETag, Expires, HeaderMapExt as _, IfModifiedSince, IfNoneMatch, IfRange,
    LastModified,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::rows::{self, Object};
use super::{State, StorageError, limits, scope, signing};

/// What JavaScript's `encodeURIComponent` escapes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

#[derive(Deserialize)]
pub(super) struct Wish {
    /// Offer to save the file, under this name when it isn't empty.
    download: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SignedWish {
    token: Option<String>,
    download: Option<String>,
}

type Place = (String, String);

/// `GET /object/{bucket}/{key}` and `/object/authenticated/{bucket}/{key}`
pub(super) async fn read(
    Shared(state): Shared<State>,
    Path(place): Path<Place>,
    Query(wish): Query<Wish>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    let reader = reader(&state, &caller, &place).await?;
    serve(&state, &reader, &place, &headers, wish.download, None).await
}

/// `GET /object/public/{bucket}/{key}`
pub(super) async fn read_public(
    Shared(state): Shared<State>,
    Path(place): Path<Place>,
    Query(wish): Query<Wish>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    let reader = public_reader(&state, &caller, &place).await?;
    serve(&state, &reader, &place, &headers, wish.download, None).await
}

/// `GET /object/sign/{bucket}/{key}?token=`
pub(super) async fn read_signed(
    Shared(state): Shared<State>,
    Path(place): Path<Place>,
    Query(wish): Query<SignedWish>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    let token = wish
        .token
        .ok_or_else(|| StorageError::InvalidRequest("querystring must have required property 'token'".to_owned()))?;
    let expires = signing::verify_download(&state, &token, &place.0, &place.1)?;
    serve(&state, &caller.as_service(), &place, &headers, wish.download, Some(expires)).await
}

/// `GET /object/info/{bucket}/{key}` and `/object/info/authenticated/{bucket}/{key}`
pub(super) async fn info(
    Shared(state): Shared<State>,
    Path(place): Path<Place>,
    caller: Caller,
) -> Result<Json<Value>, StorageError> {
    let reader = reader(&state, &caller, &place).await?;
    find(&state, &reader, &place).await.map(|object| Json(describe(&object)))
}

/// `GET /object/info/public/{bucket}/{key}`
pub(super) async fn info_public(
    Shared(state): Shared<State>,
    Path(place): Path<Place>,
    caller: Caller,
) -> Result<Json<Value>, StorageError> {
    let reader = public_reader(&state, &caller, &place).await?;
    find(&state, &reader, &place).await.map(|object| Json(describe(&object)))
}

/// Objects of a public bucket are everybody's; elsewhere the caller's policies decide.
async fn reader(state: &State, caller: &Caller, (bucket, _): &Place) -> Result<Caller, StorageError> {
    let bucket = rows::bucket(state, caller, bucket).await?;
    Ok(if bucket.public { caller.as_service() } else { caller.clone() })
}

async fn public_reader(state: &State, caller: &Caller, (bucket, _): &Place) -> Result<Caller, StorageError> {
    let bucket = rows::bucket(state, caller, bucket).await?;
    if bucket.public { Ok(caller.as_service()) } else { Err(StorageError::NoSuchBucket) }
}

async fn find(state: &State, reader: &Caller, (bucket, key): &Place) -> Result<Object, StorageError> {
    limits::check_key(key)?;
    let mut scope = scope::begin(state, reader, "storage.object.get").await?;
    rows::find_object(&mut scope, bucket, key).await?.ok_or(StorageError::NoSuchKey)
}

fn describe(object: &Object) -> Value {
    let metadata = |name: &str| object.metadata.as_ref().and_then(|metadata| metadata.get(name)).cloned();
    json!({
        "id": object.id,
        "name": object.name,
        "version": object.version,
        "bucket_id": object.bucket_id,
        "size": metadata("size"),
        "content_type": metadata("mimetype"),
        "cache_control": metadata("cacheControl"),
        "etag": metadata("eTag"),
        "metadata": object.user_metadata,
        "last_modified": metadata("lastModified"),
        "created_at": object.created_at.map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)),
    })
}

async fn serve(
    state: &State,
    reader: &Caller,
    place: &Place,
    wanted: &HeaderMap,
    download: Option<String>,
    expires: Option<u64>,
) -> Result<Response, StorageError> {
    let object = find(state, reader, place).await?;
    match respond(state, &object, wanted, download.as_deref(), expires).await {
        // Overwritten or moved between the row and the file: the new version has both.
        Err(StorageError::NoSuchKey) => {
            let current = find(state, reader, place).await?;
            if current.version == object.version {
                return Err(StorageError::NoSuchKey);
            }
            respond(state, &current, wanted, download.as_deref(), expires).await
        }
        response => response,
    }
}

async fn respond(
    state: &State,
    object: &Object,
    wanted: &HeaderMap,
    download: Option<&str>,
    expires: Option<u64>,
) -> Result<Response, StorageError> {
    let file = object.file();
    let size = state.files().size(&file).await?;
    let modified: Option<SystemTime> = object.updated_at.map(Into::into);
    let etag: Option<ETag> = object.metadata_text("eTag").and_then(|text| text.parse().ok());

    let mut headers = HeaderMap::new();
    headers.typed_insert(AcceptRanges::bytes());
    if let Some(etag) = etag.clone() {
        headers.typed_insert(etag);
    }
    if let Some(modified) = modified {
        headers.typed_insert(LastModified::from(modified));
    }
    match expires {
        Some(expires) => headers.typed_insert(Expires::from(UNIX_EPOCH + Duration::from_secs(expires))),
        None => insert(&mut headers, CACHE_CONTROL, object.metadata_text("cacheControl").unwrap_or("no-cache")),
    }
    if is_unchanged(wanted, etag.as_ref(), modified) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }

    insert(&mut headers, CONTENT_TYPE, content_type(object));
    insert(&mut headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    if let Some(name) = download {
        insert(&mut headers, CONTENT_DISPOSITION, &disposition(name));
    }
    let range = wanted_range(wanted, size, etag.as_ref(), modified)?;
    let (status, length) = match &range {
        Some(range) => {
            let content_range =
                ContentRange::bytes(range.clone(), size).map_err(|error| StorageError::Internal(error.to_string()))?;
            headers.typed_insert(content_range);
            (StatusCode::PARTIAL_CONTENT, range.end - range.start)
        }
        None => (StatusCode::OK, size),
    };
    headers.typed_insert(ContentLength(length));
    let content = state.files().open_file(&file, range).await?;
    Ok((status, headers, Body::from_stream(content.into_stream())).into_response())
}

/// Pages are served as text: nothing uploaded may run as a page of the API's origin.
fn content_type(object: &Object) -> &str {
    match object.metadata_text("mimetype").unwrap_or("application/octet-stream") {
        html if html.to_ascii_lowercase().contains("text/html") => "text/plain",
        other => other,
    }
}

fn disposition(name: &str) -> String {
    if name.is_empty() {
        return "attachment;".to_owned();
    }
    let name = utf8_percent_encode(name, COMPONENT);
    format!("attachment; filename={name}; filename*=UTF-8''{name};")
}

/// Sets a header from stored text; text that can't be a header value is left out.
fn insert(headers: &mut HeaderMap, name: axum::http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn is_unchanged(wanted: &HeaderMap, etag: Option<&ETag>, modified: Option<SystemTime>) -> bool {
    if let Some(none_match) = wanted.typed_get::<IfNoneMatch>() {
        return etag.is_some_and(|etag| !none_match.precondition_passes(etag));
    }
    match (wanted.typed_get::<IfModifiedSince>(), modified) {
        (Some(since), Some(modified)) => !since.is_modified(modified),
        _ => false,
    }
}

/// The bytes to send: none means all of them, as for several ranges at once, which aren't supported.
fn wanted_range(
    wanted: &HeaderMap,
    size: u64,
    etag: Option<&ETag>,
    modified: Option<SystemTime>,
) -> Result<Option<Range<u64>>, StorageError> {
    let Some(range) = wanted.typed_get::<headers::Range>() else {
        return Ok(None);
    };
    if let Some(condition) = wanted.typed_get::<IfRange>()
        && condition.is_modified(etag, modified.map(LastModified::from).as_ref())
    {
        return Ok(None);
    }
    let mut ranges = range.satisfiable_ranges(size);
    let Some((start, end)) = ranges.next() else {
        return Err(StorageError::InvalidRange { size });
    };
    if ranges.next().is_some() {
        return Ok(None);
    }
    let start = match start {
        Bound::Included(start) => start,
        Bound::Excluded(start) => start + 1,
        Bound::Unbounded => 0,
    };
    let end = match end {
        Bound::Included(end) => end.saturating_add(1).min(size),
        Bound::Excluded(end) => end.min(size),
        Bound::Unbounded => size,
    };
    if start < end { Ok(Some(start..end)) } else { Err(StorageError::InvalidRange { size }) }
}
