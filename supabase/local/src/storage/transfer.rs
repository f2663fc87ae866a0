//! Moving and copying objects, within a bucket or to another one.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::JsonBody;
use super::caller::{Caller, owner_uuid};
use super::files::FileId;
use super::rows::{self, NewObject, Object};
use super::scope::Scope;
use super::{State, StorageError, limits, scope, upload};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Route {
    bucket_id: String,
    source_key: String,
    destination_key: String,
    destination_bucket: Option<String>,
    #[serde(default = "copies_metadata")]
    copy_metadata: bool,
    metadata: Option<Value>,
}

fn copies_metadata() -> bool {
    true
}

impl Route {
    fn destination_bucket(&self) -> &str {
        self.destination_bucket.as_deref().unwrap_or(&self.bucket_id)
    }

    fn is_nowhere(&self) -> bool {
        self.destination_bucket() == self.bucket_id && self.source_key == self.destination_key
    }

    fn destination(&self, version: &str) -> FileId {
        FileId::new(self.destination_bucket(), &self.destination_key, version)
    }
}

/// `POST /object/move`
pub(super) async fn move_object(
    Shared(state): Shared<State>,
    caller: Caller,
    JsonBody(route): JsonBody<Route>,
) -> Result<Json<Value>, StorageError> {
    limits::check_key(&route.destination_key)?;
    let version = Uuid::new_v4().to_string();
    let mut attempt = scope::begin(&state, &caller, "storage.object.move").await?;
    let source =
        rows::find_object(&mut attempt, &route.bucket_id, &route.source_key).await?.ok_or(StorageError::NoSuchKey)?;
    rename_row(&mut attempt, &route, &version, caller.owner_id()).await?;
    attempt.rollback().await?;
    let answer = json!({ "message": "Successfully moved", "Id": source.id, "Key": format!("{}/{}", route.destination_bucket(), route.destination_key) });
    if route.is_nowhere() {
        return Ok(Json(answer));
    }
    let finish = async move {
        let (from, to) = (source.file(), route.destination(&version));
        state.files().copy(&from, &to).await?;
        match commit_move(&state, &caller, &route, &source, &version).await {
            Ok(()) => {
                state.files().discard(&from).await;
                Ok(())
            }
            Err(error) => {
                state.files().discard(&to).await;
                Err(error)
            }
        }
    };
    tokio::spawn(finish).await.map_err(|error| StorageError::Internal(error.to_string()))??;
    Ok(Json(answer))
}

async fn commit_move(
    state: &State,
    caller: &Caller,
    route: &Route,
    source: &Object,
    version: &str,
) -> Result<(), StorageError> {
    let mut scope = scope::begin(state, &caller.as_service(), "storage.object.move").await?;
    let current =
        rows::lock_object(&mut scope, &route.bucket_id, &route.source_key).await?.ok_or(StorageError::NoSuchKey)?;
    if current.version != source.version {
        return Err(StorageError::Locked);
    }
    rename_row(&mut scope, route, version, caller.owner_id()).await?;
    scope.commit().await?;
    Ok(())
}

async fn rename_row(
    scope: &mut Scope,
    route: &Route,
    version: &str,
    owner_id: Option<&str>,
) -> Result<(), StorageError> {
    // Nobody owns what the service moves, unless somebody owned it before.
    let renamed = sqlx::query(
        "update storage.objects
        set name = $3,
            bucket_id = $4,
            version = $5,
            owner = coalesce($6, owner),
            owner_id = coalesce($7, owner_id)
        where bucket_id = $1
        and name = $2",
    )
    .bind(&route.bucket_id)
    .bind(&route.source_key)
    .bind(&route.destination_key)
    .bind(route.destination_bucket())
    .bind(version)
    .bind(owner_uuid(owner_id))
    .bind(owner_id)
    .execute(&mut **scope)
    .await?;
    if renamed.rows_affected() == 0 { Err(StorageError::NoSuchKey) } else { Ok(()) }
}

/// `POST /object/copy`
pub(super) async fn copy_object(
    Shared(state): Shared<State>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(route): JsonBody<Route>,
) -> Result<Json<Value>, StorageError> {
    limits::check_key(&route.destination_key)?;
    let upsert = upload::wants_upsert(&headers);
    let mut scope = scope::begin(&state, &caller, "storage.object.copy").await?;
    let source =
        rows::find_object(&mut scope, &route.bucket_id, &route.source_key).await?.ok_or(StorageError::NoSuchKey)?;
    scope.rollback().await?;
    let metadata = destination_metadata(&source, &route);
    let task = copy(state, caller, route, source, metadata, upsert);
    tokio::spawn(task).await.map_err(|error| StorageError::Internal(error.to_string()))?.map(Json)
}

/// The copy's metadata: the source's, with the request's cache control and type over it when asked.
fn destination_metadata(source: &Object, route: &Route) -> Value {
    let mut metadata = source.metadata.clone().unwrap_or_else(|| json!({}));
    if !route.copy_metadata
        && let Some(changes) = route.metadata.as_ref().and_then(Value::as_object)
    {
        for name in ["cacheControl", "mimetype"] {
            if let Some(value) = changes.get(name).filter(|value| value.is_string()) {
                metadata[name] = value.clone();
            }
        }
    }
    metadata
}

async fn copy(
    state: State,
    caller: Caller,
    route: Route,
    source: Object,
    metadata: Value,
    upsert: bool,
) -> Result<Value, StorageError> {
    let version = Uuid::new_v4().to_string();
    let object = NewObject {
        bucket: route.destination_bucket(),
        key: &route.destination_key,
        owner_id: caller.owner_id(),
        version: &version,
        metadata: &metadata,
        user_metadata: source.user_metadata.as_ref(),
    };
    upload::check_permission(&state, &caller, &object, upsert).await?;
    let file = route.destination(&version);
    state.files().copy(&source.file(), &file).await?;
    match upload::commit(&state, &caller.as_service(), &object, upsert).await {
        Ok((id, replaced)) => {
            if let Some(replaced) = replaced {
                state.files().discard(&replaced).await;
            }
            Ok(json!({
                "Id": id,
                "Key": format!("{}/{}", object.bucket, object.key),
                "id": id,
                "name": object.key,
                "bucket_id": object.bucket,
                "version": version,
                "owner_id": object.owner_id,
                "metadata": metadata,
                "user_metadata": source.user_metadata,
            }))
        }
        Err(error) => {
            state.files().discard(&file).await;
            Err(error)
        }
    }
}
