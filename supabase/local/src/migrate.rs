//! Applies `supabase/migrations`, with the history that the Supabase CLI keeps, so that either can go on after the other.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::migrate::{Migration, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection};

use crate::progress::Progress;
use crate::{Error, Result};

/// The Supabase CLI's own tables, as it creates them.
const HISTORY: &str = "
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
    alter table supabase_migrations.schema_migrations add column if not exists statements text[];
    alter table supabase_migrations.schema_migrations add column if not exists name text;
    create table if not exists supabase_migrations.seed_files (path text not null primary key, hash text not null);
";

/// Applies the migrations of a folder that the database doesn't have yet, each in a transaction of its own, as the
/// role of `database`. Returns how many were applied. A folder that doesn't exist holds none.
///
/// # Errors
/// A migration that fails, with its file and line, or a history that doesn't fit the folder.
pub async fn migrate(database: &PgConnectOptions, folder: &Path, progress: &Progress) -> Result<usize> {
    let mut connection = database.connect().await.map_err(Error::database("connecting to migrate"))?;
    prepare_history(&mut connection).await?;
    let migrations = resolve(folder).await?;
    let applied = applied(&mut connection).await?;
    check_history(&migrations, &applied, folder)?;

    let pending: Vec<&Migration> =
        migrations.iter().filter(|migration| !applied.contains_key(&migration.version.to_string())).collect();
    for (index, migration) in pending.iter().enumerate() {
        progress.say(format!("Applying migration {} of {}: {}", index + 1, pending.len(), file_name(migration)));
        apply(&mut connection, migration).await?;
    }
    connection.close().await.map_err(Error::database("disconnecting after the migrations"))?;
    Ok(pending.len())
}

/// Creates the history's tables where they are missing.
pub(crate) async fn prepare_history(connection: &mut PgConnection) -> Result<()> {
    connection
        .execute(sqlx::raw_sql(HISTORY))
        .await
        .map(drop)
        .map_err(Error::database("preparing the migration history"))
}

async fn resolve(folder: &Path) -> Result<Vec<Migration>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let migrator = Migrator::new(folder)
        .await
        .map_err(|error| Error::message(format!("can't read the migrations in {}: {error}", folder.display())))?;
    Ok(migrator.iter().cloned().collect())
}

/// Version to the statements recorded for it, if any are.
async fn applied(connection: &mut PgConnection) -> Result<BTreeMap<String, Option<Vec<String>>>> {
    let rows: Vec<(String, Option<Vec<String>>)> =
        sqlx::query_as("select version, statements from supabase_migrations.schema_migrations")
            .fetch_all(connection)
            .await
            .map_err(Error::database("reading the migration history"))?;
    Ok(rows.into_iter().collect())
}

/// Refuses a database that was built from other migrations than the folder's.
fn check_history(
    migrations: &[Migration],
    applied: &BTreeMap<String, Option<Vec<String>>>,
    folder: &Path,
) -> Result<()> {
    let advice = "run `primostore reset` to build the database anew (its data is lost)";
    for (version, statements) in applied {
        let Some(migration) = migrations.iter().find(|migration| migration.version.to_string() == *version) else {
            return Err(Error::message(format!(
                "the database was built with migration {version}, which {} doesn't have; {advice}, or bring the file back",
                folder.display()
            )));
        };
        // The Supabase CLI records statement by statement, in its own spelling: only our own record can be compared.
        if let Some([recorded]) = statements.as_deref()
            && recorded.as_str() != migration.sql.as_str()
        {
            return Err(Error::message(format!(
                "the migration {} was changed after the database was built with it; {advice}, or undo the change",
                file_name(migration)
            )));
        }
    }
    Ok(())
}

