//! Must-read posts, their expected readers and their acknowledgements. Expresses in SQL what
//! `policy::must_reads` decides for one account.

use std::collections::{HashMap, HashSet};

use crate::prelude::*;
use diesel::dsl::{count_star, exists, not};
use diesel::expression::BoxableExpression;
use diesel::sql_types::Bool;

use super::connection::Db;
use super::rows::AccountRow;
use super::schema::{
    accounts, acknowledgements, follows, hosts, must_reads, notifications, profiles, push_subscriptions,
    statuses, users,
};
use super::visible::visible;
use super::{MustReadChunk, Reader, Result, Tx, on_both};
use portico_domain::model::account::ActorKind;
use portico_domain::model::annotations::{MustRead, ReaderFilter, ReaderView, Require};
use portico_domain::model::live::Live;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::peer::Tier;
use portico_domain::model::search::words;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_domain::policy::reach::Scope;

/// The number of readers notified in one transaction.
const TELL_CHUNK: i64 = 500;

/// A condition on a row of `accounts`.
type ReaderPredicate = Box<dyn BoxableExpression<accounts::table, Db, SqlType = Bool>>;

type MustReadRow = (i64, Option<i64>, String, Option<i64>, Option<i64>, Option<i64>);
type MustReadColumns = (
    must_reads::status_id,
    must_reads::acknowledge_by,
    must_reads::department,
    must_reads::group_id,
    must_reads::reminded_at,
    must_reads::ended_at,
);
pub(super) const COLUMNS: MustReadColumns = (
    must_reads::status_id,
    must_reads::acknowledge_by,
    must_reads::department,
    must_reads::group_id,
    must_reads::reminded_at,
    must_reads::ended_at,
);

pub(super) fn must_read((status, by, department, group, reminded, ended): MustReadRow) -> MustRead {
    MustRead {
        status_id: StatusId(status),
        require: Require {
            acknowledge_by: by.map(Timestamp::from_millis),
            department,
            group: group.map(AccountId),
        },
        reminded_at: reminded.map(Timestamp::from_millis),
        ended_at: ended.map(Timestamp::from_millis),
    }
}

/// Builds the condition that an account is expected to acknowledge a post of this author and reach.
fn expected(mark: &MustRead, author: AccountId, reach: Reach) -> ReaderPredicate {
    let person: &'static str = ActorKind::Person.as_str();
    let active = users::table.filter(users::account_id.eq(accounts::id)).filter(users::disabled_at.is_null());
    let mut belongs: ReaderPredicate = Box::new(accounts::domain.is_null().and(exists(active)));
    if reach != Reach::Instance {
        let company: &'static str = Tier::Company.as_str();
        let sister = hosts::table
            .filter(hosts::domain.nullable().eq(accounts::domain))
            .filter(hosts::tier.eq(company));
        belongs = Box::new(belongs.or(exists(sister)));
    }
    let mut all: ReaderPredicate = Box::new(
        belongs
            .and(accounts::kind.eq(person))
            .and(accounts::is_instance_actor.eq(false))
            .and(accounts::suspended_at.is_null())
            .and(accounts::moved_to.is_null())
            .and(accounts::id.ne(author.0)),
    );
    if !mark.require.department.is_empty() {
        let there = profiles::table
            .filter(profiles::account_id.eq(accounts::id))
            .filter(profiles::department_key.eq(words(&mark.require.department)));
        all = Box::new(all.and(exists(there)));
    }
    if let Some(group) = mark.require.group {
        let member = follows::table
            .filter(follows::account_id.eq(accounts::id))
            .filter(follows::target_id.eq(group.0))
            .filter(follows::accepted.eq(true));
        all = Box::new(all.and(exists(member)));
    }
    if let Some(end) = [mark.require.acknowledge_by, mark.ended_at].into_iter().flatten().min() {
        all = Box::new(all.and(accounts::created_at.le(end.millis())));
    }
    all
}

