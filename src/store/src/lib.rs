//! The database: one query layer over SQLite and PostgreSQL.
//!
//! ```text
//!  service ──read(|r| …)──►  pool of readers ─┐
//!          ──write(|tx| …)─► SQLite: one writer thread, waiting writes grouped in one transaction
//!                            PostgreSQL: a transaction on a pooled connection
//! ```
//!
//! `schema` and `rows` are private, so that no other module can name a table. Queries are methods of
//! [`Reader`] and [`Tx`], in one file for each noun; a query that writes takes a `Tx`, which only
//! [`Store::write`] provides. Rows are converted to model types here. The store does not decide who may see
//! what: `visible` turns policy's `Scope` into SQL, and no other module filters by reach.

mod bus;
mod connection;
mod contexts;
mod error;
mod fixed_sql;
mod migrate;
mod prelude;
mod rows;
mod run_query;
mod schema;
mod writer;

mod access_blocks;
mod account_notes;
mod accounts;
mod admin_metrics;
mod agreement_grants;
mod agreements;
mod annotations;
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
mod departments;
mod digests;
mod domain_blocks;
mod drafts;
mod emojis;
mod endorsements;
mod events;
mod feeds;
mod filters;
mod first_days;
mod follows;
mod groups;
mod hosts;
mod inbox;
mod instance_stats;
mod like_pattern;
mod lists;
mod maintenance;
mod markers;
mod media;
mod moderation;
mod must_reads;
mod mutes;
mod narrowing;
mod notification_requests;
mod notification_writes;
mod notifications;
mod organisations;
mod payloads;
mod people_search_index;
mod polls;
mod profiles;
mod push;
mod questions;
mod queue;
mod quotes;
mod reports;
mod scheduled;
mod search;
mod search_statuses;
mod sessions;
mod severances;
mod signature_schemes;
mod statuses;
mod suggestions;
mod tag_follows;
mod tags;
mod thread_mutes;
mod timelines;
mod tokens;
mod translations;
mod trends;
mod users;
mod views;
mod visible;

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use portico_config::DatabaseUrl;
use portico_domain::model::live::Live;
use portico_domain::model::{IdMaker, Timestamp, time::Clock};

pub use access_blocks::{EmailDomain, EmailHash, IpBlock};
pub use accounts::PostingDefaults;
pub use agreement_grants::StoredGrants;
pub use connection::AnyConnection;
pub use contexts::ThreadFetch;
pub use conversations::ConversationRow;
pub use deliveries::{Delivery, DeliveryOutcome, Destination, Lane, OutgoingActivity};
pub use error::{Error, Result};
pub use follows::Side;
pub use groups::{GroupFilter, GroupMemberships};
pub use hosts::HostHealth;
pub use inbox::{InboxEntry, InboxOutcome, NewInboxEntry};
pub use moderation::{PersonFilter, PersonState};
pub use mutes::Mute;
pub use notifications::NotificationFilter;
pub use payloads::{
    CardFetch, DigestMail, FanOutChunk, MustReadChunk, Payload, PollCheck, PushDelivery, ScheduledPost,
};
pub use queue::ClaimedJob;
pub use search::PeopleFilter;
pub use suggestions::DirectoryOrder;
pub use timelines::{AccountFilter, Origin, TagFilter};
pub use tokens::StoredToken;

use connection::{Pool, in_transaction};
use writer::Writer;

/// Repeats a diesel expression for each database, where the enum over both cannot express it (`on_conflict`,
/// batch inserts, `returning`).
macro_rules! on_both {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::connection::AnyConnection::Sqlite($c) => $body,
            $crate::connection::AnyConnection::Postgres($c) => $body,
        }
    };
}
pub(crate) use on_both;

/// The maximum number of attempts of a write when the database asks for a retry (serialisation failure,
/// deadlock).
const WRITE_TRIES: u32 = 6;

/// The database of one instance. Cheap to clone.
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
    writes: AtomicU64,
    url: DatabaseUrl,
    /// The PostgreSQL connection whose advisory lock holds this node's number.
    _node_lock: Option<std::sync::Mutex<AnyConnection>>,
}

/// The queues that workers wait on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Jobs after a commit.
    Jobs,
    /// Incoming activities.
    Inbox,
    /// Outgoing deliveries.
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

