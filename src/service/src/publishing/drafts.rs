//! Drafts: unfinished posts on the server, so that a user can continue them on another device. Private to
//! their author. A draft may be incomplete; it is validated when it is posted.

use crate::instance::Instance;
use crate::publishing::media::MAX_ATTACHMENTS;
use crate::publishing::statuses::NewStatus;
use crate::publishing::{PostAuthor, submit_now};
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::draft::{Draft, MOST};
use portico_domain::model::media::Media;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::poll::MAX_OPTIONS;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, DraftId, MediaId};
use portico_store::{Reader, Tx};

/// The maximum length of all texts of a draft together, in bytes: longer than any post, so that an overlong
/// text can be kept until it is cut.
const LONGEST: usize = 512 * 1024;

/// A draft with its decoded content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftView {
    /// The row.
    pub draft: Draft,
    /// The content.
    pub new: NewStatus,
}

fn view(draft: Draft) -> Result<DraftView> {
    let mut new: NewStatus =
        serde_json::from_str(&draft.draft).map_err(|_| portico_store::Error::Corrupt { what: "draft" })?;
    // An upload may have expired, or may be attached to another post by now.
    new.media = draft.media.iter().map(|media| media.id).collect();
    Ok(DraftView { draft, new })
}

/// Returns a page of the account's drafts, the newest first.
pub async fn list(instance: &Instance, me: AccountId, request: PageRequest) -> Result<Page<DraftView>> {
    let page = instance.store.read(move |reader| Ok::<_, Error>(reader.draft_page(me, &request)?)).await?;
    let items = page.items.iter().cloned().map(view).collect::<Result<_>>()?;
    Ok(page.with_items(items))
}

/// Returns a draft of the account.
pub async fn show(instance: &Instance, me: AccountId, id: DraftId) -> Result<DraftView> {
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_draft(me, id)?)).await?;
    view(found.ok_or(Error::NotFound("draft"))?)
}

/// Saves a new draft, or replaces one.
///
/// # Errors
/// `Invalid` for an empty or too long draft, and for uploads of another account or that are attached already.
pub async fn save(
    instance: &Instance,
    me: AccountId,
    id: Option<DraftId>,
    new: NewStatus,
) -> Result<DraftView> {
    let new = NewStatus { idempotency_key: None, ..new };
    check(&new)?;
    let text = serde_json::to_string(&new).map_err(|_| portico_store::Error::Corrupt { what: "draft" })?;
    let ids = new.media.clone();
    let saved = instance.store.write(move |tx| {
        let media = load_uploads(tx, me, &ids)?;
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
    if is_empty && !asks { Err(Error::invalid("The draft is empty")) } else { Ok(()) }
}

/// Finds the uploads with these ids. Each must belong to the account and must not be attached or scheduled.
fn load_uploads(reader: &mut Reader<'_>, me: AccountId, ids: &[MediaId]) -> Result<Vec<Media>> {
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

/// Deletes a draft.
pub async fn delete(instance: &Instance, me: AccountId, id: DraftId) -> Result<()> {
    instance
        .store
        .write(move |tx| if tx.delete_draft(me, id)? { Ok(()) } else { Err(Error::NotFound("draft")) })
        .await
}

/// Posts a draft as it is, and deletes it in the same transaction.
///
/// # Errors
/// As [`submit_now`]; then the draft stays.
pub async fn post(instance: &Instance, me: &Account, id: DraftId) -> Result<StatusView> {
    let new = NewStatus { draft: Some(id), ..show(instance, me.id, id).await?.new };
    submit_now(instance, PostAuthor::own(me), new).await
}

/// Deletes a draft in the transaction that posts it.
///
/// # Errors
/// `Gone` if it is posted or deleted already.
pub(crate) fn delete_posted(tx: &mut Tx<'_>, me: AccountId, draft: Option<DraftId>) -> Result<()> {
    match draft {
        Some(id) if !tx.delete_draft(me, id)? => Err(Error::Gone("draft")),
        _ => Ok(()),
    }
}
