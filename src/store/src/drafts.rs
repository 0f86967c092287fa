//! Drafts and the uploads kept with them.

use std::collections::HashMap;

use crate::prelude::*;

use super::connection::Db;
use super::rows::MediaRow;
use super::schema::{draft_media, drafts, media_attachments};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::draft::Draft;
use portico_domain::model::media::Media;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, DraftId, Timestamp};

type DraftRow = (i64, i64, String, i64, i64);

impl Reader<'_> {
    /// Returns a page of an account's drafts, newest first, paged by id.
    pub fn draft_page(&mut self, account: AccountId, page: &PageRequest) -> Result<Page<Draft>> {
        let query = drafts::table.filter(drafts::account_id.eq(account.0)).into_boxed::<Db>();
        let rows: Vec<DraftRow> = cut!(query, drafts::id, page).load(self.conn())?;
        let found = self.with_kept_media(rows)?;
        Ok(Page::from_rows(page, found.into_iter().map(|one| (one.id.0, one)).collect()))
    }

    /// Returns a draft of an account.
    pub fn find_draft(&mut self, account: AccountId, id: DraftId) -> Result<Option<Draft>> {
        let own = drafts::table.filter(drafts::id.eq(id.0)).filter(drafts::account_id.eq(account.0));
        let row: Option<DraftRow> = own.first(self.conn()).optional()?;
        Ok(self.with_kept_media(row.into_iter().collect())?.pop())
    }

    /// Counts the drafts of an account.
    pub fn count_drafts(&mut self, account: AccountId) -> Result<i64> {
        Ok(drafts::table.filter(drafts::account_id.eq(account.0)).count().get_result(self.conn())?)
    }

    /// Loads the uploads of drafts, without those that have since been attached to a status.
    fn with_kept_media(&mut self, rows: Vec<DraftRow>) -> Result<Vec<Draft>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let kept: Vec<(i64, MediaRow)> = draft_media::table
            .inner_join(media_attachments::table.on(media_attachments::id.eq(draft_media::media_id)))
            .filter(draft_media::draft_id.eq_any(ids))
            .filter(media_attachments::status_id.is_null())
            .order((draft_media::draft_id, draft_media::position))
            .select((draft_media::draft_id, MediaRow::as_select()))
            .load(self.conn())?;
        let mut media: HashMap<i64, Vec<Media>> = HashMap::new();
        for (id, row) in kept {
            media.entry(id).or_default().push(row.into_model()?);
        }
        let draft = |(id, account, draft, created_at, updated_at): DraftRow| Draft {
            id: DraftId(id),
            account_id: AccountId(account),
            draft,
            created_at: Timestamp::from_millis(created_at),
            updated_at: Timestamp::from_millis(updated_at),
            media: media.remove(&id).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(draft).collect())
    }
}

impl Tx<'_> {
    /// Inserts or replaces a draft with its uploads.
    pub fn put_draft(&mut self, draft: &Draft) -> Result<()> {
        let there = drafts::table.find(draft.id.0);
        let change = (drafts::draft.eq(&draft.draft), drafts::updated_at.eq(draft.updated_at.millis()));
        if diesel::update(there).set(change).execute(self.conn())? == 0 {
            let row = (
                drafts::id.eq(draft.id.0),
                drafts::account_id.eq(draft.account_id.0),
                drafts::draft.eq(&draft.draft),
                drafts::created_at.eq(draft.created_at.millis()),
                drafts::updated_at.eq(draft.updated_at.millis()),
            );
            on_both!(self.conn(), |c| diesel::insert_into(drafts::table).values(&row).execute(c))?;
        }
        self.release_media(draft.id)?;
        for (position, media) in (0_i64..).zip(&draft.media) {
            // An upload belongs to one draft: the last that was saved with it.
            diesel::delete(draft_media::table.find(media.id.0)).execute(self.conn())?;
            let row = (
                draft_media::media_id.eq(media.id.0),
                draft_media::draft_id.eq(draft.id.0),
                draft_media::position.eq(position),
            );
            on_both!(self.conn(), |c| diesel::insert_into(draft_media::table).values(&row).execute(c))?;
        }
        Ok(())
    }

    /// Deletes a draft of an account; its uploads may still be attached elsewhere. Returns false if it does
    /// not exist.
    pub fn delete_draft(&mut self, account: AccountId, id: DraftId) -> Result<bool> {
        let own = drafts::table.filter(drafts::id.eq(id.0)).filter(drafts::account_id.eq(account.0));
        if own.select(drafts::id).first::<i64>(self.conn()).optional()?.is_none() {
            return Ok(false);
        }
        self.release_media(id)?;
        Ok(diesel::delete(drafts::table.find(id.0)).execute(self.conn())? == 1)
    }

    /// Releases the uploads of a draft. Unattached uploads are deleted later, but not before a day has
    /// passed.
    fn release_media(&mut self, id: DraftId) -> Result<()> {
        let now = self.now().millis();
        let kept: Vec<i64> = draft_media::table
            .filter(draft_media::draft_id.eq(id.0))
            .select(draft_media::media_id)
            .load(self.conn())?;
        let loose = media_attachments::table
            .filter(media_attachments::id.eq_any(kept))
            .filter(media_attachments::status_id.is_null());
        diesel::update(loose).set(media_attachments::loose_since.eq(now)).execute(self.conn())?;
        diesel::delete(draft_media::table.filter(draft_media::draft_id.eq(id.0))).execute(self.conn())?;
        Ok(())
    }
}
