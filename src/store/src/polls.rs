//! Polls: their options, votes and ends.

use std::collections::HashMap;

use crate::prelude::*;

use super::schema::{poll_options, poll_votes, polls, users};
use super::{PollCheck, Reader, Result, Tx, on_both};
use portico_domain::model::poll::{Poll, PollView};
use portico_domain::model::{AccountId, StatusId, Timestamp};

type PollRow = (i64, bool, bool, Option<i64>, Option<i64>);

impl Reader<'_> {
    /// Returns the polls of these statuses, by status, without a viewer's votes, in two queries.
    pub(super) fn polls_of(&mut self, ids: &[i64]) -> Result<HashMap<i64, PollView>> {
        let now = self.now();
        let rows: Vec<PollRow> = polls::table
            .filter(polls::status_id.eq_any(ids))
            .select((
                polls::status_id,
                polls::multiple,
                polls::hide_totals,
                polls::expires_at,
                polls::voters_count,
            ))
            .load(self.conn())?;
        let options: Vec<(i64, String, i64)> = poll_options::table
            .filter(poll_options::status_id.eq_any(ids))
            .order((poll_options::status_id, poll_options::position))
            .select((poll_options::status_id, poll_options::title, poll_options::votes_count))
            .load(self.conn())?;
        let mut found: HashMap<i64, PollView> = HashMap::new();
        for (id, multiple, hide_totals, expires_at, voters_count) in rows {
            let expires_at = expires_at.map(Timestamp::from_millis);
            let poll = Poll { options: Vec::new(), multiple, hide_totals, expires_at, voters_count };
            let expired = expires_at.is_some_and(|at| at <= now);
            found.insert(id, PollView { id: StatusId(id), poll, expired, own_votes: None, voted: None });
        }
        for (id, title, votes) in options {
            if let Some(view) = found.get_mut(&id) {
                view.poll.options.push((title, votes));
            }
        }
        Ok(found)
    }

    /// Returns an account's votes in the polls of these statuses, by status, in one query.
    pub(super) fn votes_of(&mut self, voter: AccountId, ids: &[i64]) -> Result<HashMap<i64, Vec<i64>>> {
        let rows: Vec<(i64, i64)> = poll_votes::table
            .filter(poll_votes::account_id.eq(voter.0))
            .filter(poll_votes::status_id.eq_any(ids))
            .order((poll_votes::status_id, poll_votes::position))
            .select((poll_votes::status_id, poll_votes::position))
            .load(self.conn())?;
        Ok(grouped(rows))
    }

    /// Returns the votes of several accounts in one poll, by account.
    pub(super) fn votes_by(&mut self, voters: &[i64], status: i64) -> Result<HashMap<i64, Vec<i64>>> {
        let rows: Vec<(i64, i64)> = poll_votes::table
            .filter(poll_votes::status_id.eq(status))
            .filter(poll_votes::account_id.eq_any(voters))
            .order((poll_votes::account_id, poll_votes::position))
            .select((poll_votes::account_id, poll_votes::position))
            .load(self.conn())?;
        Ok(grouped(rows))
    }

    /// Returns the poll of a status, without a viewer's votes.
    pub fn find_poll(&mut self, status: StatusId) -> Result<Option<PollView>> {
        Ok(self.polls_of(&[status.0])?.remove(&status.0))
    }

    /// Returns the options of a status's poll; empty if it has none.
    pub fn poll_titles(&mut self, status: StatusId) -> Result<Vec<String>> {
        let query = poll_options::table
            .filter(poll_options::status_id.eq(status.0))
            .order(poll_options::position)
            .select(poll_options::title);
        Ok(query.load(self.conn())?)
    }

    /// Returns an account's votes in a poll.
    pub fn list_votes(&mut self, voter: AccountId, status: StatusId) -> Result<Vec<i64>> {
        Ok(self.votes_of(voter, &[status.0])?.remove(&status.0).unwrap_or_default())
    }

    /// Returns the local accounts that voted in a poll.
    pub fn list_local_voters(&mut self, status: StatusId) -> Result<Vec<AccountId>> {
        let query = poll_votes::table
            .inner_join(users::table.on(users::account_id.eq(poll_votes::account_id)))
            .filter(poll_votes::status_id.eq(status.0))
            .order(poll_votes::account_id)
            .select(poll_votes::account_id)
            .distinct();
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }
}

fn grouped(rows: Vec<(i64, i64)>) -> HashMap<i64, Vec<i64>> {
    let mut by_first: HashMap<i64, Vec<i64>> = HashMap::new();
    for (first, position) in rows {
        by_first.entry(first).or_default().push(position);
    }
    by_first
}

