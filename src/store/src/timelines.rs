//! Timelines and other pages of statuses: home, public, hashtag, account, favourites, bookmarks and threads;
//! and the fan-out into home timelines.
//!
//! A page is never shortened by statuses that the viewer may not see: candidates are read in chunks until the
//! page is full or the source is exhausted, since clients take a short page for the end.

use std::collections::{HashMap, HashSet};

use crate::prelude::*;
use diesel::dsl::exists;
use diesel::sql_types::BigInt;

use super::connection::Db;
use super::lists::kept_to_lists;
use super::schema::{
    blocks, bookmarks, favourites, follows, home_timeline, media_attachments, mentions, mutes, status_tags,
    statuses, tags, users,
};
use super::visible::{listable, visible};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_domain::policy::reach::Scope;

/// The maximum number of chunks read for one page: a bound on the work, far above what real lists need.
const CHUNKS: usize = 10;
/// The number of followers served in the author's own transaction; the others are served by a job.
pub const FAN_OUT_CHUNK: i64 = 500;
/// The maximum length of a home timeline.
const HOME_LENGTH: i64 = 800;
/// The number of an author's newest statuses that are inserted into a new follower's home timeline.
const BACKFILL: i64 = 20;
/// The maximum number of statuses of a thread shown above and below a status.
const ANCESTORS: usize = 40;
const DESCENDANTS: i64 = 400;

/// The origin of the statuses in a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Origin {
    /// All statuses.
    #[default]
    Any,
    /// Local statuses.
    Local,
    /// Remote statuses.
    Remote,
}

/// A filter by hashtags; names are normalised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagFilter {
    /// At least one of these.
    pub any: Vec<String>,
    /// Each of these.
    pub all: Vec<String>,
    /// None of these.
    pub none: Vec<String>,
    /// Only statuses with media.
    pub only_media: bool,
}

/// A filter for an account's statuses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountFilter {
    /// Without replies to others.
    pub exclude_replies: bool,
    /// Without boosts.
    pub exclude_boosts: bool,
    /// Only pinned statuses.
    pub pinned: bool,
    /// Only statuses with this hashtag.
    pub tagged: Option<String>,
    /// Only statuses with media.
    pub only_media: bool,
}

/// A candidate for a page: its paging cursor and the status id.
type Candidate = (i64, i64);

