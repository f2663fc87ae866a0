//! Makes a bare database what a hosted project has before its first migration.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection};

use crate::{Error, Result};

/// Roles of the whole cluster.
const ROLES: &str = include_str!("../sql/roles.sql");

/// What every database has, in the order in which it is made.
const DATABASE: [(&str, &str); 3] = [
    ("database.sql", include_str!("../sql/database.sql")),
    ("auth.sql", include_str!("../sql/auth.sql")),
    ("storage.sql", include_str!("../sql/storage.sql")),
];

/// Bootstraps the cluster's roles and the database that `superuser` connects to. All or nothing, and nothing when it
/// was done before.
///
/// # Errors
/// What the database said.
pub async fn bootstrap_cluster(superuser: &PgConnectOptions, password: &str) -> Result<()> {
    let mut connection = connect(superuser).await?;
    let mut transaction = connection.begin().await.map_err(Error::database("beginning the bootstrap"))?;
    let done: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = 'authenticator')")
        .fetch_one(&mut *transaction)
        .await
        .map_err(Error::database("looking for the roles"))?;
    if !done {
        // `create role` takes no parameters; the password is URL-safe text, and quoted all the same.
        let roles = ROLES.replace(":password", &format!("'{}'", password.replace('\'', "''")));
        run(&mut transaction, "roles.sql", &roles).await?;
        bootstrap_database(&mut transaction).await?;
    }
    transaction.commit().await.map_err(Error::database("finishing the bootstrap"))?;
    close(connection).await
}

/// Creates another database in the cluster, as bare as a new project's: for tests and comparisons.
///
/// # Errors
/// What the database said.
pub async fn create_database(superuser: &PgConnectOptions, name: &str) -> Result<()> {
    let mut connection = connect(superuser).await?;
    let statement = format!("create database \"{}\" template template0", name.replace('"', "\"\""));
    connection
        .execute(sqlx::AssertSqlSafe(statement))
        .await
        .map_err(Error::database(format!("creating the database {name}")))?;
    close(connection).await?;

    let mut connection = connect(&superuser.clone().database(name)).await?;
    let mut transaction = connection.begin().await.map_err(Error::database("beginning the bootstrap"))?;
    bootstrap_database(&mut transaction).await?;
    transaction.commit().await.map_err(Error::database("finishing the bootstrap"))?;
    close(connection).await
}

async fn bootstrap_database(connection: &mut PgConnection) -> Result<()> {
    for (name, sql) in DATABASE {
        run(connection, name, sql).await?;
    }
    Ok(())
}

async fn run(connection: &mut PgConnection, name: &str, sql: &str) -> Result<()> {
    connection
        .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())))
        .await
        .map(drop)
        .map_err(Error::database(format!("running {name}")))
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection> {
    options.connect().await.map_err(Error::database("connecting"))
}

async fn close(connection: PgConnection) -> Result<()> {
    connection.close().await.map_err(Error::database("disconnecting"))
}
