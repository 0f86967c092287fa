//! Reports with the posts they name, and the notifications of moderators.

use std::collections::{BTreeSet, HashMap};

use crate::prelude::*;

use super::connection::Db;
use super::schema::{accounts, notifications, report_statuses, reports, users};
use super::timelines::cut;
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::live::Live;
use portico_domain::model::moderation::ModeratedPerson;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::report::{Category, FullReportView, Report, ReportFilter, ReportView};
use portico_domain::model::user::Role;
use portico_domain::model::{AccountId, ReportId, StatusId, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = reports)]
struct ReportRow {
    id: i64,
    account_id: i64,
    target_id: i64,
    uri: Option<String>,
    comment: String,
    category: String,
    rule_ids: String,
    forwarded: bool,
    assigned_id: Option<i64>,
    resolved_at: Option<i64>,
    resolved_by: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl ReportRow {
    fn into_model(self, status_ids: Vec<StatusId>) -> Result<Report> {
        Ok(Report {
            id: ReportId(self.id),
            account_id: AccountId(self.account_id),
            target_id: AccountId(self.target_id),
            uri: self.uri,
            comment: self.comment,
            category: self
                .category
                .parse::<Category>()
                .map_err(|_| Error::Corrupt { what: "category of report" })?,
            rule_ids: serde_json::from_str(&self.rule_ids)
                .map_err(|_| Error::Corrupt { what: "rules of report" })?,
            forwarded: self.forwarded,
            assigned_id: self.assigned_id.map(AccountId),
            resolved_at: self.resolved_at.map(Timestamp::from_millis),
            resolved_by: self.resolved_by.map(AccountId),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            status_ids,
        })
    }
}

impl Reader<'_> {
    /// Returns the report with this id.
    pub fn find_report(&mut self, id: ReportId) -> Result<Option<Report>> {
        Ok(self.reports_by_id(&[id.0])?.remove(&id.0))
    }

    /// Returns whether a report with this Flag id exists.
    pub fn has_report_of(&mut self, uri: &str) -> Result<bool> {
        let query = reports::table.filter(reports::uri.eq(uri)).select(reports::id);
        Ok(query.first::<i64>(self.conn()).optional()?.is_some())
    }

    /// Counts the reports from a host since a moment.
    pub fn count_reports_from(&mut self, domain: &str, since: Timestamp) -> Result<i64> {
        let query = reports::table
            .inner_join(accounts::table.on(accounts::id.eq(reports::account_id)))
            .filter(accounts::domain.eq(domain))
            .filter(reports::created_at.ge(since.millis()));
        Ok(query.count().get_result(self.conn())?)
    }

    /// Returns a page of reports, newest first.
    pub fn report_page(&mut self, filter: &ReportFilter, page: &PageRequest) -> Result<Page<Report>> {
        let mut query = reports::table.select(ReportRow::as_select()).into_boxed::<Db>();
        query = match filter.resolved {
            true => query.filter(reports::resolved_at.is_not_null()),
            false => query.filter(reports::resolved_at.is_null()),
        };
        if let Some(by) = filter.by {
            query = query.filter(reports::account_id.eq(by.0));
        }
        if let Some(of) = filter.of {
            query = query.filter(reports::target_id.eq(of.0));
        }
        let rows: Vec<ReportRow> = cut!(query, reports::id, page).load(self.conn())?;
        let found = self.whole_reports(rows)?;
        Ok(Page::from_rows(page, found.into_iter().map(|report| (report.id.0, report)).collect()))
    }

