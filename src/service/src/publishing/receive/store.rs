//! Storing a remote post that is new.

use std::sync::Arc;

use super::{AdmittedPost, ReceivedPost};
use crate::instance::Instance;
use crate::people::departments;
use crate::publishing::questions::AdmittedQuestion;
use crate::publishing::{annotations, cards, fan_out, questions, quotes};
use crate::social::groups;
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_store::Tx;

/// Posts older than this, in seconds, cause no notifications: they were fetched, not just written.
const NEWS_SECONDS: i64 = 24 * 3600;

/// Stores an admitted post. Ignores one that is known or that its author has deleted. Returns it if it is
/// stored now.
pub(super) async fn store(
    instance: &Instance,
    author: &Account,
    admitted: Arc<AdmittedPost>,
) -> Result<Option<ReceivedPost>> {
    let (author, noise, input) =
        (author.clone(), instance.rng.noise(), cards::CardSettings::remote(instance));
    let (most_questions, urls) = (instance.settings.questions_per_day, instance.urls.clone());
    let (uri, in_reply_to) = (admitted.post.uri.clone(), admitted.post.in_reply_to.clone());
    let has_quote = admitted.post.quote.is_some();
    let stored = instance
        .store
        .write(move |tx| {
            let (admitted, post) = (&*admitted, &admitted.post);
            if tx.has_tombstone(&post.uri, &author.uri)? {
                return Ok(None);
            }
            if let Some(known) = tx.find_status_by_uri(&post.uri)? {
                let is_own = add_recipients(tx, &author, &known, admitted, most_questions)?;
                return Ok(is_own.then_some(known.id));
            }
            let question = questions::admit(tx, &author, most_questions, admitted)?;
            if question.as_ref().is_some_and(|question| question.asked.is_empty()) {
                return Ok(None);
            }
            let AdmittedQuestion { mentions, asked } = question.unwrap_or_else(|| unasked(admitted));
            let row = build_status(tx, &author, admitted, &mentions, noise)?;
            if admitted.only_in_group && row.reach != Reach::Group {
                return Ok(None);
            }
            let notified = filter_notified(tx, &row, &mentions)?;
            if !tx.insert_status(&row, &mentions)? {
                return Err(Error::Conflict("the status is being stored by another request"));
            }
            tx.insert_addressed(row.id, &admitted.addressed)?;
            tx.insert_askings(row.id, &asked)?;
            attach(tx, &row, admitted)?;
            cards::enqueue(tx, &row, input)?;
            tx.attach_waiting_replies(&row)?;
            tx.attach_waiting_quotes(&row)?;
            quotes::record_remote(tx, author.id, row.id, post.quote.as_ref())?;
            let news = is_news(tx.now(), &row, admitted);
            annotations::apply_remote(tx, &author, &row, &post.annotations, &mentions, news)?;
            if admitted.delivered {
                fan_out::begin(tx, &row)?;
                tx.update_conversations(&row, &mentions)?;
                groups::relay(tx, &urls, &row, admitted.proven.as_deref())?;
            }
            if news {
                notify(tx, &author, &row, &post.units, &notified)?;
            }
            Ok::<_, Error>(Some(row.id))
        })
        .await?;
    Ok(stored.map(|id| ReceivedPost { id, uri, in_reply_to, has_quote }))
}

/// Notifies the mentioned accounts, the mentioned departments and the subscribers.
fn notify(
    tx: &mut Tx<'_>,
    author: &Account,
    row: &Status,
    units: &[String],
    mentioned: &[AccountId],
) -> Result<()> {
    for id in mentioned {
        tx.notify(*id, NotificationKind::Mention, author.id, Some(row.id))?;
    }
    departments::notify_called_remotely(tx, author, row, units, mentioned)?;
    Ok(tx.notify_subscribers(row)?)
}

/// Attaches tags, media, a poll and sources to a new status. Writes only what is present, because nothing can
/// exist yet.
fn attach(tx: &mut Tx<'_>, row: &Status, AdmittedPost { post, .. }: &AdmittedPost) -> Result<()> {
    if !post.tags.is_empty() {
        tx.replace_tags(row.id, &post.tags)?;
    }
    if !post.media.is_empty() {
        tx.replace_remote_media(row.id, row.account_id, &post.media)?;
    }
    if post.poll.is_some() {
        tx.replace_poll(row.id, post.poll.as_ref())?;
    }
    Ok(tx.set_sources(row.id, &post.sources)?)
}

