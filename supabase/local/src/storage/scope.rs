//! Transactions in a caller's name: the role and the request settings that policies and `auth.uid()` read.

use sqlx::{Postgres, Transaction};

use super::caller::Caller;
use super::{State, StorageError};

/// A transaction; what isn't committed is rolled back on drop.
pub(super) type Scope = Transaction<'static, Postgres>;

/// Begins a transaction as `caller`. `operation` is what `storage.operation()` tells policies.
pub(super) async fn begin(state: &State, caller: &Caller, operation: &str) -> Result<Scope, StorageError> {
    let mut scope = state.pool().begin().await?;
    switch(&mut scope, caller, operation).await?;
    Ok(scope)
}

async fn switch(scope: &mut Scope, caller: &Caller, operation: &str) -> Result<(), StorageError> {
    sqlx::query(
        "select
            set_config('role', $1, true),
            set_config('request.jwt.claim.role', $1, true),
            set_config('request.jwt.claim.sub', $2, true),
            set_config('request.jwt.claims', $3, true),
            set_config('request.headers', $4, true),
            set_config('request.method', $5, true),
            set_config('request.path', $6, true),
            set_config('storage.operation', $7, true),
            set_config('storage.allow_delete_query', 'true', true)",
    )
    .bind(&caller.role)
    .bind(caller.subject.as_deref().unwrap_or_default())
    .bind(&caller.claims)
    .bind(&caller.headers)
    .bind(&caller.method)
    .bind(&caller.path)
    .bind(operation)
    .execute(&mut **scope)
    .await
    .map_err(|error| {
        match error.as_database_error().and_then(|error| error.code()).as_deref() {
            // The token names a role that isn't there.
            Some("22023") => StorageError::AccessDenied(format!("role \"{}\" does not exist", caller.role)),
            _ => StorageError::from(error),
        }
    })?;
    Ok(())
}