/// Applies the bounds, order and length of a page to a query over an id column.
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
    /// Returns a page of `me`'s home timeline.
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

    /// Returns a page of the listed statuses that the viewer may see, without boosts and without replies to
    /// others.
    pub fn public_page(
        &mut self,
        me: Option<AccountId>,
        scope: &Scope,
        origin: Origin,
        only_media: bool,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        self.fill(me, scope, page, |reader, page| {
            // A reply to oneself is a thread; a reply to an unknown status has no known parent author.
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

    /// Returns a page of the listed statuses with hashtags that the viewer may see.
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

    /// Returns a page of an account's statuses and boosts that the viewer may see.
    pub fn account_page(
        &mut self,
        scope: &Scope,
        account: AccountId,
        filter: &AccountFilter,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        // Mutes do not apply on a profile page, since the viewer asked for it.
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

    /// Returns a page of `me`'s favourites, paged by favourite id.
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

    /// Returns a page of `me`'s bookmarks, paged by bookmark id.
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

    /// Returns a page of the accounts that favourited a status, paged by favourite id.
    pub fn favourited_by(&mut self, status: StatusId, page: &PageRequest) -> Result<Page<AccountId>> {
        let query = favourites::table.filter(favourites::status_id.eq(status.0)).into_boxed::<Db>();
        let rows: Vec<Candidate> = cut!(query, favourites::id, page)
            .select((favourites::id, favourites::account_id))
            .load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|(id, account)| (id, AccountId(account))).collect()))
    }

    /// Returns a page of the accounts that boosted a status, paged by the boosts' ids.
    pub fn boosted_by(&mut self, status: StatusId, page: &PageRequest) -> Result<Page<AccountId>> {
        let query = statuses::table.filter(statuses::reblog_of.eq(status.0)).into_boxed::<Db>();
        let rows: Vec<Candidate> =
            cut!(query, statuses::id, page).select((statuses::id, statuses::account_id)).load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|(id, account)| (id, AccountId(account))).collect()))
    }

    /// Returns the ancestors of a status that the viewer may see, oldest first.
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

    /// Returns the descendants of a status that the viewer may see, depth first, with its author's own
    /// replies before others'. As in Mastodon, a reply that the viewer may not see is left out, but the replies
    /// below it are not. Such replies have a limit of their own, so that they take no place of visible ones.
    pub fn descendants(&mut self, scope: &Scope, status: &Status) -> Result<Vec<StatusId>> {
        let now = self.now();
        let mut children: HashMap<i64, Vec<(bool, i64)>> = HashMap::new();
        let mut level = vec![(status.id.0, status.account_id.0)];
        let mut seen: HashSet<i64> = HashSet::new();
        let (mut left, mut hidden_left) = (DESCENDANTS, DESCENDANTS);
        while !level.is_empty() && left > 0 {
            let authors: HashMap<i64, i64> = level.iter().copied().collect();
            let parents: Vec<i64> = authors.keys().copied().collect();
            let below = || {
                statuses::table
                    .filter(statuses::in_reply_to_id.eq_any(parents.clone()))
                    .order(statuses::id)
                    .select((statuses::id, statuses::account_id, statuses::in_reply_to_id))
            };
            let mut rows: Vec<(i64, i64, Option<i64>)> =
                below().filter(visible(scope, now)).limit(left).load(self.conn())?;
            left -= i64::try_from(rows.len()).unwrap_or(left);
            let shown: Vec<i64> = rows.iter().map(|(id, _, _)| *id).collect();
            seen.extend(shown.iter().copied());
            if left > 0 && hidden_left > 0 {
                // All visible ones are in `shown`.
                let hidden: Vec<(i64, i64, Option<i64>)> =
                    below().filter(statuses::id.ne_all(shown)).limit(hidden_left).load(self.conn())?;
                hidden_left -= i64::try_from(hidden.len()).unwrap_or(hidden_left);
                rows.extend(hidden);
            }
            level = rows.iter().map(|(id, author, _)| (*id, *author)).collect();
            for (id, author, parent) in rows {
                let parent = parent.unwrap_or(status.id.0);
                let others = authors.get(&parent) != Some(&author);
                children.entry(parent).or_default().push((others, id));
            }
        }
        let laid = depth_first(status.id.0, children);
        Ok(laid.into_iter().filter(|id| seen.contains(&id.0)).collect())
    }

    /// Returns those statuses that the viewer may see, in their order.
    pub fn filter_visible(&mut self, scope: &Scope, ids: &[StatusId]) -> Result<Vec<StatusId>> {
        let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let seen = if raw.is_empty() { HashSet::new() } else { self.visible_among(scope, &raw)? };
        Ok(ids.iter().copied().filter(|id| seen.contains(&id.0)).collect())
    }

    /// Returns those statuses that the viewer may see.
    pub(super) fn visible_among(&mut self, scope: &Scope, ids: &[i64]) -> Result<HashSet<i64>> {
        let query = statuses::table
            .filter(statuses::id.eq_any(ids))
            .filter(visible(scope, self.now()))
            .select(statuses::id);
        Ok(query.load::<i64>(self.conn())?.into_iter().collect())
    }

    /// Returns those statuses that are in `scope`, in their order; a boost only if the boosted status is in
    /// scope, too. Takes two queries.
    pub fn visible_whole(&mut self, scope: &Scope, ids: &[StatusId]) -> Result<Vec<StatusId>> {
        let candidates = ids.iter().map(|id| (id.0, id.0)).collect();
        Ok(self.keep(None, scope, candidates)?.into_iter().map(|(_, id)| id).collect())
    }

    /// Fills a page from `source`, without statuses that the viewer may not see and those of accounts that
    /// `hiding_for` blocks or mutes.
    pub(super) fn fill(
        &mut self,
        hiding_for: Option<AccountId>,
        scope: &Scope,
        page: &PageRequest,
        mut source: impl FnMut(&mut Self, &PageRequest) -> Result<Vec<Candidate>>,
    ) -> Result<Page<StatusId>> {
        self.fill_page(page, |reader, page| {
            let candidates = source(reader, page)?;
            let read = candidates.iter().map(|(cursor, _)| *cursor).collect();
            Ok((read, reader.keep(hiding_for, scope, candidates)?))
        })
    }

    /// Fills a page from chunks of rows of which some are left out. `chunk` reads one: it returns the cursors of
    /// all its rows, and the rows to keep with their cursors.
    pub(super) fn fill_page<T>(
        &mut self,
        page: &PageRequest,
        mut chunk: impl FnMut(&mut Self, &PageRequest) -> Result<(Vec<i64>, Vec<(i64, T)>)>,
    ) -> Result<Page<T>> {
        let wanted = usize::try_from(page.limit).unwrap_or(0);
        let mut kept = Vec::new();
        let mut next = *page;
        for _ in 0..CHUNKS {
            let (read, some) = chunk(self, &next)?;
            let (dry, last) = (read.len() < wanted, read.last().copied());
            kept.extend(some);
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
        Ok(Page::from_rows(page, kept))
    }

    /// Returns the candidates that the viewer may see, in their order.
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

    /// Returns those authors that the viewer blocks or mutes.
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
        hidden.extend(self.on_blocked_domains(viewer, &authors)?);
        Ok(hidden)
    }
}

