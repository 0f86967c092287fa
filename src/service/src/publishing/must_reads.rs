//! Must-reads: posts that stay on top until each reader acknowledges them, with read statistics for the
//! author.
//!
//! A reader acknowledges once, anywhere: here, by favouriting from any app, or on another instance of the
//! company, which reports it to the author's. Removing the favourite does not remove the acknowledgement.

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::annotations::{
    MustRead, MustReadProgress, ReadProgress, ReaderFilter, ReaderView, RemoteMustRead, Require,
};
use portico_domain::model::event::Event;
use portico_domain::model::live::Live;
use portico_domain::model::peer::Tier;
use portico_domain::model::relationship::FollowState;
use portico_domain::model::status::Status;
use portico_domain::model::user::Role;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::interaction;
use portico_domain::policy::must_reads::{self, may_go, may_require, remind_after};
use portico_domain::policy::reach::scope;
use portico_store::{Reader, Tx};

/// Maximum number of unread must-reads shown to a reader.
const MOST_SHOWN: i64 = 40;
/// Maximum number of must-reads listed for an operator.
const MOST_LISTED: i64 = 1000;
/// Maximum length of a department's name, in characters.
const LONGEST_DEPARTMENT: usize = 200;

/// Whether a user with this role and name may post must-reads.
pub fn may_announce(instance: &Instance, role: Role, username: &str) -> bool {
    may_require(&instance.settings.announcers, role, username).is_ok()
}

/// Validates and normalises the must-read settings of a post with this reach.
pub(crate) fn check(
    tx: &mut Tx<'_>,
    announcers: &portico_domain::model::annotations::Announcers,
    me: &Account,
    require: &Require,
    reach: Reach,
) -> Result<Require> {
    let user = tx.find_user_by_account(me.id)?.ok_or(Error::NotFound("user"))?;
    may_require(announcers, user.role, &me.username)?;
    let department = portico_html::clean_line(&require.department, LONGEST_DEPARTMENT);
    let chosen = !department.is_empty() || require.group.is_some();
    if may_go(reach, chosen).is_err() {
        let allowed = if chosen { "the instance or the company" } else { "a whole organisation" };
        return Err(Error::invalid(format!("A post that must be read has to reach {allowed}")));
    }
    if require.acknowledge_by.is_some_and(|by| by <= tx.now()) {
        return Err(Error::invalid("Acknowledge by must be in the future"));
    }
    if !department.is_empty() && !tx.is_department(&department)? {
        return Err(Error::invalid(format!("Nobody is in the department {department}")));
    }
    if let Some(group) = require.group {
        check_group(tx, me.id, group)?;
    }
    Ok(Require { department, ..require.clone() })
}

/// Checks that the group exists and that the author is a member of it.
fn check_group(reader: &mut Reader<'_>, me: AccountId, id: AccountId) -> Result<()> {
    let group = reader.find_account(id)?.filter(|account| account.kind == ActorKind::Group);
    let group = group.ok_or_else(|| Error::invalid("There is no such group"))?;
    let follow = reader.find_follow_between(me, group.id)?;
    if follow.is_some_and(|follow| follow.state == FollowState::Accepted) {
        Ok(())
    } else {
        Err(Error::invalid("You are not a member of this group"))
    }
}

/// Marks a new post as a must-read and enqueues the notifications of its readers.
pub(crate) fn begin(tx: &mut Tx<'_>, status: StatusId, require: Require) -> Result<()> {
    let mark = MustRead { status_id: status, require, reminded_at: None, ended_at: None };
    tx.insert_must_read(&mark)?;
    Ok(tx.enqueue_reader_notifications(status, None, false)?)
}

/// Notifies the next chunk of readers; called by a worker. Does nothing if the post is deleted or the
/// must-read has ended. Safe to run twice.
pub fn notify_readers(tx: &mut Tx<'_>, id: StatusId, after: Option<AccountId>, again: bool) -> Result<()> {
    let (Some(status), Some(mark)) = (tx.find_status(id)?, tx.find_must_read(id)?) else { return Ok(()) };
    if mark.ended_at.is_some() {
        return Ok(());
    }
    match tx.notify_readers(&mark, &status, after, again)? {
        Some(last) => Ok(tx.enqueue_reader_notifications(id, Some(last), again)?),
        None => Ok(()),
    }
}

