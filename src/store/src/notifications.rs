//! Notification queries. Notifications are written in [`notices`](super::notices).

use crate::prelude::*;
use diesel::dsl::{exists, not};

use super::accounts::in_good_standing;
use super::connection::Db;
use super::schema::{accounts, blocks, mutes, notifications, shunned_domains};
use super::timelines::cut;
use super::{Error, Reader, Result, Tx};
use portico_domain::model::notification::{Notification, NotificationKind};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::view::NotificationView;
use portico_domain::model::{AccountId, LogId, NotificationId, ReportId, SeveranceId, StatusId, Timestamp};
use portico_domain::policy::notifications::NotificationGroup;
use portico_domain::policy::reach::Scope;

/// A filter for notifications.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotificationFilter {
    /// Only these kinds; `None` for every kind.
    pub kinds: Option<Vec<NotificationKind>>,
    /// Without these kinds.
    pub except: Vec<NotificationKind>,
    /// Only actions of this account.
    pub from: Option<AccountId>,
    /// Also filtered notifications, which wait for a decision.
    pub waiting_too: bool,
    /// Only these groups, if any are named.
    pub groups: Vec<NotificationGroup>,
}

impl NotificationFilter {
    fn has_group_of(&self, found: &Notification) -> bool {
        let group = || NotificationGroup::for_notification(found.kind, found.status_id, found.created_at);
        self.groups.is_empty() || group().is_some_and(|group| self.groups.contains(&group))
    }
}

type NotificationRow = (i64, i64, String, i64, Option<i64>, i64, Option<i64>, Option<i64>, Option<i64>);

const COLUMNS: (
    notifications::id,
    notifications::account_id,
    notifications::kind,
    notifications::from_id,
    notifications::status_id,
    notifications::created_at,
    notifications::report_id,
    notifications::warning_id,
    notifications::severance_id,
) = (
    notifications::id,
    notifications::account_id,
    notifications::kind,
    notifications::from_id,
    notifications::status_id,
    notifications::created_at,
    notifications::report_id,
    notifications::warning_id,
    notifications::severance_id,
);

fn notification(
    (id, account, kind, from, status, created_at, report, warning, severance): NotificationRow,
) -> Result<Notification> {
    Ok(Notification {
        id: NotificationId(id),
        account_id: AccountId(account),
        kind: kind
            .parse::<NotificationKind>()
            .map_err(|_| Error::Corrupt { what: "kind of notification" })?,
        from_id: AccountId(from),
        status_id: status.map(StatusId),
        report_id: report.map(ReportId),
        warning_id: warning.map(LogId),
        severance_id: severance.map(SeveranceId),
        created_at: Timestamp::from_millis(created_at),
    })
}

