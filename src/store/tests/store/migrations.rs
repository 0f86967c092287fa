//! Both databases end in the same schema, except for the full-text search index, which differs for each.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use portico_config::DatabaseUrl;

use portico_testing::{Database, PostgresDatabase, TestApp};

/// The columns of the tables, in terms that both databases share.
type Columns = BTreeMap<(String, String), (String, bool)>;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct SqliteColumn {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    required: i64,
}

#[derive(QueryableByName)]
struct PostgresColumn {
    #[diesel(sql_type = Text)]
    tab: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    required: bool,
}

fn sqlite_columns(path: &std::path::Path) -> (Columns, Vec<String>) {
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let tables: Vec<Name> = diesel::sql_query(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'
         AND name NOT LIKE 'status_search%'",
    )
    .load(&mut conn)
    .unwrap();
    let mut columns = Columns::new();
    for table in tables {
        let rows: Vec<SqliteColumn> = diesel::sql_query(format!(
            "SELECT name, type AS kind, CAST(\"notnull\" AS BIGINT) AS required FROM pragma_table_info('{}')",
            table.name
        ))
        .load(&mut conn)
        .unwrap();
        for row in rows {
            columns.insert((table.name.clone(), row.name), (row.kind, row.required == 1));
        }
    }
    let indexes: Vec<Name> = diesel::sql_query(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite%' ORDER BY name",
    )
    .load(&mut conn)
    .unwrap();
    (columns, indexes.into_iter().map(|index| index.name).collect())
}

fn postgres_columns(url: &str) -> (Columns, Vec<String>) {
    let mut conn = PgConnection::establish(url).unwrap();
    let rows: Vec<PostgresColumn> = diesel::sql_query(
        "SELECT table_name::text AS tab, column_name::text AS name, data_type::text AS kind, is_nullable = 'NO' AS required
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'
         AND table_name <> 'status_search'",
    )
    .load(&mut conn)
    .unwrap();
    let columns = rows
        .into_iter()
        .map(|row| {
            let kind = match row.kind.as_str() {
                "bigint" | "boolean" => "INTEGER",
                "text" => "TEXT",
                other => panic!("{}.{} is of type {other}, which SQLite does not have", row.tab, row.name),
            };
            ((row.tab, row.name), (kind.to_owned(), row.required))
        })
        .collect();
    let indexes: Vec<Name> = diesel::sql_query(
        "SELECT indexname::text AS name FROM pg_indexes WHERE schemaname = 'public'
         AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key' AND indexname NOT LIKE '\\_\\_%'
         AND tablename <> 'status_search' ORDER BY 1",
    )
    .load(&mut conn)
    .unwrap();
    (columns, indexes.into_iter().map(|index| index.name).collect())
}

#[test]
#[ignore = "needs PORTICO_TEST_POSTGRES"]
fn both_databases_end_in_the_same_schema() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (sqlite, postgres) =
            (TestApp::new(Database::Sqlite).await, TestApp::new(Database::Postgres).await);
        let DatabaseUrl::Sqlite(path) = &sqlite.instance.settings.database else { panic!("not SQLite") };
        let DatabaseUrl::Postgres(url) = &postgres.instance.settings.database else {
            panic!("not PostgreSQL")
        };
        let (left, right) = (sqlite_columns(path), postgres_columns(url));
        assert!(left.0.len() > 100, "the columns were not found");
        assert_eq!(left.0, right.0);
        assert_eq!(left.1, right.1);
    });
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let app = TestApp::new(Database::Sqlite).await;
    assert_eq!(app.instance.store.pending_migrations().unwrap(), Vec::<String>::new());
    assert_eq!(app.instance.store.migrate().unwrap(), Vec::<String>::new());
}

#[test]
fn nodes_may_start_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("shared.db"));
    let start = || {
        let clock = std::sync::Arc::new(portico_domain::model::time::Clock::System);
        let store = portico_store::Store::connect(&url, clock, 1).unwrap();
        store.migrate().unwrap().len()
    };
    let applied: usize = std::thread::scope(|scope| {
        let nodes: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        nodes.into_iter().map(|node| node.join().unwrap()).sum()
    });
    let all =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite")).unwrap().count();
    assert_eq!(applied, all, "each migration is applied once");
}

#[test]
#[ignore = "needs PORTICO_TEST_POSTGRES"]
fn nodes_that_make_an_instance_at_once_make_one_actor() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let settings = TestApp::new(Database::Sqlite).await.instance.settings.clone();
        let (made, folder) = (PostgresDatabase::create(), tempfile::tempdir().unwrap());
        let settings = portico_config::InstanceSettings {
            database: DatabaseUrl::Postgres(made.url.clone()),
            media: portico_config::MediaPlace::Folder(folder.path().to_owned()),
            ..settings
        };
        let node = |seed| {
            let settings = settings.clone();
            tokio::spawn(async move {
                let rng = portico_domain::model::random::Rng::seeded(seed);
                let network = portico_config::NetworkSettings::default();
                let node = portico::fleet::open(
                    &settings,
                    &network,
                    portico_domain::model::time::Clock::System,
                    rng,
                )
                .await;
                node.map(|node| node.actor_id).map_err(|error| error.to_string())
            })
        };
        let nodes: Vec<_> = (1..=4).map(node).collect();
        let mut actors = Vec::new();
        for node in nodes {
            actors.push(node.await.unwrap().expect("it starts"));
        }
        actors.dedup();
        assert_eq!(actors.len(), 1);
    });
}