/// Whether to notify of a post: an activity delivered it, and it is not old.
fn is_news(now: Timestamp, row: &Status, admitted: &AdmittedPost) -> bool {
    admitted.delivered && now.seconds() - row.created_at.seconds() < NEWS_SECONDS
}

/// Handles a second Create of the same status. It may only add mentions, for example when it reaches a
/// personal inbox after the shared one, and only if the author may still change the status. Returns whether
/// the status is a post by the same author.
fn add_recipients(
    tx: &mut Tx<'_>,
    author: &Account,
    known: &Status,
    again: &AdmittedPost,
    most_questions: i64,
) -> Result<bool> {
    if known.account_id != author.id || known.boost_of.is_some() {
        return Ok(false);
    }
    if (again.only_in_group && known.reach != Reach::Group) || !groups::may_change(tx, known)? {
        return Ok(true);
    }
    let more = add_mentions(tx, author, known, again, most_questions)?;
    if again.delivered {
        tx.update_conversations(known, &more)?;
    }
    if is_news(tx.now(), known, again) {
        for mentioned in filter_notified(tx, known, &more)? {
            tx.notify(mentioned, NotificationKind::Mention, author.id, Some(known.id))?;
        }
    }
    Ok(true)
}

/// Adds the mentions that a second Create or an edit brings to a known status. A question adds only people
/// who may be asked. Returns the added accounts.
pub(super) fn add_mentions(
    tx: &mut Tx<'_>,
    author: &Account,
    known: &Status,
    admitted: &AdmittedPost,
    most_questions: i64,
) -> Result<Vec<AccountId>> {
    let question = questions::admit(tx, author, most_questions, admitted)?;
    let AdmittedQuestion { mut mentions, mut asked } = question.unwrap_or_else(|| unasked(admitted));
    let before = tx.list_mentioned(known.id)?;
    mentions.retain(|id| !before.contains(id));
    asked.retain(|id| !before.contains(id));
    tx.insert_mentions(known.id, &mentions)?;
    tx.insert_askings(known.id, &asked)?;
    Ok(mentions)
}

/// Returns the recipients of a post that is not a question: everyone mentioned, and nobody is asked.
fn unasked(admitted: &AdmittedPost) -> AdmittedQuestion {
    AdmittedQuestion { mentions: admitted.mentions.clone(), asked: Vec::new() }
}

/// Filters the mentions to notify: for a post for a group's members, only members.
pub(super) fn filter_notified(
    tx: &mut Tx<'_>,
    row: &Status,
    mentions: &[AccountId],
) -> Result<Vec<AccountId>> {
    let Some(group) = row.group.filter(|_| row.reach == Reach::Group) else { return Ok(mentions.to_vec()) };
    let members = tx.members_among(group, mentions)?;
    Ok(mentions.iter().copied().filter(|id| members.contains(id)).collect())
}

fn build_status(
    tx: &mut Tx<'_>,
    author: &Account,
    admitted: &AdmittedPost,
    mentions: &[AccountId],
    noise: u32,
) -> Result<Status> {
    let post = &admitted.post;
    let parent = match &post.in_reply_to {
        Some(uri) => tx.find_status_by_uri(uri)?.filter(|parent| parent.boost_of.is_none()),
        None => None,
    };
    let published = admitted.published.min(tx.now());
    let id: StatusId = tx.free_status_id(published, noise)?;
    let (group, reach) = groups::group_for(tx, author.id, admitted, mentions, parent.as_ref())?;
    // A remote post can never have the reach "instance".
    let reach = if reach == Reach::Instance { Reach::Direct } else { reach };
    Ok(Status {
        url: post.url.clone(),
        in_reply_to_id: parent.as_ref().map(|parent| parent.id),
        in_reply_to_uri: post.in_reply_to.clone(),
        in_reply_to_account_id: parent.as_ref().map(|parent| parent.account_id),
        conversation_id: parent.map_or(id, |parent| parent.conversation_id),
        content: post.content.clone(),
        spoiler_text: post.spoiler_text.clone(),
        sensitive: post.sensitive,
        language: post.language.clone(),
        partner: admitted.limits.partner.clone().filter(|_| reach == Reach::Partners),
        addressed: !admitted.addressed.is_empty(),
        group,
        listed: admitted.listed,
        edited_at: post.updated.filter(|updated| *updated > published),
        emojis: post.emojis.clone(),
        quote_policy: post.quote_policy,
        ..Status::new(id, post.uri.clone(), author.id, reach, published)
    })
}
