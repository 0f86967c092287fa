//! Database migrations, embedded in the binary, with the same names for both databases.

use std::fs::File;

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{AnyConnection, lock_migrations, open};
use super::{Error, Result};
use portico_config::DatabaseUrl;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Backend(format!("migration: {error}"))
}

/// Applies the pending migrations. Meanwhile an advisory lock (PostgreSQL) or a lock file beside the database
/// (SQLite) makes other processes wait.
pub(super) fn run(url: &DatabaseUrl) -> Result<Vec<String>> {
    let _lock = file_lock(url)?;
    let mut conn = open(url)?;
    lock_migrations(&mut conn)?;
    let applied = match &mut conn {
        AnyConnection::Sqlite(conn) => names(conn.run_pending_migrations(SQLITE).map_err(failed)?),
        AnyConnection::Postgres(conn) => names(conn.run_pending_migrations(POSTGRES).map_err(failed)?),
    };
    Ok(applied)
}

/// Returns the names of the pending migrations.
pub(super) fn pending(url: &DatabaseUrl) -> Result<Vec<String>> {
    let mut conn = open(url)?;
    let (sqlite, postgres) = (SQLITE, POSTGRES);
    match &mut conn {
        AnyConnection::Sqlite(conn) => Ok(conn
            .pending_migrations(sqlite)
            .map_err(failed)?
            .iter()
            .map(|m| m.name().to_string())
            .collect()),
        AnyConnection::Postgres(conn) => Ok(conn
            .pending_migrations(postgres)
            .map_err(failed)?
            .iter()
            .map(|m| m.name().to_string())
            .collect()),
    }
}

fn names(versions: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

fn file_lock(url: &DatabaseUrl) -> Result<Option<File>> {
    let DatabaseUrl::Sqlite(path) = url else { return Ok(None) };
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = || -> std::io::Result<File> {
        let file = File::create(&name)?;
        file.lock()?;
        Ok(file)
    };
    lock()
        .map(Some)
        .map_err(|error| Error::Backend(format!("cannot lock {}: {error}", name.to_string_lossy())))
}