    fn reports_by_id(&mut self, ids: &[i64]) -> Result<HashMap<i64, Report>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let query = reports::table.filter(reports::id.eq_any(ids)).select(ReportRow::as_select());
        let rows: Vec<ReportRow> = query.load(self.conn())?;
        Ok(self.whole_reports(rows)?.into_iter().map(|report| (report.id.0, report)).collect())
    }

    fn whole_reports(&mut self, rows: Vec<ReportRow>) -> Result<Vec<Report>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let named: Vec<(i64, i64)> = report_statuses::table
            .filter(report_statuses::report_id.eq_any(ids))
            .order(report_statuses::status_id)
            .select((report_statuses::report_id, report_statuses::status_id))
            .load(self.conn())?;
        let mut by_report: HashMap<i64, Vec<StatusId>> = HashMap::new();
        for (report, status) in named {
            by_report.entry(report).or_default().push(StatusId(status));
        }
        let whole = |row: ReportRow| {
            let statuses = by_report.remove(&row.id).unwrap_or_default();
            row.into_model(statuses)
        };
        rows.into_iter().map(whole).collect()
    }

    /// Builds the views of reports for their reporters, by id.
    pub fn report_views(&mut self, ids: &[ReportId]) -> Result<HashMap<i64, ReportView>> {
        let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let found = self.reports_by_id(&raw)?;
        let targets: Vec<i64> = found.values().map(|report| report.target_id.0).collect();
        let people = self.accounts_by_id(&targets)?;
        let view = |(id, report): (i64, Report)| {
            let target = people.get(&report.target_id.0)?.clone();
            Some((id, ReportView { report, target }))
        };
        Ok(found.into_iter().filter_map(view).collect())
    }

    /// Builds the full views of reports, with all accounts and statuses they name, in their order, in a fixed
    /// number of queries.
    pub fn full_report_views(&mut self, found: Vec<Report>) -> Result<Vec<FullReportView>> {
        let mut named = BTreeSet::new();
        let mut about = BTreeSet::new();
        for report in &found {
            named.extend([report.account_id, report.target_id]);
            named.extend(report.assigned_id);
            named.extend(report.resolved_by);
            about.extend(report.status_ids.iter().copied());
        }
        let named: Vec<i64> = named.into_iter().map(|id| id.0).collect();
        let people = self.person_views(&named)?;
        let about: Vec<StatusId> = about.into_iter().collect();
        let statuses = self.status_views(None, &about)?;
        let person = |id: Option<AccountId>| -> Option<ModeratedPerson> { people.get(&id?.0).cloned() };
        let view = |report: Report| {
            Some(FullReportView {
                account: person(Some(report.account_id))?,
                target: person(Some(report.target_id))?,
                assigned: person(report.assigned_id),
                resolver: person(report.resolved_by),
                statuses: statuses
                    .iter()
                    .filter(|view| report.status_ids.contains(&view.status.id))
                    .cloned()
                    .collect(),
                report,
            })
        };
        Ok(found.into_iter().filter_map(view).collect())
    }

    /// Returns the accounts of enabled administrators.
    pub fn list_administrators(&mut self) -> Result<Vec<AccountId>> {
        let query = users::table
            .filter(users::role.eq(Role::Admin.as_str()))
            .filter(users::disabled_at.is_null())
            .order(users::id)
            .select(users::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns the accounts of enabled moderators and administrators.
    pub fn list_moderators(&mut self) -> Result<Vec<AccountId>> {
        let query = users::table
            .filter(users::role.ne(Role::Member.as_str()))
            .filter(users::disabled_at.is_null())
            .order(users::id)
            .select((users::account_id, users::role));
        let rows: Vec<(i64, String)> = query.load(self.conn())?;
        Ok(rows.into_iter().map(|(account, _)| AccountId(account)).collect())
    }
}

impl Tx<'_> {
    /// Inserts a report with the posts it names.
    ///
    /// # Errors
    /// [`Error::Conflict`] if a report with its Flag id exists.
    pub fn insert_report(&mut self, report: &Report) -> Result<()> {
        let rules = serde_json::to_string(&report.rule_ids)
            .map_err(|_| Error::Corrupt { what: "rules of report" })?;
        let row = (
            reports::id.eq(report.id.0),
            reports::account_id.eq(report.account_id.0),
            reports::target_id.eq(report.target_id.0),
            reports::uri.eq(report.uri.as_deref()),
            reports::comment.eq(&report.comment),
            reports::category.eq(report.category.as_str()),
            reports::rule_ids.eq(rules),
            reports::forwarded.eq(report.forwarded),
            reports::created_at.eq(report.created_at.millis()),
            reports::updated_at.eq(report.updated_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(reports::table).values(&row).execute(c))?;
        for status in &report.status_ids {
            let row = (report_statuses::report_id.eq(report.id.0), report_statuses::status_id.eq(status.0));
            on_both!(self.conn(), |c| diesel::insert_into(report_statuses::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c))?;
        }
        Ok(())
    }

    /// Updates the fields of a report that moderators can change.
    pub fn update_report(&mut self, report: &Report) -> Result<()> {
        let rules = serde_json::to_string(&report.rule_ids)
            .map_err(|_| Error::Corrupt { what: "rules of report" })?;
        let now = self.now().millis();
        diesel::update(reports::table.find(report.id.0))
            .set((
                reports::category.eq(report.category.as_str()),
                reports::rule_ids.eq(rules),
                reports::assigned_id.eq(report.assigned_id.map(|id| id.0)),
                reports::resolved_at.eq(report.resolved_at.map(Timestamp::millis)),
                reports::resolved_by.eq(report.resolved_by.map(|id| id.0)),
                reports::updated_at.eq(now),
            ))
            .execute(self.conn())?;
        Ok(())
    }

    /// Notifies a moderator of a report. Ignores the moderator's notification policy.
    pub fn notify_of_report(&mut self, recipient: AccountId, report: &Report) -> Result<()> {
        let now = self.now();
        let id = self.ids().next_notification(now);
        let kind = NotificationKind::Report;
        let row = (
            notifications::id.eq(id.0),
            notifications::account_id.eq(recipient.0),
            notifications::kind.eq(kind.as_str()),
            notifications::from_id.eq(report.account_id.0),
            notifications::report_id.eq(report.id.0),
            notifications::created_at.eq(now.millis()),
            notifications::filtered.eq(false),
        );
        on_both!(self.conn(), |c| diesel::insert_into(notifications::table).values(&row).execute(c))?;
        self.enqueue_pushes(recipient, kind, report.account_id, id)?;
        self.publish(Live::Notified { account: recipient, notification: id })
    }
}
