//! Pages of statuses: home, public, hashtag, account, favourites, bookmarks and threads; and the fan-out
//! into home timelines.
//!
//! A page is never cut short by what the viewer may not see: candidates are read in chunks until the page
//! is full or the source is dry, since clients take a short page for the end.

use std::collections::{HashMap, HashSet};

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::connection::Db;
use super::lists::kept_to_lists;
use super::schema::{
    blocks, bookmarks, favourites, follows, home_timeline, media_attachments, mentions, mutes, status_tags,
    statuses, tags, users,
};
use super::visible::{listable, visible};
use super::{Reader, Result, Tx, on_both};
use crate::model::page::{Page, PageRequest};
use crate::model::status::Status;
use crate::model::{AccountId, Reach, StatusId, Timestamp};
use crate::policy::reach::Scope;

/// How many chunks one page may take: a bound on the work, far above what real lists need.
const CHUNKS: usize = 10;
/// How many followers get a new status in the author's own transaction; more are left to a job.
pub const FAN_OUT_CHUNK: i64 = 500;
/// How many entries a home timeline keeps.
const HOME_LENGTH: i64 = 800;
/// How many of an author's newest statuses a new follower finds at home.
const BACKFILL: i64 = 20;
/// How many statuses of a thread are shown on either side.
const ANCESTORS: usize = 40;
const DESCENDANTS: i64 = 400;

/// Which authors a timeline lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Origin {
    /// Everybody's.
    #[default]
    Any,
    /// This instance's.
    Local,
    /// Other hosts'.
    Remote,
}

/// Hashtags that a timeline asks for; names are normalised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagFilter {
    /// At least one of these.
    pub any: Vec<String>,
    /// And each of these.
    pub all: Vec<String>,
    /// And none of these.
    pub none: Vec<String>,
    /// Only statuses with media.
    pub only_media: bool,
}

/// Which of an account's statuses are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountFilter {
    /// No answers to others.
    pub exclude_replies: bool,
    /// No boosts.
    pub exclude_boosts: bool,
    /// Only pinned ones.
    pub pinned: bool,
    /// Only those with this hashtag.
    pub tagged: Option<String>,
    /// Only those with media.
    pub only_media: bool,
}

/// A candidate for a page: the cursor it is cut by, and the status.
type Candidate = (i64, i64);

/// Applies the bounds, order and length of a page to a query over one id column.
macro_rules! cut {
    ($query:expr, $id:expr, $page:expr) => {{
        let mut query = $query;
        if let Some(max) = $page.max_id {
            query = query.filter($id.lt(max));
        }
        if let Some(lower) = $page.lower() {
            query = query.filter($id.gt(lower));
        }
        if $page.is_ascending() {
            query.order($id.asc()).limit($page.limit)
        } else {
            query.order($id.desc()).limit($page.limit)
        }
    }};
}
pub(super) use cut;

