//! The bus: after a commit, what streams may have to show goes to every node of the instance.
//!
//! On SQLite there is one node, and the messages of a transaction are handed over once it is committed. On
//! PostgreSQL they are notifications of the transaction itself, so that the database delivers them to
//! every node with the commit, or not at all. Nobody listens, nothing is kept: a message is a hint to look,
//! and who comes later reads the database.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use diesel::prelude::*;
use tokio::sync::{broadcast, watch};

use super::connection::{AnyConnection, open_postgres};
use super::{Inner, Result, Store, Tx};
use crate::config::DatabaseUrl;
use crate::model::live::Live;

/// How many messages a listener may lag behind before it loses some.
const BACKLOG: usize = 4096;
/// The name of the notifications.
const CHANNEL: &str = "portico_live";
/// How often the database's notifications are looked at while somebody listens.
const LOOK_EVERY: Duration = Duration::from_millis(15);
/// How long to wait before a lost connection is made again.
const RECONNECT: Duration = Duration::from_secs(1);

/// The in-process side of the bus.
pub(super) struct Bus {
    sender: broadcast::Sender<Live>,
    /// Whether a thread brings the database's notifications.
    fed: AtomicBool,
    /// Whether they come by now.
    ready: watch::Sender<bool>,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
            fed: AtomicBool::new(false),
            ready: watch::Sender::new(false),
        }
    }
}

impl Bus {
    /// Hands messages to whoever listens in this process.
    pub(super) fn tell(&self, messages: Vec<Live>) {
        for message in messages {
            // Nobody listens: nobody is to be told.
            let _ = self.sender.send(message);
        }
    }
}

impl Store {
    /// Listens to what streams may have to show, from now on.
    pub fn listen(&self) -> broadcast::Receiver<Live> {
        let receiver = self.inner.bus.sender.subscribe();
        if let DatabaseUrl::Postgres(address) = &self.inner.url
            && !self.inner.bus.fed.swap(true, Ordering::AcqRel)
        {
            let (address, inner) = (address.clone(), Arc::downgrade(&self.inner));
            let started = std::thread::Builder::new()
                .name("portico-listener".into())
                .spawn(move || feed(&address, &inner));
            if let Err(error) = started {
                tracing::error!(%error, "cannot start the listener thread");
            }
        }
        receiver
    }

    /// Waits until whoever listens is told of everything: at once on SQLite, on PostgreSQL as soon as the
    /// database's notifications come. A database that cannot be reached is not waited for long.
    pub async fn listening(&self) {
        if self.is_shared() {
            let mut ready = self.inner.bus.ready.subscribe();
            let _ = tokio::time::timeout(RECONNECT * 5, ready.wait_for(|ready| *ready)).await;
        }
    }
}

/// Brings the database's notifications onto the bus as long as somebody listens.
fn feed(address: &str, inner: &Weak<Inner>) {
    loop {
        let listened = listen_once(address, inner);
        let Some(inner) = inner.upgrade() else { return };
        inner.bus.ready.send_replace(false);
        match listened {
            Ok(()) => {
                // Nobody listens any more. Whoever comes just now starts another thread, or is seen here.
                inner.bus.fed.store(false, Ordering::Release);
                if inner.bus.sender.receiver_count() == 0 || inner.bus.fed.swap(true, Ordering::AcqRel) {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the database's notifications were lost; connecting again");
                drop(inner);
                std::thread::sleep(RECONNECT);
            }
        }
    }
}

/// Listens until nobody does, or the connection is lost.
fn listen_once(address: &str, inner: &Weak<Inner>) -> Result<()> {
    let AnyConnection::Postgres(mut conn) = open_postgres(address)? else { return Ok(()) };
    diesel::sql_query(format!("LISTEN {CHANNEL}")).execute(&mut conn)?;
    loop {
        let Some(inner) = inner.upgrade() else { return Ok(()) };
        if inner.bus.sender.receiver_count() == 0 {
            return Ok(());
        }
        inner.bus.ready.send_if_modified(|ready| !std::mem::replace(ready, true));
        let mut messages = Vec::new();
        for notification in conn.notifications_iter() {
            // A message that this version does not know is for a newer node.
            messages.extend(serde_json::from_str::<Live>(&notification?.payload).ok());
        }
        inner.bus.tell(messages);
        drop(inner);
        std::thread::sleep(LOOK_EVERY);
    }
}

impl Tx<'_> {
    /// Tells streams of something, once and only if this transaction is committed.
    pub fn publish(&mut self, message: Live) -> Result<()> {
        if let AnyConnection::Postgres(conn) = self.conn() {
            let text = serde_json::to_string(&message)
                .map_err(|error| super::Error::Backend(format!("a message cannot be written: {error}")))?;
            diesel::sql_query("SELECT pg_notify($1, $2)")
                .bind::<diesel::sql_types::Text, _>(CHANNEL)
                .bind::<diesel::sql_types::Text, _>(text)
                .execute(conn)?;
            return Ok(());
        }
        self.done.messages.push(message);
        Ok(())
    }
}