/// Lists the must-reads that an account has not acknowledged, newest first.
pub async fn list(instance: &Instance, me: &Account) -> Result<Vec<StatusView>> {
    if me.kind != ActorKind::Person {
        return Ok(Vec::new());
    }
    let (me, setting) = (me.id, setting(instance));
    instance
        .store
        .read(move |reader| {
            let unread = reader.list_unread(me, &scope(&Viewer::Local(me), &setting), MOST_SHOWN)?;
            Ok(reader.status_views(Some(me), &unread)?)
        })
        .await
}

/// Acknowledges a must-read; idempotent.
///
/// # Errors
/// `Invalid` if the post is not a must-read.
pub async fn acknowledge(instance: &Instance, me: AccountId, id: StatusId) -> Result<StatusView> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            let (id, facts) = lookup::find_visible_original(tx, me, &setting, id)?;
            if tx.find_must_read(id)?.is_none() {
                return Err(Error::invalid("This post does not have to be acknowledged"));
            }
            if record_receipt(tx, me, id, facts.author)? && !facts.author_local() {
                tx.emit(&Event::Acknowledged { account: me, status: id })?;
            }
            lookup::load_status_view(tx, me, id)
        })
        .await
}

/// Records an acknowledgement, if the post is a must-read by another author. Returns whether it is new.
pub(crate) fn record_receipt(
    tx: &mut Tx<'_>,
    account: AccountId,
    status: StatusId,
    author: AccountId,
) -> Result<bool> {
    if account == author || tx.find_must_read(status)?.is_none() {
        return Ok(false);
    }
    let new = tx.insert_acknowledgement(status, account)?;
    if new {
        tx.publish(Live::Acknowledged { account, status })?;
    }
    Ok(new)
}

/// Records a remote actor's acknowledgement of a local post.
///
/// # Errors
/// `Refused` if the actor may not see the post.
pub async fn receive(instance: &Instance, actor: &Account, status: StatusId) -> Result<()> {
    let (actor, setting) = (actor.clone(), setting(instance));
    instance
        .store
        .write(move |tx| {
            let viewer = tx.viewer_of(&actor)?;
            let Some((id, facts)) = tx.facts_of_original(&viewer, status)? else { return Ok(()) };
            interaction::may_favourite(&viewer, &setting, &facts)?;
            record_receipt(tx, actor.id, id, facts.author).map(drop)
        })
        .await
}

/// Loads one of the author's own must-reads.
///
/// # Errors
/// `NotFound` also if the post is not a must-read.
fn find_own(reader: &mut Reader<'_>, me: AccountId, id: StatusId) -> Result<(Status, MustRead)> {
    let status = reader.find_status(id)?.filter(|status| status.account_id == me && status.local);
    let status = status.ok_or(Error::NotFound("status"))?;
    let mark = reader.find_must_read(id)?.ok_or(Error::NotFound("status"))?;
    Ok((status, mark))
}

/// Returns the read statistics of the caller's own must-read, by instance.
pub async fn show_standings(instance: &Instance, me: AccountId, id: StatusId) -> Result<MustReadProgress> {
    instance
        .store
        .read(move |reader| {
            let (status, mark) = find_own(reader, me, id)?;
            load_standings(reader, &status, mark)
        })
        .await
}