impl Reader<'_> {
    /// A page of `me`'s home timeline.
    pub fn home_page(&mut self, me: AccountId, scope: &Scope, page: &PageRequest) -> Result<Page<StatusId>> {
        self.fill(Some(me), scope, page, |reader, page| {
            let home = home_timeline::table
                .filter(home_timeline::account_id.eq(me.0))
                .filter(home_timeline::author_id.ne_all(kept_to_lists(me.0)))
                .into_boxed::<Db>();
            let id = home_timeline::status_id;
            Ok(cut!(home, id, page).select((id, id)).load(reader.conn())?)
        })
    }

    /// A page of what the viewer may see of everybody's listed statuses, without boosts and without
    /// answers to others.
    pub fn public_page(
        &mut self,
        me: Option<AccountId>,
        scope: &Scope,
        origin: Origin,
        only_media: bool,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        self.fill(me, scope, page, |reader, page| {
            // An answer to oneself is a thread; an answer to what we do not have has no known author.
            let answered = statuses::in_reply_to_account_id;
            let thread = answered.is_not_null().and(answered.assume_not_null().eq(statuses::account_id));
            let mut listed =
                listed(scope, origin, reader.now()).filter(statuses::in_reply_to_uri.is_null().or(thread));
            if only_media {
                listed = listed.filter(exists(attached()));
            }
            Ok(cut!(listed, statuses::id, page).select((statuses::id, statuses::id)).load(reader.conn())?)
        })
    }

    /// A page of what the viewer may see of the listed statuses with hashtags.
    pub fn tag_page(
        &mut self,
        me: Option<AccountId>,
        scope: &Scope,
        filter: &TagFilter,
        origin: Origin,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        self.fill(me, scope, page, |reader, page| {
            let mut query =
                listed(scope, origin, reader.now()).filter(statuses::id.eq_any(tagged(&filter.any)));
            if filter.only_media {
                query = query.filter(exists(attached()));
            }
            for name in &filter.all {
                query = query.filter(statuses::id.eq_any(tagged(std::slice::from_ref(name))));
            }
            if !filter.none.is_empty() {
                query = query.filter(statuses::id.ne_all(tagged(&filter.none)));
            }
            Ok(cut!(query, statuses::id, page).select((statuses::id, statuses::id)).load(reader.conn())?)
        })
    }

    /// A page of what the viewer may see of one account's statuses and boosts.
    pub fn account_page(
        &mut self,
        scope: &Scope,
        account: AccountId,
        filter: &AccountFilter,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        // On a profile page mutes do not count: the viewer asked for it.
        self.fill(None, scope, page, |reader, page| {
            let mut query = statuses::table
                .filter(statuses::account_id.eq(account.0))
                .filter(visible(scope, reader.now()))
                .into_boxed::<Db>();
            if filter.exclude_replies {
                let own_thread = statuses::in_reply_to_account_id.eq(account.0);
                query = query.filter(statuses::in_reply_to_uri.is_null().or(own_thread.assume_not_null()));
            }
            if filter.exclude_boosts {
                query = query.filter(statuses::reblog_of.is_null());
            }
            if filter.pinned {
                query = query.filter(statuses::pinned_at.is_not_null());
            }
            if filter.only_media {
                query = query.filter(exists(attached()));
            }
            if let Some(name) = &filter.tagged {
                query = query.filter(statuses::id.eq_any(tagged(std::slice::from_ref(name))));
            }
            Ok(cut!(query, statuses::id, page).select((statuses::id, statuses::id)).load(reader.conn())?)
        })
    }

    /// A page of what `me` has favourited; cut by the favourites' ids.
    pub fn favourites_page(
        &mut self,
        me: AccountId,
        scope: &Scope,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        self.fill(Some(me), scope, page, |reader, page| {
            let mine = favourites::table.filter(favourites::account_id.eq(me.0)).into_boxed::<Db>();
            let query = cut!(mine, favourites::id, page).select((favourites::id, favourites::status_id));
            Ok(query.load(reader.conn())?)
        })
    }

    /// A page of what `me` has bookmarked; cut by the bookmarks' ids.
    pub fn bookmarks_page(
        &mut self,
        me: AccountId,
        scope: &Scope,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        self.fill(Some(me), scope, page, |reader, page| {
            let mine = bookmarks::table.filter(bookmarks::account_id.eq(me.0)).into_boxed::<Db>();
            let query = cut!(mine, bookmarks::id, page).select((bookmarks::id, bookmarks::status_id));
            Ok(query.load(reader.conn())?)
        })
    }

    /// A page of who favourited a status; cut by the favourites' ids.
    pub fn favourited_by(&mut self, status: StatusId, page: &PageRequest) -> Result<Page<AccountId>> {
        let query = favourites::table.filter(favourites::status_id.eq(status.0)).into_boxed::<Db>();
        let rows: Vec<Candidate> = cut!(query, favourites::id, page)
            .select((favourites::id, favourites::account_id))
            .load(self.conn())?;
        Ok(Page::of(page, rows.into_iter().map(|(id, account)| (id, AccountId(account))).collect()))
    }

    /// A page of who boosted a status; cut by the boosts' ids.
    pub fn boosted_by(&mut self, status: StatusId, page: &PageRequest) -> Result<Page<AccountId>> {
        let query = statuses::table.filter(statuses::reblog_of.eq(status.0)).into_boxed::<Db>();
        let rows: Vec<Candidate> =
            cut!(query, statuses::id, page).select((statuses::id, statuses::account_id)).load(self.conn())?;
        Ok(Page::of(page, rows.into_iter().map(|(id, account)| (id, AccountId(account))).collect()))
    }

    /// What a status answers, the oldest first, as far as the viewer may see.
    pub fn ancestors(&mut self, scope: &Scope, status: &Status) -> Result<Vec<StatusId>> {
        let mut chain = Vec::new();
        let mut next = status.in_reply_to_id.map(|id| id.0);
        while let Some(id) = next.filter(|id| chain.len() < ANCESTORS && !chain.contains(id)) {
            chain.push(id);
            let parent = statuses::table.find(id).select(statuses::in_reply_to_id);
            next = parent.first::<Option<i64>>(self.conn()).optional()?.flatten();
        }
        let seen = self.visible_among(scope, &chain)?;
        Ok(chain.into_iter().rev().filter(|id| seen.contains(id)).map(StatusId).collect())
    }

    /// What answers a status, depth first, its author's own answers before others', as far as the viewer
    /// may see. An answer to something the viewer may not see is still shown, below what is left of the
    /// thread.
    pub fn descendants(&mut self, scope: &Scope, status: &Status) -> Result<Vec<StatusId>> {
        let mut children: HashMap<i64, Vec<(bool, i64)>> = HashMap::new();
        let mut level = vec![(status.id.0, status.account_id.0)];
        let mut left = DESCENDANTS;
        while !level.is_empty() && left > 0 {
            let authors: HashMap<i64, i64> = level.iter().copied().collect();
            let parents: Vec<i64> = authors.keys().copied().collect();
            let rows: Vec<(i64, i64, Option<i64>)> = statuses::table
                .filter(statuses::in_reply_to_id.eq_any(parents))
                .filter(visible(scope, self.now()))
                .order(statuses::id)
                .limit(left)
                .select((statuses::id, statuses::account_id, statuses::in_reply_to_id))
                .load(self.conn())?;
            left -= i64::try_from(rows.len()).unwrap_or(left);
            level = rows.iter().map(|(id, author, _)| (*id, *author)).collect();
            for (id, author, parent) in rows {
                let parent = parent.unwrap_or(status.id.0);
                let others = authors.get(&parent) != Some(&author);
                children.entry(parent).or_default().push((others, id));
            }
        }
        Ok(depth_first(status.id.0, children))
    }

    /// Those of some statuses that the viewer may see, in their order.
    pub fn those_visible(&mut self, scope: &Scope, ids: &[StatusId]) -> Result<Vec<StatusId>> {
        let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let seen = if raw.is_empty() { HashSet::new() } else { self.visible_among(scope, &raw)? };
        Ok(ids.iter().copied().filter(|id| seen.contains(&id.0)).collect())
    }

    /// Which of these statuses the viewer may see.
    pub(super) fn visible_among(&mut self, scope: &Scope, ids: &[i64]) -> Result<HashSet<i64>> {
        let query = statuses::table
            .filter(statuses::id.eq_any(ids))
            .filter(visible(scope, self.now()))
            .select(statuses::id);
        Ok(query.load::<i64>(self.conn())?.into_iter().collect())
    }

    /// Those of these statuses that are in `scope`, in the order they came; a boost only together with what
    /// it boosts. Takes two queries.
    pub fn visible_whole(&mut self, scope: &Scope, ids: &[StatusId]) -> Result<Vec<StatusId>> {
        let candidates = ids.iter().map(|id| (id.0, id.0)).collect();
        Ok(self.keep(None, scope, candidates)?.into_iter().map(|(_, id)| id).collect())
    }

    /// Fills a page from `source`, leaving out what the viewer may not see, and what comes from accounts
    /// that `hiding_for` blocks or mutes.
    pub(super) fn fill(
        &mut self,
        hiding_for: Option<AccountId>,
        scope: &Scope,
        page: &PageRequest,
        mut source: impl FnMut(&mut Self, &PageRequest) -> Result<Vec<Candidate>>,
    ) -> Result<Page<StatusId>> {
        let wanted = usize::try_from(page.limit).unwrap_or(0);
        let mut kept: Vec<(i64, StatusId)> = Vec::new();
        let mut next = *page;
        for _ in 0..CHUNKS {
            let candidates = source(self, &next)?;
            let dry = candidates.len() < wanted;
            let last = candidates.last().map(|(cursor, _)| *cursor);
            kept.extend(self.keep(hiding_for, scope, candidates)?);
            if kept.len() >= wanted || dry {
                break;
            }
            if next.is_ascending() {
                next.min_id = last;
            } else {
                next.max_id = last;
            }
        }
        kept.truncate(wanted);
        Ok(Page::of(page, kept))
    }

    /// The candidates that the viewer may see, in their order.
    fn keep(
        &mut self,
        hiding_for: Option<AccountId>,
        scope: &Scope,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<(i64, StatusId)>> {
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<i64> = candidates.iter().map(|(_, id)| *id).collect();
        let rows: Vec<(i64, i64, Option<i64>)> = statuses::table
            .filter(statuses::id.eq_any(&ids))
            .select((statuses::id, statuses::account_id, statuses::reblog_of))
            .load(self.conn())?;
        let boosted: Vec<i64> = rows.iter().filter_map(|(_, _, of)| *of).collect();
        let mut authors: HashMap<i64, i64> = rows.iter().map(|(id, author, _)| (*id, *author)).collect();
        if !boosted.is_empty() {
            let inner: Vec<(i64, i64)> = statuses::table
                .filter(statuses::id.eq_any(&boosted))
                .select((statuses::id, statuses::account_id))
                .load(self.conn())?;
            authors.extend(inner);
        }
        let all: Vec<i64> = authors.keys().copied().collect();
        let seen = self.visible_among(scope, &all)?;
        let hidden = self.hidden_authors(hiding_for, authors.values().copied().collect())?;
        let shown = |id: &i64| seen.contains(id) && authors.get(id).is_some_and(|a| !hidden.contains(a));
        let boosts: HashMap<i64, Option<i64>> = rows.into_iter().map(|(id, _, of)| (id, of)).collect();
        let whole = |id: &i64| match boosts.get(id) {
            Some(Some(of)) => shown(id) && shown(of),
            Some(None) => shown(id),
            None => false,
        };
        Ok(candidates.into_iter().filter(|(_, id)| whole(id)).map(|(c, id)| (c, StatusId(id))).collect())
    }

    /// Which of these accounts the viewer blocks or mutes.
    pub(super) fn hidden_authors(
        &mut self,
        viewer: Option<AccountId>,
        authors: HashSet<i64>,
    ) -> Result<HashSet<i64>> {
        let Some(viewer) = viewer else { return Ok(HashSet::new()) };
        let authors: Vec<i64> = authors.into_iter().filter(|author| *author != viewer.0).collect();
        let now = self.now().millis();
        let blocked = blocks::table
            .filter(blocks::account_id.eq(viewer.0))
            .filter(blocks::target_id.eq_any(&authors))
            .select(blocks::target_id);
        let mut hidden: HashSet<i64> = blocked.load::<i64>(self.conn())?.into_iter().collect();
        let muted = mutes::table
            .filter(mutes::account_id.eq(viewer.0))
            .filter(mutes::target_id.eq_any(&authors))
            .filter(mutes::expires_at.is_null().or(mutes::expires_at.gt(now)))
            .select(mutes::target_id);
        hidden.extend(muted.load::<i64>(self.conn())?);
        hidden.extend(self.shunned_among(viewer, &authors)?);
        Ok(hidden)
    }
}

