//! Trends: posts with many reactions, and links that many accounts post. Counted from a bounded number of new
//! posts, and only from posts that the viewer may see, so that the counts do not reveal hidden posts.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::prelude::*;

use super::rows::CardRow;
use super::schema::{cards, rejected_trends, status_cards, statuses};
use super::tag_follows::{DAY, DAYS, MOST_USES, history};
use super::timelines::{Origin, listed};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::card::Card;
use portico_domain::model::view::LinkView;
use portico_domain::model::{AccountId, CardId, IdMaker, StatusId, Timestamp};
use portico_domain::policy::reach::Scope;

/// The number of days that a post may trend.
const POST_DAYS: i64 = 3;
/// The maximum number of moderators' rejections that are read, newest first; their subjects trend for days
/// only.
const MOST_REJECTED: i64 = 1000;
/// The half-life of a reaction's weight, in hours.
const HALF_LIFE: f64 = 12.0;
const HOUR_MILLIS: f64 = 3_600_000.0;

impl Reader<'_> {
    /// Returns the posts with the most recent reactions that the viewer may see, without replies and posts
    /// with a content warning.
    pub fn trending_statuses(
        &mut self,
        me: Option<AccountId>,
        scope: &Scope,
        rejected_too: bool,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<StatusId>> {
        let now = self.now();
        type TrendRow = (i64, i64, i64, i64, i64);
        let since = now.plus_seconds(-POST_DAYS * DAY);
        let lately: Vec<TrendRow> = listed(scope, Origin::Any, self.now())
            .filter(statuses::id.ge(first_since(since)))
            .filter(statuses::created_at.ge(since.millis()))
            .filter(statuses::in_reply_to_uri.is_null())
            .filter(statuses::sensitive.eq(false))
            .filter(statuses::spoiler_text.eq(""))
            .filter(statuses::favourites_count.gt(0).or(statuses::reblogs_count.gt(0)))
            .order(statuses::id.desc())
            .limit(MOST_USES)
            .select((
                statuses::id,
                statuses::account_id,
                statuses::created_at,
                statuses::favourites_count,
                statuses::reblogs_count,
            ))
            .load(self.conn())?;
        let authors = lately.iter().map(|(_, author, ..)| *author).collect();
        let hidden = self.hidden_authors(me, authors)?;
        let score = |(_, _, at, favourites, boosts): &TrendRow| {
            let hours = (now.millis() - at).max(0) as f64 / HOUR_MILLIS;
            (favourites + 2 * boosts) as f64 * (-hours / HALF_LIFE).exp2()
        };
        let mut ranked: Vec<(f64, i64)> = lately
            .iter()
            .filter(|(_, author, ..)| !hidden.contains(author))
            .map(|row| (score(row), row.0))
            .collect();
        ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.cmp(&one.1)));
        if !rejected_too {
            let rejected = self.rejected_trends()?;
            let out: HashSet<i64> = statuses::table
                .filter(statuses::uri.eq_any(rejected))
                .select(statuses::id)
                .load::<i64>(self.conn())?
                .into_iter()
                .collect();
            ranked.retain(|(_, id)| !out.contains(id));
        }
        Ok(part(ranked, limit, offset).map(|(_, id)| StatusId(id)).collect())
    }

    /// Returns the links that most accounts posted lately, in posts that the viewer may see. Links to the
    /// same page count as one.
    pub fn trending_links(
        &mut self,
        me: Option<AccountId>,
        scope: &Scope,
        rejected_too: bool,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<LinkView>> {
        let today = self.now().midnight();
        let since = today.plus_seconds(-(DAYS - 1) * DAY);
        let carrying = status_cards::table
            .inner_join(cards::table)
            .filter(status_cards::status_id.ge(first_since(since)))
            .filter(cards::title.ne(""))
            .select(status_cards::status_id);
        let lately: Vec<(i64, i64, i64)> = listed(scope, Origin::Any, self.now())
            .filter(statuses::id.ge(first_since(since)))
            .filter(statuses::created_at.ge(since.millis()))
            .filter(statuses::id.eq_any(carrying))
            .order(statuses::id.desc())
            .limit(MOST_USES)
            .select((statuses::id, statuses::created_at, statuses::account_id))
            .load(self.conn())?;
        let hidden = self.hidden_authors(me, lately.iter().map(|(_, _, author)| *author).collect())?;
        let posted: HashMap<i64, (i64, i64)> = lately
            .into_iter()
            .filter(|(_, _, author)| !hidden.contains(author))
            .map(|(id, at, author)| (id, (at, author)))
            .collect();
        let rejected: HashSet<String> =
            if rejected_too { HashSet::new() } else { self.rejected_trends()?.into_iter().collect() };
        let mut ranked: Vec<_> = self
            .uses_of_pages(&posted)?
            .into_iter()
            .filter(|(page, _)| !rejected.contains(page))
            .map(|(page, (card, uses))| {
                let people: HashSet<i64> = uses.iter().map(|(_, author)| *author).collect();
                (Reverse((people.len(), uses.len())), page, card, uses)
            })
            .collect();
        ranked.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
        let shown: Vec<_> = part(ranked, limit, offset).collect();
        let wanted: Vec<i64> = shown.iter().map(|(_, _, card, _)| *card).collect();
        let rows: Vec<CardRow> =
            cards::table.filter(cards::id.eq_any(wanted)).select(CardRow::as_select()).load(self.conn())?;
        let mut known: HashMap<i64, Card> = rows.into_iter().map(|row| (row.id, row.into())).collect();
        let view = |(_, page, card, uses)| {
            let mut card = known.remove(&card)?;
            card.url = page;
            Some(LinkView { card, history: history(today, uses) })
        };
        Ok(shown.into_iter().filter_map(view).collect())
    }

    /// Returns the linked pages of posts, each with one of its cards, and the time and author of each use.
    #[expect(clippy::type_complexity, reason = "read at once by the one caller")]
    fn uses_of_pages(
        &mut self,
        posted: &HashMap<i64, (i64, i64)>,
    ) -> Result<HashMap<String, (i64, Vec<(i64, i64)>)>> {
        let carried: Vec<(i64, i64, String)> = status_cards::table
            .inner_join(cards::table)
            .filter(status_cards::status_id.eq_any(posted.keys().copied().collect::<Vec<_>>()))
            .order(status_cards::status_id)
            .select((status_cards::status_id, cards::id, cards::page_url))
            .load(self.conn())?;
        let mut pages: HashMap<String, (i64, Vec<(i64, i64)>)> = HashMap::new();
        for (status, card, page) in carried {
            let uses = &mut pages.entry(page).or_insert((card, Vec::new())).1;
            uses.extend(posted.get(&status));
        }
        Ok(pages)
    }
}

