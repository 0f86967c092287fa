//! The database of an instance, with direct access that needs no knowledge of the tables.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use crate::wait::eventually_is;

/// Kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A SQLite file.
    Sqlite,
    /// A database on the server given in `PORTICO_TEST_POSTGRES`.
    Postgres,
}

/// The database of an instance. A PostgreSQL database is deleted when this is dropped.
#[derive(Debug)]
pub enum Database {
    /// Path of the file.
    Sqlite(PathBuf),
    /// A database on a server.
    Postgres {
        /// URL of the server: `postgres://…/`, with a trailing slash.
        server: String,
        /// Name of the database.
        name: String,
    },
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    text: String,
}

impl Database {
    /// Creates an empty database.
    pub fn new(kind: Kind, folder: &Path, name: &str) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite(folder.join(format!("{name}.db"))),
            Kind::Postgres => {
                let server = std::env::var("PORTICO_TEST_POSTGRES").expect(
                    "PORTICO_TEST_POSTGRES names a PostgreSQL server (./test starts one and sets it)",
                );
                let server = format!("{}/", server.trim_end_matches('/'));
                static NEXT: AtomicU32 = AtomicU32::new(0);
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let name = format!("portico_scenario_{}_{number}_{name}", std::process::id());
                let database = Self::Postgres { server, name };
                database.on_server("CREATE DATABASE");
                database
            }
        }
    }

    /// Returns its URL for the configuration.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres { server, name } => format!("{server}{name}"),
        }
    }

    /// Whether any column of any table contains a text.
    ///
    /// SQLite stores texts verbatim, so its files are searched, including the write-ahead log and deleted
    /// data that is not overwritten yet: stricter than any query. PostgreSQL exports every table as XML.
    pub fn contains(&self, text: &str) -> bool {
        match self {
            Self::Sqlite(path) => ["", "-wal"].iter().any(|end| {
                let bytes = std::fs::read(format!("{}{end}", path.display())).unwrap_or_default();
                bytes.windows(text.len()).any(|window| window == text.as_bytes())
            }),
            Self::Postgres { .. } => {
                assert!(text.bytes().all(|b| b.is_ascii_alphanumeric()), "only plain words are searched");
                let hex: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
                self.count(&format!(
                    "SELECT count(*) AS count FROM information_schema.tables t, LATERAL (SELECT \
                     query_to_xml(format('SELECT * FROM %I', t.table_name), true, false, '')::text AS x) q \
                     WHERE t.table_schema = 'public' AND (q.x LIKE '%{text}%' OR q.x LIKE '%{hex}%')"
                )) > 0
            }
        }
    }

    /// Returns the number in the column `count` of a query's single row.
    pub fn count(&self, query: &str) -> i64 {
        match self {
            Self::Sqlite(path) => {
                let mut connection = sqlite(path);
                sql_query(query).get_result::<Count>(&mut connection).expect("a count").count
            }
            Self::Postgres { server, name } => {
                let mut connection = postgres(&format!("{server}{name}"));
                sql_query("SET xmlbinary TO hex").execute(&mut connection).expect("a setting");
                sql_query(query).get_result::<Count>(&mut connection).expect("a count").count
            }
        }
    }

    /// Returns the text in the column `text` of a query's single row.
    pub fn text(&self, query: &str) -> String {
        let found = match self {
            Self::Sqlite(path) => sql_query(query).get_result::<TextRow>(&mut sqlite(path)),
            Self::Postgres { server, name } => {
                sql_query(query).get_result::<TextRow>(&mut postgres(&format!("{server}{name}")))
            }
        };
        found.expect("a text").text
    }

    /// Executes statements, to fill or change a database directly.
    pub fn execute(&self, statements: &[String]) {
        match self {
            Self::Sqlite(path) => {
                let mut connection = sqlite(path);
                for statement in statements {
                    sql_query(statement)
                        .execute(&mut connection)
                        .unwrap_or_else(|e| panic!("{e}: {statement}"));
                }
            }
            Self::Postgres { server, name } => {
                let mut connection = postgres(&format!("{server}{name}"));
                for statement in statements {
                    sql_query(statement)
                        .execute(&mut connection)
                        .unwrap_or_else(|e| panic!("{e}: {statement}"));
                }
            }
        }
    }

    /// Ends every connection and rejects new ones until [`Self::is_back`], as a restart of the server does.
    /// Only for PostgreSQL.
    pub fn is_down(&self) {
        self.let_in(false);
        let Self::Postgres { server, name } = self else { unreachable!("let_in says so") };
        let mut connection = postgres(&format!("{server}postgres"));
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        // Connections need a moment to end, and one that was just being made appears only at the next look.
        eventually_is(&format!("the connections to {name}"), &0, || {
            sql_query(&end).execute(&mut connection).expect("the connections are asked to end")
        });
    }

    /// Accepts connections again.
    pub fn is_back(&self) {
        self.let_in(true);
    }

    fn let_in(&self, allowed: bool) {
        let Self::Postgres { server, name } = self else { panic!("a file has no connections") };
        let mut connection = postgres(&format!("{server}postgres"));
        let command = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
        sql_query(command).execute(&mut connection).expect("a setting");
    }

    fn on_server(&self, command: &str) {
        let Self::Postgres { server, name } = self else { return };
        let mut connection = postgres(&format!("{server}postgres"));
        let end = if command.starts_with("DROP") { " WITH (FORCE)" } else { "" };
        sql_query(format!("{command} {name}{end}")).execute(&mut connection).expect("a database");
    }
}

fn sqlite(path: &Path) -> SqliteConnection {
    let mut connection =
        SqliteConnection::establish(&path.display().to_string()).expect("the database opens");
    sql_query("PRAGMA busy_timeout = 240000").execute(&mut connection).expect("a setting");
    connection
}

fn postgres(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("PostgreSQL answers")
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.on_server("DROP DATABASE");
        }
    }
}