/// Listed statuses of an origin that the viewer may see; no boosts, and nothing for chosen people only.
pub(super) fn listed<'a>(scope: &'a Scope, origin: Origin, now: Timestamp) -> statuses::BoxedQuery<'a, Db> {
    let organisational: Vec<&str> =
        Reach::ALL.iter().filter(|reach| reach.is_organisational()).map(|reach| reach.as_str()).collect();
    let query = statuses::table
        .filter(statuses::listed.eq(true))
        .filter(statuses::reblog_of.is_null())
        .filter(statuses::reach.eq_any(organisational))
        .filter(visible(scope, now))
        .filter(listable(scope.viewer))
        .into_boxed::<Db>();
    match origin {
        Origin::Any => query,
        Origin::Local => query.filter(statuses::local.eq(true)),
        Origin::Remote => query.filter(statuses::local.eq(false)),
    }
}

/// The ids of statuses with one of these hashtags.
#[diesel::dsl::auto_type(no_type_alias)]
fn tagged<'a>(names: &'a [String]) -> _ {
    status_tags::table.inner_join(tags::table).filter(tags::name.eq_any(names)).select(status_tags::status_id)
}

/// The media of the status that the query around this one is about.
#[diesel::dsl::auto_type(no_type_alias)]
fn attached() -> _ {
    media_attachments::table.filter(media_attachments::status_id.eq(statuses::id.nullable()))
}

