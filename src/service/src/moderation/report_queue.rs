//! Reports in the admin API.

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::moderation::Moderator;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::report::{Category, FullReportView, Report, ReportFilter};
use portico_domain::model::{AccountId, ReportId};
use portico_domain::policy::moderation::{Power, may};
use portico_store::Tx;

/// Lists reports, newest first. Includes the reported posts whatever their reach, since the reporter showed
/// them to the moderators.
pub async fn list(
    instance: &Instance,
    by: &Moderator,
    filter: ReportFilter,
    page: PageRequest,
) -> Result<Page<FullReportView>> {
    may(by.role, Power::Reports)?;
    instance
        .store
        .read(move |reader| {
            let found = reader.report_page(&filter, &page)?;
            let views = reader.full_report_views(found.items.clone())?;
            Ok(found.with_items(views))
        })
        .await
}

/// Returns one report.
pub async fn show(instance: &Instance, by: &Moderator, id: ReportId) -> Result<FullReportView> {
    may(by.role, Power::Reports)?;
    instance
        .store
        .read(move |reader| {
            let report = reader.find_report(id)?.ok_or(Error::NotFound("report"))?;
            reader.full_report_views(vec![report])?.pop().ok_or(Error::NotFound("report"))
        })
        .await
}

/// A change to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportChange {
    /// Assigns it to the moderator.
    Assign,
    /// Removes the assignment.
    Unassign,
    /// Resolves it.
    Resolve,
    /// Reopens it.
    Reopen,
    /// Changes its category and rules; absent fields keep their value.
    About {
        /// The category.
        category: Option<Category>,
        /// The violated rules.
        rule_ids: Option<Vec<String>>,
    },
}

impl ReportChange {
    const fn word(&self) -> &'static str {
        match self {
            Self::Assign => "assign report",
            Self::Unassign => "unassign report",
            Self::Resolve => "resolve report",
            Self::Reopen => "reopen report",
            Self::About { .. } => "change report",
        }
    }
}

/// Changes a report.
///
/// # Errors
/// `Invalid` for unknown rules.
pub async fn change(
    instance: &Instance,
    by: &Moderator,
    id: ReportId,
    change: ReportChange,
) -> Result<FullReportView> {
    may(by.role, Power::Reports)?;
    if let ReportChange::About { rule_ids: Some(ids), .. } = &change {
        crate::moderation::reports::rules(instance, ids)?;
    }
    let by = by.clone();
    instance
        .store
        .write(move |tx| {
            let report = tx.find_report(id)?.ok_or(Error::NotFound("report"))?;
            let changed = changed(report.clone(), &by, &change, tx.now());
            if changed != report {
                tx.update_report(&changed)?;
                tx.log(&by, change.word(), &id.to_string(), Some(report.target_id), "")?;
            }
            let fresh = tx.find_report(id)?.ok_or(Error::NotFound("report"))?;
            tx.full_report_views(vec![fresh])?.pop().ok_or(Error::NotFound("report"))
        })
        .await
}

fn changed(
    mut report: Report,
    by: &Moderator,
    change: &ReportChange,
    now: portico_domain::model::Timestamp,
) -> Report {
    match change {
        ReportChange::Assign => report.assigned_id = by.account,
        ReportChange::Unassign => report.assigned_id = None,
        ReportChange::Resolve if report.resolved_at.is_some() => {}
        ReportChange::Resolve => (report.resolved_at, report.resolved_by) = (Some(now), by.account),
        ReportChange::Reopen => (report.resolved_at, report.resolved_by) = (None, None),
        ReportChange::About { category, rule_ids } => {
            report.category = category.unwrap_or(report.category);
            report.rule_ids = rule_ids.clone().unwrap_or(report.rule_ids);
        }
    }
    report
}

/// Resolves a report after an action on its target account.
pub(super) fn settle(tx: &mut Tx<'_>, by: &Moderator, id: ReportId, target: AccountId) -> Result<()> {
    let report = tx.find_report(id)?.filter(|report| report.target_id == target);
    let report = report.ok_or(Error::NotFound("report"))?;
    let settled = changed(report.clone(), by, &ReportChange::Resolve, tx.now());
    if settled != report {
        tx.update_report(&settled)?;
        tx.log(by, ReportChange::Resolve.word(), &id.to_string(), Some(target), "")?;
    }
    Ok(())
}
