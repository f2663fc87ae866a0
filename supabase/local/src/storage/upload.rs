//! Uploads: permission first, then the file, then the row.

use axum::Json;
use axum::extract::{Path, Query, Request, State as Shared};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::Incoming;
use super::caller::Caller;
use super::files::{FileId, Staged};
use super::rows::{self, NewObject};
use super::{State, StorageError, limits, scope, signing};

/// Where an upload goes, and whose it is.
pub(super) struct Target {
    bucket: String,
    key: String,
    owner_id: Option<String>,
    upsert: bool,
}

/// `POST /object/{bucket}/{key}`
pub(super) async fn create(
    Shared(state): Shared<State>,
    Path((bucket, key)): Path<(String, String)>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<Value>, StorageError> {
    let upsert = wants_upsert(&headers);
    let target = Target { owner_id: caller.owner_id().map(str::to_owned), bucket, key, upsert };
    accept(&state, &caller, target, request).await
}

/// `PUT /object/{bucket}/{key}`
pub(super) async fn replace(
    Shared(state): Shared<State>,
    Path((bucket, key)): Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Result<Json<Value>, StorageError> {
    let target = Target { owner_id: caller.owner_id().map(str::to_owned), bucket, key, upsert: true };
    accept(&state, &caller, target, request).await
}

#[derive(Deserialize)]
pub(super) struct Token {
    token: String,
}

/// `PUT /object/upload/sign/{bucket}/{key}`: the token carries the permission of whoever signed it.
pub(super) async fn upload_signed(
    Shared(state): Shared<State>,
    Path((bucket, key)): Path<(String, String)>,
    Query(Token { token }): Query<Token>,
    caller: Caller,
    request: Request,
) -> Result<Json<Value>, StorageError> {
    let grant = signing::verify_upload(&state, &token, &bucket, &key)?;
    let target = Target { bucket, key, owner_id: grant.owner_id, upsert: grant.upsert };
    accept(&state, &caller.as_service(), target, request).await
}

/// `x-upsert: true`
pub(super) fn wants_upsert(headers: &HeaderMap) -> bool {
    headers.get("x-upsert").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}

async fn accept(state: &State, caller: &Caller, target: Target, request: Request) -> Result<Json<Value>, StorageError> {
    let mut incoming = Incoming::from_request(request).await?;
    match receive(state, caller, &target, &mut incoming).await {
        Ok(id) => Ok(Json(json!({ "Id": id, "Key": format!("{}/{}", target.bucket, target.key) }))),
        Err(error) => {
            incoming.drain().await;
            Err(error)
        }
    }
}

async fn receive(
    state: &State,
    caller: &Caller,
    target: &Target,
    incoming: &mut Incoming,
) -> Result<Uuid, StorageError> {
    limits::check_bucket_name(&target.bucket)?;
    limits::check_key(&target.key)?;
    let bucket = rows::bucket(state, caller, &target.bucket).await?;
    let mut limit = state.file_size_limit();
    if let Some(own) = bucket.file_size_limit.and_then(|limit| u64::try_from(limit).ok()) {
        limit = limit.min(own);
    }
    if limits::is_empty_folder(&target.key) {
        limit = 0;
    } else {
        limits::check_mime_type(&incoming.mime_type, bucket.allowed_mime_types.as_deref())?;
    }

    let announced = json!({ "mimetype": incoming.mime_type, "contentLength": incoming.content_length });
    check_permission(
        state,
        caller,
        &NewObject {
            bucket: &target.bucket,
            key: &target.key,
            owner_id: target.owner_id.as_deref(),
            version: "1",
            metadata: &announced,
            user_metadata: incoming.user_metadata.as_ref(),
        },
        target.upsert,
    )
    .await?;
    if incoming.content_length.is_some_and(|length| length > limit) {
        return Err(StorageError::TooLarge("object"));
    }

    let staged = state.files().stage(&mut incoming.content, limit).await?;
    let metadata = rows::file_metadata(&staged.etag, staged.size, &incoming.mime_type, &incoming.cache_control);
    let finish = finish(
        state.clone(),
        caller.as_service(),
        Target { bucket: target.bucket.clone(), key: target.key.clone(), owner_id: target.owner_id.clone(), ..*target },
        staged,
        metadata,
        incoming.user_metadata.clone(),
    );
    // As a task of its own: a client that goes away now must not leave a file without a row.
    tokio::spawn(finish).await.map_err(|error| StorageError::Internal(error.to_string()))?
}

/// Whether row level security lets the caller write this row: writes it and rolls back.
pub(super) async fn check_permission(
    state: &State,
    caller: &Caller,
    object: &NewObject<'_>,
    upsert: bool,
) -> Result<(), StorageError> {
    let mut scope = scope::begin(state, caller, "storage.object.upload").await?;
    rows::write_object(&mut scope, object, upsert).await?;
    scope.rollback().await?;
    Ok(())
}

async fn finish(
    state: State,
    service: Caller,
    target: Target,
    staged: Staged,
    metadata: Value,
    user_metadata: Option<Value>,
) -> Result<Uuid, StorageError> {
    let version = Uuid::new_v4().to_string();
    let file = FileId::new(&target.bucket, &target.key, &version);
    if let Err(error) = state.files().put_in_place(&staged, &file).await {
        state.files().discard_staged(&staged).await;
        return Err(error);
    }
    let object = NewObject {
        bucket: &target.bucket,
        key: &target.key,
        owner_id: target.owner_id.as_deref(),
        version: &version,
        metadata: &metadata,
        user_metadata: user_metadata.as_ref(),
    };
    match commit(&state, &service, &object, target.upsert).await {
        Ok((id, replaced)) => {
            if let Some(replaced) = replaced {
                state.files().discard(&replaced).await;
            }
            Ok(id)
        }
        Err(error) => {
            state.files().discard(&file).await;
            Err(error)
        }
    }
}

/// Writes the row past row level security, which [`check_permission`] has asked, and returns the file it replaces.
pub(super) async fn commit(
    state: &State,
    service: &Caller,
    object: &NewObject<'_>,
    upsert: bool,
) -> Result<(Uuid, Option<FileId>), StorageError> {
    let mut scope = scope::begin(state, service, "storage.object.upload").await?;
    let replaced = rows::lock_object(&mut scope, object.bucket, object.key).await?.map(|object| object.file());
    let id = rows::write_object(&mut scope, object, upsert).await?;
    scope.commit().await?;
    Ok((id, replaced))
}
