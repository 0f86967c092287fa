//! Threads: their statuses, and where to fetch the missing ones.

use std::collections::HashMap;

use crate::prelude::*;

use super::schema::{contexts, statuses};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::status::{Sources, Status};
use portico_domain::model::{StatusId, Timestamp};

/// A fetch of the missing statuses of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadFetch {
    /// When it began.
    pub began_at: Timestamp,
    /// Whether it has finished.
    pub is_done: bool,
    /// The number of statuses it found.
    pub found: i64,
}

impl Reader<'_> {
    /// Returns the direct replies to a status, oldest first, after `after`. The caller must check the
    /// visibility of each.
    pub fn list_answers(
        &mut self,
        of: StatusId,
        after: Option<StatusId>,
        limit: i64,
    ) -> Result<Vec<(StatusId, String)>> {
        let query = statuses::table
            .filter(statuses::in_reply_to_id.eq(of.0))
            .filter(statuses::id.gt(after.map_or(0, |id| id.0)))
            .order(statuses::id)
            .limit(limit)
            .select((statuses::id, statuses::uri));
        let rows: Vec<(i64, String)> = query.load(self.conn())?;
        Ok(rows.into_iter().map(|(id, uri)| (StatusId(id), uri)).collect())
    }

    /// Returns the statuses of a thread, oldest first, after `after`. The caller must check the visibility of
    /// each.
    pub fn list_thread(
        &mut self,
        thread: StatusId,
        after: Option<StatusId>,
        limit: i64,
    ) -> Result<Vec<(StatusId, String)>> {
        let query = statuses::table
            .filter(statuses::conversation_id.eq(thread.0))
            .filter(statuses::reblog_of.is_null())
            .filter(statuses::id.gt(after.map_or(0, |id| id.0)))
            .order(statuses::id)
            .limit(limit)
            .select((statuses::id, statuses::uri));
        let rows: Vec<(i64, String)> = query.load(self.conn())?;
        Ok(rows.into_iter().map(|(id, uri)| (StatusId(id), uri)).collect())
    }

    /// Returns the first status of each thread, and the collections that its server announced for the thread.
    pub fn roots_of(&mut self, threads: &[StatusId]) -> Result<HashMap<StatusId, (Status, Sources)>> {
        let raw: Vec<i64> = threads.iter().map(|id| id.0).collect();
        let known: Vec<(i64, Option<String>, Option<String>)> = contexts::table
            .filter(contexts::status_id.eq_any(&raw))
            .select((contexts::status_id, contexts::context_uri, contexts::replies_uri))
            .load(self.conn())?;
        let mut sources: HashMap<i64, Sources> =
            known.into_iter().map(|(id, context, replies)| (id, Sources { context, replies })).collect();
        let mut found = HashMap::new();
        for id in threads {
            if found.contains_key(id) {
                continue;
            }
            if let Some(root) = self.find_status(*id)? {
                found.insert(*id, (root, sources.remove(&id.0).unwrap_or_default()));
            }
        }
        Ok(found)
    }

    /// Returns the collections announced by the stored statuses of a thread, oldest first; at most `limit`.
    pub fn thread_sources(&mut self, thread: StatusId, limit: i64) -> Result<Vec<Sources>> {
        let query = contexts::table
            .inner_join(statuses::table.on(statuses::id.eq(contexts::status_id)))
            .filter(statuses::conversation_id.eq(thread.0))
            .order(contexts::status_id)
            .limit(limit)
            .select((contexts::context_uri, contexts::replies_uri));
        let rows: Vec<(Option<String>, Option<String>)> = query.load(self.conn())?;
        Ok(rows.into_iter().map(|(context, replies)| Sources { context, replies }).collect())
    }

    /// Returns the latest fetch of a thread, at the epoch if there was none yet; `None` if no server
    /// announced where the rest of the thread is.
    pub fn find_thread_fetch(&mut self, thread: StatusId) -> Result<Option<ThreadFetch>> {
        let query = contexts::table
            .inner_join(statuses::table.on(statuses::id.eq(contexts::status_id)))
            .filter(statuses::conversation_id.eq(thread.0))
            .order(contexts::looked_at.desc())
            .select((contexts::looked_at, contexts::settled_at, contexts::found));
        let row: Option<(i64, i64, i64)> = query.first(self.conn()).optional()?;
        Ok(row.map(|(looked, settled, found)| ThreadFetch {
            began_at: Timestamp::from_millis(looked),
            is_done: settled >= looked,
            found,
        }))
    }
}

impl Tx<'_> {
    /// Stores the collections that the server of a status announced for its thread.
    pub fn set_sources(&mut self, status: StatusId, sources: &Sources) -> Result<()> {
        if *sources == Sources::default() {
            return Ok(());
        }
        let change = (
            contexts::context_uri.eq(sources.context.as_deref()),
            contexts::replies_uri.eq(sources.replies.as_deref()),
        );
        let row = (contexts::status_id.eq(status.0), change);
        on_both!(self.conn(), |c| diesel::insert_into(contexts::table)
            .values(row)
            .on_conflict(contexts::status_id)
            .do_update()
            .set(change)
            .execute(c))?;
        Ok(())
    }

    /// Records that the missing statuses of a thread are being fetched now.
    pub fn start_thread_fetch(&mut self, thread: StatusId) -> Result<()> {
        let now = self.now().millis();
        let members = statuses::table.filter(statuses::conversation_id.eq(thread.0)).select(statuses::id);
        diesel::update(contexts::table.filter(contexts::status_id.eq_any(members)))
            .set((contexts::looked_at.eq(now), contexts::settled_at.eq(0), contexts::found.eq(0)))
            .execute(self.conn())?;
        Ok(())
    }

    /// Records that the fetch of a thread has finished, and the number of statuses it found.
    pub fn finish_thread_fetch(&mut self, thread: StatusId, found: usize) -> Result<()> {
        let now = self.now().millis();
        let members = statuses::table.filter(statuses::conversation_id.eq(thread.0)).select(statuses::id);
        let looked =
            contexts::table.filter(contexts::status_id.eq_any(members)).filter(contexts::looked_at.gt(0));
        let found = i64::try_from(found).unwrap_or(i64::MAX);
        diesel::update(looked)
            .set((contexts::settled_at.eq(now), contexts::found.eq(found)))
            .execute(self.conn())?;
        Ok(())
    }
}
