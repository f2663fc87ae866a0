//! Signed URLs: a JWT that stands for the permission of whoever asked for it.

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::JsonBody;
use super::caller::Caller;
use super::rows::{self, NewObject};
use super::{State, StorageError, limits, scope, upload};

/// How long a signed upload URL is good, in seconds.
const UPLOAD_SECONDS: u64 = 2 * 60 * 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignOne {
    expires_in: u64,
    transform: Option<Map<String, Value>>,
}

/// `POST /object/sign/{bucket}/{key}`
pub(super) async fn sign_one(
    Shared(state): Shared<State>,
    Path((bucket, key)): Path<(String, String)>,
    caller: Caller,
    JsonBody(wish): JsonBody<SignOne>,
) -> Result<Json<Value>, StorageError> {
    limits::check_key(&key)?;
    if wish.transform.is_some_and(|transform| !transform.is_empty()) {
        return Err(StorageError::NotHere("image transformation"));
    }
    let mut scope = scope::begin(&state, &caller, "storage.object.sign").await?;
    rows::find_object(&mut scope, &bucket, &key).await?.ok_or(StorageError::NoSuchKey)?;
    let signed_url = sign_download(&state, &bucket, &key, wish.expires_in)?;
    Ok(Json(json!({ "signedURL": signed_url })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignMany {
    expires_in: u64,
    paths: Vec<String>,
}

/// `POST /object/sign/{bucket}`
pub(super) async fn sign_many(
    Shared(state): Shared<State>,
    Path(bucket): Path<String>,
    caller: Caller,
    JsonBody(wish): JsonBody<SignMany>,
) -> Result<Json<Vec<Value>>, StorageError> {
    let mut scope = scope::begin(&state, &caller, "storage.object.sign_many").await?;
    let visible: HashSet<String> =
        sqlx::query_scalar("select name from storage.objects where bucket_id = $1 and name = any($2)")
            .bind(&bucket)
            .bind(&wish.paths)
            .fetch_all(&mut *scope)
            .await?
            .into_iter()
            .collect();
    let sign = |path: &String| {
        if !visible.contains(path) {
            let error = "Either the object does not exist or you do not have access to it";
            return Ok(json!({ "error": error, "path": path, "signedURL": null }));
        }
        let signed_url = sign_download(&state, &bucket, path, wish.expires_in)?;
        Ok(json!({ "error": null, "path": path, "signedURL": signed_url }))
    };
    wish.paths.iter().map(sign).collect::<Result<_, StorageError>>().map(Json)
}

/// `POST /object/upload/sign/{bucket}/{key}`
pub(super) async fn sign_upload(
    Shared(state): Shared<State>,
    Path((bucket, key)): Path<(String, String)>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Json<Value>, StorageError> {
    limits::check_key(&key)?;
    rows::bucket(&state, &caller, &bucket).await?;
    let upsert = upload::wants_upsert(&headers);
    upload::check_permission(
        &state,
        &caller,
        &NewObject {
            bucket: &bucket,
            key: &key,
            owner_id: caller.owner_id(),
            version: "1",
            metadata: &json!({}),
            user_metadata: None,
        },
        upsert,
    )
    .await?;
    let url = format!("{bucket}/{key}");
    let mut claims = claims(&url, UPLOAD_SECONDS)?;
    claims.insert("upsert".to_owned(), upsert.into());
    if let Some(owner) = caller.owner_id() {
        claims.insert("owner".to_owned(), owner.into());
    }
    let token = sign(&state, &claims)?;
    Ok(Json(json!({ "url": format!("/object/upload/sign/{url}?token={token}"), "token": token })))
}

fn sign_download(state: &State, bucket: &str, key: &str, seconds: u64) -> Result<String, StorageError> {
    let url = format!("{bucket}/{key}");
    let token = sign(state, &claims(&url, seconds)?)?;
    Ok(format!("/object/sign/{url}?token={token}"))
}

fn claims(url: &str, seconds: u64) -> Result<Map<String, Value>, StorageError> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|error| StorageError::Internal(error.to_string()))?
        .as_secs();
    let expires = Some(seconds)
        .filter(|seconds| (1..=u64::from(u32::MAX)).contains(seconds))
        .map(|seconds| now + seconds)
        .ok_or_else(|| StorageError::InvalidRequest("body/expiresIn must be >= 1".to_owned()))?;
    Ok(Map::from_iter([
        ("url".to_owned(), url.into()),
        ("iat".to_owned(), now.into()),
        ("exp".to_owned(), expires.into()),
    ]))
}

fn sign(state: &State, claims: &Map<String, Value>) -> Result<String, StorageError> {
    state.keys().sign(claims).map_err(|error| StorageError::Internal(error.to_string()))
}

/// What the token of a signed upload URL permits.
pub(super) struct UploadGrant {
    pub(super) owner_id: Option<String>,
    pub(super) upsert: bool,
}

/// Checks the token of a signed upload URL. A download's token has no `upsert` and doesn't pass.
pub(super) fn verify_upload(state: &State, token: &str, bucket: &str, key: &str) -> Result<UploadGrant, StorageError> {
    let claims = verify(state, token, bucket, key)?;
    let upsert = claims.get("upsert").and_then(Value::as_bool).ok_or(StorageError::InvalidSignature)?;
    Ok(UploadGrant { owner_id: claims.get("owner").and_then(Value::as_str).map(str::to_owned), upsert })
}

/// Checks the token of a signed download URL and returns when it expires, in Unix seconds.
pub(super) fn verify_download(state: &State, token: &str, bucket: &str, key: &str) -> Result<u64, StorageError> {
    let claims = verify(state, token, bucket, key)?;
    if claims.contains_key("upsert") {
        return Err(StorageError::InvalidSignature);
    }
    claims.get("exp").and_then(Value::as_u64).ok_or(StorageError::InvalidSignature)
}

fn verify(state: &State, token: &str, bucket: &str, key: &str) -> Result<Map<String, Value>, StorageError> {
    let claims = state.keys().verify(token).map_err(|error| StorageError::InvalidJwt(error.to_string()))?;
    if claims.get("url").and_then(Value::as_str) == Some(&format!("{bucket}/{key}")) {
        Ok(claims)
    } else {
        Err(StorageError::InvalidSignature)
    }
}
