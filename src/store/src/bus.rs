//! The message bus: after a commit, distributes live messages for streams to every node of the instance.
//!
//! On SQLite there is one node, and the messages of a transaction are sent after its commit. On PostgreSQL
//! they are notifications of the transaction itself (`NOTIFY`), so the database delivers them to every node
//! with the commit, or not at all. Messages are not kept: a message is a hint to look, and late subscribers
//! read the database.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::prelude::*;
use tokio::sync::{broadcast, watch};

use super::connection::{AnyConnection, open_postgres};
use super::{Inner, Result, Store, Tx};
use portico_config::DatabaseUrl;
use portico_domain::model::live::Live;

/// The number of messages a receiver may lag behind before it loses some.
const BACKLOG: usize = 4096;
/// The name of the PostgreSQL notification channel.
const CHANNEL: &str = "portico_live";
/// The interval at which the database's notifications are polled while there are receivers.
const LOOK_EVERY: Duration = Duration::from_millis(15);
/// The delay before a lost connection is opened again.
const RECONNECT: Duration = Duration::from_secs(1);

/// The in-process side of the bus.
pub(super) struct Bus {
    sender: broadcast::Sender<Live>,
    /// Whether a thread is receiving the database's notifications.
    fed: AtomicBool,
    /// Whether that thread is listening by now.
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
    /// Sends messages to all receivers in this process.
    pub(super) fn send_all(&self, messages: Vec<Live>) {
        for message in messages {
            // Fails only without receivers.
            let _ = self.sender.send(message);
        }
    }
}

impl Store {
    /// Subscribes to live messages from now on.
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
                tracing::error!(%error, "bus.listener_start_failed");
            }
        }
        receiver
    }

    /// Waits until the subscribers receive every message: at once on SQLite, on PostgreSQL once the listener
    /// is connected. Gives up after five reconnection delays.
    pub async fn listening(&self) {
        if self.is_shared() {
            let mut ready = self.inner.bus.ready.subscribe();
            let _ = tokio::time::timeout(RECONNECT * 5, ready.wait_for(|ready| *ready)).await;
        }
    }
}

/// Forwards the database's notifications to the bus while there are receivers.
fn feed(address: &str, inner: &Weak<Inner>) {
    loop {
        let listened = listen_once(address, inner);
        let Some(inner) = inner.upgrade() else { return };
        inner.bus.ready.send_replace(false);
        match listened {
            Ok(()) => {
                // There are no more receivers. One that subscribes at this moment either starts another
                // thread or is seen here.
                inner.bus.fed.store(false, Ordering::Release);
                if inner.bus.sender.receiver_count() == 0 || inner.bus.fed.swap(true, Ordering::AcqRel) {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "bus.connection_lost");
                drop(inner);
                std::thread::sleep(RECONNECT);
            }
        }
    }
}

/// Listens until there are no more receivers, or until the connection is lost.
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
            // Skips messages of a newer version, which this version cannot parse.
            messages.extend(serde_json::from_str::<Live>(&notification?.payload).ok());
        }
        inner.bus.send_all(messages);
        drop(inner);
        std::thread::sleep(LOOK_EVERY);
    }
}

impl Tx<'_> {
    /// Publishes a message to streams, only if this transaction is committed.
    pub fn publish(&mut self, message: Live) -> Result<()> {
        if let AnyConnection::Postgres(conn) = self.conn() {
            let text = serde_json::to_string(&message)
                .map_err(|error| super::Error::Backend(format!("cannot serialise a message: {error}")))?;
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
