//! Followed and featured hashtags, and the recent usage of hashtags.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::prelude::*;
use diesel::dsl::{count_star, exists};

use super::connection::Db;
use super::schema::{featured_tags, status_tags, statuses, tag_follows, tags, users};
use super::timelines::cut;
use super::visible::{listable, visible};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::view::{FeaturedTagView, TagDay, TagView};
use portico_domain::model::{AccountId, RelationId, StatusId, Timestamp};
use portico_domain::policy::reach::Scope;

/// The number of days in the usage history of a hashtag.
pub(super) const DAYS: i64 = 7;
pub(super) const DAY: i64 = 86_400;
/// The maximum number of uses that are read: a bound on the work for a very common hashtag.
pub(super) const MOST_USES: i64 = 2_000;
/// The maximum number of followers of hashtags that get a post in their home timelines.
const MOST_FOLLOWERS: i64 = 1_000;

impl Reader<'_> {
    /// Builds the views of hashtags, in the order of the normalised names. Counts only uses that are visible
    /// to the viewer.
    pub fn tag_views(
        &mut self,
        viewer: Option<AccountId>,
        scope: &Scope,
        names: &[String],
    ) -> Result<Vec<TagView>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let known: Vec<(i64, String)> =
            tags::table.filter(tags::name.eq_any(names)).select((tags::id, tags::name)).load(self.conn())?;
        let ids: HashMap<String, i64> = known.into_iter().map(|(id, name)| (name, id)).collect();
        let raw: Vec<i64> = ids.values().copied().collect();
        let (followed, featured) = match viewer {
            Some(viewer) => self.tag_marks(viewer, &raw)?,
            None => Default::default(),
        };
        let mut uses = self.tag_uses(scope, &raw)?;
        let today = self.now().midnight();
        let view = |name: &String| {
            let id = ids.get(name).copied();
            let has = |set: &HashSet<i64>| id.is_some_and(|id| set.contains(&id));
            TagView {
                name: name.clone(),
                following: has(&followed),
                featuring: has(&featured),
                history: history(today, id.and_then(|id| uses.remove(&id)).unwrap_or_default()),
            }
        };
        Ok(names.iter().map(view).collect())
    }

    fn tag_marks(&mut self, viewer: AccountId, ids: &[i64]) -> Result<(HashSet<i64>, HashSet<i64>)> {
        let followed = tag_follows::table
            .filter(tag_follows::account_id.eq(viewer.0))
            .filter(tag_follows::tag_id.eq_any(ids))
            .select(tag_follows::tag_id);
        let followed = followed.load::<i64>(self.conn())?.into_iter().collect();
        let featured = featured_tags::table
            .filter(featured_tags::account_id.eq(viewer.0))
            .filter(featured_tags::tag_id.eq_any(ids))
            .select(featured_tags::tag_id);
        Ok((followed, featured.load::<i64>(self.conn())?.into_iter().collect()))
    }

    /// Returns the time and author of each use of these hashtags within the history.
    fn tag_uses(&mut self, scope: &Scope, ids: &[i64]) -> Result<HashMap<i64, Vec<(i64, i64)>>> {
        let since = self.now().midnight().plus_seconds(-(DAYS - 1) * DAY).millis();
        let tagged =
            status_tags::table.filter(status_tags::tag_id.eq_any(ids)).select(status_tags::status_id);
        let lately: Vec<(i64, i64, i64)> = statuses::table
            .filter(statuses::id.eq_any(tagged))
            .filter(statuses::created_at.ge(since))
            .filter(statuses::listed.eq(true))
            .filter(visible(scope, self.now()))
            .order(statuses::id.desc())
            .limit(MOST_USES)
            .select((statuses::id, statuses::created_at, statuses::account_id))
            .load(self.conn())?;
        let carried: Vec<(i64, i64)> = status_tags::table
            .filter(status_tags::status_id.eq_any(lately.iter().map(|(id, _, _)| *id).collect::<Vec<_>>()))
            .filter(status_tags::tag_id.eq_any(ids))
            .select((status_tags::tag_id, status_tags::status_id))
            .load(self.conn())?;
        let posted: HashMap<i64, (i64, i64)> =
            lately.into_iter().map(|(id, at, account)| (id, (at, account))).collect();
        let rows =
            carried.into_iter().filter_map(|(tag, id)| posted.get(&id).map(|(at, by)| (tag, *at, *by)));
        let mut uses: HashMap<i64, Vec<(i64, i64)>> = HashMap::new();
        for (tag, at, account) in rows {
            uses.entry(tag).or_default().push((at, account));
        }
        Ok(uses)
    }

    /// Returns the recently most used hashtags in statuses visible to the viewer; the number of accounts
    /// counts first.
    pub fn trending_tags(&mut self, scope: &Scope, limit: i64, offset: i64) -> Result<Vec<String>> {
        self.ranked_tags(scope, false, limit, offset)
    }

    /// Like [`trending_tags`](Self::trending_tags), including hashtags that moderators keep from trending.
    pub fn used_tags(&mut self, scope: &Scope, limit: i64, offset: i64) -> Result<Vec<String>> {
        self.ranked_tags(scope, true, limit, offset)
    }

    fn ranked_tags(
        &mut self,
        scope: &Scope,
        rejected_too: bool,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<String>> {
        let since = self.now().midnight().plus_seconds(-(DAYS - 1) * DAY).millis();
        let lately: Vec<(i64, i64)> = statuses::table
            .filter(statuses::created_at.ge(since))
            .filter(statuses::listed.eq(true))
            .filter(statuses::reblog_of.is_null())
            .filter(exists(status_tags::table.filter(status_tags::status_id.eq(statuses::id))))
            .filter(visible(scope, self.now()))
            .filter(listable(scope.viewer))
            .order(statuses::id.desc())
            .limit(MOST_USES)
            .select((statuses::id, statuses::account_id))
            .load(self.conn())?;
        let ids: Vec<i64> = lately.iter().map(|(id, _)| *id).collect();
        let carried: Vec<(i64, String)> = status_tags::table
            .inner_join(tags::table)
            .filter(status_tags::status_id.eq_any(ids))
            .filter(
                tags::trendable
                    .is_null()
                    .or(tags::trendable.assume_not_null().eq(true))
                    .or(rejected_too.into_sql::<diesel::sql_types::Bool>()),
            )
            .select((status_tags::status_id, tags::name))
            .load(self.conn())?;
        let authors: HashMap<i64, i64> = lately.into_iter().collect();
        let mut used: HashMap<String, (HashSet<i64>, usize)> = HashMap::new();
        for (status, name) in carried {
            let (people, uses) = used.entry(name).or_default();
            people.extend(authors.get(&status));
            *uses += 1;
        }
        let mut ranked: Vec<_> =
            used.into_iter().map(|(name, (people, uses))| (Reverse((people.len(), uses)), name)).collect();
        ranked.sort_unstable();
        let (skip, take) = (usize::try_from(offset).unwrap_or(0), usize::try_from(limit).unwrap_or(0));
        Ok(ranked.into_iter().skip(skip).take(take).map(|(_, name)| name).collect())
    }

    /// Returns a page of the hashtags that an account follows, paged by follow id.
    pub fn followed_tag_page(&mut self, me: AccountId, page: &PageRequest) -> Result<Page<String>> {
        let query = tag_follows::table
            .inner_join(tags::table)
            .filter(tag_follows::account_id.eq(me.0))
            .into_boxed::<Db>();
        let rows: Vec<(i64, String)> =
            cut!(query, tag_follows::id, page).select((tag_follows::id, tags::name)).load(self.conn())?;
        Ok(Page::from_rows(page, rows))
    }

    /// Counts the hashtags that an account follows, and those that it features.
    pub fn count_tags_of(&mut self, me: AccountId) -> Result<(i64, i64)> {
        let followed = tag_follows::table.filter(tag_follows::account_id.eq(me.0)).count();
        let followed = followed.get_result(self.conn())?;
        let featured = featured_tags::table.filter(featured_tags::account_id.eq(me.0)).count();
        Ok((followed, featured.get_result(self.conn())?))
    }

    /// Returns the featured hashtags of an account, each with its number of uses that are visible to the
    /// viewer.
    pub fn featured_tags_of(&mut self, scope: &Scope, account: AccountId) -> Result<Vec<FeaturedTagView>> {
        let rows: Vec<(i64, i64, String)> = featured_tags::table
            .inner_join(tags::table)
            .filter(featured_tags::account_id.eq(account.0))
            .order(featured_tags::id)
            .select((featured_tags::id, tags::id, tags::name))
            .load(self.conn())?;
        let ids: Vec<i64> = rows.iter().map(|(_, tag, _)| *tag).collect();
        let tagged =
            status_tags::table.filter(status_tags::tag_id.eq_any(&ids)).select(status_tags::status_id);
        let posted: Vec<(i64, i64)> = statuses::table
            .filter(statuses::account_id.eq(account.0))
            .filter(statuses::id.eq_any(tagged))
            .filter(visible(scope, self.now()))
            .order(statuses::id.desc())
            .limit(MOST_USES)
            .select((statuses::id, statuses::created_at))
            .load(self.conn())?;
        let carried: Vec<(i64, i64)> = status_tags::table
            .filter(status_tags::status_id.eq_any(posted.iter().map(|(id, _)| *id).collect::<Vec<_>>()))
            .filter(status_tags::tag_id.eq_any(&ids))
            .select((status_tags::tag_id, status_tags::status_id))
            .load(self.conn())?;
        let posted: HashMap<i64, i64> = posted.into_iter().collect();
        let mut counts: HashMap<i64, (i64, Option<i64>)> = HashMap::new();
        for (tag, status) in carried {
            let (count, last) = counts.entry(tag).or_default();
            *count += 1;
            *last = (*last).max(posted.get(&status).copied());
        }
        let view = |(id, tag, name): (i64, i64, String)| {
            let (statuses, last) = counts.get(&tag).copied().unwrap_or_default();
            FeaturedTagView {
                id: RelationId(id),
                name,
                statuses,
                last_status_at: last.map(Timestamp::from_millis),
            }
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Returns an account's most used hashtags that it does not feature.
    pub fn tags_to_feature(&mut self, account: AccountId, limit: i64) -> Result<Vec<String>> {
        let featured = featured_tags::table
            .filter(featured_tags::account_id.eq(account.0))
            .select(featured_tags::tag_id);
        let query = status_tags::table
            .inner_join(statuses::table)
            .inner_join(tags::table)
            .filter(statuses::account_id.eq(account.0))
            .filter(tags::id.ne_all(featured))
            .group_by(tags::name)
            .order((count_star().desc(), tags::name))
            .limit(limit)
            .select(tags::name);
        Ok(query.load(self.conn())?)
    }

    /// Returns the local accounts that follow a hashtag of this status.
    pub(super) fn tag_followers(&mut self, status: StatusId) -> Result<Vec<i64>> {
        let carried =
            status_tags::table.filter(status_tags::status_id.eq(status.0)).select(status_tags::tag_id);
        let query = tag_follows::table
            .inner_join(users::table.on(users::account_id.eq(tag_follows::account_id)))
            .filter(tag_follows::tag_id.eq_any(carried))
            .order(tag_follows::account_id)
            .limit(MOST_FOLLOWERS)
            .select(tag_follows::account_id)
            .distinct();
        Ok(query.load(self.conn())?)
    }
}

/// Groups uses by day, today first.
pub(super) fn history(today: Timestamp, uses: Vec<(i64, i64)>) -> Vec<TagDay> {
    let day = |back: i64| {
        let start = today.plus_seconds(-back * DAY);
        let end = start.plus_seconds(DAY);
        let within: Vec<&(i64, i64)> =
            uses.iter().filter(|(at, _)| (start.millis()..end.millis()).contains(at)).collect();
        let accounts: HashSet<i64> = within.iter().map(|(_, account)| *account).collect();
        TagDay { day: start, uses: within.len(), accounts: accounts.len() }
    };
    (0..DAYS).map(day).collect()
}

impl Tx<'_> {
    /// Follows or unfollows a hashtag.
    pub fn set_tag_follow(&mut self, me: AccountId, name: &str, follows: bool) -> Result<()> {
        let tag = self.tag_id(name)?;
        if !follows {
            let row = tag_follows::table
                .filter(tag_follows::account_id.eq(me.0))
                .filter(tag_follows::tag_id.eq(tag));
            diesel::delete(row).execute(self.conn())?;
            return Ok(());
        }
        let row = (
            tag_follows::id.eq(self.next_id::<RelationId>().0),
            tag_follows::account_id.eq(me.0),
            tag_follows::tag_id.eq(tag),
        );
        on_both!(self.conn(), |c| diesel::insert_into(tag_follows::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Features a hashtag on an account's profile. Returns whether it was new.
    pub fn insert_featured_tag(&mut self, me: AccountId, name: &str) -> Result<bool> {
        let tag = self.tag_id(name)?;
        let row = (
            featured_tags::id.eq(self.next_id::<RelationId>().0),
            featured_tags::account_id.eq(me.0),
            featured_tags::tag_id.eq(tag),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(featured_tags::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(added == 1)
    }

    /// Removes a featured hashtag from an account's profile, by its row id. Returns whether it existed.
    pub fn delete_featured_tag(&mut self, me: AccountId, id: RelationId) -> Result<bool> {
        let row = featured_tags::table.find(id.0).filter(featured_tags::account_id.eq(me.0));
        Ok(diesel::delete(row).execute(self.conn())? == 1)
    }

    /// Removes a featured hashtag from an account's profile, by its name.
    pub fn delete_featured_tag_named(&mut self, me: AccountId, name: &str) -> Result<()> {
        let tag = self.tag_id(name)?;
        let row = featured_tags::table
            .filter(featured_tags::account_id.eq(me.0))
            .filter(featured_tags::tag_id.eq(tag));
        diesel::delete(row).execute(self.conn())?;
        Ok(())
    }
}
