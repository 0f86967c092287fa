//! Read models: a page of statuses, whole, in a fixed number of queries.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::rows::{AccountRow, StatusRow};
use super::schema::{
    accounts, bookmarks, favourites, mentions, mutes, oauth_apps, status_tags, statuses, tags,
};
use super::{Reader, Result};
use crate::model::account::Account;
use crate::model::card::Card;
use crate::model::filter::{Filter, FilterMatch};
use crate::model::media::Media;
use crate::model::poll::PollView;
use crate::model::status::Status;
use crate::model::view::{MentionView, StatusView, ViewerFlags};
use crate::model::{AccountId, StatusId};
use crate::policy::filters::{folded, matching, readable};

/// All that a page of statuses needs, read once.
#[derive(Default)]
struct Parts {
    statuses: HashMap<i64, Status>,
    accounts: HashMap<i64, Account>,
    mentions: HashMap<i64, Vec<MentionView>>,
    tags: HashMap<i64, Vec<String>>,
    media: HashMap<i64, Vec<Media>>,
    apps: HashMap<i64, (String, Option<String>)>,
    favourited: HashSet<i64>,
    reblogged: HashSet<i64>,
    bookmarked: HashSet<i64>,
    muted: HashSet<i64>,
    muted_threads: HashSet<i64>,
    polls: HashMap<i64, PollView>,
    cards: HashMap<i64, Card>,
    filters: Vec<Filter>,
}

impl Reader<'_> {
    /// The statuses with these ids as `viewer` is shown them, in the order of the ids. Ids that are gone
    /// are left out. Takes a fixed number of queries, however long the page. Does not ask who may see them.
    ///
    /// # Errors
    /// Any database error.
    pub fn status_views(&mut self, viewer: Option<AccountId>, ids: &[StatusId]) -> Result<Vec<StatusView>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut parts = Parts::default();
        self.load_statuses(&mut parts, ids)?;
        self.load_people(&mut parts)?;
        self.load_labels(&mut parts)?;
        parts.media = self.media_by_status(&parts.ids())?;
        parts.polls = self.polls_of(&parts.ids())?;
        parts.cards = self.cards_of(&parts.ids())?;
        if let Some(viewer) = viewer {
            self.load_flags(&mut parts, viewer)?;
            self.load_votes(&mut parts, viewer)?;
            parts.filters = self.list_filters(viewer, false)?;
        }
        Ok(ids.iter().filter_map(|id| parts.view(viewer, id.0)).collect())
    }

    /// One status as `viewer` is shown it.
    ///
    /// # Errors
    /// Any database error.
    pub fn status_view(&mut self, viewer: Option<AccountId>, id: StatusId) -> Result<Option<StatusView>> {
        Ok(self.status_views(viewer, &[id])?.pop())
    }

    /// The accounts with these ids, by id.
    ///
    /// # Errors
    /// Any database error.
    pub fn accounts_by_id(&mut self, ids: &[i64]) -> Result<HashMap<i64, Account>> {
        let rows: Vec<AccountRow> = accounts::table
            .filter(accounts::id.eq_any(ids))
            .select(AccountRow::as_select())
            .load(self.conn())?;
        rows.into_iter().map(|row| Ok((row.id, row.into_model()?))).collect()
    }

    fn load_statuses(&mut self, parts: &mut Parts, ids: &[StatusId]) -> Result<()> {
        let wanted: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let boosts = self.statuses_in(parts, &wanted)?;
        self.statuses_in(parts, &boosts)?;
        Ok(())
    }

    /// Reads statuses; answers the ids of those they boost.
    fn statuses_in(&mut self, parts: &mut Parts, ids: &[i64]) -> Result<Vec<i64>> {
        let rows: Vec<StatusRow> = statuses::table
            .filter(statuses::id.eq_any(ids))
            .select(StatusRow::as_select())
            .load(self.conn())?;
        let boosted = rows.iter().filter_map(|row| row.reblog_of).collect();
        for row in rows {
            parts.statuses.insert(row.id, row.into_model()?);
        }
        Ok(boosted)
    }

    fn load_people(&mut self, parts: &mut Parts) -> Result<()> {
        let authors: HashSet<i64> = parts.statuses.values().map(|status| status.account_id.0).collect();
        parts.accounts = self.accounts_by_id(&authors.into_iter().collect::<Vec<_>>())?;
        type Named = (i64, i64, String, Option<String>, String, Option<String>);
        let named: Vec<Named> = mentions::table
            .inner_join(accounts::table)
            .filter(mentions::status_id.eq_any(parts.ids()))
            .order((mentions::status_id, mentions::account_id))
            .select((
                mentions::status_id,
                accounts::id,
                accounts::username,
                accounts::domain,
                accounts::uri,
                accounts::url,
            ))
            .load(self.conn())?;
        for (status, id, username, domain, uri, url) in named {
            let acct = domain.map_or_else(|| username.clone(), |domain| format!("{username}@{domain}"));
            let url = url.unwrap_or_else(|| uri.clone());
            let mention = MentionView { account_id: AccountId(id), username, acct, uri, url };
            parts.mentions.entry(status).or_default().push(mention);
        }
        Ok(())
    }

    fn load_labels(&mut self, parts: &mut Parts) -> Result<()> {
        let tagged: Vec<(i64, String)> = status_tags::table
            .inner_join(tags::table)
            .filter(status_tags::status_id.eq_any(parts.ids()))
            .order((status_tags::status_id, tags::name))
            .select((status_tags::status_id, tags::name))
            .load(self.conn())?;
        for (status, name) in tagged {
            parts.tags.entry(status).or_default().push(name);
        }
        let used: HashSet<i64> =
            parts.statuses.values().filter_map(|status| status.app_id.map(|app| app.0)).collect();
        let apps: Vec<(i64, String, Option<String>)> = oauth_apps::table
            .filter(oauth_apps::id.eq_any(used.into_iter().collect::<Vec<_>>()))
            .select((oauth_apps::id, oauth_apps::name, oauth_apps::website))
            .load(self.conn())?;
        parts.apps = apps.into_iter().map(|(id, name, website)| (id, (name, website))).collect();
        Ok(())
    }

    fn load_flags(&mut self, parts: &mut Parts, viewer: AccountId) -> Result<()> {
        let ids = parts.ids();
        let favourited = favourites::table
            .filter(favourites::account_id.eq(viewer.0))
            .filter(favourites::status_id.eq_any(&ids))
            .select(favourites::status_id);
        parts.favourited = favourited.load::<i64>(self.conn())?.into_iter().collect();
        let bookmarked = bookmarks::table
            .filter(bookmarks::account_id.eq(viewer.0))
            .filter(bookmarks::status_id.eq_any(&ids))
            .select(bookmarks::status_id);
        parts.bookmarked = bookmarked.load::<i64>(self.conn())?.into_iter().collect();
        let reblogged = statuses::table
            .filter(statuses::account_id.eq(viewer.0))
            .filter(statuses::reblog_of.eq_any(&ids))
            .select(statuses::reblog_of);
        parts.reblogged = reblogged.load::<Option<i64>>(self.conn())?.into_iter().flatten().collect();
        let now = self.now().millis();
        let muted = mutes::table
            .filter(mutes::account_id.eq(viewer.0))
            .filter(mutes::target_id.eq_any(parts.accounts.keys().copied().collect::<Vec<_>>()))
            .filter(mutes::expires_at.is_null().or(mutes::expires_at.gt(now)))
            .select(mutes::target_id);
        parts.muted = muted.load::<i64>(self.conn())?.into_iter().collect();
        let threads: Vec<i64> = parts.statuses.values().map(|status| status.conversation_id.0).collect();
        parts.muted_threads = self.muted_threads(viewer, &threads)?;
        Ok(())
    }

    fn load_votes(&mut self, parts: &mut Parts, viewer: AccountId) -> Result<()> {
        let mut votes = self.votes_of(viewer, &parts.ids())?;
        for (id, poll) in &mut parts.polls {
            let own = votes.remove(id).unwrap_or_default();
            let author = parts.statuses.get(id).is_some_and(|status| status.account_id == viewer);
            poll.seen_by(author, own);
        }
        Ok(())
    }
}