/// A connection for reading.
pub struct Reader<'a> {
    conn: &'a mut AnyConnection,
    now: Timestamp,
}

impl<'a> Reader<'a> {
    fn conn(&mut self) -> &mut AnyConnection {
        self.conn
    }

    /// Returns the time of this read or transaction, which is fixed while it lasts.
    pub const fn now(&self) -> Timestamp {
        self.now
    }
}

/// The actions to perform after a transaction is committed.
#[derive(Default)]
struct AfterCommit {
    woken: Vec<Queue>,
    messages: Vec<Live>,
}

/// A transaction: everything that a [`Reader`] offers, and writes.
pub struct Tx<'a> {
    reader: Reader<'a>,
    ids: &'a IdMaker,
    done: AfterCommit,
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
    /// Returns the id generator.
    pub const fn ids(&self) -> &IdMaker {
        self.ids
    }

    /// Creates an id for any type except notifications.
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
    /// Connects to a database; creates the file on SQLite if it does not exist. Does not migrate. `noise`
    /// seeds the node number on SQLite; on PostgreSQL an advisory lock claims a free number. Blocks.
    ///
    /// # Errors
    /// [`Error::Backend`] with the database's message if it cannot be opened.
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
            writes: AtomicU64::new(0),
            url: url.clone(),
            _node_lock: node_lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Applies the pending migrations under a lock, so that several nodes may start at once. Returns the
    /// names of the applied migrations. Blocks.
    ///
    /// # Errors
    /// [`Error::Backend`] naming the migration that failed.
    pub fn migrate(&self) -> Result<Vec<String>> {
        migrate::run(&self.inner.url)
    }

    /// Returns the names of the pending migrations. Blocks.
    pub fn pending_migrations(&self) -> Result<Vec<String>> {
        migrate::pending(&self.inner.url)
    }

    /// Returns the id generator of this node.
    pub fn ids(&self) -> Arc<IdMaker> {
        Arc::clone(&self.inner.ids)
    }

    /// Returns whether several nodes may share this database, so that queues must also be polled.
    pub fn is_shared(&self) -> bool {
        matches!(self.inner.url, DatabaseUrl::Postgres(_))
    }

    /// Runs queries on a reader, off the async threads.
    ///
    /// # Errors
    /// The closure's error, or an error of the store.
    pub fn read<T, E, F>(&self, work: F) -> impl Future<Output = std::result::Result<T, E>> + Send
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let answer = Answer::default();
        let ran = Arc::clone(&self.inner).run_read(answer.of_read(work));
        answer.after(ran)
    }

    /// Runs a query inline, on the calling thread, if this is SQLite and a reader is idle; otherwise like
    /// [`read`](Self::read). A lookup by key takes some microseconds on SQLite, less than handing it to
    /// another thread. Only for queries that an index answers at once.
    ///
    /// # Errors
    /// The closure's error, or an error of the store.
    pub fn read_inline<T, E, F>(&self, work: F) -> impl Future<Output = std::result::Result<T, E>> + Send
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let answer = Answer::default();
        let ran = Arc::clone(&self.inner).run_read_inline(answer.of_read(work));
        answer.after(ran)
    }

    /// Runs a closure in one transaction: all of its writes happen, or none. The closure may be run again
    /// after a serialisation failure, so it must have no effects outside the transaction.
    ///
    /// # Errors
    /// The closure's error, or an error of the store; nothing is written then.
    pub fn write<T, E, F>(&self, work: F) -> impl Future<Output = std::result::Result<T, E>> + Send
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let answer = Answer::default();
        let ran = Arc::clone(&self.inner).run_write(answer.of_write(work));
        answer.after(ran)
    }

    /// Returns the number of calls of [`write`](Self::write) so far.
    pub fn count_writes(&self) -> u64 {
        self.inner.writes.load(Ordering::Relaxed)
    }

    /// Waits until this process enqueues something, or until `limit` has passed: on a shared database other
    /// nodes enqueue rows, too, and back-offs end by themselves.
    pub async fn waited(&self, queue: Queue, limit: Duration) {
        let _ = tokio::time::timeout(limit, self.inner.wakes.of(queue).notified()).await;
    }
}

