//! Incoming activities: queued until they are processed; their ids are kept for as long as a replay could
//! come.

use crate::prelude::*;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Bool};

use super::connection::AnyConnection;
use super::schema::inbox;
use super::{Queue, Reader, Result, Tx, on_both};
use portico_domain::model::{AccountId, JobId, Timestamp};

const WAITING: &str = "waiting";
const DONE: &str = "done";
const DEAD: &str = "dead";

/// The advisory lock under which PostgreSQL nodes claim from the inbox, one at a time, so that one actor's
/// activities are never claimed by two nodes at once.
const CLAIM_LOCK: i64 = 0x706f_7274_696e_6278;

/// An incoming activity whose signature and origin have been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInboxEntry {
    /// The activity's id.
    pub activity_uri: String,
    /// The actor's id; the actor also signed the request.
    pub actor_uri: String,
    /// The actor's host.
    pub host: String,
    /// The owner of the personal inbox that received it; `None` for the shared inbox.
    pub recipient: Option<AccountId>,
    /// The raw document.
    pub body: String,
}

/// An inbox entry claimed by this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxEntry {
    /// The local id.
    pub id: JobId,
    /// The activity's id.
    pub activity_uri: String,
    /// The actor's id.
    pub actor_uri: String,
    /// The actor's host.
    pub host: String,
    /// The owner of the personal inbox that received it; `None` for the shared inbox.
    pub recipient: Option<AccountId>,
    /// The raw document.
    pub body: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// The number of earlier attempts.
    pub attempts: i64,
}

/// The outcome of processing an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboxOutcome {
    /// Applied or ignored.
    Done,
    /// To be retried.
    Again {
        /// The time of the next attempt.
        at: Timestamp,
        /// The error of this attempt.
        error: String,
    },
    /// Failed permanently.
    Dead {
        /// The error.
        error: String,
    },
}

type InboxRow = (i64, String, String, String, Option<i64>, String, i64, i64);

impl Reader<'_> {
    /// Whether an entry can be claimed, unless an earlier one of its actor is being processed. The idle worker asks
    /// this, because a claim is a write.
    pub fn has_due_inbox(&mut self) -> Result<bool> {
        let now = self.now().millis();
        let due = inbox::table
            .filter(inbox::state.eq(WAITING))
            .filter(inbox::run_at.le(now))
            .filter(inbox::claimed_until.le(now));
        Ok(diesel::select(diesel::dsl::exists(due)).get_result(self.conn())?)
    }

    /// Counts the waiting entries.
    pub fn count_waiting_inbox(&mut self) -> Result<i64> {
        Ok(inbox::table.filter(inbox::state.eq(WAITING)).count().get_result(self.conn())?)
    }

    /// Counts the dead entries.
    pub fn count_dead_inbox(&mut self) -> Result<i64> {
        Ok(inbox::table.filter(inbox::state.eq(DEAD)).count().get_result(self.conn())?)
    }
}

impl Tx<'_> {
    /// Inserts an activity. Returns whether it was new: a second one with the same id changes nothing,
    /// whichever inbox received it.
    pub fn insert_inbox_entry(&mut self, entry: &NewInboxEntry) -> Result<bool> {
        let now = self.now().millis();
        let id: JobId = self.next_id();
        let row = (
            inbox::id.eq(id.0),
            inbox::activity_uri.eq(&entry.activity_uri),
            inbox::actor_uri.eq(&entry.actor_uri),
            inbox::host.eq(&entry.host),
            inbox::recipient_id.eq(entry.recipient.map(|id| id.0)),
            inbox::body.eq(&entry.body),
            inbox::received_at.eq(now),
            inbox::run_at.eq(now),
            inbox::state.eq(WAITING),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(inbox::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        if added == 1 {
            self.wake(Queue::Inbox);
        }
        Ok(added == 1)
    }

    /// Claims the oldest due entries for `lease` milliseconds. An actor's entries are processed in order:
    /// while one is claimed, no later one is. An entry that waits for a retry lets later entries pass.
    pub fn claim_inbox(&mut self, limit: i64, lease: i64) -> Result<Vec<InboxEntry>> {
        if let AnyConnection::Postgres(conn) = self.conn() {
            diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
                .bind::<BigInt, _>(CLAIM_LOCK)
                .execute(conn)?;
        }
        let now = self.now().millis();
        // Uses a literal, not a bound value, so that the partial index serves both databases.
        let in_hand: Vec<String> = inbox::table
            .filter(sql::<Bool>("claimed_until > 0"))
            .filter(inbox::claimed_until.gt(now))
            .filter(inbox::state.eq(WAITING))
            .select(inbox::actor_uri)
            .distinct()
            .load(self.conn())?;
        let rows: Vec<InboxRow> = inbox::table
            .filter(inbox::state.eq(WAITING))
            .filter(inbox::run_at.le(now))
            .filter(inbox::claimed_until.le(now))
            .filter(inbox::actor_uri.ne_all(in_hand))
            .order((inbox::run_at, inbox::id))
            .limit(limit)
            .select((
                inbox::id,
                inbox::activity_uri,
                inbox::actor_uri,
                inbox::host,
                inbox::recipient_id,
                inbox::body,
                inbox::received_at,
                inbox::attempts,
            ))
            .load(self.conn())?;
        let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
        diesel::update(inbox::table.filter(inbox::id.eq_any(ids)))
            .set(inbox::claimed_until.eq(now + lease))
            .execute(self.conn())?;
        Ok(rows.into_iter().map(entry).collect())
    }

    /// Records the outcomes of entries. A processed entry keeps its id, but loses its body.
    pub fn settle_inbox(&mut self, settled: &[(JobId, InboxOutcome)]) -> Result<()> {
        let done: Vec<i64> =
            settled.iter().filter(|(_, how)| *how == InboxOutcome::Done).map(|(id, _)| id.0).collect();
        if !done.is_empty() {
            diesel::update(inbox::table.filter(inbox::id.eq_any(done)))
                .set((inbox::state.eq(DONE), inbox::body.eq(""), inbox::claimed_until.eq(0)))
                .execute(self.conn())?;
        }
        for (id, how) in settled {
            let (state, run_at, error) = match how {
                InboxOutcome::Done => continue,
                InboxOutcome::Again { at, error } => (WAITING, *at, error),
                InboxOutcome::Dead { error } => (DEAD, self.now(), error),
            };
            diesel::update(inbox::table.find(id.0))
                .set((
                    inbox::state.eq(state),
                    inbox::run_at.eq(run_at.millis()),
                    inbox::attempts.eq(inbox::attempts + 1),
                    inbox::claimed_until.eq(0),
                    inbox::last_error.eq(error),
                ))
                .execute(self.conn())?;
        }
        Ok(())
    }

    /// Releases claimed entries unprocessed.
    pub fn free_inbox(&mut self, ids: &[JobId]) -> Result<()> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        diesel::update(inbox::table.filter(inbox::id.eq_any(ids)))
            .set(inbox::claimed_until.eq(0))
            .execute(self.conn())?;
        Ok(())
    }
}

fn entry(row: InboxRow) -> InboxEntry {
    let (id, activity_uri, actor_uri, host, recipient, body, received_at, attempts) = row;
    InboxEntry {
        id: JobId(id),
        activity_uri,
        actor_uri,
        host,
        recipient: recipient.map(AccountId),
        body,
        received_at: Timestamp::from_millis(received_at),
        attempts,
    }
}
