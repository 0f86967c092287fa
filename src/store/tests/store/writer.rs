//! The single writer of SQLite, beside another process that writes.

use std::sync::{Arc, Mutex};

use diesel::SqliteConnection;
use diesel::connection::{Connection as _, SimpleConnection as _};
use portico_config::DatabaseUrl;
use portico_store::Error;
use portico_testing::{Database, TestApp};

/// Another process holds the lock for as long as the writer waits for it, and lets go just afterwards. Without a
/// transaction, the savepoint of a write would be one of its own, and commit.
#[test]
fn a_write_without_a_transaction_is_refused_and_not_saved() {
    portico_testing::run(Database::Sqlite, async |app: TestApp| {
        let alice = app.staff("alice").await.account.id;
        let DatabaseUrl::Sqlite(path) = &app.instance.settings.database else { panic!("not SQLite") };
        let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        let other = Arc::new(Mutex::new(Some(other)));

        let held = Arc::clone(&other);
        let write = app.instance.store.write(move |tx| {
            drop(held.lock().unwrap().take());
            tx.set_marker(alice, "home", "5")
        });
        assert!(matches!(write.await, Err(Error::Busy)));
        assert!(other.lock().unwrap().take().is_some(), "the write ran without a transaction");

        let list = app.instance.store.read(move |reader| reader.list_markers(alice, &["home".to_owned()]));
        let saved: Result<_, Error> = list.await;
        assert!(saved.unwrap().is_empty());
    });
}
