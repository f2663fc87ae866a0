//! Objects that no picture has any more.

use primostore_shared::{DatabaseError, Origin, StorageError};
use serde::Deserialize;
use serde_json::json;

use super::{BUCKET, Pictures};

#[derive(Deserialize)]
struct Queued {
    path: String,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Removes what the database has queued. What fails stays queued.
pub(super) async fn remove_queued(pictures: &Pictures, origin: &Origin) {
    if let Err(error) = try_remove_queued(pictures, origin).await {
        tracing::warn!(%error, "objects of deleted pictures can't be removed now; they stay queued");
    }
}

async fn try_remove_queued(pictures: &Pictures, origin: &Origin) -> Result<(), Failure> {
    let queued: Vec<Queued> = pictures.database.call("claim_storage_removals", &json!({}), origin).await?;
    let paths: Vec<String> = queued.into_iter().map(|queued| queued.path).collect();
    if paths.is_empty() {
        return Ok(());
    }
    pictures.storage.remove(BUCKET, &paths).await?;
    confirm(pictures, &paths, origin).await
}

/// Removes objects that were announced and not attached. `is_final` tells that none of them can still arrive; otherwise
/// they stay announced, and are removed once more when the announcement has passed.
pub(super) async fn remove_announced(pictures: &Pictures, paths: &[String], is_final: bool, origin: &Origin) {
    let removed = async {
        pictures.storage.remove(BUCKET, paths).await?;
        if is_final { confirm(pictures, paths, origin).await } else { Ok(()) }
    };
    if let Err(error) = removed.await {
        tracing::warn!(%error, "the objects of a failed upload can't be removed now; they stay announced");
    }
}

async fn confirm(pictures: &Pictures, paths: &[String], origin: &Origin) -> Result<(), Failure> {
    pictures.database.call::<i64>("confirm_storage_removals", &json!({ "paths": paths }), origin).await?;
    Ok(())
}