/// A closure given to [`Store::read`], without the type of its answer.
type ReadTask = Box<dyn FnOnce(&mut Reader<'_>) + Send>;
/// A closure given to [`Store::write`], without the type of its answer. It returns whether to commit.
type WriteTask = Box<dyn FnMut(&mut Tx<'_>) -> bool + Send>;

/// Keeps the answer of a closure given to the store until the read or the transaction has ended.
///
/// Only this type and the closure depend on the type of the answer: threads, channels and transactions are compiled
/// once, not once for each of some hundred closures.
struct Answer<T, E>(Arc<Mutex<Option<std::result::Result<T, E>>>>);

impl<T, E> Default for Answer<T, E> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T, E> Answer<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    fn of_read<F>(&self, work: F) -> ReadTask
    where
        F: FnOnce(&mut Reader<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let answer = Self(Arc::clone(&self.0));
        Box::new(move |reader| answer.set(work(reader)))
    }

    fn of_write<F>(&self, work: F) -> WriteTask
    where
        F: Fn(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let answer = Self(Arc::clone(&self.0));
        Box::new(move |tx| {
            let result = work(tx);
            let commit = result.is_ok();
            answer.set(result);
            commit
        })
    }

    fn set(&self, result: std::result::Result<T, E>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }

    /// Returns the closure's answer when `ran` has ended, or the error of the store that `ran` ended with.
    async fn after(self, ran: impl Future<Output = Result<()>> + Send) -> std::result::Result<T, E> {
        ran.await?;
        let result = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.unwrap_or_else(|| Err(panicked().into()))
    }
}

fn panicked() -> Error {
    Error::Backend("a query panicked".into())
}

impl Inner {
    async fn run_read(self: Arc<Self>, task: ReadTask) -> Result<()> {
        spawn(Box::new(move || {
            let mut conn = self.pool.get()?;
            task(&mut Reader { conn: &mut conn, now: self.clock.now() });
            Ok(())
        }))
        .await
    }

    async fn run_read_inline(self: Arc<Self>, task: ReadTask) -> Result<()> {
        let idle = if self.writer.is_some() { self.pool.idle() } else { None };
        let Some(mut conn) = idle else { return self.run_read(task).await };
        let now = self.clock.now();
        catch_unwind(AssertUnwindSafe(|| task(&mut Reader { conn: &mut conn, now }))).map_err(|_| panicked())
    }

    async fn run_write(self: Arc<Self>, mut task: WriteTask) -> Result<()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        let inner = Arc::clone(&self);
        let committed = match &self.writer {
            Some(writer) => writer.run(Box::new(move |conn| inner.attempt(conn, &mut task))).await?,
            None => spawn(Box::new(move || inner.write_pooled(&mut task))).await?,
        };
        let Some(after) = committed else { return Ok(()) };
        self.bus.send_all(after.messages);
        for queue in after.woken {
            self.wakes.of(queue).notify_waiters();
            self.wakes.of(queue).notify_one();
        }
        Ok(())
    }

    /// Runs a write inside a transaction. Returns `None` if it must not commit.
    fn attempt(&self, conn: &mut AnyConnection, task: &mut WriteTask) -> Option<AfterCommit> {
        let reader = Reader { conn, now: self.clock.now() };
        let mut tx = Tx { reader, ids: &self.ids, done: AfterCommit::default() };
        task(&mut tx).then_some(tx.done)
    }

    fn write_pooled(&self, task: &mut WriteTask) -> Result<Option<AfterCommit>> {
        let mut conn = self.pool.get()?;
        let mut tries = 0;
        loop {
            tries += 1;
            match in_transaction(&mut conn, &mut |conn| self.attempt(conn, task)) {
                Err(Error::Busy) if tries < WRITE_TRIES => {}
                outcome => return outcome,
            }
        }
    }
}

/// Runs blocking work off the async threads; a panic there is an error here, not a crash.
async fn spawn<T: Send + 'static>(work: Box<dyn FnOnce() -> Result<T> + Send>) -> Result<T> {
    let span = tracing::Span::current();
    let task = tokio::task::spawn_blocking(move || span.in_scope(work));
    task.await.unwrap_or_else(|_| Err(panicked()))
}
