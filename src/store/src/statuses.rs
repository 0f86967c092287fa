//! Statuses: lookups, writes and interactions.

use crate::prelude::*;
use diesel::dsl::exists;

use super::fixed_sql::FixedSql;
use super::rows::{Column, StatusEditRow, StatusRow};
use super::schema::{
    bookmarks, delivered, favourites, idempotency_keys, mentions, status_edits, status_origins, statuses,
    tombstones,
};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::live::Live;
use portico_domain::model::status::{ContentType, Status, StatusEdit};
use portico_domain::model::{AccountId, IdMaker, MediaId, RelationId, StatusId, Timestamp};

impl Reader<'_> {
    /// Returns some statuses and boosts of an account, oldest first.
    pub fn some_statuses_of(&mut self, account: AccountId, limit: i64) -> Result<Vec<Status>> {
        let query = statuses::table
            .filter(statuses::account_id.eq(account.0))
            .order(statuses::id)
            .limit(limit)
            .select(StatusRow::as_select());
        query.load(self.conn())?.into_iter().map(StatusRow::into_model).collect()
    }

    /// Returns the status with this id.
    pub fn find_status(&mut self, id: StatusId) -> Result<Option<Status>> {
        let row: Option<StatusRow> = on_both!(self.conn(), |c| statuses::table
            .find(id.0)
            .select(StatusRow::as_select())
            .first(c)
            .optional())?;
        row.map(StatusRow::into_model).transpose()
    }

    /// Returns the content type that a status was written in; plain text if the status is gone.
    pub fn content_type_of(&mut self, id: StatusId) -> Result<ContentType> {
        let query = status_origins::table.find(id.0).select(status_origins::content_type);
        let word: Option<String> = query.first(self.conn()).optional()?;
        let parse =
            |word: String| word.parse::<ContentType>().map_err(|_| Error::Corrupt { what: "content type" });
        Ok(word.map(parse).transpose()?.unwrap_or_default())
    }

    /// Finds an unused id for a remote status: it sorts at `published`, and the search starts at `noise`.
    /// Peers send times in whole seconds, so a busy second would otherwise produce the same id twice.
    pub fn free_status_id(&mut self, published: Timestamp, noise: u32) -> Result<StatusId> {
        let mut noise = noise;
        loop {
            let id = IdMaker::at(published, noise);
            let taken: Option<i64> = on_both!(self.conn(), |c| statuses::table
                .find(id.0)
                .select(statuses::id)
                .first(c)
                .optional())?;
            if taken.is_none() {
                return Ok(id);
            }
            noise = noise.wrapping_add(1);
        }
    }

    /// Returns the status or boost with this object id.
    pub fn find_status_by_uri(&mut self, uri: &str) -> Result<Option<Status>> {
        let row: Option<StatusRow> = on_both!(self.conn(), |c| statuses::table
            .filter(statuses::uri.eq(uri))
            .select(StatusRow::as_select())
            .first(c)
            .optional())?;
        row.map(StatusRow::into_model).transpose()
    }

    /// Returns the status whose object id or page has this URL.
    pub fn find_status_by_url(&mut self, url: &str) -> Result<Option<Status>> {
        if let Some(status) = self.find_status_by_uri(url)? {
            return Ok(Some(status));
        }
        let query = statuses::table
            .filter(statuses::url.eq(url))
            .filter(statuses::reblog_of.is_null())
            .select(StatusRow::as_select());
        let row = query.first(self.conn()).optional()?;
        row.map(StatusRow::into_model).transpose()
    }

    /// Returns the boost of a status by an account.
    pub fn find_boost(&mut self, account: AccountId, of: StatusId) -> Result<Option<Status>> {
        let query = statuses::table
            .filter(statuses::reblog_of.eq(of.0))
            .filter(statuses::account_id.eq(account.0))
            .select(StatusRow::as_select());
        let row = query.first(self.conn()).optional()?;
        row.map(StatusRow::into_model).transpose()
    }

    /// Returns the accounts that a status mentions.
    pub fn list_mentioned(&mut self, status: StatusId) -> Result<Vec<AccountId>> {
        let query = mentions::table
            .filter(mentions::status_id.eq(status.0))
            .filter(mentions::silent.eq(false))
            .order(mentions::account_id)
            .select(mentions::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns the former versions of a status, oldest first, without the current one.
    pub fn list_edits(&mut self, status: StatusId) -> Result<Vec<StatusEdit>> {
        let query = status_edits::table
            .filter(status_edits::status_id.eq(status.0))
            .order(status_edits::id)
            .select(StatusEditRow::as_select());
        Ok(query.load(self.conn())?.into_iter().map(StatusEdit::from).collect())
    }

    /// Returns whether this actor has deleted the object (or undone an activity before it arrived).
    pub fn has_tombstone(&mut self, uri: &str, actor_uri: &str) -> Result<bool> {
        self.has_tombstone_since(uri, actor_uri, Timestamp::from_millis(0))
    }

    /// Like [`has_tombstone`](Self::has_tombstone), for tombstones created since a moment.
    pub fn has_tombstone_since(&mut self, uri: &str, actor_uri: &str, since: Timestamp) -> Result<bool> {
        let found = tombstones::table
            .filter(tombstones::uri.eq(uri))
            .filter(tombstones::actor_uri.eq(actor_uri))
            .filter(tombstones::created_at.ge(since.millis()));
        Ok(on_both!(self.conn(), |c| diesel::select(exists(found)).get_result(c))?)
    }

    /// Returns whether an object with this id has been deleted, by any actor.
    pub fn is_deleted(&mut self, uri: &str) -> Result<bool> {
        Ok(diesel::select(exists(tombstones::table.find(uri))).get_result(self.conn())?)
    }

    /// Returns the status created with this idempotency key since `since`.
    pub fn find_idempotent(
        &mut self,
        account: AccountId,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<StatusId>> {
        let query = idempotency_keys::table
            .find((account.0, key))
            .filter(idempotency_keys::created_at.ge(since.millis()))
            .select(idempotency_keys::status_id);
        Ok(query.first::<i64>(self.conn()).optional()?.map(StatusId))
    }

    /// Returns the favourite of a status by an account: its id, and the Like's id if it is remote.
    pub fn find_favourite(
        &mut self,
        account: AccountId,
        status: StatusId,
    ) -> Result<Option<(RelationId, Option<String>)>> {
        let query = favourites::table
            .filter(favourites::account_id.eq(account.0))
            .filter(favourites::status_id.eq(status.0))
            .select((favourites::id, favourites::uri));
        let row = query.first::<(i64, Option<String>)>(self.conn()).optional()?;
        Ok(row.map(|(id, uri)| (RelationId(id), uri)))
    }

    /// Returns the account and the status of the favourite with this Like id.
    pub fn find_favourite_by_uri(&mut self, uri: &str) -> Result<Option<(AccountId, StatusId)>> {
        let query = favourites::table
            .filter(favourites::uri.eq(uri))
            .select((favourites::account_id, favourites::status_id));
        let row = query.first::<(i64, i64)>(self.conn()).optional()?;
        Ok(row.map(|(account, status)| (AccountId(account), StatusId(status))))
    }

    /// Returns the inboxes that an object was ever queued for, each with its host.
    pub fn list_delivered(&mut self, object_uri: &str) -> Result<Vec<(String, String)>> {
        let query = delivered::table
            .filter(delivered::object_uri.eq(object_uri))
            .order(delivered::inbox_url)
            .select((delivered::inbox_url, delivered::host));
        Ok(query.load(self.conn())?)
    }

    /// Returns the pinned statuses of an account.
    pub fn list_pinned(&mut self, account: AccountId) -> Result<Vec<StatusId>> {
        let query = statuses::table
            .filter(statuses::account_id.eq(account.0))
            .filter(statuses::pinned_at.is_not_null())
            .select(statuses::id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(StatusId).collect())
    }

    /// Counts the pinned statuses of an account.
    pub fn count_pinned(&mut self, account: AccountId) -> Result<i64> {
        let query = statuses::table
            .filter(statuses::account_id.eq(account.0))
            .filter(statuses::pinned_at.is_not_null());
        Ok(query.count().get_result(self.conn())?)
    }
}

impl Tx<'_> {
    /// Sets the content type that a status was written in.
    pub fn set_content_type(&mut self, id: StatusId, kind: ContentType) -> Result<()> {
        diesel::update(status_origins::table.find(id.0))
            .set(status_origins::content_type.eq(kind.as_str()))
            .execute(self.conn())?;
        Ok(())
    }

    /// Inserts a status or boost with its mentions. Returns whether it was new: a second one with the same
    /// object id, or a second boost by the same account, changes nothing.
    pub fn insert_status(&mut self, status: &Status, mentioned: &[AccountId]) -> Result<bool> {
        let row = StatusRow::from(status);
        let added = on_both!(self.conn(), |c| diesel::insert_into(statuses::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        if added == 0 {
            return Ok(false);
        }
        self.insert_mentions(status.id, mentioned)?;
        self.index_status(status)?;
        self.count_status(status, 1)?;
        Ok(true)
    }

    /// Adds mentions to a status. Silent recipients among them become mentioned.
    pub fn insert_mentions(&mut self, status: StatusId, mentioned: &[AccountId]) -> Result<()> {
        if mentioned.is_empty() {
            return Ok(());
        }
        let raw: Vec<i64> = mentioned.iter().map(|account| account.0).collect();
        let silent = mentions::table
            .filter(mentions::status_id.eq(status.0))
            .filter(mentions::silent.eq(true))
            .filter(mentions::account_id.eq_any(raw));
        diesel::update(silent).set(mentions::silent.eq(false)).execute(self.conn())?;
        for account in mentioned {
            let row = (mentions::status_id.eq(status.0), mentions::account_id.eq(account.0));
            on_both!(self.conn(), |c| diesel::insert_into(mentions::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c))?;
        }
        Ok(())
    }

    /// Replaces the mentions of a status; keeps its silent recipients.
    pub fn replace_mentions(&mut self, status: StatusId, mentioned: &[AccountId]) -> Result<()> {
        let old = mentions::table.filter(mentions::status_id.eq(status.0)).filter(mentions::silent.eq(false));
        diesel::delete(old).execute(self.conn())?;
        self.insert_mentions(status, mentioned)
    }

    /// Updates the counts of the author, the parent and the boosted status when a status is added (1) or
    /// deleted (-1).
    fn count_status(&mut self, status: &Status, by: i64) -> Result<()> {
        let (author, created) = (status.account_id.0, status.created_at.millis());
        let of_author = [
            "UPDATE accounts SET statuses_count = statuses_count + ",
            ", last_status_at = CASE WHEN ",
            " > 0 AND (last_status_at IS NULL OR last_status_at < ",
            ") THEN ",
            " ELSE last_status_at END WHERE id = ",
        ];
        FixedSql::new(&of_author, &[by, by, created, created, author]).execute(self.conn())?;
        if let Some(parent) = status.in_reply_to_id {
            let of_parent = ["UPDATE statuses SET replies_count = replies_count + ", " WHERE id = "];
            FixedSql::new(&of_parent, &[by, parent.0]).execute(self.conn())?;
        }
        if let Some(boosted) = status.boost_of {
            let of_boosted = ["UPDATE statuses SET reblogs_count = reblogs_count + ", " WHERE id = "];
            FixedSql::new(&of_boosted, &[by, boosted.0]).execute(self.conn())?;
        }
        Ok(())
    }

    /// Replaces the content of a status with that of `edited`, and adds its former version, with the former
    /// poll options, to the edit history.
    pub fn update_status(&mut self, former: &Status, poll_options: &[String], edited: &Status) -> Result<()> {
        let attached = self.media_of(former.id)?;
        let media: Vec<(MediaId, Option<String>)> =
            attached.into_iter().map(|media| (media.id, media.description)).collect();
        let version = StatusEditRow {
            id: self.next_id::<RelationId>().0,
            status_id: former.id.0,
            content: former.content.clone(),
            spoiler_text: former.spoiler_text.clone(),
            sensitive: former.sensitive,
            created_at: former.edited_at.unwrap_or(former.created_at).millis(),
            media: serde_json::to_string(&media).map_err(|_| Error::Corrupt { what: "media" })?,
            poll_options: serde_json::to_string(poll_options)
                .map_err(|_| Error::Corrupt { what: "poll options" })?,
        };
        on_both!(self.conn(), |c| diesel::insert_into(status_edits::table).values(&version).execute(c))?;
        diesel::update(statuses::table.find(edited.id.0))
            .set((
                statuses::content.eq(&edited.content),
                statuses::source.eq(&edited.source),
                statuses::spoiler_text.eq(&edited.spoiler_text),
                statuses::sensitive.eq(edited.sensitive),
                statuses::language.eq(&edited.language),
                statuses::edited_at.eq(edited.edited_at.map(Timestamp::millis)),
                statuses::emojis.eq(<String as Column<_>>::store(&edited.emojis)),
            ))
            .execute(self.conn())?;
        self.index_status(edited)
    }

    /// Deletes a status or boost with its dependent rows, and inserts a tombstone for its object id.
    pub fn delete_status(&mut self, status: &Status, actor_uri: &str) -> Result<()> {
        self.remove_from_conversations(status)?;
        let named = self.list_addressed(status.id)?;
        self.detach_media(status.id)?;
        self.detach_quotes(status.id)?;
        let gone = diesel::delete(statuses::table.find(status.id.0)).execute(self.conn())?;
        if gone > 0 {
            self.count_status(status, -1)?;
            let (id, author, reach, group) = (status.id, status.account_id, status.reach, status.group);
            self.publish(Live::Deleted { status: id, author, reach, named, group })?;
        }
        self.insert_tombstone(&status.uri, actor_uri)
    }

    /// Records that `actor_uri` deleted or undid an object, even if it never arrived.
    pub fn insert_tombstone(&mut self, uri: &str, actor_uri: &str) -> Result<()> {
        let older = tombstones::table.find(uri).filter(tombstones::actor_uri.eq(actor_uri));
        diesel::delete(older).execute(self.conn())?;
        let row = (
            tombstones::uri.eq(uri),
            tombstones::actor_uri.eq(actor_uri),
            tombstones::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(tombstones::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Assigns an idempotency key to a status. Returns false if the key was used within the last hour.
    pub fn insert_idempotent(&mut self, account: AccountId, key: &str, status: StatusId) -> Result<bool> {
        let row = (
            idempotency_keys::account_id.eq(account.0),
            idempotency_keys::key.eq(key),
            idempotency_keys::status_id.eq(status.0),
            idempotency_keys::created_at.eq(self.now().millis()),
        );
        let old = idempotency_keys::table
            .find((account.0, key))
            .filter(idempotency_keys::created_at.lt(self.now().plus_seconds(-3600).millis()));
        diesel::delete(old).execute(self.conn())?;
        let added = on_both!(self.conn(), |c| diesel::insert_into(idempotency_keys::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(added == 1)
    }

    /// Inserts a favourite, with the Like's id if it is remote. Returns its id if it was new.
    pub fn insert_favourite(
        &mut self,
        account: AccountId,
        status: StatusId,
        uri: Option<&str>,
    ) -> Result<Option<RelationId>> {
        let id: RelationId = self.next_id();
        let row = (
            favourites::id.eq(id.0),
            favourites::account_id.eq(account.0),
            favourites::status_id.eq(status.0),
            favourites::uri.eq(uri),
            favourites::created_at.eq(self.now().millis()),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(favourites::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        if added == 0 {
            return Ok(None);
        }
        self.count_favourites(status, 1)?;
        Ok(Some(id))
    }

    /// Deletes a favourite. Returns its former id if it existed.
    pub fn delete_favourite(&mut self, account: AccountId, status: StatusId) -> Result<Option<RelationId>> {
        let Some((id, _)) = self.find_favourite(account, status)? else { return Ok(None) };
        let gone = diesel::delete(favourites::table.find(id.0)).execute(self.conn())?;
        if gone == 0 {
            return Ok(None);
        }
        self.count_favourites(status, -1)?;
        Ok(Some(id))
    }

    fn count_favourites(&mut self, status: StatusId, by: i64) -> Result<()> {
        diesel::update(statuses::table.find(status.0))
            .set(statuses::favourites_count.eq(statuses::favourites_count + by))
            .execute(self.conn())?;
        Ok(())
    }

    /// Inserts a bookmark. Returns whether it was new.
    pub fn insert_bookmark(&mut self, account: AccountId, status: StatusId) -> Result<bool> {
        let row = (
            bookmarks::id.eq(self.next_id::<RelationId>().0),
            bookmarks::account_id.eq(account.0),
            bookmarks::status_id.eq(status.0),
            bookmarks::created_at.eq(self.now().millis()),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(bookmarks::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(added == 1)
    }

    /// Deletes a bookmark. Returns whether it existed.
    pub fn delete_bookmark(&mut self, account: AccountId, status: StatusId) -> Result<bool> {
        let found = bookmarks::table
            .filter(bookmarks::account_id.eq(account.0))
            .filter(bookmarks::status_id.eq(status.0));
        Ok(diesel::delete(found).execute(self.conn())? > 0)
    }

    /// Pins a status to its author's profile, or unpins it.
    pub fn set_pinned(&mut self, status: StatusId, at: Option<Timestamp>) -> Result<()> {
        diesel::update(statuses::table.find(status.0))
            .set(statuses::pinned_at.eq(at.map(Timestamp::millis)))
            .execute(self.conn())?;
        Ok(())
    }

    /// Links replies that arrived before their parent to it.
    pub fn attach_waiting_replies(&mut self, parent: &Status) -> Result<()> {
        let orphans = || {
            statuses::table
                .filter(statuses::in_reply_to_uri.eq(&parent.uri))
                .filter(statuses::in_reply_to_id.is_null())
                .filter(statuses::id.ne(parent.id.0))
        };
        // There is hardly ever one, and a check costs less than an update that changes nothing.
        if !on_both!(self.conn(), |c| diesel::select(exists(orphans())).get_result::<bool>(c))? {
            return Ok(());
        }
        let adopted = diesel::update(orphans())
            .set((
                statuses::in_reply_to_id.eq(parent.id.0),
                statuses::in_reply_to_account_id.eq(parent.account_id.0),
            ))
            .execute(self.conn())?;
        let adopted = i64::try_from(adopted).unwrap_or(0);
        if adopted > 0 {
            diesel::update(statuses::table.find(parent.id.0))
                .set(statuses::replies_count.eq(statuses::replies_count + adopted))
                .execute(self.conn())?;
        }
        Ok(())
    }
}
