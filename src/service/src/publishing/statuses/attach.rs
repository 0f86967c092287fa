//! Attaching uploads to a status, and changing their descriptions.

use crate::publishing::media::{MAX_ATTACHMENTS, normalise_description};
use crate::{Error, Result};
use portico_domain::model::media::{Focus, Media, MediaKind, MediaState};
use portico_domain::model::{AccountId, MediaId, StatusId};
use portico_store::{Reader, Tx};

/// Changes to an attachment; absent fields keep their value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentEdit {
    /// The attachment's id.
    pub id: MediaId,
    /// The alternative text; empty to remove it.
    pub description: Option<String>,
    /// The focal point.
    pub focus: Option<Focus>,
}

/// Sets the attachments of a status, in this order; others are detached and can be attached again.
pub(super) fn attach(tx: &mut Tx<'_>, me: AccountId, status: StatusId, ids: &[MediaId]) -> Result<()> {
    let chosen = attachable(tx, me, Some(status), ids)?;
    let former = tx.media_of(status)?;
    let now = tx.now();
    for mut media in former.into_iter().filter(|old| !ids.contains(&old.id)) {
        media.status_id = None;
        media.loose_since = now;
        tx.update_media(&media)?;
    }
    for (position, mut media) in (0_i64..).zip(chosen) {
        media.status_id = Some(status);
        media.position = position;
        tx.update_media(&media)?;
    }
    Ok(())
}

/// Loads uploads that may be attached to a status; they may belong to it already.
pub(super) fn attachable(
    reader: &mut Reader<'_>,
    me: AccountId,
    status: Option<StatusId>,
    ids: &[MediaId],
) -> Result<Vec<Media>> {
    let mut chosen: Vec<Media> = Vec::with_capacity(ids.len().min(MAX_ATTACHMENTS));
    if ids.len() > MAX_ATTACHMENTS {
        return Err(Error::invalid(format!("Cannot attach more than {MAX_ATTACHMENTS} files")));
    }
    let waiting = reader.scheduled_among(ids)?;
    for id in ids {
        let found = reader.find_media(*id)?.filter(|media| {
            media.account_id == me
                && media.file_key.is_some()
                && !waiting.contains(id)
                && (media.status_id.is_none() || media.status_id == status)
        });
        let media = found.ok_or_else(|| {
            Error::invalid(format!("Media {id} not found or already attached to another post"))
        })?;
        if !chosen.iter().any(|other| other.id == media.id) {
            chosen.push(media);
        }
    }
    check(&chosen)?;
    Ok(chosen)
}

fn check(chosen: &[Media]) -> Result<()> {
    if chosen.iter().any(|media| media.state == MediaState::Waiting) {
        return Err(Error::invalid(
            "Cannot attach files that have not finished processing. Try again in a moment!",
        ));
    }
    if chosen.iter().any(|media| media.state == MediaState::Failed) {
        return Err(Error::invalid("Cannot attach files that could not be processed"));
    }
    if chosen.len() > 1 && chosen.iter().any(|media| media.facts.kind != MediaKind::Image) {
        return Err(Error::invalid("Cannot attach a video or sound together with other files"));
    }
    Ok(())
}

/// Applies descriptions and focal points to the caller's uploads that are attached to this status or to none.
/// Returns the changed ones without writing them.
pub(super) fn describe(
    tx: &mut Tx<'_>,
    me: AccountId,
    status: StatusId,
    notes: &[AttachmentEdit],
) -> Result<Vec<Media>> {
    let mut changed = Vec::new();
    for note in notes.iter().take(MAX_ATTACHMENTS) {
        let Some(before) = tx
            .find_media(note.id)?
            .filter(|media| media.account_id == me && media.status_id.is_none_or(|other| other == status))
        else {
            continue;
        };
        let mut media = before.clone();
        if let Some(description) = normalise_description(note.description.as_deref())? {
            media.description = description;
        }
        media.focus = note.focus.or(media.focus);
        if media != before {
            changed.push(media);
        }
    }
    Ok(changed)
}