async fn apply(connection: &mut PgConnection, migration: &Migration) -> Result<()> {
    let name = file_name(migration);
    let action = || format!("applying {name}");
    let mut transaction = connection.begin().await.map_err(Error::database(action()))?;
    transaction
        .execute(sqlx::raw_sql(migration.sql.clone()))
        .await
        .map_err(|error| failed_statement(&name, migration.sql.as_str(), error))?;
    sqlx::query("insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)")
        .bind(migration.version.to_string())
        .bind(migration.description.replace(' ', "_"))
        .bind(vec![migration.sql.as_str()])
        .execute(&mut *transaction)
        .await
        .map_err(Error::database(action()))?;
    transaction.commit().await.map_err(Error::database(action()))
}

/// An error in a file of statements, with the line it happened in.
pub(crate) fn failed_statement(file: &str, sql: &str, error: sqlx::Error) -> Error {
    let Some(refusal) =
        error.as_database_error().and_then(|error| error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>())
    else {
        return Error::database(format!("running {file}"))(error);
    };
    let place = match refusal.position() {
        Some(sqlx::postgres::PgErrorPosition::Original(position)) => {
            format!("{file}, line {}", line_of(sql, position))
        }
        _ => file.to_owned(),
    };
    let mut message = format!("{place}: {}", refusal.message());
    for note in [refusal.detail(), refusal.hint(), refusal.r#where()].into_iter().flatten() {
        message.push_str(" | ");
        message.push_str(note);
    }
    Error::Message(message)
}

/// The line that a character position falls into, both counted from one.
fn line_of(text: &str, position: usize) -> usize {
    1 + text.chars().take(position.saturating_sub(1)).filter(|character| *character == '\n').count()
}

fn file_name(migration: &Migration) -> String {
    format!("{}_{}.sql", migration.version, migration.description.replace(' ', "_"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    async fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<Migration>) {
        let dir = tempfile::tempdir().unwrap();
        for (name, sql) in files {
            std::fs::write(dir.path().join(name), sql).unwrap();
        }
        let migrations = resolve(dir.path()).await.unwrap();
        (dir, migrations)
    }

    #[tokio::test]
    async fn migrations_are_read_in_order_of_their_version() {
        let (_dir, migrations) =
            folder(&[("20260101000200_second_step.sql", "select 2"), ("20260101000100_first.sql", "select 1")]).await;
        let names: Vec<String> = migrations.iter().map(file_name).collect();
        assert_eq!(names, ["20260101000100_first.sql", "20260101000200_second_step.sql"]);
    }

    #[tokio::test]
    async fn a_folder_that_does_not_exist_holds_no_migrations() {
        assert!(resolve(Path::new("/nowhere/migrations")).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_migration_changed_after_it_was_applied_is_refused() {
        let (dir, migrations) = folder(&[("20260101000100_first.sql", "select 1")]).await;
        let recorded = |statements: Option<Vec<&str>>| {
            let statements = statements.map(|list| list.into_iter().map(ToOwned::to_owned).collect());
            BTreeMap::from([("20260101000100".to_owned(), statements)])
        };
        assert!(check_history(&migrations, &recorded(Some(vec!["select 1"])), dir.path()).is_ok());
        assert!(check_history(&migrations, &recorded(None), dir.path()).is_ok());
        let error = check_history(&migrations, &recorded(Some(vec!["select 0"])), dir.path()).unwrap_err().to_string();
        assert!(error.contains("20260101000100_first.sql") && error.contains("primostore reset"), "{error}");
    }

    #[tokio::test]
    async fn a_migration_the_folder_does_not_have_is_refused() {
        let (dir, migrations) = folder(&[("20260101000100_first.sql", "select 1")]).await;
        let applied = BTreeMap::from([("20250101000000".to_owned(), None)]);
        let error = check_history(&migrations, &applied, dir.path()).unwrap_err().to_string();
        assert!(error.contains("20250101000000") && error.contains("primostore reset"), "{error}");
    }

    #[test]
    fn a_position_is_told_as_a_line() {
        assert_eq!(line_of("select 1;\nselect é;\nselect x;", 1), 1);
        assert_eq!(line_of("select 1;\nselect é;\nselect x;", 18), 2);
        assert_eq!(line_of("select 1;\nselect é;\nselect x;", 21), 3);
    }
}
