//! Announcements, their dismissals and their reactions.

use std::collections::{HashMap, HashSet};

use crate::prelude::*;

use super::schema::{announcement_reactions, announcement_reads, announcements};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::announcement::{Announcement, AnnouncementView, Reaction};
use portico_domain::model::live::Live;
use portico_domain::model::{AccountId, AnnouncementId, Timestamp};

type AnnouncementRow = (i64, String, String, Option<i64>, Option<i64>, bool, i64, i64);

fn announcement(row: AnnouncementRow) -> Announcement {
    let (id, source, content, starts_at, ends_at, all_day, published_at, updated_at) = row;
    Announcement {
        id: AnnouncementId(id),
        source,
        content,
        starts_at: starts_at.map(Timestamp::from_millis),
        ends_at: ends_at.map(Timestamp::from_millis),
        all_day,
        published_at: Timestamp::from_millis(published_at),
        updated_at: Timestamp::from_millis(updated_at),
    }
}

impl Reader<'_> {
    /// Returns every announcement, newest first.
    pub fn list_announcements(&mut self) -> Result<Vec<Announcement>> {
        let rows: Vec<AnnouncementRow> =
            announcements::table.order(announcements::id.desc()).load(self.conn())?;
        Ok(rows.into_iter().map(announcement).collect())
    }

    /// Returns the announcement with this id.
    pub fn find_announcement(&mut self, id: AnnouncementId) -> Result<Option<Announcement>> {
        let row: Option<AnnouncementRow> = announcements::table.find(id.0).first(self.conn()).optional()?;
        Ok(row.map(announcement))
    }

    /// Builds the view of announcements for a viewer, in a fixed number of queries.
    pub fn announcements_for(
        &mut self,
        reader: Option<AccountId>,
        found: Vec<Announcement>,
    ) -> Result<Vec<AnnouncementView>> {
        let ids: Vec<i64> = found.iter().map(|one| one.id.0).collect();
        let reader = reader.map_or(0, |account| account.0);
        let read: HashSet<i64> = announcement_reads::table
            .filter(announcement_reads::account_id.eq(reader))
            .filter(announcement_reads::announcement_id.eq_any(&ids))
            .select(announcement_reads::announcement_id)
            .load::<i64>(self.conn())?
            .into_iter()
            .collect();
        let given: Vec<(i64, i64, String)> = announcement_reactions::table
            .filter(announcement_reactions::announcement_id.eq_any(&ids))
            .order((announcement_reactions::announcement_id, announcement_reactions::created_at))
            .select((
                announcement_reactions::announcement_id,
                announcement_reactions::account_id,
                announcement_reactions::name,
            ))
            .load(self.conn())?;
        let mut reactions: HashMap<i64, Vec<Reaction>> = HashMap::new();
        for (id, account, name) in given {
            let of = reactions.entry(id).or_default();
            match of.iter_mut().find(|reaction| reaction.name == name) {
                Some(reaction) => {
                    reaction.count += 1;
                    reaction.me |= account == reader;
                }
                None => of.push(Reaction { name, count: 1, me: account == reader }),
            }
        }
        let view = |announcement: Announcement| AnnouncementView {
            read: read.contains(&announcement.id.0),
            reactions: reactions.remove(&announcement.id.0).unwrap_or_default(),
            announcement,
        };
        Ok(found.into_iter().map(view).collect())
    }
}

impl Tx<'_> {
    /// Inserts or updates an announcement, and publishes it to open streams.
    pub fn put_announcement(&mut self, announcement: &Announcement) -> Result<()> {
        let row = (
            announcements::source.eq(&announcement.source),
            announcements::content.eq(&announcement.content),
            announcements::starts_at.eq(announcement.starts_at.map(Timestamp::millis)),
            announcements::ends_at.eq(announcement.ends_at.map(Timestamp::millis)),
            announcements::all_day.eq(announcement.all_day),
            announcements::published_at.eq(announcement.published_at.millis()),
            announcements::updated_at.eq(announcement.updated_at.millis()),
        );
        let there = announcements::table.find(announcement.id.0);
        if diesel::update(there).set(row).execute(self.conn())? == 0 {
            let row = (announcements::id.eq(announcement.id.0), row);
            on_both!(self.conn(), |c| diesel::insert_into(announcements::table).values(&row).execute(c))?;
        }
        self.publish(Live::Announced { announcement: announcement.id })
    }

    /// Deletes an announcement. Returns false if it does not exist.
    pub fn delete_announcement(&mut self, id: AnnouncementId) -> Result<bool> {
        let gone = diesel::delete(announcements::table.find(id.0)).execute(self.conn())? == 1;
        if gone {
            self.publish(Live::AnnouncementDeleted { announcement: id })?;
        }
        Ok(gone)
    }

    /// Records that an account has read an announcement.
    pub fn read_announcement(&mut self, id: AnnouncementId, reader: AccountId) -> Result<()> {
        let row = (announcement_reads::announcement_id.eq(id.0), announcement_reads::account_id.eq(reader.0));
        on_both!(self.conn(), |c| diesel::insert_into(announcement_reads::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Adds or removes an account's reaction to an announcement.
    pub fn react(&mut self, id: AnnouncementId, who: AccountId, name: &str, given: bool) -> Result<()> {
        let changed = if given {
            let row = (
                announcement_reactions::announcement_id.eq(id.0),
                announcement_reactions::account_id.eq(who.0),
                announcement_reactions::name.eq(name),
                announcement_reactions::created_at.eq(self.now().millis()),
            );
            on_both!(self.conn(), |c| diesel::insert_into(announcement_reactions::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c))?
        } else {
            diesel::delete(announcement_reactions::table.find((id.0, who.0, name))).execute(self.conn())?
        };
        if changed > 0 {
            self.publish(Live::AnnouncementReaction { announcement: id, name: name.to_owned() })?;
        }
        Ok(())
    }
}
