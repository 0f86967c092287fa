//! The database: one query layer over SQLite and PostgreSQL.
//!
//! ```text
//!  service ──read(|r| …)──►  pool of readers ─┐
//!          ──write(|tx| …)─► SQLite: one writer thread, waiting writes grouped in one transaction
//!                            PostgreSQL: a transaction on a pooled connection
//! ```
//!
//! `schema` and `rows` are private: no other room can name a table. Queries are methods of [`Reader`]
//! and [`Tx`], a file per noun; a query that writes takes a `Tx`, which only [`Store::write`] gives.
//! Rows become model types at this door. Nothing here decides who may see what: `visible` turns
//! policy's `Scope` into SQL, and no other module filters by reach.

mod bus;
mod connection;
mod contexts;
mod error;
mod migrate;
mod rows;
mod schema;
mod statement;
mod writer;

mod accounts;
mod agreements;
mod announcements;
mod apps;
mod audience;
mod blocks;
mod bots;
mod cards;
mod circles;
mod clock;
mod codes;
mod conversations;
mod delegations;
mod deliveries;
mod digests;
mod drafts;
mod emojis;
mod events;
mod feeds;
mod figures;
mod filters;
mod first_days;
mod follows;
mod groups;
mod hosts;
mod inbox;
mod lists;
mod maintenance;
mod markers;
mod marks;
mod measures;
mod media;
mod moderation;
mod must_reads;
mod narrowing;
mod notices;
mod notifications;
mod organisations;
mod pacts;
mod people_words;
mod polls;
mod profiles;
mod push;
mod questions;
mod queue;
mod quotes;
mod regards;
mod reports;
mod requests;
mod scheduled;
mod search;
mod search_statuses;
mod sessions;
mod severances;
mod shuns;
mod signature_forms;
mod statuses;
mod tag_follows;
mod tags;
mod thread_mutes;
mod timelines;
mod tokens;
mod translations;
mod trends;
mod units;
mod users;
mod views;
mod visible;

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::config::DatabaseUrl;
use crate::model::live::Live;
use crate::model::{IdMaker, Timestamp, time::Clock};

pub use accounts::{KeyPair, OwnKeys, PostingDefaults};
pub use blocks::{EmailDomain, EmailHash, IpBlock};
pub use cards::CARDS;
pub use connection::AnyConnection;
pub use contexts::Look;
pub use conversations::ConversationRow;
pub use deliveries::{Delivery, Destination, Lane, OutgoingActivity, Sent};
pub use digests::DIGESTS;
pub use error::{Error, Result};
pub use events::{ERRANDS, FAN_OUT, FEDERATE, MUST_READS, POLLS, PUSH, QUOTES, SCHEDULED};
pub use follows::Side;
pub use groups::{GroupFilter, Standings};
pub use hosts::HostHealth;
pub use inbox::{InboxEntry, NewInboxEntry, Settled};
pub use media::MEDIA;
pub use moderation::{PersonFilter, PersonState};
pub use notifications::NotificationFilter;
pub use pacts::PactRow;
pub use queue::Job;
pub use regards::DirectoryOrder;
pub use search::PeopleFilter;
pub use shuns::Mute;
pub use timelines::{AccountFilter, Origin, TagFilter};
pub use tokens::StoredToken;

use connection::{Pool, in_transaction};
use writer::Writer;

/// Repeats a diesel body for each database, where the enum over both cannot express it (`on_conflict`,
/// batch inserts, `returning`).
macro_rules! on_both {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::store::connection::AnyConnection::Sqlite($c) => $body,
            $crate::store::connection::AnyConnection::Postgres($c) => $body,
        }
    };
}
pub(crate) use on_both;

/// How often a write is run again after the database asked for it (serialisation failure, deadlock).
const WRITE_TRIES: u32 = 6;

