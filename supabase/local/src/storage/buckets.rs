//! Buckets, and whether Storage is well.

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::body::JsonBody;
use super::caller::{Caller, owner_uuid};
use super::rows::{Bucket, bucket_columns};
use super::{State, StorageError, limits, removal, scope};

/// `GET /status`: the server answers.
pub(super) async fn status() {}

/// `GET /health`: the database answers too.
pub(super) async fn health(Shared(state): Shared<State>) -> Result<Json<Value>, StorageError> {
    sqlx::query("select 1").execute(state.pool()).await?;
    Ok(Json(json!({ "healthy": true })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    limit: Option<u32>,
    offset: Option<u32>,
    sort_column: Option<Column>,
    sort_order: Option<Order>,
    search: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Column {
    Id,
    Name,
    CreatedAt,
    UpdatedAt,
}

#[derive(PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Asc,
    Desc,
}

/// `GET /bucket`
pub(super) async fn list(
    Shared(state): Shared<State>,
    Query(wish): Query<List>,
    caller: Caller,
) -> Result<Json<Vec<Bucket>>, StorageError> {
    let column = match wish.sort_column {
        None | Some(Column::Name) => "name",
        Some(Column::Id) => "id",
        Some(Column::CreatedAt) => "created_at",
        Some(Column::UpdatedAt) => "updated_at",
    };
    let mut scope = scope::begin(&state, &caller, "storage.bucket.list").await?;
    let buckets = sqlx::query_as(concat!(
        "select ",
        bucket_columns!(),
        " from storage.buckets
        where strpos(lower(name), lower($1)) > 0
        order by
            case when $3 then to_jsonb(buckets) ->> $2 end collate \"C\" desc,
            case when not $3 then to_jsonb(buckets) ->> $2 end collate \"C\",
            id
        limit $4
        offset $5"
    ))
    .bind(wish.search.unwrap_or_default())
    .bind(column)
    .bind(wish.sort_order == Some(Order::Desc))
    .bind(wish.limit.map(i64::from))
    .bind(wish.offset.map_or(0, i64::from))
    .fetch_all(&mut *scope)
    .await?;
    Ok(Json(buckets))
}

/// `GET /bucket/{bucket}`
pub(super) async fn read(
    Shared(state): Shared<State>,
    Path(bucket): Path<String>,
    caller: Caller,
) -> Result<Json<Bucket>, StorageError> {
    visible(&state, &caller, &bucket).await.map(Json)
}

async fn visible(state: &State, caller: &Caller, bucket: &str) -> Result<Bucket, StorageError> {
    let mut scope = scope::begin(state, caller, "storage.bucket.get").await?;
    sqlx::query_as(concat!("select ", bucket_columns!(), " from storage.buckets where id = $1"))
        .bind(bucket)
        .fetch_optional(&mut *scope)
        .await?
        .ok_or(StorageError::NoSuchBucket)
}

/// The settings of a bucket. What isn't given stays as it is; null takes a limit away.
#[derive(Deserialize)]
pub(super) struct Settings {
    id: Option<String>,
    name: Option<String>,
    public: Option<bool>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "given")]
    file_size_limit: Option<Option<Value>>,
    #[serde(default, deserialize_with = "given")]
    allowed_mime_types: Option<Option<Vec<String>>>,
}

/// Tells null from absent.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Settings {
    fn size_limit(&self, state: &State) -> Result<Option<i64>, StorageError> {
        let Some(Some(value)) = &self.file_size_limit else {
            return Ok(None);
        };
        let limit = limits::parse_file_size(value)?;
        if u64::try_from(limit).is_ok_and(|limit| limit > state.file_size_limit()) {
            return Err(StorageError::TooLarge("object"));
        }
        Ok(Some(limit))
    }

    fn mime_types(&self) -> Result<Option<&[String]>, StorageError> {
        let types = self.allowed_mime_types.as_ref().and_then(Option::as_deref);
        limits::check_mime_patterns(types.unwrap_or_default())?;
        Ok(types)
    }
}

