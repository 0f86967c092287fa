//! Reports: making one, and taking one in from another host. What moderators do with them is in
//! [`moderation`](super::moderation).

use super::accounts::seen;
use super::text::{clean_line, plain_text};
use super::{Error, Refusal, Result, Viewer, setting};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::report::{Category, Report, ReportView};
use crate::model::{AccountId, ReportId, StatusId};
use crate::policy::moderation::may_forward;
use crate::policy::reach::{Setting, may_see};
use crate::store::{Reader, Tx};

/// How many posts one report may name.
pub const MOST_STATUSES: usize = 50;
/// How long a comment may be, in characters.
pub const MAX_COMMENT: usize = 1_000;
/// How many rules one report may name.
const MOST_RULES: usize = 20;
/// How many reports one host may send in an hour (S22).
const MOST_FROM_HOST: i64 = 60;

/// A report as its reporter makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// Whom it is about.
    pub target: AccountId,
    /// Which of their posts.
    pub statuses: Vec<StatusId>,
    /// What the reporter says.
    pub comment: String,
    /// What it is about; none for a broken rule if one is named, else anything.
    pub category: Option<Category>,
    /// The rules that were broken.
    pub rule_ids: Vec<String>,
    /// Whether the account's own host shall be told.
    pub forward: bool,
}

/// Reports an account to those who moderate. Of the posts named, those count that are the account's and
/// that the reporter may see.
///
/// # Errors
/// `NotFound` for an account that the reporter may not know; `Invalid` for a comment that is too long, too
/// many rules, or oneself.
pub async fn create(instance: &Instance, me: &Account, new: NewReport) -> Result<ReportView> {
    let rule_ids = rules(instance, &new.rule_ids)?;
    let comment = new.comment.trim().to_owned();
    if comment.chars().count() > MAX_COMMENT {
        return Err(Error::invalid(format!("Comment is longer than {MAX_COMMENT} characters")));
    }
    if new.target == me.id {
        return Err(Refusal::Yourself.into());
    }
    let (me, setting, viewer) = (me.clone(), setting(instance), Viewer::Staff(me.id));
    let category = if rule_ids.is_empty() { new.category.unwrap_or_default() } else { Category::Violation };
    instance
        .store
        .write(move |tx| {
            let target = seen(tx, &viewer, &setting, new.target)?;
            let tier = tx.tier_of_account(&target)?;
            let named = new.statuses.iter().copied().take(MOST_STATUSES);
            let status_ids = those_of(tx, &viewer, &setting, target.id, named)?;
            let report = Report {
                comment: comment.clone(),
                category,
                rule_ids: rule_ids.clone(),
                forwarded: new.forward && may_forward(setting.mode, tier),
                ..draft(tx, me.id, target.id, status_ids)
            };
            open(tx, &report)?;
            if report.forwarded {
                tx.emit(&Event::Reported { report: report.id })?;
            }
            Ok(ReportView { report, target })
        })
        .await
}

/// The rules that a report names, as they are kept: their ids, each once.
///
/// # Errors
/// `Invalid` for too many of them, or for what is no rule's id.
pub(super) fn rules(instance: &Instance, ids: &[String]) -> Result<Vec<String>> {
    if ids.len() > MOST_RULES {
        return Err(Error::invalid(format!("Rules are more than {MOST_RULES}")));
    }
    let known = |id: &String| super::about::rule(instance, id).is_some();
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

/// Those of some posts that are an account's own and that the viewer may see.
fn those_of(
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

fn draft(tx: &Tx<'_>, by: AccountId, of: AccountId, status_ids: Vec<StatusId>) -> Report {
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

/// Writes a report, and tells those who moderate.
fn open(tx: &mut Tx<'_>, report: &Report) -> Result<()> {
    tx.insert_report(report)?;
    for moderator in tx.list_moderators()? {
        if moderator != report.account_id {
            tx.notify_of_report(moderator, report)?;
        }
    }
    Ok(())
}

/// A report from another host, as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its id.
    pub uri: String,
    /// The ids of what it is about: an account here and its posts.
    pub about: Vec<String>,
    /// What it says: HTML or plain text.
    pub comment: String,
}

/// Takes in a report from another host. It is about the one account here that it names, or whose post it
/// names; of the posts, those count that are that account's and that the host could have seen. One about
/// nobody here changes nothing, and neither does one from a host whose reports are not wanted.
///
/// # Errors
/// `Refused` when its host has sent too many of late.
pub async fn receive(instance: &Instance, actor: &Account, flag: Flag) -> Result<()> {
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
            let (target, named) = concerned(tx, &flag.about)?;
            let Some(target) = target else { return Ok(()) };
            let viewer = tx.host_as_viewer(&host)?;
            let status_ids = those_of(tx, &viewer, &setting, target, named.into_iter())?;
            let comment = plain_text(&flag.comment);
            let report = Report {
                uri: Some(flag.uri.clone()),
                comment: clean_line(&comment, MAX_COMMENT),
                ..draft(tx, actor, target, status_ids)
            };
            open(tx, &report)
        })
        .await
}

/// The account here that some ids are about, and the posts of this instance among them.
fn concerned(reader: &mut Reader<'_>, ids: &[String]) -> Result<(Option<AccountId>, Vec<StatusId>)> {
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
