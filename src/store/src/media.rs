//! Media attachments, and files to delete.

use std::collections::HashMap;

use crate::prelude::*;
use diesel::dsl::{exists, not};

use super::rows::MediaRow;
use super::schema::{draft_media, media_attachments, media_trash, scheduled_media};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::media::{Media, MediaState, RemoteMedia};
use portico_domain::model::{AccountId, MediaId, StatusId, Timestamp};

impl Reader<'_> {
    /// Returns the attachment with this id.
    pub fn find_media(&mut self, id: MediaId) -> Result<Option<Media>> {
        let query = media_attachments::table.find(id.0).select(MediaRow::as_select());
        query.first(self.conn()).optional()?.map(MediaRow::into_model).transpose()
    }

    /// Returns the attachments of a status, in order.
    pub fn media_of(&mut self, status: StatusId) -> Result<Vec<Media>> {
        Ok(self.media_by_status(&[status.0])?.remove(&status.0).unwrap_or_default())
    }

    /// Returns the attachments of these statuses, in order, by status.
    pub(super) fn media_by_status(&mut self, statuses: &[i64]) -> Result<HashMap<i64, Vec<Media>>> {
        let rows: Vec<MediaRow> = media_attachments::table
            .filter(media_attachments::status_id.eq_any(statuses))
            .order((media_attachments::status_id, media_attachments::position, media_attachments::id))
            .select(MediaRow::as_select())
            .load(self.conn())?;
        let mut found: HashMap<i64, Vec<Media>> = HashMap::new();
        for row in rows {
            if let Some(status) = row.status_id {
                found.entry(status).or_default().push(row.into_model()?);
            }
        }
        Ok(found)
    }

    /// Returns the keys of files that are due for deletion, oldest first.
    pub fn list_trash(&mut self, limit: i64) -> Result<Vec<String>> {
        let query = media_trash::table
            .filter(media_trash::created_at.le(self.now().millis()))
            .order((media_trash::created_at, media_trash::file_key))
            .limit(limit)
            .select(media_trash::file_key);
        Ok(query.load(self.conn())?)
    }
}

impl Tx<'_> {
    /// Inserts an attachment.
    pub fn insert_media(&mut self, media: &Media) -> Result<()> {
        let row = MediaRow::from(media);
        on_both!(self.conn(), |c| diesel::insert_into(media_attachments::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Updates the row of an attachment; does nothing if it is gone.
    pub fn update_media(&mut self, media: &Media) -> Result<()> {
        let row = MediaRow::from(media);
        diesel::update(media_attachments::table.find(media.id.0)).set(&row).execute(self.conn())?;
        Ok(())
    }

    /// Deletes an attachment; a trigger moves its files to the trash.
    pub fn delete_media(&mut self, id: MediaId) -> Result<()> {
        diesel::delete(media_attachments::table.find(id.0)).execute(self.conn())?;
        Ok(())
    }

    /// Detaches the attachments of a status before it is deleted: local uploads may be attached again, remote
    /// attachments are deleted.
    pub fn detach_media(&mut self, status: StatusId) -> Result<()> {
        let of = media_attachments::table.filter(media_attachments::status_id.eq(status.0));
        diesel::delete(of.filter(media_attachments::file_key.is_null())).execute(self.conn())?;
        diesel::update(media_attachments::table.filter(media_attachments::status_id.eq(status.0)))
            .set((
                media_attachments::status_id.eq(None::<i64>),
                media_attachments::loose_since.eq(self.now().millis()),
            ))
            .execute(self.conn())?;
        Ok(())
    }

    /// Deletes every attachment of a status.
    pub fn delete_media_of(&mut self, status: StatusId) -> Result<()> {
        let of = media_attachments::table.filter(media_attachments::status_id.eq(status.0));
        diesel::delete(of).execute(self.conn())?;
        Ok(())
    }

    /// Replaces the attachments of a remote status.
    pub fn replace_remote_media(
        &mut self,
        status: StatusId,
        author: AccountId,
        attached: &[RemoteMedia],
    ) -> Result<()> {
        self.delete_media_of(status)?;
        let now = self.now();
        for (position, remote) in (0_i64..).zip(attached) {
            let media = Media {
                id: self.next_id(),
                account_id: author,
                status_id: Some(status),
                position,
                loose_since: now,
                state: MediaState::Ready,
                facts: remote.facts.clone(),
                file_key: None,
                preview_key: None,
                remote_url: Some(remote.url.clone()),
                focus: remote.focus,
                description: remote.description.clone(),
                created_at: now,
            };
            self.insert_media(&media)?;
        }
        Ok(())
    }

    /// Deletes uploads that have been unattached since before `cutoff`, unless a scheduled post or a draft
    /// uses them. Returns their number.
    pub fn delete_unattached_media(&mut self, cutoff: Timestamp) -> Result<usize> {
        let waiting = scheduled_media::table.filter(scheduled_media::media_id.eq(media_attachments::id));
        let begun = draft_media::table.filter(draft_media::media_id.eq(media_attachments::id));
        let old = media_attachments::table
            .filter(media_attachments::status_id.is_null())
            .filter(not(exists(waiting)))
            .filter(not(exists(begun)))
            .filter(media_attachments::loose_since.lt(cutoff.millis()));
        Ok(diesel::delete(old).execute(self.conn())?)
    }

    /// Marks a file for deletion at or after a moment.
    pub fn trash_file(&mut self, key: &str, at: Timestamp) -> Result<()> {
        let row = (media_trash::file_key.eq(key), media_trash::created_at.eq(at.millis()));
        on_both!(self.conn(), |c| diesel::insert_into(media_trash::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Removes deleted files from the trash.
    pub fn forget_trash(&mut self, keys: &[String]) -> Result<()> {
        diesel::delete(media_trash::table.filter(media_trash::file_key.eq_any(keys))).execute(self.conn())?;
        Ok(())
    }
}