impl Parts {
    fn ids(&self) -> Vec<i64> {
        self.statuses.keys().copied().collect()
    }

    /// Puts one status together; none if it, or what it boosts, is gone.
    fn view(&self, viewer: Option<AccountId>, id: i64) -> Option<StatusView> {
        let status = self.statuses.get(&id)?;
        let reblog = match status.reblog_of {
            Some(boosted) => Some(Box::new(self.view(viewer, boosted.0)?)),
            None => None,
        };
        // What is done to a boost is done to what it boosts.
        let proper = status.reblog_of.map_or(id, |boosted| boosted.0);
        let flags = |_| ViewerFlags {
            favourited: self.favourited.contains(&proper),
            reblogged: self.reblogged.contains(&proper),
            bookmarked: self.bookmarked.contains(&proper),
            muted: self.muted.contains(&status.account_id.0)
                || self
                    .muted_threads
                    .contains(&self.statuses.get(&proper).unwrap_or(status).conversation_id.0),
        };
        let mut shown = StatusView {
            status: status.clone(),
            account: self.accounts.get(&status.account_id.0)?.clone(),
            mentions: self.mentions.get(&id).cloned().unwrap_or_default(),
            tags: self.tags.get(&id).cloned().unwrap_or_default(),
            media: self.media.get(&id).cloned().unwrap_or_default(),
            app: status.app_id.and_then(|app| self.apps.get(&app.0).cloned()),
            reblog,
            poll: self.polls.get(&id).cloned(),
            card: self.cards.get(&id).cloned(),
            viewer: viewer.map(flags),
            filtered: Vec::new(),
            viewer_id: viewer,
        };
        shown.filtered = filtered(&self.filters, &shown);
        Some(shown)
    }
}

/// Which filters of its viewer's a status matches, by its own text or by that of what it boosts; one's own
/// posts match none.
fn filtered(filters: &[Filter], shown: &StatusView) -> Vec<FilterMatch> {
    if filters.is_empty() || shown.viewer_id == Some(shown.status.account_id) {
        return Vec::new();
    }
    let mut ids = Vec::new();
    let mut text = String::new();
    for part in std::iter::once(shown).chain(shown.reblog.as_deref()) {
        ids.push(part.status.id);
        text.push_str(&readable(&part.status.content));
        text.push('\n');
        text.push_str(&part.status.spoiler_text);
        text.push('\n');
    }
    matching(filters, &ids, &folded(&text))
}

/// A status loaded for nobody, as `viewer` is shown it, who did with it what `flags` say, and chose `votes`
/// in its poll.
pub(super) fn seen_by(
    mut shown: StatusView,
    viewer: AccountId,
    flags: ViewerFlags,
    votes: &[i64],
    filters: &[Filter],
) -> StatusView {
    shown.viewer_id = Some(viewer);
    shown.viewer = Some(flags);
    if let Some(inner) = shown.reblog.take() {
        shown.reblog = Some(Box::new(seen_by(*inner, viewer, flags, votes, filters)));
    }
    if let Some(poll) = &mut shown.poll {
        poll.seen_by(shown.account.id == viewer, votes.to_vec());
    }
    shown.filtered = filtered(filters, &shown);
    shown
}