fn load_standings(reader: &mut Reader<'_>, status: &Status, mark: MustRead) -> Result<MustReadProgress> {
    let log = reader.delivery_log(&status.uri)?;
    let counted = reader.count_readers(&mark, status.account_id, status.reach)?;
    let taken = |domain: &Option<String>| {
        domain.is_none()
            || log.iter().any(|entry| Some(&entry.host) == domain.as_ref() && entry.taken_at.is_some())
    };
    let instances: Vec<ReadProgress> = counted
        .into_iter()
        .map(|(domain, expected, acknowledged)| ReadProgress {
            delivered: taken(&domain),
            domain,
            expected,
            acknowledged,
        })
        .collect();
    let counted: i64 = instances.iter().map(|standing| standing.acknowledged).sum();
    let now = reader.now();
    Ok(MustReadProgress {
        others: (reader.count_acknowledgements(mark.status_id)? - counted).max(0),
        instances,
        is_overdue: must_reads::is_overdue(&mark, now),
        remind_after: remind_after(&mark, now),
        must_read: mark,
    })
}

/// Lists the readers of the caller's own must-read, local ones first, with the time of each acknowledgement.
pub async fn readers(
    instance: &Instance,
    me: AccountId,
    id: StatusId,
    which: ReaderFilter,
    limit: i64,
    offset: i64,
) -> Result<Vec<ReaderView>> {
    instance
        .store
        .read(move |reader| {
            let (status, mark) = find_own(reader, me, id)?;
            Ok(reader.list_readers(&mark, (me, status.reach), which, limit, offset)?)
        })
        .await
}

/// A local must-read with its read statistics, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MustReadReport {
    /// The post.
    pub view: StatusView,
    /// The read statistics.
    pub standings: MustReadProgress,
}

/// Lists local must-reads for the operator, newest first; with `ended_too`, including ended ones.
pub async fn all_as_operator(instance: &Instance, ended_too: bool) -> Result<Vec<MustReadReport>> {
    instance
        .store
        .read(move |reader| {
            let marks = reader.list_must_reads(ended_too, MOST_LISTED)?;
            let ids: Vec<StatusId> = marks.iter().map(|mark| mark.status_id).collect();
            let views = reader.status_views(None, &ids)?;
            let mut all = Vec::with_capacity(marks.len());
            for mark in marks {
                let Some(view) = views.iter().find(|view| view.status.id == mark.status_id) else { continue };
                let standings = load_standings(reader, &view.status, mark)?;
                all.push(MustReadReport { view: view.clone(), standings });
            }
            Ok(all)
        })
        .await
}

/// Loads a local must-read.
///
/// # Errors
/// `NotFound` also if the post is remote or not a must-read.
fn load_must_read(reader: &mut Reader<'_>, id: StatusId) -> Result<(StatusView, MustRead)> {
    const WHAT: &str = "post of this instance that must be read";
    let view = reader.status_view(None, id)?.filter(|view| view.status.local).ok_or(Error::NotFound(WHAT))?;
    let mark = reader.find_must_read(id)?.ok_or(Error::NotFound(WHAT))?;
    Ok((view, mark))
}

/// Returns one local must-read with its read statistics, for the operator.
pub async fn show_as_operator(instance: &Instance, id: StatusId) -> Result<MustReadReport> {
    instance
        .store
        .read(move |reader| {
            let (view, mark) = load_must_read(reader, id)?;
            let standings = load_standings(reader, &view.status, mark)?;
            Ok(MustReadReport { view, standings })
        })
        .await
}

/// Lists the readers of a local must-read for the operator, local ones first, with the time of each
/// acknowledgement.
pub async fn readers_as_operator(
    instance: &Instance,
    id: StatusId,
    which: ReaderFilter,
    limit: i64,
    offset: i64,
) -> Result<Vec<ReaderView>> {
    instance
        .store
        .read(move |reader| {
            let (view, mark) = load_must_read(reader, id)?;
            let by = (view.account.id, view.status.reach);
            Ok(reader.list_readers(&mark, by, which, limit, offset)?)
        })
        .await
}

