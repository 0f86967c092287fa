//! Drafts: kept on the server, so that what was begun on one device is finished on another; private to whoever
//! writes them. A draft may be incomplete; whether it can be posted is found out when it is posted.

use super::media::MAX_ATTACHMENTS;
use super::statuses::{self, NewStatus};
use super::{Error, Result};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::draft::{Draft, MOST};
use crate::model::media::Media;
use crate::model::page::{Page, PageRequest};
use crate::model::poll::MAX_OPTIONS;
use crate::model::view::StatusView;
use crate::model::{AccountId, DraftId, MediaId};
use crate::store::{Reader, Tx};

/// How long all texts of a draft may be together, in bytes: longer than any post, so that what is too long can
/// be kept until it is cut.
const LONGEST: usize = 512 * 1024;

/// A draft, and what is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftView {
    /// Its row.
    pub draft: Draft,
    /// What is written.
    pub new: NewStatus,
}

fn view(draft: Draft) -> Result<DraftView> {
    let mut new: NewStatus =
        serde_json::from_str(&draft.draft).map_err(|_| crate::store::Error::Corrupt { what: "draft" })?;
    // An upload may be gone, or posted with something else.
    new.media = draft.media.iter().map(|media| media.id).collect();
    Ok(DraftView { draft, new })
}

/// A page of one's own drafts, the newest first.
pub async fn list(instance: &Instance, me: AccountId, request: PageRequest) -> Result<Page<DraftView>> {
    let page = instance.store.read(move |reader| Ok::<_, Error>(reader.draft_page(me, &request)?)).await?;
    let items = page.items.iter().cloned().map(view).collect::<Result<_>>()?;
    Ok(page.with_items(items))
}

/// One of one's own drafts.
///
/// # Errors
/// `NotFound` for anybody else's.
pub async fn show(instance: &Instance, me: AccountId, id: DraftId) -> Result<DraftView> {
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_draft(me, id)?)).await?;
    view(found.ok_or(Error::NotFound("draft"))?)
}

/// Keeps what somebody has begun to write: anew, or in place of one of their drafts.
///
/// # Errors
/// `NotFound` for a draft of anybody else, `Invalid` for nothing, for too much, and for uploads that are not
/// one's own or are attached already.
pub async fn save(
    instance: &Instance,
    me: AccountId,
    id: Option<DraftId>,
    new: NewStatus,
) -> Result<DraftView> {
    let new = NewStatus { idempotency_key: None, ..new };
    check(&new)?;
    let text = serde_json::to_string(&new).map_err(|_| crate::store::Error::Corrupt { what: "draft" })?;
    let ids = new.media.clone();
    let saved = instance.store.write(move |tx| {
        let media = kept(tx, me, &ids)?;
        let now = tx.now();
        let draft = match id {
            Some(id) => {
                let old = tx.find_draft(me, id)?.ok_or(Error::NotFound("draft"))?;
                Draft { draft: text.clone(), updated_at: now, media, ..old }
            }
            None if tx.count_drafts(me)? >= MOST => {
                return Err(Error::invalid(format!("You cannot have more than {MOST} drafts")));
            }
            None => Draft {
                id: tx.next_id(),
                account_id: me,
                draft: text.clone(),
                created_at: now,
                updated_at: now,
                media,
            },
        };
        tx.put_draft(&draft)?;
        Ok(draft)
    });
    view(saved.await?)
}

fn check(new: &NewStatus) -> Result<()> {
    let options = new.poll.as_ref().map(|poll| poll.options.as_slice()).unwrap_or_default();
    let length = new.text.len() + new.spoiler_text.len() + options.iter().map(String::len).sum::<usize>();
    if length > LONGEST || options.len() > MAX_OPTIONS {
        return Err(Error::invalid("The draft is too long"));
    }
    if new.media.len() > MAX_ATTACHMENTS {
        return Err(Error::invalid(format!("Cannot attach more than {MAX_ATTACHMENTS} files")));
    }
    let is_empty = new.text.trim().is_empty() && new.spoiler_text.trim().is_empty() && new.media.is_empty();
    let asks = options.iter().any(|option| !option.trim().is_empty());
    if is_empty && !asks { Err(Error::invalid("There is nothing to keep")) } else { Ok(()) }
}

/// The uploads with these ids, which are one's own and wait to be attached.
fn kept(reader: &mut Reader<'_>, me: AccountId, ids: &[MediaId]) -> Result<Vec<Media>> {
    let waiting = reader.scheduled_among(ids)?;
    let mut found: Vec<Media> = Vec::new();
    for id in ids {
        let media = reader.find_media(*id)?.filter(|media| {
            media.account_id == me
                && media.file_key.is_some()
                && media.status_id.is_none()
                && !waiting.contains(id)
        });
        let media = media.ok_or_else(|| {
            Error::invalid(format!("Media {id} not found or already attached to another post"))
        })?;
        if !found.iter().any(|other| other.id == media.id) {
            found.push(media);
        }
    }
    Ok(found)
}

/// Throws one of one's own drafts away.
///
/// # Errors
/// `NotFound` for anybody else's.
pub async fn delete(instance: &Instance, me: AccountId, id: DraftId) -> Result<()> {
    instance
        .store
        .write(move |tx| if tx.delete_draft(me, id)? { Ok(()) } else { Err(Error::NotFound("draft")) })
        .await
}

/// Posts one of one's own drafts as it is, once; then the draft is gone.
///
/// # Errors
/// `NotFound` for anybody else's, and whatever [`statuses::post`] answers: then the draft stays.
pub async fn post(instance: &Instance, me: &Account, id: DraftId) -> Result<StatusView> {
    let new = NewStatus { draft: Some(id), ..show(instance, me.id, id).await?.new };
    statuses::post(instance, me, new).await
}

/// Takes a draft out in the transaction that posts it.
///
/// # Errors
/// `Gone` if it is posted already, or thrown away.
pub(super) fn take(tx: &mut Tx<'_>, me: AccountId, draft: Option<DraftId>) -> Result<()> {
    match draft {
        Some(id) if !tx.delete_draft(me, id)? => Err(Error::Gone("draft")),
        _ => Ok(()),
    }
}