impl Tx<'_> {
    /// Replaces the poll of a status, without votes of local accounts, and schedules its end.
    pub fn replace_poll(&mut self, status: StatusId, poll: Option<&Poll>) -> Result<()> {
        diesel::delete(polls::table.find(status.0)).execute(self.conn())?;
        let Some(poll) = poll else { return Ok(()) };
        let row = (
            polls::status_id.eq(status.0),
            polls::multiple.eq(poll.multiple),
            polls::hide_totals.eq(poll.hide_totals),
            polls::expires_at.eq(poll.expires_at.map(Timestamp::millis)),
            polls::voters_count.eq(poll.voters_count),
        );
        on_both!(self.conn(), |c| diesel::insert_into(polls::table).values(&row).execute(c))?;
        for (position, (title, votes)) in (0_i64..).zip(&poll.options) {
            let row = (
                poll_options::status_id.eq(status.0),
                poll_options::position.eq(position),
                poll_options::title.eq(title),
                poll_options::votes_count.eq(*votes),
            );
            on_both!(self.conn(), |c| diesel::insert_into(poll_options::table).values(&row).execute(c))?;
        }
        match poll.expires_at {
            Some(at) if at > self.now() => self.enqueue_poll(status, at),
            _ => Ok(()),
        }
    }

    /// Updates the end of a poll and whether its counts are hidden; keeps the votes.
    pub fn set_poll_terms(
        &mut self,
        status: StatusId,
        hide_totals: bool,
        at: Option<Timestamp>,
    ) -> Result<()> {
        diesel::update(polls::table.find(status.0))
            .set((
                polls::hide_totals.eq(hide_totals),
                polls::expires_at.eq(at.map(Timestamp::millis)),
                polls::ended.eq(false),
            ))
            .execute(self.conn())?;
        at.map_or(Ok(()), |at| self.enqueue_poll(status, at))
    }

    /// Sets the counts of a poll to those of its author's server.
    pub fn set_poll_counts(&mut self, status: StatusId, poll: &Poll) -> Result<()> {
        for (position, (_, votes)) in (0_i64..).zip(&poll.options) {
            diesel::update(poll_options::table.find((status.0, position)))
                .set(poll_options::votes_count.eq(*votes))
                .execute(self.conn())?;
        }
        diesel::update(polls::table.find(status.0))
            .set(polls::voters_count.eq(poll.voters_count))
            .execute(self.conn())?;
        Ok(())
    }

    /// Locks a poll against other voters until this transaction ends, so that no account votes twice at once.
    /// Returns whether the poll exists.
    pub fn lock_poll(&mut self, status: StatusId) -> Result<bool> {
        let touched = diesel::update(polls::table.find(status.0))
            .set(polls::multiple.eq(polls::multiple))
            .execute(self.conn())?;
        Ok(touched == 1)
    }

    /// Records a vote for an option. Returns whether it was new.
    pub fn insert_vote(
        &mut self,
        status: StatusId,
        voter: AccountId,
        position: i64,
        first: bool,
    ) -> Result<bool> {
        let row = (
            poll_votes::status_id.eq(status.0),
            poll_votes::account_id.eq(voter.0),
            poll_votes::position.eq(position),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(poll_votes::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        if added == 0 {
            return Ok(false);
        }
        diesel::update(poll_options::table.find((status.0, position)))
            .set(poll_options::votes_count.eq(poll_options::votes_count + 1))
            .execute(self.conn())?;
        if first {
            diesel::update(polls::table.find(status.0))
                .set(polls::voters_count.eq(polls::voters_count + 1))
                .execute(self.conn())?;
        }
        Ok(true)
    }

    /// Marks a poll as ended. Returns whether it is over and was not marked before.
    pub fn end_poll(&mut self, status: StatusId) -> Result<bool> {
        let now = self.now().millis();
        let over = polls::table
            .find(status.0)
            .filter(polls::ended.eq(false))
            .filter(polls::expires_at.is_not_null())
            .filter(polls::expires_at.assume_not_null().le(now));
        Ok(diesel::update(over).set(polls::ended.eq(true)).execute(self.conn())? == 1)
    }

    /// Sets whether an update with new counts is scheduled for other hosts. Returns whether that changed
    /// anything.
    pub fn set_poll_notification(&mut self, status: StatusId, scheduled: bool) -> Result<bool> {
        let other = polls::table.find(status.0).filter(polls::telling.ne(scheduled));
        Ok(diesel::update(other).set(polls::telling.eq(scheduled)).execute(self.conn())? == 1)
    }

    /// Schedules a check of a poll.
    pub fn enqueue_poll(&mut self, status: StatusId, at: Timestamp) -> Result<()> {
        self.enqueue_at(&PollCheck { status }, at)
    }
}