/// One instance's database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    writer: Option<Writer>,
    clock: Arc<Clock>,
    ids: Arc<IdMaker>,
    wakes: Wakes,
    bus: bus::Bus,
    url: DatabaseUrl,
    /// PostgreSQL: the connection whose advisory lock holds this node's number.
    _node_lock: Option<std::sync::Mutex<AnyConnection>>,
}

/// Queues that workers wait on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Events to carry on.
    Jobs,
    /// Activities received.
    Inbox,
    /// Activities to send.
    Deliveries,
}

#[derive(Default)]
struct Wakes {
    jobs: Notify,
    inbox: Notify,
    deliveries: Notify,
}

impl Wakes {
    fn of(&self, queue: Queue) -> &Notify {
        match queue {
            Queue::Jobs => &self.jobs,
            Queue::Inbox => &self.inbox,
            Queue::Deliveries => &self.deliveries,
        }
    }
}

/// A connection that reads.
pub struct Reader<'a> {
    conn: &'a mut AnyConnection,
    now: Timestamp,
}

impl<'a> Reader<'a> {
    fn conn(&mut self) -> &mut AnyConnection {
        self.conn
    }

    /// The moment of this read or transaction; fixed while it lasts.
    pub const fn now(&self) -> Timestamp {
        self.now
    }
}

/// What is to be done once a transaction is committed.
#[derive(Default)]
struct Done {
    woken: Vec<Queue>,
    messages: Vec<Live>,
}

/// A transaction. Everything a [`Reader`] can, and writes.
pub struct Tx<'a> {
    reader: Reader<'a>,
    ids: &'a IdMaker,
    done: Done,
}

impl<'a> Deref for Tx<'a> {
    type Target = Reader<'a>;
    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.reader
    }
}

impl Tx<'_> {
    /// Makes ids.
    pub const fn ids(&self) -> &IdMaker {
        self.ids
    }

    /// A fresh id of any kind but notifications.
    pub fn next_id<T: From<i64>>(&self) -> T {
        self.ids.next(self.reader.now)
    }

    /// Wakes the queue's workers once this transaction is committed.
    pub fn wake(&mut self, queue: Queue) {
        if !self.done.woken.contains(&queue) {
            self.done.woken.push(queue);
        }
    }
}