impl Reader<'_> {
    /// Returns a page of `me`'s notifications. Leaves out those from suspended accounts and blocked hosts,
    /// from accounts that the recipient blocks or mutes, and about statuses that the recipient may not see
    /// (any more).
    pub fn list_notifications(
        &mut self,
        me: AccountId,
        scope: &Scope,
        filter: &NotificationFilter,
        page: &PageRequest,
    ) -> Result<Page<Notification>> {
        self.fill_page(page, |reader, page| {
            let candidates = reader.notification_candidates(me, filter, page)?;
            let read = candidates.iter().map(|found| found.id.0).collect();
            let mut kept = reader.visible_notifications(scope, candidates)?;
            kept.retain(|(_, found)| filter.has_group_of(found));
            Ok((read, kept))
        })
    }

    fn notification_candidates(
        &mut self,
        me: AccountId,
        filter: &NotificationFilter,
        page: &PageRequest,
    ) -> Result<Vec<Notification>> {
        let now = self.now().millis();
        let blocked = blocks::table
            .filter(blocks::account_id.eq(me.0))
            .filter(blocks::target_id.eq(notifications::from_id));
        let muted = mutes::table
            .filter(mutes::account_id.eq(me.0))
            .filter(mutes::target_id.eq(notifications::from_id))
            .filter(mutes::hide_notifications.eq(true))
            .filter(mutes::expires_at.is_null().or(mutes::expires_at.gt(now)));
        let shunned = shunned_domains::table
            .filter(shunned_domains::account_id.eq(me.0))
            .filter(shunned_domains::domain.nullable().eq(accounts::domain));
        let mut query = notifications::table
            .inner_join(accounts::table.on(accounts::id.eq(notifications::from_id)))
            .filter(notifications::account_id.eq(me.0))
            .filter(in_good_standing())
            .filter(not(exists(blocked)))
            .filter(not(exists(muted)))
            .filter(not(exists(shunned)))
            .select(COLUMNS)
            .into_boxed::<Db>();
        if let Some(kinds) = &filter.kinds {
            query = query.filter(notifications::kind.eq_any(words(kinds)));
        }
        if !filter.except.is_empty() {
            query = query.filter(notifications::kind.ne_all(words(&filter.except)));
        }
        if !filter.waiting_too {
            query = query.filter(notifications::filtered.eq(false));
        }
        if let (Some(begin), Some(end)) = (
            filter.groups.iter().map(|group| group.span().0).min(),
            filter.groups.iter().map(|group| group.span().1).max(),
        ) {
            // Selects somewhat more than the groups; the rest is filtered afterwards.
            let kinds: Vec<NotificationKind> = filter.groups.iter().map(|group| group.kind).collect();
            let about: Vec<i64> = filter.groups.iter().filter_map(|group| Some(group.status?.0)).collect();
            let named = notifications::status_id.is_null().or(notifications::status_id.eq_any(about));
            query = query
                .filter(notifications::kind.eq_any(words(&kinds)))
                .filter(notifications::created_at.ge(begin))
                .filter(notifications::created_at.lt(end))
                .filter(named.assume_not_null());
        }
        if let Some(from) = filter.from {
            query = query.filter(notifications::from_id.eq(from.0));
        }
        let rows: Vec<NotificationRow> = cut!(query, notifications::id, page).load(self.conn())?;
        rows.into_iter().map(notification).collect()
    }

    fn visible_notifications(
        &mut self,
        scope: &Scope,
        candidates: Vec<Notification>,
    ) -> Result<Vec<(i64, Notification)>> {
        let about: Vec<i64> = candidates.iter().filter_map(|found| found.status_id.map(|id| id.0)).collect();
        let seen = if about.is_empty() { Default::default() } else { self.visible_among(scope, &about)? };
        let shown = |found: &Notification| found.status_id.is_none_or(|id| seen.contains(&id.0));
        Ok(candidates.into_iter().filter(shown).map(|found| (found.id.0, found)).collect())
    }

    /// Returns a notification of `me`, if it is still visible.
    pub fn find_notification(
        &mut self,
        me: AccountId,
        scope: &Scope,
        id: NotificationId,
    ) -> Result<Option<Notification>> {
        let around =
            PageRequest { max_id: id.0.checked_add(1), min_id: Some(id.0 - 1), ..PageRequest::first(1) };
        let filter = NotificationFilter { waiting_too: true, ..NotificationFilter::default() };
        Ok(self.list_notifications(me, scope, &filter, &around)?.items.pop())
    }

    /// Builds the views of notifications for their recipient, in a dozen queries, however many there are.
    pub fn notification_views(
        &mut self,
        me: AccountId,
        found: Vec<Notification>,
    ) -> Result<Vec<NotificationView>> {
        let from: Vec<i64> = found.iter().map(|one| one.from_id.0).collect();
        let accounts = self.accounts_by_id(&from)?;
        let mut about: Vec<StatusId> = found.iter().filter_map(|one| one.status_id).collect();
        about.sort_unstable();
        about.dedup();
        let statuses = self.status_views(Some(me), &about)?;
        let reports: Vec<ReportId> = found.iter().filter_map(|one| one.report_id).collect();
        let reports = self.report_views(&reports)?;
        let warnings: Vec<LogId> = found.iter().filter_map(|one| one.warning_id).collect();
        let warnings = self.log_entries(&warnings)?;
        let severances: Vec<SeveranceId> = found.iter().filter_map(|one| one.severance_id).collect();
        let severances = self.list_severances(&severances)?;
        Ok(found
            .into_iter()
            .filter_map(|notification| {
                let account = accounts.get(&notification.from_id.0)?.clone();
                let status = match notification.status_id {
                    Some(id) => Some(statuses.iter().find(|view| view.status.id == id)?.clone()),
                    None => None,
                };
                let report = notification.report_id.and_then(|id| reports.get(&id.0).cloned());
                let warning = notification.warning_id.and_then(|id| warnings.get(&id.0).cloned());
                let severance =
                    severances.iter().find(|found| Some(found.id) == notification.severance_id).cloned();
                Some(NotificationView { notification, account, status, report, warning, severance })
            })
            .collect())
    }
}

fn words(kinds: &[NotificationKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.as_str()).collect()
}

impl Tx<'_> {
    /// Deletes all notifications of an account.
    pub fn delete_notifications(&mut self, me: AccountId) -> Result<()> {
        let mine = notifications::table.filter(notifications::account_id.eq(me.0));
        diesel::delete(mine).execute(self.conn())?;
        Ok(())
    }

    /// Deletes a group of an account's notifications. Returns their number.
    pub fn delete_group(&mut self, me: AccountId, group: &NotificationGroup) -> Result<usize> {
        let (begin, end) = group.span();
        let all = notifications::table
            .filter(notifications::account_id.eq(me.0))
            .filter(notifications::kind.eq(group.kind.as_str()))
            .filter(notifications::created_at.ge(begin))
            .filter(notifications::created_at.lt(end));
        let gone = match group.status {
            Some(status) => {
                diesel::delete(all.filter(notifications::status_id.eq(status.0))).execute(self.conn())?
            }
            None => diesel::delete(all).execute(self.conn())?,
        };
        Ok(gone)
    }

    /// Deletes a notification of an account. Returns whether it existed.
    pub fn delete_notification(&mut self, me: AccountId, id: NotificationId) -> Result<bool> {
        let one = notifications::table.find(id.0).filter(notifications::account_id.eq(me.0));
        Ok(diesel::delete(one).execute(self.conn())? == 1)
    }
}
