//! Where an instance keeps its data, and a look into it from outside: without knowing its tables.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use crate::wait::eventually_is;

/// Which database server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An embedded file.
    Sqlite,
    /// The server that `PORTICO_TEST_POSTGRES` names.
    Postgres,
}

/// One instance's database. A PostgreSQL database is dropped with this value.
#[derive(Debug)]
pub enum Database {
    /// The file.
    Sqlite(PathBuf),
    /// The server and the database's name.
    Postgres {
        /// `postgres://…/`, with a slash at the end.
        server: String,
        /// Its name.
        name: String,
    },
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = Text)]
    text: String,
}

impl Database {
    /// A new, empty database.
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

    /// How the configuration names it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres { server, name } => format!("{server}{name}"),
        }
    }

    /// Whether a text stands anywhere in it: in any table, in any column.
    ///
    /// SQLite keeps texts as they are, so its files are searched (with the log, and with what was deleted
    /// and not yet overwritten: stricter than any query). PostgreSQL gives every table as XML.
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

    /// The one number that a query gives, named `count`.
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

    /// The one text that a query gives, named `text`.
    pub fn text(&self, query: &str) -> String {
        let found = match self {
            Self::Sqlite(path) => sql_query(query).get_result::<Told>(&mut sqlite(path)),
            Self::Postgres { server, name } => {
                sql_query(query).get_result::<Told>(&mut postgres(&format!("{server}{name}")))
            }
        };
        found.expect("a text").text
    }

    /// Runs statements. For filling a database before a benchmark.
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

    /// Breaks every connection to it, and lets nobody in until [`Self::is_back`]: what its clients see of a
    /// restart. Only for PostgreSQL.
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

    /// Lets its clients in again.
    pub fn is_back(&self) {
        self.let_in(true);
    }

    fn let_in(&self, whoever: bool) {
        let Self::Postgres { server, name } = self else { panic!("a file has no connections") };
        let mut connection = postgres(&format!("{server}postgres"));
        let command = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {whoever}");
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
