//! Connections to both databases, and their settings.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::prelude::*;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Integer};
use r2d2::ManageConnection;

use super::{Error, Result};
use portico_config::DatabaseUrl;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// The backend of boxed queries that run on either database.
pub(super) type Db = <AnyConnection as Connection>::Backend;

/// The number of read connections. SQLite readers are cheap, but each keeps a page cache.
const SQLITE_READERS: u32 = 4;
/// The maximum number of PostgreSQL connections of one node.
const POSTGRES_CONNECTIONS: u32 = 10;
/// The time a caller waits for a connection before it gets [`Error::Busy`].
const POOL_WAIT: Duration = Duration::from_secs(10);
/// The time after which the pool closes an idle connection.
const IDLE: Duration = Duration::from_secs(600);
/// The maximum number of nodes on one PostgreSQL database (node numbers 0 to 127).
const NODES: i32 = 128;
/// The class of Portico's advisory locks: "port" in ASCII.
const LOCK_CLASS: i32 = 0x706f_7274;
/// The advisory lock of migrations, outside the range of node numbers.
const MIGRATION_LOCK: i32 = -1;

/// The access mode of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Read only.
    Read,
    /// Read and write.
    Write,
}

fn cannot_open(error: &ConnectionError) -> Error {
    // PostgreSQL's message may contain the address, but never the password.
    Error::Backend(format!("cannot open: {error}"))
}

/// Creates the file, if it does not exist, readable by its owner only, since it holds keys. SQLite gives its
/// other files the same mode.
fn keep_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let made = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    made.map(drop).map_err(|error| Error::Backend(format!("cannot open {}: {error}", path.display())))
}

/// Opens an SQLite file in write-ahead mode.
pub(super) fn open_sqlite(path: &Path, access: Access) -> Result<AnyConnection> {
    keep_private(path)?;
    let mut conn =
        SqliteConnection::establish(&path.to_string_lossy()).map_err(|error| cannot_open(&error))?;
    // NORMAL loses nothing when the process is killed, but a power cut may lose the newest commits; hence
    // FULL.
    conn.batch_execute(
        "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000;
         PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 4000;",
    )?;
    match access {
        Access::Read => conn.batch_execute("PRAGMA query_only = ON;")?,
        // The single writer reuses the pages that it changes.
        Access::Write => conn.batch_execute("PRAGMA cache_size = -8000;")?,
    }
    Ok(AnyConnection::Sqlite(conn))
}

/// Opens a PostgreSQL connection.
pub(super) fn open_postgres(address: &str) -> Result<AnyConnection> {
    let mut conn = PgConnection::establish(address).map_err(|error| cannot_open(&error))?;
    conn.batch_execute("SET TIME ZONE 'UTC'; SET lock_timeout = '20s';")?;
    Ok(AnyConnection::Postgres(conn))
}

/// Opens a connection for writing.
pub(super) fn open(url: &DatabaseUrl) -> Result<AnyConnection> {
    match url {
        DatabaseUrl::Sqlite(path) => open_sqlite(path, Access::Write),
        DatabaseUrl::Postgres(address) => open_postgres(address),
    }
}