impl Store {
    /// Connects to a database; makes the file if SQLite has none. Does not migrate. `noise` seeds the node
    /// number on SQLite; on PostgreSQL a free number is taken by an advisory lock. Blocks.
    ///
    /// # Errors
    /// [`Error::Backend`] with the database's own words when it cannot be opened.
    pub fn connect(url: &DatabaseUrl, clock: Arc<Clock>, noise: u32) -> Result<Self> {
        let pool = Pool::open(url)?;
        let (node, node_lock) = match url {
            DatabaseUrl::Sqlite(_) => ((noise & 0xff) as u8, None),
            DatabaseUrl::Postgres(address) => {
                let (node, lock) = connection::claim_node(address)?;
                (node, Some(std::sync::Mutex::new(lock)))
            }
        };
        let ids = Arc::new(IdMaker::new(node));
        let writer = match url {
            DatabaseUrl::Sqlite(path) => {
                Some(Writer::start(connection::open_sqlite(path, connection::Access::Write)?))
            }
            DatabaseUrl::Postgres(_) => None,
        };
        let inner = Inner {
            pool,
            writer,
            clock,
            ids,
            wakes: Wakes::default(),
            bus: bus::Bus::default(),
            url: url.clone(),
            _node_lock: node_lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Applies the migrations that are missing, under a lock, so that several nodes may start at once.
    /// Returns the names of those applied. Blocks.
    ///
    /// # Errors
    /// [`Error::Backend`] naming the migration that failed.
    pub fn migrate(&self) -> Result<Vec<String>> {
        migrate::run(&self.inner.url)
    }

    /// The migrations that are missing. Blocks.
    pub fn pending_migrations(&self) -> Result<Vec<String>> {
        migrate::pending(&self.inner.url)
    }

    /// The maker of this node's ids.
    pub fn ids(&self) -> Arc<IdMaker> {
        Arc::clone(&self.inner.ids)
    }

    /// Whether several nodes may share this database, so that queues must also be polled.
    pub fn is_shared(&self) -> bool {
        matches!(self.inner.url, DatabaseUrl::Postgres(_))
    }

    /// Runs queries on a reader, off the async threads.
    ///
    /// # Errors
    /// What the closure answers, or the store's own errors.
    pub async fn read<T, E, F>(&self, work: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        spawn(move || {
            let mut conn = inner.pool.get()?;
            work(&mut Reader { conn: &mut conn, now: inner.clock.now() })
        })
        .await
    }

    /// Looks something up by its key. On SQLite that takes some microseconds, less than to hand it to another thread
    /// and the answer back, so it is done where it stands, if a reader is idle; otherwise as [`read`](Self::read).
    /// Only for queries that an index answers at once.
    ///
    /// # Errors
    /// What the closure answers, or the store's own errors.
    pub async fn glance<T, E, F>(&self, work: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let idle = if self.inner.writer.is_some() { self.inner.pool.idle() } else { None };
        let Some(mut conn) = idle else { return self.read(work).await };
        let now = self.inner.clock.now();
        catch_unwind(AssertUnwindSafe(|| work(&mut Reader { conn: &mut conn, now })))
            .unwrap_or_else(|_| Err(Error::Backend("a query ended without an answer".into()).into()))
    }

    /// Runs a closure in one transaction: all of its writes happen, or none. It may be run again after a
    /// serialisation failure, so it touches nothing but the transaction.
    ///
    /// # Errors
    /// What the closure answers, or the store's own errors; nothing is written then.
    pub async fn write<T, E, F>(&self, work: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let (value, done) = match &self.inner.writer {
            Some(writer) => {
                let task = Arc::clone(&inner);
                writer
                    .run(move |conn| {
                        let mut tx = task.tx(conn);
                        work(&mut tx).map(|value| (value, tx.done))
                    })
                    .await?
            }
            None => spawn(move || inner.write_pooled(&work)).await?,
        };
        self.inner.bus.tell(done.messages);
        for queue in done.woken {
            self.inner.wakes.of(queue).notify_waiters();
            self.inner.wakes.of(queue).notify_one();
        }
        Ok(value)
    }

    /// Waits until something is put into a queue here, or until `limit` is over: on a shared database
    /// other nodes put things in, too, and back-offs end by themselves.
    pub async fn waited(&self, queue: Queue, limit: Duration) {
        let _ = tokio::time::timeout(limit, self.inner.wakes.of(queue).notified()).await;
    }
}

impl Inner {
    fn tx<'a>(&'a self, conn: &'a mut AnyConnection) -> Tx<'a> {
        Tx { reader: Reader { conn, now: self.clock.now() }, ids: &self.ids, done: Done::default() }
    }

    fn write_pooled<T, E, F>(&self, work: &F) -> std::result::Result<(T, Done), E>
    where
        E: From<Error>,
        F: Fn(&mut Tx<'_>) -> std::result::Result<T, E>,
    {
        let mut conn = self.pool.get()?;
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = in_transaction(&mut conn, |conn| {
                let mut tx = self.tx(conn);
                work(&mut tx).map(|value| (value, tx.done))
            });
            match outcome {
                Err(connection::Failure::Again) if tries < WRITE_TRIES => {}
                Err(connection::Failure::Again) => return Err(Error::Busy.into()),
                Err(connection::Failure::Domain(error)) => return Err(error),
                Ok(value) => return Ok(value),
            }
        }
    }
}

/// Runs blocking work off the async threads; a panic there is an error here, not a crash.
async fn spawn<T, E>(
    work: impl FnOnce() -> std::result::Result<T, E> + Send + 'static,
) -> std::result::Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::Backend("a query ended without an answer".into()).into()),
    }
}
