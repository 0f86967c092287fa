//! The databases that tests start from: migrated, with the actor of [`DOMAIN`] and its key pair. Both take longer than
//! most tests, so each process makes them once, and every test gets a copy: one for `https` addresses, and one for the
//! `http` of tests that reach peers on loopback.

use std::path::Path;
use std::sync::{Arc, Weak};

use diesel::connection::{Connection as _, SimpleConnection as _};
use portico::fleet;
use portico_config::{DatabaseUrl, InstanceSettings, MediaPlace, NetworkSettings};
use portico_domain::model::Timestamp;
use portico_domain::model::random::Rng;
use portico_domain::model::time::Clock;
use tokio::sync::{Mutex, OnceCell};

use crate::{DOMAIN, PostgresDatabase, START, sqlite_in};

/// Puts a copy of the SQLite database for this network into a folder.
pub(crate) async fn copy_sqlite(folder: &Path, network: &NetworkSettings) -> DatabaseUrl {
    static SECURE: OnceCell<Vec<u8>> = OnceCell::const_new();
    static INSECURE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let file = if network.insecure_http { &INSECURE } else { &SECURE };
    let file = file.get_or_init(|| make_sqlite(network)).await;
    let url = sqlite_in(folder);
    let DatabaseUrl::Sqlite(path) = &url else { unreachable!("the database is SQLite") };
    write_private(path, file).unwrap();
    url
}

/// Writes a file with the mode that the store gives a database.
fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(content)
}

async fn make_sqlite(network: &NetworkSettings) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite_in(folder.path());
    open_once(&url, folder.path(), network).await;
    let DatabaseUrl::Sqlite(path) = &url else { unreachable!("the database is SQLite") };
    let copy = folder.path().join("copy.db");
    let mut conn = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    // The last connections of the instance may still be closing.
    conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
    conn.batch_execute(&format!("VACUUM INTO '{}'", copy.display())).unwrap();
    std::fs::read(copy).unwrap()
}

/// A copy of the PostgreSQL database for this network, and the database it was copied from, which is dropped after its
/// last copy.
pub(crate) async fn copy_postgres(network: &NetworkSettings) -> (PostgresDatabase, Arc<PostgresDatabase>) {
    static SECURE: Mutex<Weak<PostgresDatabase>> = Mutex::const_new(Weak::new());
    static INSECURE: Mutex<Weak<PostgresDatabase>> = Mutex::const_new(Weak::new());
    let made = if network.insecure_http { &INSECURE } else { &SECURE };
    let mut made = made.lock().await;
    let template = match made.upgrade() {
        Some(template) => template,
        None => {
            let template = Arc::new(PostgresDatabase::create());
            let folder = tempfile::tempdir().unwrap();
            open_once(&DatabaseUrl::Postgres(template.url.clone()), folder.path(), network).await;
            *made = Arc::downgrade(&template);
            template
        }
    };
    drop(made);
    (PostgresDatabase::copy_of(&template), template)
}

/// Opens an instance a second before the tests start, so that their ids differ from its own.
async fn open_once(url: &DatabaseUrl, folder: &Path, network: &NetworkSettings) {
    let settings = InstanceSettings {
        domain: DOMAIN.into(),
        database: url.clone(),
        media: MediaPlace::Folder(folder.join("media")),
        ..InstanceSettings::default()
    };
    let clock = Clock::fixed(Timestamp::parse(START).unwrap());
    clock.advance_seconds(-1);
    fleet::open(&settings, network, clock, Rng::seeded(1)).await.unwrap();
}
