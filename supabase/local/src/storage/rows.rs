//! Rows of `storage.buckets` and `storage.objects`, and their JSON.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::caller::{Caller, owner_uuid};
use super::files::FileId;
use super::{State, StorageError, scope};

/// Times as JavaScript prints them: UTC with milliseconds.
pub(super) fn serialize_time<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true)).serialize(serializer)
}

/// A bucket as the API shows it.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub(super) struct Bucket {
    pub(super) id: String,
    name: String,
    owner: Option<Uuid>,
    pub(super) public: bool,
    #[serde(rename = "type")]
    kind: String,
    pub(super) file_size_limit: Option<i64>,
    pub(super) allowed_mime_types: Option<Vec<String>>,
    #[serde(serialize_with = "serialize_time")]
    created_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "serialize_time")]
    updated_at: Option<DateTime<Utc>>,
}

/// The columns of [`Bucket`].
macro_rules! bucket_columns {
    () => {
        "id, name, owner, coalesce(public, false) as public, type::text as kind, file_size_limit, allowed_mime_types, \
         created_at, updated_at"
    };
}
pub(super) use bucket_columns;

/// Any bucket, whether the caller may see it or not: its limits and publicity bind everybody.
pub(super) async fn bucket(state: &State, caller: &Caller, id: &str) -> Result<Bucket, StorageError> {
    let mut scope = scope::begin(state, &caller.as_service(), "storage.bucket.get").await?;
    sqlx::query_as(concat!("select ", bucket_columns!(), " from storage.buckets where id = $1"))
        .bind(id)
        .fetch_optional(&mut *scope)
        .await?
        .ok_or(StorageError::NoSuchBucket)
}

/// An object as the API shows it.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) bucket_id: String,
    owner: Option<Uuid>,
    owner_id: Option<String>,
    pub(super) version: String,
    pub(super) id: Uuid,
    #[serde(serialize_with = "serialize_time")]
    pub(super) updated_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "serialize_time")]
    pub(super) created_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "serialize_time")]
    last_accessed_at: Option<DateTime<Utc>>,
    pub(super) metadata: Option<Value>,
    pub(super) user_metadata: Option<Value>,
}

/// The columns of [`Object`].
macro_rules! object_columns {
    () => {
        "name, bucket_id, owner, owner_id, coalesce(version, '') as version, id, updated_at, created_at, \
         last_accessed_at, metadata, user_metadata"
    };
}
pub(super) use object_columns;

impl Object {
    /// The file with the object's content.
    pub(super) fn file(&self) -> FileId {
        FileId::new(&self.bucket_id, &self.name, &self.version)
    }

    /// A text in the metadata: `mimetype`, `cacheControl`, `eTag`.
    pub(super) fn metadata_text(&self, name: &str) -> Option<&str> {
        self.metadata.as_ref()?.get(name)?.as_str()
    }
}

/// The object that the connection's role sees under this name.
pub(super) async fn find_object(
    connection: &mut PgConnection,
    bucket: &str,
    key: &str,
) -> Result<Option<Object>, StorageError> {
    let query = concat!("select ", object_columns!(), " from storage.objects where bucket_id = $1 and name = $2");
    Ok(sqlx::query_as(query).bind(bucket).bind(key).fetch_optional(connection).await?)
}

/// The same, holding the row until the transaction ends.
pub(super) async fn lock_object(
    connection: &mut PgConnection,
    bucket: &str,
    key: &str,
) -> Result<Option<Object>, StorageError> {
    // The advisory lock also holds off those who create the same name.
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0))")
        .bind(bucket)
        .bind(key)
        .execute(&mut *connection)
        .await?;
    let query =
        concat!("select ", object_columns!(), " from storage.objects where bucket_id = $1 and name = $2 for update");
    Ok(sqlx::query_as(query).bind(bucket).bind(key).fetch_optional(connection).await?)
}

/// What is written about an object.
pub(super) struct NewObject<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) owner_id: Option<&'a str>,
    pub(super) version: &'a str,
    pub(super) metadata: &'a Value,
    pub(super) user_metadata: Option<&'a Value>,
}

/// Inserts the row of an object; with `upsert`, takes over an existing one.
pub(super) async fn write_object(
    connection: &mut PgConnection,
    object: &NewObject<'_>,
    upsert: bool,
) -> Result<Uuid, StorageError> {
    // Without `on conflict` and `returning`, an upload needs no select policy, as in the real one.
    let id = Uuid::new_v4();
    if !upsert {
        sqlx::query(
            "insert into storage.objects (id, bucket_id, name, owner, owner_id, version, metadata, user_metadata)
            values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(object.bucket)
        .bind(object.key)
        .bind(owner_uuid(object.owner_id))
        .bind(object.owner_id)
        .bind(object.version)
        .bind(object.metadata)
        .bind(object.user_metadata)
        .execute(connection)
        .await?;
        return Ok(id);
    }
    let id = sqlx::query_scalar(
        "insert into storage.objects (id, bucket_id, name, owner, owner_id, version, metadata, user_metadata)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (bucket_id, name) do update
        set owner = excluded.owner,
            owner_id = excluded.owner_id,
            version = excluded.version,
            metadata = excluded.metadata,
            user_metadata = excluded.user_metadata
        returning id",
    )
    .bind(id)
    .bind(object.bucket)
    .bind(object.key)
    .bind(owner_uuid(object.owner_id))
    .bind(object.owner_id)
    .bind(object.version)
    .bind(object.metadata)
    .bind(object.user_metadata)
    .fetch_one(connection)
    .await?;
    Ok(id)
}

/// What Storage keeps about a file, under the names clients read.
pub(super) fn file_metadata(etag: &str, size: u64, mime_type: &str, cache_control: &str) -> Value {
    json!({
        "eTag": etag,
        "size": size,
        "mimetype": mime_type,
        "cacheControl": cache_control,
        "lastModified": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
        "contentLength": size,
        "httpStatusCode": 200,
    })
}
