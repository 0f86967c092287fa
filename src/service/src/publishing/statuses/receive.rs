//! Receiving statuses, edits and deletions from other hosts. The caller has verified the actor and sanitised
//! the content.

use super::narrow::follow_narrowing;
use crate::instance::Instance;
use crate::people::departments;
use crate::publishing::{annotations, cards, fan_out, polls, questions, quotes};
use crate::social::groups;
use crate::{Error, Result, setting};
use portico_domain::model::account::Account;
use portico_domain::model::media::{Media, RemoteMedia};
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::status::{RemoteStatus, Status};
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_store::Tx;

/// Posts older than this, in seconds, cause no notifications: they were fetched, not just written.
const NEWS_SECONDS: i64 = 24 * 3600;

/// How a status arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Delivered to the inbox: it enters home timelines and notifies.
    Delivered,
    /// Fetched: it is only stored.
    Fetched,
}

/// Stores a remote status. Ignores one that is known or that its author has deleted. Returns its id if it is
/// stored now.
pub async fn receive(
    instance: &Instance,
    author: &Account,
    status: RemoteStatus,
    arrival: Arrival,
) -> Result<Option<StatusId>> {
    let (author, noise, input) =
        (author.clone(), instance.rng.noise(), cards::CardSettings::remote(instance));
    let (most_questions, urls) = (instance.settings.questions_per_day, instance.urls.clone());
    instance
        .store
        .write(move |tx| {
            if tx.has_tombstone(&status.uri, &author.uri)? {
                return Ok(None);
            }
            if let Some(known) = tx.find_status_by_uri(&status.uri)? {
                return Ok(add_recipients(tx, &author, &known, &status)?.then_some(known.id));
            }
            let mut status = status.clone();
            let asked = questions::admit(tx, &author, most_questions, &mut status)?;
            if asked.as_ref().is_some_and(Vec::is_empty) {
                return Ok(None);
            }
            let row = build_status(tx, &author, &status, noise)?;
            if status.only_in_group && row.reach != Reach::Group {
                return Ok(None);
            }
            let mentions = filter_notified(tx, &row, &status.mentions)?;
            if !tx.insert_status(&row, &status.mentions)? {
                return Err(Error::Conflict("the status is being stored by another request"));
            }
            tx.insert_addressed(row.id, &status.addressed)?;
            tx.insert_askings(row.id, &asked.unwrap_or_default())?;
            attach(tx, &row, &status)?;
            cards::enqueue(tx, &row, input)?;
            tx.attach_waiting_replies(&row)?;
            tx.attach_waiting_quotes(&row)?;
            quotes::record_remote(tx, author.id, row.id, status.quote.as_ref())?;
            let fresh = tx.now().seconds() - row.created_at.seconds() < NEWS_SECONDS;
            let news = arrival == Arrival::Delivered && fresh;
            annotations::apply_remote(tx, &author, &row, &status.annotations, &status.mentions, news)?;
            if arrival == Arrival::Delivered {
                fan_out::begin(tx, &row)?;
                tx.update_conversations(&row, &status.mentions)?;
                groups::relay(tx, &urls, &row, status.proven.as_deref())?;
            }
            if news {
                for mentioned in &mentions {
                    tx.notify(*mentioned, NotificationKind::Mention, author.id, Some(row.id))?;
                }
                departments::notify_called_remotely(tx, &author, &row, &status.units, &mentions)?;
                tx.notify_subscribers(&row)?;
            }
            Ok(Some(row.id))
        })
        .await
}

/// Attaches tags, media, a poll and sources to a new status. Writes only what is present, because nothing can
/// exist yet.
fn attach(tx: &mut Tx<'_>, row: &Status, status: &RemoteStatus) -> Result<()> {
    if !status.tags.is_empty() {
        tx.replace_tags(row.id, &status.tags)?;
    }
    if !status.media.is_empty() {
        tx.replace_remote_media(row.id, row.account_id, &status.media)?;
    }
    if status.poll.is_some() {
        tx.replace_poll(row.id, status.poll.as_ref())?;
    }
    Ok(tx.set_sources(row.id, &status.sources)?)
}

/// Handles a second Create of the same status. It may only add mentions, for example when it reaches a
/// personal inbox after the shared one. Returns whether it is by the same author.
fn add_recipients(tx: &mut Tx<'_>, author: &Account, known: &Status, again: &RemoteStatus) -> Result<bool> {
    if known.account_id != author.id {
        return Ok(false);
    }
    let before = tx.list_mentioned(known.id)?;
    let more: Vec<AccountId> = again.mentions.iter().filter(|id| !before.contains(id)).copied().collect();
    tx.insert_mentions(known.id, &more)?;
    tx.update_conversations(known, &more)?;
    for mentioned in &more {
        tx.notify(*mentioned, NotificationKind::Mention, author.id, Some(known.id))?;
    }
    Ok(true)
}

/// Filters the mentions to notify: for a post for a group's members, only members.
fn filter_notified(tx: &mut Tx<'_>, row: &Status, named: &[AccountId]) -> Result<Vec<AccountId>> {
    let Some(group) = row.group.filter(|_| row.reach == Reach::Group) else { return Ok(named.to_vec()) };
    let members = tx.members_among(group, named)?;
    Ok(named.iter().copied().filter(|id| members.contains(id)).collect())
}

