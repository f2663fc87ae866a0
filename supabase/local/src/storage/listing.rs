//! Listings of a bucket: one level with its folders, or pages by cursor.

use axum::Json;
use axum::extract::{Path, State as Shared};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::JsonBody;
use super::caller::Caller;
use super::rows::serialize_time;
use super::{State, StorageError, scope};

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1500;
const DEFAULT_LIMIT_V2: u32 = 1000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Column {
    #[default]
    Name,
    UpdatedAt,
    CreatedAt,
    LastAccessedAt,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::UpdatedAt => "updated_at",
            Self::CreatedAt => "created_at",
            Self::LastAccessedAt => "last_accessed_at",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Order {
    #[default]
    Asc,
    Desc,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct SortBy {
    #[serde(default)]
    column: Column,
    #[serde(default)]
    order: Order,
}

#[derive(Deserialize)]
pub(super) struct List {
    #[serde(default)]
    prefix: String,
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default, rename = "sortBy")]
    sort_by: SortBy,
    search: Option<String>,
}

/// A file, or a folder when it has no id.
#[derive(Serialize, sqlx::FromRow)]
pub(super) struct Entry {
    name: String,
    id: Option<Uuid>,
    #[serde(serialize_with = "serialize_time")]
    updated_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "serialize_time")]
    created_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "serialize_time")]
    last_accessed_at: Option<DateTime<Utc>>,
    metadata: Option<Value>,
}

/// `POST /object/list/{bucket}`
pub(super) async fn list(
    Shared(state): Shared<State>,
    Path(bucket): Path<String>,
    caller: Caller,
    JsonBody(wish): JsonBody<List>,
) -> Result<Json<Vec<Entry>>, StorageError> {
    let folder = folder_prefix(&wish.prefix);
    let level = folder.split('/').count();
    let order = if wish.sort_by.order == Order::Desc { "desc" } else { "asc" };
    let mut scope = scope::begin(&state, &caller, "storage.object.list").await?;
    let entries = sqlx::query_as(
        "select name, id, updated_at, created_at, last_accessed_at, metadata
        from storage.search($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&folder)
    .bind(&bucket)
    .bind(number(wish.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT))?)
    .bind(number(level)?)
    .bind(number(wish.offset.unwrap_or(0))?)
    .bind(wish.search.as_deref().unwrap_or_default())
    .bind(wish.sort_by.column.name())
    .bind(order)
    .fetch_all(&mut *scope)
    .await?;
    Ok(Json(entries))
}

/// A listing's prefix is a folder: empty, or ending with a slash.
fn folder_prefix(prefix: &str) -> String {
    if prefix.is_empty() || prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") }
}

fn number(value: impl TryInto<i32>) -> Result<i32, StorageError> {
    value.try_into().map_err(|_| StorageError::InvalidRequest("a number in the body is too large".to_owned()))
}

#[derive(Deserialize)]
pub(super) struct ListV2 {
    #[serde(default)]
    prefix: String,
    limit: Option<u32>,
    cursor: Option<String>,
    #[serde(default)]
    with_delimiter: bool,
    #[serde(default, rename = "sortBy")]
    sort_by: SortBy,
}

/// Where the next page begins, and the sorting it belongs to.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Cursor {
    column: Column,
    order: Order,
    at: String,
    key: String,
}

impl Cursor {
    fn encode(&self) -> Result<String, StorageError> {
        let json = serde_json::to_vec(self).map_err(|error| StorageError::Internal(error.to_string()))?;
        Ok(URL_SAFE_NO_PAD.encode(json))
    }

    fn decode(text: &str) -> Result<Self, StorageError> {
        let invalid = || StorageError::InvalidRequest("body/cursor is invalid".to_owned());
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        serde_json::from_slice(&json).map_err(|_| invalid())
    }
}

#[derive(sqlx::FromRow)]
struct Keyed {
    key: String,
    at: String,
    #[sqlx(flatten)]
    entry: Entry,
}

