//! Deleting objects: rows under the caller's policies, then the files of the rows that went.

use axum::Json;
use axum::extract::{Path, State as Shared};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::JsonBody;
use super::caller::Caller;
use super::rows::{Object, object_columns};
use super::scope::Scope;
use super::{State, StorageError, scope};

/// How many names one request may delete.
const MAX_NAMES: usize = 1000;

/// `DELETE /object/{bucket}/{key}`
pub(super) async fn remove_one(
    Shared(state): Shared<State>,
    Path((bucket, key)): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<Value>, StorageError> {
    let mut scope = scope::begin(&state, &caller, "storage.object.delete").await?;
    let deleted = delete_rows(&mut scope, &bucket, &[key]).await?;
    if deleted.is_empty() {
        return Err(StorageError::NoSuchKey);
    }
    commit(&state, scope, &deleted).await?;
    Ok(Json(json!({ "message": "Successfully deleted" })))
}

#[derive(Deserialize)]
pub(super) struct Names {
    prefixes: Vec<String>,
}

/// `DELETE /object/{bucket}`: answers with what was deleted; what the caller may not delete is passed over.
pub(super) async fn remove_many(
    Shared(state): Shared<State>,
    Path(bucket): Path<String>,
    caller: Caller,
    JsonBody(Names { prefixes }): JsonBody<Names>,
) -> Result<Json<Vec<Object>>, StorageError> {
    if !(1..=MAX_NAMES).contains(&prefixes.len()) {
        return Err(StorageError::InvalidRequest("body/prefixes must hold between 1 and 1000 names".to_owned()));
    }
    let mut scope = scope::begin(&state, &caller, "storage.object.delete_many").await?;
    let deleted = delete_rows(&mut scope, &bucket, &prefixes).await?;
    commit(&state, scope, &deleted).await?;
    Ok(Json(deleted))
}

/// Deletes every object of a bucket that the caller sees; all of them or none.
pub(super) async fn empty(state: &State, caller: &Caller, bucket: &str) -> Result<(), StorageError> {
    let mut scope = scope::begin(state, caller, "storage.bucket.empty").await?;
    let query = concat!("delete from storage.objects where bucket_id = $1 returning ", object_columns!());
    let deleted: Vec<Object> = sqlx::query_as(query).bind(bucket).fetch_all(&mut *scope).await?;
    let remaining: Vec<String> = sqlx::query_scalar("select name from storage.objects where bucket_id = $1 limit 10")
        .bind(bucket)
        .fetch_all(&mut *scope)
        .await?;
    if !remaining.is_empty() {
        return Err(StorageError::AccessDenied(format!(
            "Cannot delete: {}, you may have SELECT but not DELETE permissions",
            remaining.join(" ,")
        )));
    }
    commit(state, scope, &deleted).await
}

async fn delete_rows(scope: &mut Scope, bucket: &str, names: &[String]) -> Result<Vec<Object>, StorageError> {
    let query =
        concat!("delete from storage.objects where bucket_id = $1 and name = any($2) returning ", object_columns!());
    Ok(sqlx::query_as(query).bind(bucket).bind(names).fetch_all(&mut **scope).await?)
}

/// Commits, then deletes the files, as a task of its own so that a client that goes away leaves none behind.
async fn commit(state: &State, scope: Scope, deleted: &[Object]) -> Result<(), StorageError> {
    let state = state.clone();
    let files: Vec<_> = deleted.iter().map(Object::file).collect();
    let task = async move {
        scope.commit().await?;
        for file in &files {
            state.files().discard(file).await;
        }
        Ok(())
    };
    tokio::spawn(task).await.map_err(|error| StorageError::Internal(error.to_string()))?
}