/// Lays out a tree of answers: each before its own answers, own answers of the author first.
fn depth_first(root: i64, mut children: HashMap<i64, Vec<(bool, i64)>>) -> Vec<StatusId> {
    let mut laid = Vec::new();
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        if id != root {
            laid.push(StatusId(id));
        }
        let mut below = children.remove(&id).unwrap_or_default();
        below.sort_unstable();
        stack.extend(below.into_iter().rev().map(|(_, child)| child));
    }
    laid
}

impl Tx<'_> {
    /// Puts a new status into the home timelines it belongs in: the author's, and those of local
    /// followers; only those whom it names if it is direct. Does one chunk of the followers, those after
    /// `after`; answers where to go on, if there are more.
    ///
    /// An answer shows only to followers who follow the answered account too; a boost only to those who
    /// want the booster's boosts.
    pub fn fan_out(&mut self, status: &Status, after: Option<AccountId>) -> Result<Option<AccountId>> {
        if after.is_none() {
            if status.local {
                self.insert_home(status.account_id, status)?;
            }
            // Whoever it is addressed to gets it, whether or not they follow its author.
            if status.addressed {
                let here = self.silent_here(status.id)?;
                self.insert_homes(&here, status)?;
            }
            // Whoever follows a hashtag gets what is listed; what they may not see is left out on reading.
            if status.listed && status.reblog_of.is_none() {
                let followers = self.tag_followers(status.id)?;
                self.insert_homes(&followers, status)?;
            }
        }
        let last = self.chunk_end(status, after)?;
        let mut followers = follows::table
            .inner_join(users::table.on(users::account_id.eq(follows::account_id)))
            .filter(follows::target_id.eq(status.account_id.0))
            .filter(follows::accepted.eq(true))
            .filter(follows::account_id.gt(after.map_or(0, |id| id.0)))
            .select(follows::account_id)
            .into_boxed::<Db>();
        if let Some(last) = last {
            followers = followers.filter(follows::account_id.le(last.0));
        }
        if status.reblog_of.is_some() {
            followers = followers.filter(follows::show_reblogs.eq(true));
        }
        if let Some(language) = &status.language {
            // Tags are of letters, digits and hyphens, with spaces between them.
            let words = diesel::dsl::sql::<diesel::sql_types::Text>(
                "(' ' || COALESCE(follows.languages, '') || ' ')",
            );
            let wanted = words.like(format!("% {language} %"));
            followers = followers.filter(follows::languages.is_null().or(wanted));
        }
        if status.reach == Reach::Direct {
            let named =
                mentions::table.filter(mentions::status_id.eq(status.id.0)).select(mentions::account_id);
            followers = followers.filter(follows::account_id.eq_any(named));
        }
        if let Some(answered) = status.in_reply_to_account_id.filter(|id| *id != status.account_id) {
            let others = diesel::alias!(follows as others);
            let knows_both = others
                .filter(others.field(follows::account_id).eq(follows::account_id))
                .filter(others.field(follows::target_id).eq(answered.0))
                .filter(others.field(follows::accepted).eq(true));
            followers = followers.filter(exists(knows_both).or(follows::account_id.eq(answered.0)));
        }
        if let (Reach::Group, Some(group)) = (status.reach, status.group) {
            let fellows = diesel::alias!(follows as fellows);
            let belongs = fellows
                .filter(fellows.field(follows::account_id).eq(follows::account_id))
                .filter(fellows.field(follows::target_id).eq(group.0))
                .filter(fellows.field(follows::accepted).eq(true));
            followers = followers.filter(exists(belongs));
        }
        let mut receivers: Vec<i64> = followers.load(self.conn())?;
        if let Some(passed_on) = status.reblog_of.filter(|_| status.group == Some(status.account_id)) {
            // Whoever has the post itself at home needs no second one by the group's hand.
            let with = home_timeline::table
                .filter(home_timeline::status_id.eq(passed_on.0))
                .filter(home_timeline::account_id.eq_any(&receivers))
                .select(home_timeline::account_id);
            let with: HashSet<i64> = with.load::<i64>(self.conn())?.into_iter().collect();
            receivers.retain(|account| !with.contains(account));
        }
        self.insert_homes(&receivers, status)?;
        Ok(last)
    }

    /// The last follower of the chunk after `after`, if the chunk is full.
    fn chunk_end(&mut self, status: &Status, after: Option<AccountId>) -> Result<Option<AccountId>> {
        let query = follows::table
            .filter(follows::target_id.eq(status.account_id.0))
            .filter(follows::account_id.gt(after.map_or(0, |id| id.0)))
            .order(follows::account_id)
            .offset(FAN_OUT_CHUNK - 1)
            .limit(1)
            .select(follows::account_id);
        Ok(query.first::<i64>(self.conn()).optional()?.map(AccountId))
    }

    pub(super) fn insert_homes(&mut self, receivers: &[i64], status: &Status) -> Result<()> {
        if receivers.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = receivers
            .iter()
            .map(|account| {
                (
                    home_timeline::account_id.eq(*account),
                    home_timeline::status_id.eq(status.id.0),
                    home_timeline::author_id.eq(status.account_id.0),
                )
            })
            .collect();
        on_both!(self.conn(), |c| diesel::insert_into(home_timeline::table)
            .values(&rows)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Puts a status into one home timeline.
    pub fn insert_home(&mut self, account: AccountId, status: &Status) -> Result<()> {
        self.insert_homes(&[account.0], status)
    }

    /// Gives a new follower the author's newest statuses at home. What they may not see is left out when
    /// the timeline is read.
    pub fn backfill_home(&mut self, follower: AccountId, author: AccountId) -> Result<()> {
        let newest: Vec<i64> = statuses::table
            .filter(statuses::account_id.eq(author.0))
            .filter(statuses::reach.ne(Reach::Direct.as_str()))
            .filter(statuses::in_reply_to_uri.is_null())
            .order(statuses::id.desc())
            .limit(BACKFILL)
            .select(statuses::id)
            .load(self.conn())?;
        let rows: Vec<_> = newest
            .into_iter()
            .map(|status| {
                (
                    home_timeline::account_id.eq(follower.0),
                    home_timeline::status_id.eq(status),
                    home_timeline::author_id.eq(author.0),
                )
            })
            .collect();
        on_both!(self.conn(), |c| diesel::insert_into(home_timeline::table)
            .values(&rows)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Takes an author's statuses out of a home timeline, as after an unfollow or a block.
    pub fn clear_home(&mut self, follower: AccountId, author: AccountId) -> Result<()> {
        let theirs = home_timeline::table
            .filter(home_timeline::account_id.eq(follower.0))
            .filter(home_timeline::author_id.eq(author.0));
        diesel::delete(theirs).execute(self.conn())?;
        Ok(())
    }

    /// Cuts every home timeline to its length. Returns how many entries went.
    pub fn trim_homes(&mut self) -> Result<usize> {
        let long: Vec<i64> = home_timeline::table
            .group_by(home_timeline::account_id)
            .having(diesel::dsl::count_star().gt(HOME_LENGTH))
            .select(home_timeline::account_id)
            .load(self.conn())?;
        let mut gone = 0;
        for account in long {
            let last = home_timeline::table
                .filter(home_timeline::account_id.eq(account))
                .order(home_timeline::status_id.desc())
                .offset(HOME_LENGTH)
                .limit(1)
                .select(home_timeline::status_id)
                .first::<i64>(self.conn())
                .optional()?;
            let Some(last) = last else { continue };
            let old = home_timeline::table
                .filter(home_timeline::account_id.eq(account))
                .filter(home_timeline::status_id.le(last.into_sql::<BigInt>()));
            gone += diesel::delete(old).execute(self.conn())?;
        }
        Ok(gone)
    }
}
