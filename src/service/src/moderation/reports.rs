//! Creating reports, and receiving them from other hosts. For their handling by moderators see
//! [`moderation`](crate::moderation).

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Refusal, Result, Viewer, setting};
use lookup::find_visible_account;
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::report::{Category, Report, ReportView};
use portico_domain::model::{AccountId, ReportId, StatusId};
use portico_domain::policy::moderation::may_forward;
use portico_domain::policy::reach::{Setting, may_see};
use portico_html::{clean_line, plain_text};
use portico_store::{Reader, Tx};

/// Maximum number of posts in a report.
pub const MOST_STATUSES: usize = 50;
/// Maximum length of a comment, in characters.
pub const MAX_COMMENT: usize = 1_000;
/// Maximum number of rules in a report.
const MOST_RULES: usize = 20;
/// Maximum number of reports from one host per hour (S22).
const MOST_FROM_HOST: i64 = 60;

/// The input of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// The reported account.
    pub target: AccountId,
    /// The reported posts.
    pub statuses: Vec<StatusId>,
    /// The reporter's comment.
    pub comment: String,
    /// The category; without one, `violation` if rules are named, otherwise `other`.
    pub category: Option<Category>,
    /// The violated rules.
    pub rule_ids: Vec<String>,
    /// Whether to forward the report to the account's host.
    pub forward: bool,
}

/// Reports an account to the moderators. Ignores posts that are not the account's or that the reporter may
/// not see.
///
/// # Errors
/// `Refused` for a report of oneself.
pub async fn create(instance: &Instance, me: &Account, new: NewReport) -> Result<ReportView> {
    let rule_ids = rules(instance, &new.rule_ids)?;
    let comment = new.comment.trim().to_owned();
    if comment.chars().count() > MAX_COMMENT {
        return Err(Error::invalid(format!("Comment is longer than {MAX_COMMENT} characters")));
    }
    if new.target == me.id {
        return Err(Refusal::Yourself.into());
    }
    let (me, setting, viewer) = (me.clone(), setting(instance), Viewer::Local(me.id));
    let category = if rule_ids.is_empty() { new.category.unwrap_or_default() } else { Category::Violation };
    instance
        .store
        .write(move |tx| {
            let target = find_visible_account(tx, &viewer, &setting, new.target)?;
            let tier = tx.tier_of_account(&target)?;
            let named = new.statuses.iter().copied().take(MOST_STATUSES);
            let status_ids = filter_statuses_of(tx, &viewer, &setting, target.id, named)?;
            let report = Report {
                comment: comment.clone(),
                category,
                rule_ids: rule_ids.clone(),
                forwarded: new.forward && may_forward(setting.mode, tier),
                ..new_report(tx, me.id, target.id, status_ids)
            };
            insert_report(tx, &report)?;
            if report.forwarded {
                tx.emit(&Event::Reported { report: report.id })?;
            }
            Ok(ReportView { report, target })
        })
        .await
}

/// Checks rule ids and removes duplicates.
///
/// # Errors
/// `Invalid` for too many or unknown rules.
pub(crate) fn rules(instance: &Instance, ids: &[String]) -> Result<Vec<String>> {
    if ids.len() > MOST_RULES {
        return Err(Error::invalid(format!("Rules must be at most {MOST_RULES}")));
    }
    let known = |id: &String| crate::about::rule(instance, id).is_some();
    if !ids.iter().all(known) {
        return Err(Error::invalid("Rules are not known here"));
    }
    let mut kept: Vec<String> = Vec::new();
    for id in ids {
        if !kept.contains(id) {
            kept.push(id.clone());
        }
    }
    Ok(kept)
}

/// Filters posts: keeps those by `author` that the viewer may see.
fn filter_statuses_of(
    reader: &mut Reader<'_>,
    viewer: &Viewer,
    setting: &Setting,
    author: AccountId,
    named: impl Iterator<Item = StatusId>,
) -> Result<Vec<StatusId>> {
    let mut kept = Vec::new();
    for id in named {
        let Some(facts) = reader.reach_facts(viewer, id)? else { continue };
        if facts.author == author && may_see(viewer, setting, &facts).is_ok() && !kept.contains(&id) {
            kept.push(id);
        }
    }
    Ok(kept)
}

fn new_report(tx: &Tx<'_>, by: AccountId, of: AccountId, status_ids: Vec<StatusId>) -> Report {
    Report {
        id: tx.next_id::<ReportId>(),
        account_id: by,
        target_id: of,
        uri: None,
        comment: String::new(),
        category: Category::Other,
        rule_ids: Vec::new(),
        forwarded: false,
        assigned_id: None,
        resolved_at: None,
        resolved_by: None,
        created_at: tx.now(),
        updated_at: tx.now(),
        status_ids,
    }
}

/// Inserts a report, and notifies the moderators.
fn insert_report(tx: &mut Tx<'_>, report: &Report) -> Result<()> {
    tx.insert_report(report)?;
    for moderator in tx.list_moderators()? {
        if moderator != report.account_id {
            tx.notify_of_report(moderator, report)?;
        }
    }
    Ok(())
}

/// A report received from another host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedReport {
    /// The activity's id.
    pub uri: String,
    /// The ids of the reported objects: a local account and its posts.
    pub about: Vec<String>,
    /// The comment: HTML or plain text.
    pub comment: String,
}

/// Receives a report from another host. Its target is the local account that it names, or the author of a
/// post that it names; it keeps only the target's posts that the host could see. Ignores a report without a
/// local target, a duplicate, and any report from a host whose reports are refused.
///
/// # Errors
/// `Refused` if the host sent too many reports in the last hour.
pub async fn receive(instance: &Instance, actor: &Account, flag: ReceivedReport) -> Result<()> {
    let Some(host) = actor.domain.clone() else { return Ok(()) };
    let (actor, setting) = (actor.id, setting(instance));
    instance
        .store
        .write(move |tx| {
            if tx.has_report_of(&flag.uri)? || tx.find_host(&host)?.is_some_and(|host| host.reject_reports) {
                return Ok(());
            }
            let since = tx.now().plus_seconds(-3_600);
            if tx.count_reports_from(&host, since)? >= MOST_FROM_HOST {
                return Err(Refusal::Host.into());
            }
            let (target, named) = find_reported(tx, &flag.about)?;
            let Some(target) = target else { return Ok(()) };
            let viewer = tx.host_as_viewer(&host)?;
            let status_ids = filter_statuses_of(tx, &viewer, &setting, target, named.into_iter())?;
            let comment = plain_text(&flag.comment);
            let report = Report {
                uri: Some(flag.uri.clone()),
                comment: clean_line(&comment, MAX_COMMENT),
                ..new_report(tx, actor, target, status_ids)
            };
            insert_report(tx, &report)
        })
        .await
}

/// Resolves ids to the reported local account and the local posts.
fn find_reported(reader: &mut Reader<'_>, ids: &[String]) -> Result<(Option<AccountId>, Vec<StatusId>)> {
    let (mut named, mut author, mut statuses) = (None, None, Vec::new());
    for id in ids.iter().take(MOST_STATUSES + 1) {
        if let Some(status) = reader.find_status_by_uri(id)?.filter(|status| status.local) {
            author = author.or(Some(status.account_id));
            statuses.push(status.id);
        } else if let Some(account) = reader.find_account_by_uri(id)?
            && account.is_local()
            && !account.is_instance_actor
        {
            named = named.or(Some(account.id));
        }
    }
    Ok((named.or(author), statuses))
}
