//! Runs `supabase/seed.sql`, with the record that the Supabase CLI keeps of it.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use crate::migrate::{failed_statement, prepare_history};
use crate::progress::Progress;
use crate::{Error, Result};

/// The seed's path as the Supabase CLI records it, from the project's root.
pub const SEED_FILE: &str = "supabase/seed.sql";

/// Runs the seed of a project as the role of `database`, in one transaction, in a database that never had it. Returns
/// whether it ran. A project without the file has no seed.
///
/// # Errors
/// The statement that failed, with its line.
pub async fn seed(database: &PgConnectOptions, project_dir: &Path, progress: &Progress) -> Result<bool> {
    let path = project_dir.join(SEED_FILE);
    if !path.exists() {
        return Ok(false);
    }
    let sql = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    let mut connection = database.connect().await.map_err(Error::database("connecting to seed"))?;
    prepare_history(&mut connection).await?;
    let mut transaction = connection.begin().await.map_err(Error::database("beginning the seed"))?;
    let ran: bool = sqlx::query_scalar("select exists (select from supabase_migrations.seed_files where path = $1)")
        .bind(SEED_FILE)
        .fetch_one(&mut *transaction)
        .await
        .map_err(Error::database("reading the record of seeds"))?;
    if !ran {
        progress.say(format!("Filling the shop from {SEED_FILE}"));
        transaction
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql.clone())))
            .await
            .map_err(|error| failed_statement(SEED_FILE, &sql, error))?;
        let hash: String = Sha256::digest(&sql).iter().map(|byte| format!("{byte:02x}")).collect();
        sqlx::query("insert into supabase_migrations.seed_files (path, hash) values ($1, $2)")
            .bind(SEED_FILE)
            .bind(hash)
            .execute(&mut *transaction)
            .await
            .map_err(Error::database("recording the seed"))?;
    }
    transaction.commit().await.map_err(Error::database("finishing the seed"))?;
    connection.close().await.map_err(Error::database("disconnecting after the seed"))?;
    Ok(!ran)
}