fn build_status(tx: &mut Tx<'_>, author: &Account, status: &RemoteStatus, noise: u32) -> Result<Status> {
    let parent = match &status.in_reply_to_uri {
        Some(uri) => tx.find_status_by_uri(uri)?.filter(|parent| parent.boost_of.is_none()),
        None => None,
    };
    let published = status.published.min(tx.now());
    let id = tx.free_status_id(published, noise)?;
    let (group, reach) = groups::group_for(tx, author.id, status, parent.as_ref())?;
    // A remote post can never have the reach "instance".
    let reach = if reach == Reach::Instance { Reach::Direct } else { reach };
    Ok(Status {
        url: status.url.clone(),
        in_reply_to_id: parent.as_ref().map(|parent| parent.id),
        in_reply_to_uri: status.in_reply_to_uri.clone(),
        in_reply_to_account_id: parent.as_ref().map(|parent| parent.account_id),
        conversation_id: parent.map_or(id, |parent| parent.conversation_id),
        content: status.content.clone(),
        spoiler_text: status.spoiler_text.clone(),
        sensitive: status.sensitive,
        language: status.language.clone(),
        partner: status.partner.clone().filter(|_| reach == Reach::Partners),
        addressed: !status.addressed.is_empty(),
        group,
        listed: status.listed,
        edited_at: status.updated.filter(|updated| *updated > published),
        emojis: status.emojis.clone(),
        quote_policy: status.quote_policy,
        ..Status::new(id, status.uri.clone(), author.id, reach, published)
    })
}

/// Applies an edit by the status's author. Ignores an edit that is not newer than the stored version. An edit
/// never changes author, parent or date, and never widens the reach. Narrowing applies at once, however old
/// the edit is, since no wider version can be newer. Returns whether the status is known.
pub async fn receive_edit(instance: &Instance, author: &Account, edit: RemoteStatus) -> Result<bool> {
    let (author, input, setting) = (author.clone(), cards::CardSettings::remote(instance), setting(instance));
    instance
        .store
        .write(move |tx| {
            let Some(former) = tx.find_status_by_uri(&edit.uri)? else { return Ok(false) };
            if former.account_id != author.id || former.boost_of.is_some() {
                return Ok(true);
            }
            if (edit.only_in_group && former.reach != Reach::Group) || !groups::may_change(tx, &former)? {
                return Ok(true);
            }
            let former = follow_narrowing(tx, &setting, &former, edit.told.as_ref(), &edit.mentions)?;
            let asked = tx.poll_titles(former.id)?;
            polls::receive_update(tx, former.id, edit.poll.as_ref())?;
            quotes::apply_edit(tx, &former, &edit)?;
            annotations::apply_edit(tx, &author, &former, &edit.annotations)?;
            let at = edit.updated.unwrap_or_else(|| tx.now()).min(tx.now());
            if at <= former.edited_at.unwrap_or(former.created_at) {
                return Ok(true);
            }
            let edited = edited(&former, &edit, at);
            let same_media = same_media(&tx.media_of(former.id)?, &edit.media);
            if edited.content == former.content
                && edited.spoiler_text == former.spoiler_text
                && edited.sensitive == former.sensitive
                && same_media
                && asked == tx.poll_titles(former.id)?
            {
                return Ok(true);
            }
            let before = tx.list_mentioned(former.id)?;
            tx.update_status(&former, &asked, &edited)?;
            let more: Vec<AccountId> =
                edit.mentions.iter().filter(|id| !before.contains(id)).copied().collect();
            tx.insert_mentions(former.id, &more)?;
            if !same_media {
                tx.replace_remote_media(former.id, author.id, &edit.media)?;
            }
            tx.replace_tags(former.id, &edit.tags)?;
            cards::enqueue_again(tx, &edited, input)?;
            let told = filter_notified(tx, &edited, &more)?;
            super::edit::notify_of_edit(tx, author.id, &edited, told.iter())?;
            groups::relay_edit(tx, &edited, edit.proven.as_deref())?;
            Ok(true)
        })
        .await
}

fn same_media(former: &[Media], edit: &[RemoteMedia]) -> bool {
    former.len() == edit.len()
        && former.iter().zip(edit).all(|(old, new)| {
            old.remote_url.as_ref() == Some(&new.url)
                && old.description == new.description
                && old.focus == new.focus
        })
}

fn edited(former: &Status, edit: &RemoteStatus, at: Timestamp) -> Status {
    Status {
        content: edit.content.clone(),
        emojis: edit.emojis.clone(),
        spoiler_text: edit.spoiler_text.clone(),
        sensitive: edit.sensitive,
        language: edit.language.clone().or_else(|| former.language.clone()),
        edited_at: Some(at),
        ..former.clone()
    }
}

/// Applies a deletion by the status's author. A deletion that arrives before its Create is remembered.
pub async fn receive_delete(instance: &Instance, author: &Account, uri: &str) -> Result<()> {
    let (author, uri) = (author.clone(), uri.to_owned());
    instance
        .store
        .write(move |tx| {
            match tx.find_status_by_uri(&uri)? {
                Some(status) if status.account_id == author.id => {
                    groups::relay_deletion(tx, &status)?;
                    tx.delete_status(&status, &author.uri)?;
                }
                Some(_) => {}
                None => tx.insert_tombstone(&uri, &author.uri)?,
            }
            Ok(())
        })
        .await
}