/// Reminds the readers who have not acknowledged the caller's own must-read, here and on the company's other
/// instances.
///
/// # Errors
/// `Invalid` if it has ended; `TooMany` if they were reminded less than a day ago.
pub async fn remind(instance: &Instance, me: AccountId, id: StatusId) -> Result<MustReadProgress> {
    instance
        .store
        .write(move |tx| {
            let (status, mut mark) = find_own(tx, me, id)?;
            let now = tx.now();
            if mark.ended_at.is_some() {
                return Err(Error::invalid("This post no longer has to be read"));
            }
            if let Some(after) = remind_after(&mark, now) {
                let seconds = after.seconds().saturating_sub(now.seconds()).max(1);
                return Err(Error::TooMany { retry_after: u64::try_from(seconds).unwrap_or(1) });
            }
            mark.reminded_at = Some(now);
            tx.update_must_read(&mark)?;
            tx.enqueue_reader_notifications(id, None, true)?;
            if status.reach != Reach::Instance {
                tx.emit(&Event::Annotated { status: id, at: now })?;
            }
            load_standings(tx, &status, mark)
        })
        .await
}

/// Ends the caller's own must-read. Existing acknowledgements stay counted.
pub async fn end(instance: &Instance, me: AccountId, id: StatusId) -> Result<MustReadProgress> {
    instance
        .store
        .write(move |tx| {
            let (status, mut mark) = find_own(tx, me, id)?;
            if mark.ended_at.is_none() {
                let now = tx.now();
                mark.ended_at = Some(now);
                tx.update_must_read(&mark)?;
                if status.reach != Reach::Instance {
                    tx.emit(&Event::Annotated { status: id, at: now })?;
                }
            }
            load_standings(tx, &status, mark)
        })
        .await
}

/// Records that a new post from another instance of the company is a must-read. With `news`, also enqueues
/// the notifications.
pub(crate) fn apply_remote(
    tx: &mut Tx<'_>,
    tier: Option<Tier>,
    status: &Status,
    said: &RemoteMustRead,
    news: bool,
) -> Result<()> {
    let Some(require) = accept_remote(tx, tier, status, said)? else { return Ok(()) };
    let reminded_at = said.reminded_at.map(|at| at.min(tx.now()));
    tx.insert_must_read(&MustRead { status_id: status.id, require, reminded_at, ended_at: None })?;
    if news {
        tx.enqueue_reader_notifications(status.id, None, false)?;
    }
    Ok(())
}

/// Validates a must-read from another instance of the company; `None` if it is not allowed or does not apply
/// here.
fn accept_remote(
    reader: &mut Reader<'_>,
    tier: Option<Tier>,
    status: &Status,
    said: &RemoteMustRead,
) -> Result<Option<Require>> {
    let department = portico_html::clean_line(&said.department, LONGEST_DEPARTMENT);
    let chosen = !department.is_empty() || said.group.is_some();
    if !tier.is_some_and(must_reads::is_believed) || may_go(status.reach, chosen).is_err() {
        return Ok(None);
    }
    let group = match &said.group {
        // An unknown group has no members here.
        Some(uri) => match reader.find_account_by_uri(uri)? {
            Some(group) => Some(group.id),
            None => return Ok(None),
        },
        None => None,
    };
    Ok(Some(Require { acknowledge_by: said.acknowledge_by, department, group }))
}

/// Applies an update of a must-read from another instance of the company: a reminder, at most once a day, or
/// its end.
pub(crate) fn apply_edit(
    tx: &mut Tx<'_>,
    tier: Option<Tier>,
    status: &Status,
    said: Option<&RemoteMustRead>,
) -> Result<()> {
    let Some(mut mark) = tx.find_must_read(status.id)? else { return Ok(()) };
    let now = tx.now();
    if !tier.is_some_and(must_reads::is_believed) || mark.ended_at.is_some() {
        return Ok(());
    }
    let Some(said) = said else {
        mark.ended_at = Some(now);
        return Ok(tx.update_must_read(&mark)?);
    };
    let is_newer = said.reminded_at > mark.reminded_at;
    if is_newer && remind_after(&mark, now).is_none() {
        mark.reminded_at = said.reminded_at.map(|at| at.min(now));
        tx.update_must_read(&mark)?;
        tx.enqueue_reader_notifications(status.id, None, true)?;
    }
    Ok(())
}