/// `POST /bucket`
pub(super) async fn create(
    Shared(state): Shared<State>,
    caller: Caller,
    JsonBody(settings): JsonBody<Settings>,
) -> Result<Json<Value>, StorageError> {
    let name = settings
        .name
        .as_deref()
        .ok_or_else(|| StorageError::InvalidRequest("body must have required property 'name'".to_owned()))?;
    let id = settings.id.as_deref().unwrap_or(name);
    limits::check_bucket_name(name)?;
    limits::check_bucket_name(id)?;
    if settings.kind.as_deref().is_some_and(|kind| kind != "STANDARD") {
        return Err(StorageError::NotHere("a bucket of another type than STANDARD"));
    }
    let mut scope = scope::begin(&state, &caller, "storage.bucket.create").await?;
    sqlx::query(
        "insert into storage.buckets (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
        values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(name)
    .bind(owner_uuid(caller.owner_id()))
    .bind(caller.owner_id())
    .bind(settings.public.unwrap_or(false))
    .bind(settings.size_limit(&state)?)
    .bind(settings.mime_types()?)
    .execute(&mut *scope)
    .await?;
    scope.commit().await?;
    Ok(Json(json!({ "name": name })))
}

/// `PUT /bucket/{bucket}`
pub(super) async fn update(
    Shared(state): Shared<State>,
    Path(bucket): Path<String>,
    caller: Caller,
    JsonBody(settings): JsonBody<Settings>,
) -> Result<Json<Value>, StorageError> {
    let mut scope = scope::begin(&state, &caller, "storage.bucket.update").await?;
    let updated = sqlx::query(
        "update storage.buckets
        set public = coalesce($2, public),
            file_size_limit = case when $3 then $4 else file_size_limit end,
            allowed_mime_types = case when $5 then $6 else allowed_mime_types end,
            updated_at = now()
        where id = $1",
    )
    .bind(&bucket)
    .bind(settings.public)
    .bind(settings.file_size_limit.is_some())
    .bind(settings.size_limit(&state)?)
    .bind(settings.allowed_mime_types.is_some())
    .bind(settings.mime_types()?)
    .execute(&mut *scope)
    .await?;
    if updated.rows_affected() == 0 {
        return Err(StorageError::NoSuchBucket);
    }
    scope.commit().await?;
    Ok(Json(json!({ "message": "Successfully updated" })))
}

/// `POST /bucket/{bucket}/empty`
pub(super) async fn empty(
    Shared(state): Shared<State>,
    Path(bucket): Path<String>,
    caller: Caller,
) -> Result<Json<Value>, StorageError> {
    visible(&state, &caller, &bucket).await?;
    removal::empty(&state, &caller, &bucket).await?;
    Ok(Json(json!({ "message": "Successfully emptied" })))
}

/// `DELETE /bucket/{bucket}`
pub(super) async fn remove(
    Shared(state): Shared<State>,
    Path(bucket): Path<String>,
    caller: Caller,
) -> Result<Json<Value>, StorageError> {
    let mut service = scope::begin(&state, &caller.as_service(), "storage.bucket.delete").await?;
    let is_used: bool = sqlx::query_scalar("select exists (select from storage.objects where bucket_id = $1)")
        .bind(&bucket)
        .fetch_one(&mut *service)
        .await?;
    service.rollback().await?;
    if is_used {
        return Err(StorageError::BucketNotEmpty);
    }
    let mut scope = scope::begin(&state, &caller, "storage.bucket.delete").await?;
    let deleted = sqlx::query("delete from storage.buckets where id = $1").bind(&bucket).execute(&mut *scope).await;
    let deleted = match deleted.map_err(StorageError::from) {
        // An object came between the two.
        Err(StorageError::RelatedResourceNotFound) => return Err(StorageError::BucketNotEmpty),
        deleted => deleted?,
    };
    if deleted.rows_affected() == 0 {
        return Err(StorageError::NoSuchBucket);
    }
    scope.commit().await?;
    Ok(Json(json!({ "message": "Successfully deleted" })))
}