/// `POST /object/list-v2/{bucket}`
pub(super) async fn list_v2(
    Shared(state): Shared<State>,
    Path(bucket): Path<String>,
    caller: Caller,
    JsonBody(wish): JsonBody<ListV2>,
) -> Result<Json<Value>, StorageError> {
    let SortBy { column, order } = wish.sort_by;
    let limit = wish.limit.unwrap_or(DEFAULT_LIMIT_V2).clamp(1, DEFAULT_LIMIT_V2);
    let cursor = wish.cursor.as_deref().map(Cursor::decode).transpose()?;
    if cursor.as_ref().is_some_and(|cursor| (cursor.column, cursor.order) != (column, order)) {
        return Err(StorageError::InvalidRequest("body/cursor belongs to another sorting".to_owned()));
    }
    let mut scope = scope::begin(&state, &caller, "storage.object.list_v2").await?;
    // Folders are what follows the prefix up to the next slash. Sorted by name, `at` is the same everywhere.
    let mut rows: Vec<Keyed> = sqlx::query_as(
        r#"with objects as (
            select o.*, position('/' in substr(o.name, char_length($2) + 1)) as slash
            from storage.objects o
            where o.bucket_id = $1
            and starts_with(o.name, $2)
        ), entries as (
            select
                o.name as key, o.name, o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata,
                case $4 when 'updated_at' then o.updated_at when 'created_at' then o.created_at
                    when 'last_accessed_at' then o.last_accessed_at else '-infinity' end as at
            from objects o
            where not $3 or o.slash = 0
            union all
            select distinct
                left(o.name, char_length($2) + o.slash), left(o.name, char_length($2) + o.slash),
                null::uuid, null::timestamptz, null::timestamptz, null::timestamptz, null::jsonb,
                '-infinity'::timestamptz
            from objects o
            where $3 and o.slash > 0
        )
        select e.key, e.at::text as at, e.name, e.id, e.updated_at, e.created_at, e.last_accessed_at, e.metadata
        from entries e
        where $6::text is null
        or case when $5
            then (e.at, e.key collate "C") < ($7::timestamptz, $6 collate "C")
            else (e.at, e.key collate "C") > ($7::timestamptz, $6 collate "C")
        end
        order by
            case when $5 then e.at end desc,
            case when $5 then e.key collate "C" end desc,
            e.at,
            e.key collate "C"
        limit $8"#,
    )
    .bind(&bucket)
    .bind(&wish.prefix)
    .bind(wish.with_delimiter)
    .bind(column.name())
    .bind(order == Order::Desc)
    .bind(cursor.as_ref().map(|cursor| &cursor.key))
    .bind(cursor.as_ref().map(|cursor| &cursor.at))
    .bind(i64::from(limit) + 1)
    .fetch_all(&mut *scope)
    .await?;

    let has_next = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = match rows.last().filter(|_| has_next) {
        Some(last) => Some(Cursor { column, order, at: last.at.clone(), key: last.key.clone() }.encode()?),
        None => None,
    };
    let (objects, folders): (Vec<Keyed>, Vec<Keyed>) = rows.into_iter().partition(|row| row.entry.id.is_some());
    let objects: Vec<Value> = objects
        .into_iter()
        .map(|row| {
            let mut object = json!(row.entry);
            object["key"] = row.key.into();
            object
        })
        .collect();
    let folders: Vec<Value> =
        folders.into_iter().map(|row| json!({ "name": row.entry.name, "key": row.key })).collect();
    let mut answer = json!({ "hasNext": has_next, "folders": folders, "objects": objects });
    if let Some(next) = next {
        answer["nextCursor"] = next.into();
    }
    Ok(Json(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_without_a_slash_is_a_folder() {
        assert_eq!(folder_prefix(""), "");
        assert_eq!(folder_prefix("a/b"), "a/b/");
        assert_eq!(folder_prefix("a/b/"), "a/b/");
    }

    #[test]
    fn a_cursor_survives_the_way_to_the_client_and_back() {
        let cursor =
            Cursor { column: Column::CreatedAt, order: Order::Desc, at: "-infinity".into(), key: "a/b c.png".into() };
        assert_eq!(Cursor::decode(&cursor.encode().unwrap()).unwrap(), cursor);
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        assert!(matches!(Cursor::decode("not a cursor"), Err(StorageError::InvalidRequest(_))));
    }
}