/// Selects the listed statuses of an origin that the viewer may see, without boosts and without statuses for
/// chosen accounts only.
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

/// Selects the ids of statuses with one of these hashtags.
#[diesel::dsl::auto_type(no_type_alias)]
fn tagged<'a>(names: &'a [String]) -> _ {
    status_tags::table.inner_join(tags::table).filter(tags::name.eq_any(names)).select(status_tags::status_id)
}

/// Selects the media of the status of the enclosing query.
#[diesel::dsl::auto_type(no_type_alias)]
fn attached() -> _ {
    media_attachments::table.filter(media_attachments::status_id.eq(statuses::id.nullable()))
}

/// Orders a tree of replies depth first: each before its own replies, the author's own replies first.
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
    /// Inserts a new status into home timelines: the author's and those of local followers; for a direct
    /// status only those of mentioned followers. Processes one chunk of the followers, those after `after`;
    /// returns where to continue if there are more.
    ///
    /// A reply is inserted only for followers who also follow the account that it replies to; a boost only
    /// for followers who show the booster's boosts.
    pub fn fan_out(&mut self, status: &Status, after: Option<AccountId>) -> Result<Option<AccountId>> {
        if after.is_none() {
            if status.local {
                self.insert_home(status.account_id, status)?;
            }
            // Silent recipients get the status, whether or not they follow its author.
            if status.addressed {
                let here = self.silent_here(status.id)?;
                self.insert_homes(&here, status)?;
            }
            // Followers of a hashtag get listed statuses; those they may not see are left out when the
            // timeline is read.
            if status.listed && status.boost_of.is_none() {
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
        if status.boost_of.is_some() {
            followers = followers.filter(follows::show_reblogs.eq(true));
        }
        if let Some(language) = &status.language {
            // Language tags consist of letters, digits and hyphens, separated by spaces.
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
        if let Some(passed_on) = status.boost_of.filter(|_| status.group == Some(status.account_id)) {
            // An account with the post itself in its home timeline does not need the group's boost of it.
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

    /// Returns the last follower of the chunk after `after`, if the chunk is full.
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
            .execute_batch(c))?;
        Ok(())
    }

    /// Inserts a status into one home timeline.
    pub fn insert_home(&mut self, account: AccountId, status: &Status) -> Result<()> {
        self.insert_homes(&[account.0], status)
    }

    /// Inserts the author's newest statuses into a new follower's home timeline. Those that the follower may
    /// not see are left out when the timeline is read.
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
            .execute_batch(c))?;
        Ok(())
    }

    /// Removes an author's statuses from a home timeline, for example after an unfollow or a block.
    pub fn clear_home(&mut self, follower: AccountId, author: AccountId) -> Result<()> {
        let theirs = home_timeline::table
            .filter(home_timeline::account_id.eq(follower.0))
            .filter(home_timeline::author_id.eq(author.0));
        diesel::delete(theirs).execute(self.conn())?;
        Ok(())
    }

    /// Trims every home timeline to its maximum length. Returns the number of removed entries.
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