/// Builds the condition that an account has acknowledged a post.
#[diesel::dsl::auto_type(no_type_alias)]
fn acknowledged(status: i64) -> _ {
    exists(
        acknowledgements::table
            .filter(acknowledgements::account_id.eq(accounts::id))
            .filter(acknowledgements::status_id.eq(status)),
    )
}

impl Reader<'_> {
    /// Returns the must-read mark of a post.
    pub fn find_must_read(&mut self, status: StatusId) -> Result<Option<MustRead>> {
        let row: Option<MustReadRow> =
            must_reads::table.find(status.0).select(COLUMNS).first(self.conn()).optional()?;
        Ok(row.map(must_read))
    }

    /// Returns this instance's must-read posts, newest first; with `ended_too`, also those that were ended.
    pub fn list_must_reads(&mut self, ended_too: bool, limit: i64) -> Result<Vec<MustRead>> {
        let mut query = must_reads::table
            .inner_join(statuses::table.on(statuses::id.eq(must_reads::status_id)))
            .filter(statuses::local.eq(true))
            .order(must_reads::status_id.desc())
            .limit(limit)
            .select(COLUMNS)
            .into_boxed::<Db>();
        if !ended_too {
            query = query.filter(must_reads::ended_at.is_null());
        }
        Ok(query.load::<MustReadRow>(self.conn())?.into_iter().map(must_read).collect())
    }

    /// Returns the must-read posts that an account has not acknowledged and may see, newest first.
    pub fn list_unread(&mut self, me: AccountId, scope: &Scope, limit: i64) -> Result<Vec<StatusId>> {
        let since: Option<i64> =
            accounts::table.find(me.0).select(accounts::created_at).first(self.conn()).optional()?;
        let department: Option<String> =
            profiles::table.find(me.0).select(profiles::department_key).first(self.conn()).optional()?;
        let member = follows::table
            .filter(follows::account_id.eq(me.0))
            .filter(follows::target_id.nullable().eq(must_reads::group_id))
            .filter(follows::accepted.eq(true));
        let read = acknowledgements::table
            .filter(acknowledgements::account_id.eq(me.0))
            .filter(acknowledgements::status_id.eq(must_reads::status_id));
        let unread = must_reads::table
            .filter(must_reads::ended_at.is_null())
            .filter(
                must_reads::acknowledge_by
                    .is_null()
                    .or(must_reads::acknowledge_by.assume_not_null().ge(since.unwrap_or(0))),
            )
            .filter(
                must_reads::department_key
                    .eq("")
                    .or(must_reads::department_key.eq(department.unwrap_or_default())),
            )
            .filter(must_reads::group_id.is_null().or(exists(member)))
            .filter(not(exists(read)))
            .select(must_reads::status_id);
        let query = statuses::table
            .filter(statuses::id.eq_any(unread))
            .filter(statuses::account_id.ne(me.0))
            .filter(visible(scope, self.now()))
            .order(statuses::id.desc())
            .limit(limit)
            .select(statuses::id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(StatusId).collect())
    }

    /// Counts the expected readers of a post, and those who have acknowledged it, by host (`None` for this
    /// instance).
    pub fn count_readers(
        &mut self,
        mark: &MustRead,
        author: AccountId,
        reach: Reach,
    ) -> Result<Vec<(Option<String>, i64, i64)>> {
        let all: Vec<(Option<String>, i64)> = accounts::table
            .filter(expected(mark, author, reach))
            .group_by(accounts::domain)
            .select((accounts::domain, count_star()))
            .load(self.conn())?;
        let done: Vec<(Option<String>, i64)> = accounts::table
            .filter(expected(mark, author, reach))
            .filter(acknowledged(mark.status_id.0))
            .group_by(accounts::domain)
            .select((accounts::domain, count_star()))
            .load(self.conn())?;
        let done: HashMap<Option<String>, i64> = done.into_iter().collect();
        let mut counted: Vec<_> = all
            .into_iter()
            .map(|(domain, expected)| {
                let acknowledged = done.get(&domain).copied().unwrap_or(0);
                (domain, expected, acknowledged)
            })
            .collect();
        counted.sort();
        Ok(counted)
    }

    /// Counts the acknowledgements of a post, expected or not.
    pub fn count_acknowledgements(&mut self, status: StatusId) -> Result<i64> {
        let all = acknowledgements::table.filter(acknowledgements::status_id.eq(status.0));
        Ok(all.count().get_result(self.conn())?)
    }

    /// Returns the expected readers of a post, by instance and name, with the time of their acknowledgements.
    pub fn list_readers(
        &mut self,
        mark: &MustRead,
        (author, reach): (AccountId, Reach),
        which: ReaderFilter,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<ReaderView>> {
        let status = mark.status_id.0;
        let mut query = accounts::table
            .filter(expected(mark, author, reach))
            .select(AccountRow::as_select())
            .into_boxed::<Db>();
        match which {
            ReaderFilter::All => {}
            ReaderFilter::Acknowledged => query = query.filter(acknowledged(status)),
            ReaderFilter::Missing => query = query.filter(not(acknowledged(status))),
        }
        let rows: Vec<AccountRow> = query
            .order((accounts::domain.is_null().desc(), accounts::domain, accounts::username, accounts::id))
            .limit(limit)
            .offset(offset)
            .load(self.conn())?;
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let times: Vec<(i64, i64)> = acknowledgements::table
            .filter(acknowledgements::status_id.eq(status))
            .filter(acknowledgements::account_id.eq_any(&ids))
            .select((acknowledgements::account_id, acknowledgements::created_at))
            .load(self.conn())?;
        let times: HashMap<i64, i64> = times.into_iter().collect();
        let reader = |row: AccountRow| {
            let acknowledged_at = times.get(&row.id).copied().map(Timestamp::from_millis);
            Ok(ReaderView { account: row.into_model()?, acknowledged_at })
        };
        rows.into_iter().map(reader).collect()
    }

    /// Returns whether any profile names this department.
    pub fn is_department(&mut self, name: &str) -> Result<bool> {
        let there = profiles::table.filter(profiles::department_key.eq(words(name)));
        Ok(diesel::select(exists(there)).get_result(self.conn())?)
    }
}

