//! The buckets that `config.toml` names.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::project_config::Bucket;
use crate::{Error, Result};

/// Makes the buckets of `[storage.buckets]`, or gives those that are there what is said of them, as
/// `supabase seed buckets` does.
///
/// # Errors
/// What the database said.
pub(crate) async fn make_buckets(superuser: &PgConnectOptions, buckets: &BTreeMap<String, Bucket>) -> Result<()> {
    if buckets.is_empty() {
        return Ok(());
    }
    let mut connection = superuser.connect().await.map_err(Error::database("connecting to make the buckets"))?;
    for (name, bucket) in buckets {
        let size_limit = i64::try_from(bucket.file_size_limit).ok().filter(|limit| *limit > 0);
        let mime_types = Some(&bucket.allowed_mime_types).filter(|types| !types.is_empty());
        sqlx::query(
            "insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
            values ($1, $1, $2, $3, $4)
            on conflict (id) do update
            set public = excluded.public, file_size_limit = excluded.file_size_limit,
                allowed_mime_types = excluded.allowed_mime_types, updated_at = now()",
        )
        .bind(name)
        .bind(bucket.public)
        .bind(size_limit)
        .bind(mime_types)
        .execute(&mut connection)
        .await
        .map_err(Error::database(format!("making the bucket {name}")))?;
    }
    connection.close().await.map_err(Error::database("disconnecting after the buckets"))
}
