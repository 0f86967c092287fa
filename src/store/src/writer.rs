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
use super::{AfterCommit, Error, Result};

/// The maximum number of writes in a transaction, which bounds how long the first waits for the last.
const GROUP: usize = 128;

const SAVE: FixedSql<'_> = FixedSql::new(&["SAVEPOINT one"], &[]);
const RELEASE: FixedSql<'_> = FixedSql::new(&["RELEASE one"], &[]);

/// A write that runs inside the group's transaction. It returns `None` if it must be rolled back.
type Work = Box<dyn FnOnce(&mut AnyConnection) -> Option<AfterCommit> + Send>;
/// The result of a write for its caller.
type WriteResult = Result<Option<AfterCommit>>;

struct Task {
    work: Work,
    span: tracing::Span,
    /// Where the caller waits until the commit.
    caller: oneshot::Sender<WriteResult>,
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
    pub(super) async fn run(&self, work: Work) -> WriteResult {
        let (caller, answered) = oneshot::channel();
        let task = Task { work, span: tracing::Span::current(), caller };
        self.tasks.send(task).map_err(|_| Error::Busy)?;
        answered.await.map_err(|_| Error::Busy)?
    }
}

fn run_group(conn: &mut AnyConnection, first: Task, waiting: &mpsc::Receiver<Task>) {
    if let Err(error) = conn.batch_execute("BEGIN IMMEDIATE") {
        // Without a transaction, the savepoint of a write would be one of its own, and commit.
        let _ = first.caller.send(Err(error.into()));
        return;
    }
    let mut ended = Vec::new();
    let mut outcome = Ok(());
    let group = std::iter::once(first).chain(std::iter::from_fn(|| waiting.try_recv().ok()));
    for task in group.take(GROUP) {
        let (result, sound) = task.span.in_scope(|| run_one(conn, task.work));
        ended.push((task.caller, result));
        if !sound && outcome.is_ok() {
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
    for (caller, result) in ended {
        let result = match (result, &outcome) {
            (Ok(Some(after)), Ok(())) => Ok(Some(after)),
            (Ok(Some(_)), Err(Error::Busy)) => Err(Error::Busy),
            (Ok(Some(_)), Err(other)) => Err(Error::Backend(other.to_string())),
            (not_written, _) => not_written,
        };
        // The caller may be gone.
        let _ = caller.send(result);
    }
}

/// Runs a write in a savepoint. The second value is whether the group's transaction is still usable.
fn run_one(conn: &mut AnyConnection, work: Work) -> (WriteResult, bool) {
    let begun = SAVE.execute(conn).map_err(Error::from);
    let result = begun.and_then(|_| {
        catch_unwind(AssertUnwindSafe(|| work(conn)))
            .map_err(|_| Error::Backend("a write ended without an answer".into()))
    });
    let closed = match &result {
        Ok(Some(_)) => RELEASE.execute(conn).map(drop),
        Ok(None) | Err(_) => conn.batch_execute("ROLLBACK TO one; RELEASE one"),
    };
    (result, closed.is_ok())
}