impl Tx<'_> {
    /// Inserts the must-read mark of a post.
    pub fn insert_must_read(&mut self, mark: &MustRead) -> Result<()> {
        let row = (
            must_reads::status_id.eq(mark.status_id.0),
            must_reads::acknowledge_by.eq(mark.require.acknowledge_by.map(Timestamp::millis)),
            must_reads::department.eq(&mark.require.department),
            must_reads::department_key.eq(words(&mark.require.department)),
            must_reads::group_id.eq(mark.require.group.map(|id| id.0)),
            must_reads::reminded_at.eq(mark.reminded_at.map(Timestamp::millis)),
            must_reads::ended_at.eq(mark.ended_at.map(Timestamp::millis)),
        );
        on_both!(self.conn(), |c| diesel::insert_into(must_reads::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Updates the deadline of a must-read post, and when it was reminded of and ended.
    pub fn update_must_read(&mut self, mark: &MustRead) -> Result<()> {
        diesel::update(must_reads::table.find(mark.status_id.0))
            .set((
                must_reads::acknowledge_by.eq(mark.require.acknowledge_by.map(Timestamp::millis)),
                must_reads::reminded_at.eq(mark.reminded_at.map(Timestamp::millis)),
                must_reads::ended_at.eq(mark.ended_at.map(Timestamp::millis)),
            ))
            .execute(self.conn())?;
        Ok(())
    }

    /// Records an acknowledgement. Returns whether it was new.
    pub fn insert_acknowledgement(&mut self, status: StatusId, account: AccountId) -> Result<bool> {
        let row = (
            acknowledgements::status_id.eq(status.0),
            acknowledgements::account_id.eq(account.0),
            acknowledgements::created_at.eq(self.now().millis()),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(acknowledgements::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(added == 1)
    }

    /// Enqueues the notification of a post's local readers; `again` if it is a reminder.
    pub fn enqueue_reader_notifications(
        &mut self,
        status: StatusId,
        after: Option<AccountId>,
        again: bool,
    ) -> Result<()> {
        self.enqueue(&MustReadChunk { status, after, again })
    }

    /// Inserts a must-read post into the home timelines of the next chunk of local readers who have not
    /// acknowledged it, and notifies them unless they block or mute its author. Returns the last of the chunk
    /// if there may be more.
    pub fn notify_readers(
        &mut self,
        mark: &MustRead,
        status: &Status,
        after: Option<AccountId>,
        again: bool,
    ) -> Result<Option<AccountId>> {
        let readers: Vec<i64> = accounts::table
            .filter(expected(mark, status.account_id, status.reach))
            .filter(not(acknowledged(status.id.0)))
            .filter(accounts::domain.is_null())
            .filter(accounts::id.gt(after.map_or(0, |id| id.0)))
            .order(accounts::id)
            .limit(TELL_CHUNK)
            .select(accounts::id)
            .load(self.conn())?;
        let full = i64::try_from(readers.len()).is_ok_and(|length| length >= TELL_CHUNK);
        let upto = readers.last().copied().map(AccountId).filter(|_| full);
        self.insert_homes(&readers, status)?;
        if !again {
            self.publish(Live::Homed { status: status.id, after, upto })?;
        }
        let hiding = self.filter_hiding(&[status.account_id.0], &readers)?;
        let mut notified = self.already_notified(status, &readers)?;
        if again {
            let former: Vec<i64> = std::mem::take(&mut notified).into_iter().collect();
            let theirs = notifications::table
                .filter(notifications::account_id.eq_any(former))
                .filter(notifications::status_id.eq(status.id.0))
                .filter(notifications::kind.eq(NotificationKind::Status.as_str()));
            diesel::delete(theirs).execute(self.conn())?;
        }
        let fresh = readers.into_iter().filter(|id| !notified.contains(id) && !hiding.contains(id));
        self.notify_at_once(fresh.collect(), status)?;
        Ok(upto)
    }

    /// Returns the accounts that have been notified of a post.
    fn already_notified(&mut self, status: &Status, accounts: &[i64]) -> Result<HashSet<i64>> {
        let notified = notifications::table
            .filter(notifications::account_id.eq_any(accounts))
            .filter(notifications::status_id.eq(status.id.0))
            .filter(notifications::kind.eq(NotificationKind::Status.as_str()))
            .select(notifications::account_id);
        Ok(notified.load::<i64>(self.conn())?.into_iter().collect())
    }

    /// Notifies many accounts of a post at once. Ignores their subscriptions and notification policies, since
    /// they must read it.
    fn notify_at_once(&mut self, readers: Vec<i64>, status: &Status) -> Result<()> {
        let (now, kind) = (self.now(), NotificationKind::Status);
        let numbered: Vec<_> =
            readers.into_iter().map(|account| (account, self.ids().next_notification(now))).collect();
        let rows: Vec<_> = numbered
            .iter()
            .map(|(account, id)| {
                (
                    notifications::id.eq(id.0),
                    notifications::account_id.eq(*account),
                    notifications::kind.eq(kind.as_str()),
                    notifications::from_id.eq(status.account_id.0),
                    notifications::status_id.eq(Some(status.id.0)),
                    notifications::created_at.eq(now.millis()),
                    notifications::filtered.eq(false),
                )
            })
            .collect();
        on_both!(self.conn(), |c| diesel::insert_into(notifications::table).values(&rows).execute_batch(c))?;
        let accounts: Vec<i64> = numbered.iter().map(|(account, _)| *account).collect();
        let devices: HashSet<i64> = push_subscriptions::table
            .filter(push_subscriptions::account_id.eq_any(&accounts))
            .select(push_subscriptions::account_id)
            .load::<i64>(self.conn())?
            .into_iter()
            .collect();
        for (account, notification) in numbered {
            let account = AccountId(account);
            if devices.contains(&account.0) {
                self.enqueue_pushes(account, kind, status.account_id, notification)?;
            }
            self.publish(Live::Notified { account, notification })?;
        }
        Ok(())
    }
}