#[derive(QueryableByName)]
struct LockRow {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

/// Claims a node number that no other process on this database has. The claim lasts as long as the
/// connection.
pub(super) fn claim_node(address: &str) -> Result<(u8, AnyConnection)> {
    let mut conn = open_postgres(address)?;
    for node in 0..NODES {
        let row: LockRow = diesel::sql_query("SELECT pg_try_advisory_lock($1, $2) AS locked")
            .bind::<Integer, _>(LOCK_CLASS)
            .bind::<Integer, _>(node)
            .get_result(pg(&mut conn)?)?;
        if row.locked {
            return Ok((u8::try_from(node).unwrap_or(0), conn));
        }
    }
    Err(Error::Backend(format!("{NODES} processes already use this database")))
}

fn pg(conn: &mut AnyConnection) -> Result<&mut PgConnection> {
    match conn {
        AnyConnection::Postgres(conn) => Ok(conn),
        AnyConnection::Sqlite(_) => Err(Error::Corrupt { what: "kind of connection" }),
    }
}

/// Counts the processes that use this database, by the node numbers they hold on PostgreSQL; 1 on SQLite.
pub(super) fn count_nodes(conn: &mut AnyConnection) -> Result<i64> {
    #[derive(QueryableByName)]
    struct NodeCountRow {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        nodes: i64,
    }
    let AnyConnection::Postgres(conn) = conn else { return Ok(1) };
    let row: NodeCountRow = diesel::sql_query(
        "SELECT count(*) AS nodes FROM pg_locks
         WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = $1 AND objid::bigint < $2
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .bind::<diesel::sql_types::BigInt, _>(i64::from(LOCK_CLASS))
    .bind::<diesel::sql_types::BigInt, _>(i64::from(NODES))
    .get_result(conn)?;
    Ok(row.nodes)
}

/// Acquires the lock for migrations, waiting without limit. It is released when the connection closes.
pub(super) fn lock_migrations(conn: &mut AnyConnection) -> Result<()> {
    if let AnyConnection::Postgres(conn) = conn {
        conn.batch_execute("SET lock_timeout = 0;")?;
        diesel::sql_query("SELECT pg_advisory_lock($1, $2)")
            .bind::<Integer, _>(LOCK_CLASS)
            .bind::<Integer, _>(MIGRATION_LOCK)
            .execute(conn)?;
    }
    Ok(())
}

/// The connection pool of one process for one database.
#[derive(Clone)]
pub(super) struct Pool {
    connections: r2d2::Pool<Manager>,
    url: DatabaseUrl,
    lost: Lost,
}

/// The time at which the database last closed a connection, if it ever did.
#[derive(Clone, Default)]
struct Lost(Arc<Mutex<Option<Instant>>>);

impl Lost {
    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether connections that have been idle since then may still be in the pool.
    fn is_recent(&self) -> bool {
        let at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at.is_some_and(|at| at.elapsed() < IDLE * 2)
    }
}

impl Pool {
    pub(super) fn open(url: &DatabaseUrl) -> Result<Self> {
        let size = match url {
            DatabaseUrl::Sqlite(path) => {
                // The file must exist in write-ahead mode before a reader opens it.
                drop(open_sqlite(path, Access::Write)?);
                SQLITE_READERS
            }
            DatabaseUrl::Postgres(address) => {
                drop(open_postgres(address)?);
                POSTGRES_CONNECTIONS
            }
        };
        let lost = Lost::default();
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(POOL_WAIT)
            .idle_timeout(Some(IDLE))
            .build_unchecked(Manager { url: url.clone(), lost: lost.clone() });
        Ok(Self { connections: pool, url: url.clone(), lost })
    }

    /// Takes a connection. One that the database has closed is opened anew here, and not by the pool, which would
    /// let callers wait for seconds although the database is back.
    pub(super) fn get(&self) -> Result<r2d2::PooledConnection<Manager>> {
        let mut conn = self.connections.get().map_err(|_| Error::Busy)?;
        if self.lost.is_recent() && !answers(&mut conn) {
            *conn = open_reader(&self.url).map_err(|_| Error::Busy)?;
        }
        Ok(conn)
    }

    /// Returns a connection if one is idle.
    pub(super) fn idle(&self) -> Option<r2d2::PooledConnection<Manager>> {
        self.connections.try_get()
    }
}

/// Opens a connection of the pool: on SQLite, which has one writer apart, for reading alone.
fn open_reader(url: &DatabaseUrl) -> Result<AnyConnection> {
    match url {
        DatabaseUrl::Sqlite(path) => open_sqlite(path, Access::Read),
        DatabaseUrl::Postgres(address) => open_postgres(address),
    }
}

pub(super) struct Manager {
    url: DatabaseUrl,
    lost: Lost,
}

fn is_lost(conn: &mut AnyConnection) -> bool {
    use diesel::r2d2::R2D2Connection as _;
    match conn {
        AnyConnection::Sqlite(conn) => conn.is_broken(),
        AnyConnection::Postgres(conn) => conn.is_broken(),
    }
}

fn answers(conn: &mut AnyConnection) -> bool {
    !is_lost(conn) && conn.batch_execute("SELECT 1").is_ok()
}

impl ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = Error;

    fn connect(&self) -> Result<AnyConnection> {
        open_reader(&self.url)
    }

    fn is_valid(&self, conn: &mut AnyConnection) -> Result<()> {
        conn.batch_execute("SELECT 1").map_err(Error::from)
    }

    fn has_broken(&self, conn: &mut AnyConnection) -> bool {
        let mut broken = is_lost(conn);
        if broken && matches!(conn, AnyConnection::Postgres(_)) {
            // `Pool::get` opens it anew.
            self.lost.note();
            broken = false;
        }
        broken || std::thread::panicking()
    }
}

enum Step {
    /// The work failed, and said why elsewhere.
    Refused,
    Database(diesel::result::Error),
}

impl From<diesel::result::Error> for Step {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error)
    }
}

/// Runs `work` in one transaction, which commits if `work` returns something; returns it then.
///
/// # Errors
/// [`Error::Busy`] if the database asks for another try.
pub(super) fn in_transaction<T>(
    conn: &mut AnyConnection,
    work: &mut dyn FnMut(&mut AnyConnection) -> Option<T>,
) -> Result<Option<T>> {
    match conn.transaction(|conn| work(conn).ok_or(Step::Refused)) {
        Ok(done) => Ok(Some(done)),
        Err(Step::Refused) => Ok(None),
        Err(Step::Database(error)) => Err(error.into()),
    }
}
