//! Scheduled posts: validated like any post, then listed, rescheduled, cancelled, and published when due.

use crate::instance::Instance;
use crate::publishing::statuses::{self, NewStatus};
use crate::publishing::{PostAuthor, submit_now};
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::scheduled::{LATEST, MOST, MOST_A_DAY, SOONEST, Scheduled};
use portico_domain::model::{AccountId, ScheduledId, Timestamp};
use portico_domain::policy::reach::{self, RequestedReach};
use portico_store::Reader;

/// A scheduled post with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledView {
    /// The row.
    pub scheduled: Scheduled,
    /// The post to be published.
    pub new: NewStatus,
}

/// Schedules a post, if it could be posted now.
///
/// # Errors
/// As [`submit_now`], and `Invalid` for a time that is past, too near or too far, or for too many scheduled
/// posts.
pub(crate) async fn schedule(
    instance: &Instance,
    me: &Account,
    new: NewStatus,
    at: Timestamp,
) -> Result<ScheduledView> {
    let checked = statuses::check(instance, me, new).await?;
    let (me, ceilings) = (me.id, instance.settings.ceilings);
    let written = instance.store.write(move |tx| {
        if let Some(key) = &checked.new.idempotency_key
            && let Some(first) = tx.find_scheduled_by_key(me, key)?
        {
            return Ok::<_, Error>(first);
        }
        check_moment(tx.now(), at)?;
        check_number(tx, me, at, 1)?;
        let media = checked.in_transaction(tx)?;
        let mut new = checked.new.clone();
        // Resolve the default reach now, so that the author sees it in the list.
        if new.asked.is_none() {
            let defaults = tx.find_posting_defaults(me)?;
            let usual = defaults
                .and_then(|defaults| Some(reach::lowered(defaults.reach?, ceilings.of(defaults.role))));
            new.asked = Some(usual.map_or(RequestedReach::Public, RequestedReach::Reach));
        }
        let draft = serde_json::to_string(&new)
            .map_err(|_| portico_store::Error::Corrupt { what: "scheduled post" })?;
        let scheduled = Scheduled {
            id: tx.next_id(),
            account_id: me,
            scheduled_at: at,
            draft,
            idempotency_key: checked.new.idempotency_key.clone(),
            media,
        };
        crate::publishing::drafts::delete_posted(tx, me, checked.new.draft)?;
        tx.insert_scheduled(&scheduled)?;
        Ok(scheduled)
    });
    parse(written.await?)
}

fn check_moment(now: Timestamp, at: Timestamp) -> Result<()> {
    if at < now.plus_seconds(SOONEST) {
        return Err(Error::invalid("Scheduled at must be at least five minutes in the future"));
    }
    if at > now.plus_seconds(LATEST) {
        return Err(Error::invalid("Scheduled at must be within five years"));
    }
    Ok(())
}

/// Checks the limits for that day and, with `more` posts, in total.
fn check_number(reader: &mut Reader<'_>, me: AccountId, at: Timestamp, more: i64) -> Result<()> {
    let day = at.midnight();
    let (all, that_day) = reader.count_scheduled(me, day, day.plus_seconds(24 * 3600))?;
    if all + more > MOST {
        return Err(Error::invalid(format!("You cannot have more than {MOST} scheduled posts")));
    }
    if that_day >= MOST_A_DAY {
        return Err(Error::invalid(format!("You cannot schedule more than {MOST_A_DAY} posts for one day")));
    }
    Ok(())
}

fn parse(scheduled: Scheduled) -> Result<ScheduledView> {
    let new = serde_json::from_str(&scheduled.draft)
        .map_err(|_| portico_store::Error::Corrupt { what: "scheduled post" })?;
    Ok(ScheduledView { scheduled, new })
}

fn find_own(reader: &mut Reader<'_>, me: AccountId, id: ScheduledId) -> Result<Scheduled> {
    let found = reader.find_scheduled(id)?.filter(|found| found.account_id == me);
    found.ok_or(Error::NotFound("scheduled post"))
}

/// Lists the caller's scheduled posts, newest first.
pub async fn list(instance: &Instance, me: AccountId, request: PageRequest) -> Result<Page<ScheduledView>> {
    let page =
        instance.store.read(move |reader| Ok::<_, Error>(reader.scheduled_page(me, &request)?)).await?;
    let items = page.items.into_iter().map(parse).collect::<Result<_>>()?;
    Ok(Page { items, newest: page.newest, oldest: page.oldest, full: page.full })
}

/// Returns one of the caller's scheduled posts.
pub async fn show(instance: &Instance, me: AccountId, id: ScheduledId) -> Result<ScheduledView> {
    parse(instance.store.read(move |reader| find_own(reader, me, id)).await?)
}

/// Reschedules one of the caller's posts; without a time, nothing changes.
///
/// # Errors
/// `Invalid` for a time that is too near or too far, or a day that is full.
pub async fn reschedule(
    instance: &Instance,
    me: AccountId,
    id: ScheduledId,
    at: Option<Timestamp>,
) -> Result<ScheduledView> {
    let moved = instance.store.write(move |tx| {
        let mut found = find_own(tx, me, id)?;
        if let Some(at) = at {
            check_moment(tx.now(), at)?;
            if at.midnight() != found.scheduled_at.midnight() {
                check_number(tx, me, at, 0)?;
            }
            tx.move_scheduled(id, at)?;
            found.scheduled_at = at;
        }
        Ok::<_, Error>(found)
    });
    parse(moved.await?)
}

/// Cancels one of the caller's scheduled posts.
pub async fn cancel(instance: &Instance, me: AccountId, id: ScheduledId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            find_own(tx, me, id)?;
            tx.take_scheduled(id)?;
            Ok(())
        })
        .await
}

/// Publishes a scheduled post, if it is due and no other node has published it. A post that is no longer
/// allowed (for example, because its parent is gone) stays scheduled, so that its author can change or cancel
/// it.
pub async fn publish(instance: &Instance, id: ScheduledId) -> Result<()> {
    let due = instance.store.read(move |reader| find_due(reader, id)).await?;
    let Some((author, scheduled)) = due else { return Ok(()) };
    let mut new = parse(scheduled)?.new;
    new.scheduled = Some(id);
    // The row ensures that it is posted once; the key may have been used for another post since.
    new.idempotency_key = None;
    match submit_now(instance, PostAuthor::own(&author), new).await {
        // Gone: published by another node, or cancelled, in the meantime.
        Ok(_) | Err(Error::Gone(_)) => Ok(()),
        Err(error @ (Error::NotFound(_) | Error::Refused(_) | Error::Invalid(_))) => {
            tracing::warn!(%id, %error, "scheduled_post.failed");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Loads a scheduled post that is due, with its author if the author can still sign in.
fn find_due(reader: &mut Reader<'_>, id: ScheduledId) -> Result<Option<(Account, Scheduled)>> {
    let now = reader.now();
    let Some(found) = reader.find_scheduled(id)?.filter(|found| found.scheduled_at <= now) else {
        return Ok(None);
    };
    let Some(author) = reader.find_account(found.account_id)? else { return Ok(None) };
    let active = reader.find_user_by_account(author.id)?.is_some_and(|user| user.disabled_at.is_none());
    Ok((active && author.suspended_at.is_none()).then_some((author, found)))
}