impl Reader<'_> {
    /// Returns the latest rejections by moderators: object ids of posts and URLs of pages.
    fn rejected_trends(&mut self) -> Result<Vec<String>> {
        let query = rejected_trends::table
            .order(rejected_trends::created_at.desc())
            .limit(MOST_REJECTED)
            .select(rejected_trends::subject);
        Ok(query.load(self.conn())?)
    }

    /// Returns the link of a card, with its usage in posts that the viewer may see.
    pub fn link_of_card(&mut self, me: AccountId, scope: &Scope, id: CardId) -> Result<Option<LinkView>> {
        let row: Option<CardRow> =
            cards::table.find(id.0).select(CardRow::as_select()).first(self.conn()).optional()?;
        let Some(card) = row.map(Card::from).filter(Card::is_shown) else { return Ok(None) };
        let page = card.facts.page_url.clone();
        let used = self.trending_links(Some(me), scope, true, MOST_USES, 0)?;
        let history = match used.into_iter().find(|link| link.card.url == page) {
            Some(link) => link.history,
            None => history(self.now().midnight(), Vec::new()),
        };
        Ok(Some(LinkView { card: Card { url: page, ..card }, history }))
    }
}

impl Tx<'_> {
    /// Keeps a post (by object id) or a page (by URL) from trending, or lifts that.
    pub fn set_trend_rejected(&mut self, subject: &str, rejected: bool) -> Result<()> {
        diesel::delete(rejected_trends::table.find(subject)).execute(self.conn())?;
        if rejected {
            let row =
                (rejected_trends::subject.eq(subject), rejected_trends::created_at.eq(self.now().millis()));
            on_both!(self.conn(), |c| diesel::insert_into(rejected_trends::table).values(&row).execute(c))?;
        }
        Ok(())
    }
}

/// Returns the lowest id of a status of this moment or later: ids rise with time, so that only the window is
/// read, however many posts there are.
fn first_since(moment: Timestamp) -> i64 {
    IdMaker::at(moment, 0).0
}

/// Returns the part of a ranking that a page shows.
fn part<T>(ranked: Vec<T>, limit: i64, offset: i64) -> impl Iterator<Item = T> {
    let (skip, take) = (usize::try_from(offset).unwrap_or(0), usize::try_from(limit).unwrap_or(0));
    ranked.into_iter().skip(skip).take(take)
}
