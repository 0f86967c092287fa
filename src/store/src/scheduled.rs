//! Scheduled posts and their uploads.

use std::collections::HashMap;

use crate::prelude::*;

use super::connection::Db;
use super::rows::MediaRow;
use super::schema::{media_attachments, scheduled_media, scheduled_statuses};
use super::timelines::cut;
use super::{Reader, Result, ScheduledPost, Tx, on_both};
use portico_domain::model::media::Media;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::scheduled::Scheduled;
use portico_domain::model::{AccountId, MediaId, ScheduledId, Timestamp};

type ScheduledRow = (i64, i64, i64, String, Option<String>);
type ScheduledColumns = (
    scheduled_statuses::id,
    scheduled_statuses::account_id,
    scheduled_statuses::scheduled_at,
    scheduled_statuses::draft,
    scheduled_statuses::idempotency_key,
);
const COLUMNS: ScheduledColumns = (
    scheduled_statuses::id,
    scheduled_statuses::account_id,
    scheduled_statuses::scheduled_at,
    scheduled_statuses::draft,
    scheduled_statuses::idempotency_key,
);

impl Reader<'_> {
    /// Returns a page of an account's scheduled posts, newest first, paged by id.
    pub fn scheduled_page(&mut self, account: AccountId, page: &PageRequest) -> Result<Page<Scheduled>> {
        let query = scheduled_statuses::table
            .filter(scheduled_statuses::account_id.eq(account.0))
            .select(COLUMNS)
            .into_boxed::<Db>();
        let rows: Vec<ScheduledRow> = cut!(query, scheduled_statuses::id, page).load(self.conn())?;
        let found = self.with_media(rows)?;
        Ok(Page::from_rows(page, found.into_iter().map(|one| (one.id.0, one)).collect()))
    }

    /// Returns the scheduled post with this id, of any account.
    pub fn find_scheduled(&mut self, id: ScheduledId) -> Result<Option<Scheduled>> {
        let row: Option<ScheduledRow> =
            scheduled_statuses::table.find(id.0).select(COLUMNS).first(self.conn()).optional()?;
        Ok(self.with_media(row.into_iter().collect())?.pop())
    }

    /// Returns an account's scheduled post that was sent with this idempotency key.
    pub fn find_scheduled_by_key(&mut self, account: AccountId, key: &str) -> Result<Option<Scheduled>> {
        let query = scheduled_statuses::table
            .filter(scheduled_statuses::account_id.eq(account.0))
            .filter(scheduled_statuses::idempotency_key.eq(key))
            .select(COLUMNS);
        let row: Option<ScheduledRow> = query.first(self.conn()).optional()?;
        Ok(self.with_media(row.into_iter().collect())?.pop())
    }

    /// Counts an account's scheduled posts: all of them, and those due between two moments.
    pub fn count_scheduled(
        &mut self,
        account: AccountId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<(i64, i64)> {
        let own = scheduled_statuses::table.filter(scheduled_statuses::account_id.eq(account.0));
        let all = own.count().get_result(self.conn())?;
        let between = own
            .filter(scheduled_statuses::scheduled_at.ge(from.millis()))
            .filter(scheduled_statuses::scheduled_at.lt(until.millis()))
            .count()
            .get_result(self.conn())?;
        Ok((all, between))
    }

    /// Returns those uploads that belong to a scheduled post.
    pub fn scheduled_among(&mut self, media: &[MediaId]) -> Result<Vec<MediaId>> {
        let raw: Vec<i64> = media.iter().map(|id| id.0).collect();
        let query = scheduled_media::table
            .filter(scheduled_media::media_id.eq_any(raw))
            .select(scheduled_media::media_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(MediaId).collect())
    }

    fn with_media(&mut self, rows: Vec<ScheduledRow>) -> Result<Vec<Scheduled>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let attached: Vec<(i64, MediaRow)> = scheduled_media::table
            .inner_join(media_attachments::table.on(media_attachments::id.eq(scheduled_media::media_id)))
            .filter(scheduled_media::scheduled_id.eq_any(ids))
            .order((scheduled_media::scheduled_id, scheduled_media::position))
            .select((scheduled_media::scheduled_id, MediaRow::as_select()))
            .load(self.conn())?;
        let mut media: HashMap<i64, Vec<Media>> = HashMap::new();
        for (id, row) in attached {
            media.entry(id).or_default().push(row.into_model()?);
        }
        let scheduled = |(id, account, at, draft, idempotency_key): ScheduledRow| Scheduled {
            id: ScheduledId(id),
            account_id: AccountId(account),
            scheduled_at: Timestamp::from_millis(at),
            draft,
            idempotency_key,
            media: media.remove(&id).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(scheduled).collect())
    }
}

impl Tx<'_> {
    /// Inserts a scheduled post, and enqueues a job for its time.
    pub fn insert_scheduled(&mut self, waiting: &Scheduled) -> Result<()> {
        let row = (
            scheduled_statuses::id.eq(waiting.id.0),
            scheduled_statuses::account_id.eq(waiting.account_id.0),
            scheduled_statuses::scheduled_at.eq(waiting.scheduled_at.millis()),
            scheduled_statuses::draft.eq(&waiting.draft),
            scheduled_statuses::idempotency_key.eq(&waiting.idempotency_key),
            scheduled_statuses::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(scheduled_statuses::table).values(&row).execute(c))?;
        for (position, media) in (0_i64..).zip(&waiting.media) {
            let row = (
                scheduled_media::media_id.eq(media.id.0),
                scheduled_media::scheduled_id.eq(waiting.id.0),
                scheduled_media::position.eq(position),
            );
            on_both!(self.conn(), |c| diesel::insert_into(scheduled_media::table).values(&row).execute(c))?;
        }
        self.enqueue_scheduled(waiting.id, waiting.scheduled_at)
    }

    /// Moves a scheduled post to another time.
    pub fn move_scheduled(&mut self, id: ScheduledId, at: Timestamp) -> Result<()> {
        diesel::update(scheduled_statuses::table.find(id.0))
            .set(scheduled_statuses::scheduled_at.eq(at.millis()))
            .execute(self.conn())?;
        self.enqueue_scheduled(id, at)
    }

    /// Deletes a scheduled post; its uploads may be attached elsewhere. Returns false if it is gone.
    pub fn take_scheduled(&mut self, id: ScheduledId) -> Result<bool> {
        let media: Vec<i64> = scheduled_media::table
            .filter(scheduled_media::scheduled_id.eq(id.0))
            .select(scheduled_media::media_id)
            .load(self.conn())?;
        // Uploads that stay unattached are deleted later, but not before a day has passed.
        let loose = media_attachments::table.filter(media_attachments::id.eq_any(media));
        diesel::update(loose)
            .set(media_attachments::loose_since.eq(self.now().millis()))
            .execute(self.conn())?;
        Ok(diesel::delete(scheduled_statuses::table.find(id.0)).execute(self.conn())? == 1)
    }

    fn enqueue_scheduled(&mut self, id: ScheduledId, at: Timestamp) -> Result<()> {
        self.enqueue_at(&ScheduledPost { id }, at)
    }
}
