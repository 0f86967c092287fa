//! The single writer of an SQLite database.
//!
//! SQLite commits one transaction at a time, and each commit waits for the disk. So writes queue for one
//! thread, which groups all that are waiting, up to a bound, into one transaction: one savepoint each, so
//! that a failed write does not affect the others. A caller gets its result only after the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use crate::prelude::*;
use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::connection::AnyConnection;
use super::fixed_sql::FixedSql;
use super::{Error, Result};

/// The maximum number of writes in a transaction, which bounds how long the first waits for the last.
const GROUP: usize = 128;

const SAVE: FixedSql<'_> = FixedSql::new(&["SAVEPOINT one"], &[]);
const RELEASE: FixedSql<'_> = FixedSql::new(&["RELEASE one"], &[]);

/// Sends a write's result to its caller, after the commit.
type Finish = Box<dyn FnOnce(Result<()>) + Send>;
/// A write that runs inside the group's transaction.
type Task = Box<dyn FnOnce(&mut AnyConnection) -> Outcome + Send>;

/// A write, by its answer.
type Work<T, E> = Box<dyn FnOnce(&mut AnyConnection) -> std::result::Result<T, E> + Send>;

struct Outcome {
    finish: Finish,
    /// Whether the group's transaction is still usable.
    sound: bool,
}

/// The handle of the writer thread, which ends when the last handle is dropped.
pub(super) struct Writer {
    tasks: mpsc::Sender<Task>,
}

impl Writer {
    /// Starts the thread that owns `conn`.
    pub(super) fn start(mut conn: AnyConnection) -> Self {
        let (tasks, waiting) = mpsc::channel::<Task>();
        std::thread::Builder::new()
            .name("portico-writer".into())
            .spawn(move || {
                while let Ok(first) = waiting.recv() {
                    run_group(&mut conn, first, &waiting);
                }
            })
            .map(drop)
            .unwrap_or_else(|error| tracing::error!(%error, "writer.start_failed"));
        Self { tasks }
    }

    /// Runs one write and waits for its commit.
    pub(super) async fn run<T, E>(&self, work: Work<T, E>) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let span = tracing::Span::current();
        let task: Task = Box::new(move |conn| span.in_scope(|| run_one(conn, work, answer)));
        self.tasks.send(task).map_err(|_| Error::Busy)?;
        answered.await.map_err(|_| Error::Busy)?
    }
}

fn run_group(conn: &mut AnyConnection, first: Task, waiting: &mpsc::Receiver<Task>) {
    let mut finishes = Vec::new();
    let mut outcome = conn.batch_execute("BEGIN IMMEDIATE").map_err(Error::from);
    let group = std::iter::once(first).chain(std::iter::from_fn(|| waiting.try_recv().ok()));
    for task in group.take(GROUP) {
        let done = task(conn);
        finishes.push(done.finish);
        if !done.sound && outcome.is_ok() {
            outcome = Err(Error::Backend("the database gave up the transaction (is the disk full?)".into()));
        }
        if outcome.is_err() {
            break;
        }
    }
    if outcome.is_ok() {
        outcome = conn.batch_execute("COMMIT").map_err(Error::from);
    }
    if outcome.is_err() {
        // There may be no transaction left to roll back, which is fine.
        let _ = conn.batch_execute("ROLLBACK");
    }
    for finish in finishes {
        finish(match &outcome {
            Ok(()) => Ok(()),
            Err(Error::Busy) => Err(Error::Busy),
            Err(other) => Err(Error::Backend(other.to_string())),
        });
    }
}

fn run_one<T, E>(
    conn: &mut AnyConnection,
    work: Work<T, E>,
    answer: oneshot::Sender<std::result::Result<T, E>>,
) -> Outcome
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let begun = SAVE.execute(conn).map_err(Error::from);
    let result = begun.map_err(E::from).and_then(|_| {
        catch_unwind(AssertUnwindSafe(|| work(conn)))
            .unwrap_or_else(|_| Err(Error::Backend("a write ended without an answer".into()).into()))
    });
    let closed = match &result {
        Ok(_) => RELEASE.execute(conn).map(drop),
        Err(_) => conn.batch_execute("ROLLBACK TO one; RELEASE one"),
    };
    let finish: Finish = Box::new(move |committed| {
        // The caller may be gone.
        let _ = answer.send(match (result, committed) {
            (Ok(value), Ok(())) => Ok(value),
            (Ok(_), Err(error)) => Err(error.into()),
            (Err(error), _) => Err(error),
        });
    });
    Outcome { finish, sound: closed.is_ok() }
}
