//! Link preview cards, and the cards of statuses.

use std::collections::HashMap;

use crate::prelude::*;
use diesel::dsl::{exists, not};

use super::rows::CardRow;
use super::schema::{cards, status_cards, statuses};
use super::timelines::{Origin, cut, listed};
use super::{CardFetch, Reader, Result, Tx, on_both};
use portico_domain::model::card::Card;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, CardId, StatusId, Timestamp};
use portico_domain::policy::reach::Scope;

impl Reader<'_> {
    /// Returns the cards of these statuses, by status, in one query. Leaves out cards without a title.
    pub(super) fn cards_of(&mut self, statuses: &[i64]) -> Result<HashMap<i64, Card>> {
        let rows: Vec<(i64, CardRow)> = status_cards::table
            .inner_join(cards::table)
            .filter(status_cards::status_id.eq_any(statuses))
            .filter(cards::title.ne(""))
            .select((status_cards::status_id, CardRow::as_select()))
            .load(self.conn())?;
        Ok(rows.into_iter().map(|(status, row)| (status, row.into())).collect())
    }

    /// Returns the card of a normalised link, even if it has nothing to show.
    pub fn find_card(&mut self, url: &str) -> Result<Option<Card>> {
        let query = cards::table.filter(cards::url.eq(url)).select(CardRow::as_select());
        Ok(query.first(self.conn()).optional()?.map(Card::from))
    }

    /// Returns a page of the listed statuses that link to a page and that the viewer may see. A page is
    /// identified by each link to it and by its own canonical address.
    pub fn link_page(
        &mut self,
        me: Option<AccountId>,
        scope: &Scope,
        url: &str,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        let known = self.find_card(url)?;
        let page_url = known.map_or_else(|| url.to_owned(), |card| card.facts.page_url);
        let linking = || {
            let of = cards::page_url.eq(&page_url).or(cards::url.eq(url));
            status_cards::table.inner_join(cards::table).filter(of).select(status_cards::status_id)
        };
        self.fill(me, scope, page, |reader, page| {
            let query = listed(scope, Origin::Any, reader.now()).filter(statuses::id.eq_any(linking()));
            let query = cut!(query, statuses::id, page).select((statuses::id, statuses::id));
            Ok(query.load::<(i64, i64)>(reader.conn())?)
        })
    }
}

impl Tx<'_> {
    /// Inserts or replaces the card of a link. Returns its id.
    pub fn save_card(&mut self, card: &Card) -> Result<CardId> {
        let row = CardRow::from(card);
        let added = on_both!(self.conn(), |c| diesel::insert_into(cards::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        if added == 1 {
            return Ok(card.id);
        }
        let known: Option<(i64, Option<String>)> = cards::table
            .filter(cards::url.eq(&card.url))
            .select((cards::id, cards::image_key))
            .first(self.conn())
            .optional()?;
        let Some((id, image_key)) = known else { return Err(super::Error::Busy) };
        if let Some(key) = image_key.filter(|key| row.image_key.as_ref() != Some(key)) {
            self.trash_file(&key, self.now())?;
        }
        diesel::update(cards::table.find(id)).set(&CardRow { id, ..row }).execute(self.conn())?;
        Ok(CardId(id))
    }

    /// Records a repeated fetch of a page that failed.
    pub fn touch_card(&mut self, id: CardId) -> Result<()> {
        let now = self.now().millis();
        diesel::update(cards::table.find(id.0)).set(cards::fetched_at.eq(now)).execute(self.conn())?;
        Ok(())
    }

    /// Sets or removes the card of a status. Returns whether that changes anything.
    pub fn set_status_card(&mut self, status: StatusId, card: Option<CardId>) -> Result<bool> {
        let known: Option<i64> =
            status_cards::table.find(status.0).select(status_cards::card_id).first(self.conn()).optional()?;
        if known == card.map(|card| card.0) {
            return Ok(false);
        }
        diesel::delete(status_cards::table.find(status.0)).execute(self.conn())?;
        if let Some(card) = card {
            let row = (status_cards::status_id.eq(status.0), status_cards::card_id.eq(card.0));
            on_both!(self.conn(), |c| diesel::insert_into(status_cards::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c))?;
        }
        Ok(true)
    }

    /// Schedules the lookup of a status's link.
    pub fn enqueue_card(&mut self, status: StatusId, at: Timestamp) -> Result<()> {
        self.enqueue_at(&CardFetch { status }, at)
    }

    /// Deletes cards that no status uses and that were last fetched before `cutoff`. Returns their number.
    pub fn delete_unused_cards(&mut self, cutoff: Timestamp) -> Result<usize> {
        let used = status_cards::table.filter(status_cards::card_id.eq(cards::id));
        let unused = cards::table.filter(cards::fetched_at.lt(cutoff.millis())).filter(not(exists(used)));
        Ok(diesel::delete(unused).execute(self.conn())?)
    }
}
