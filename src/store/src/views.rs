//! Read models: builds the views of a page of statuses in a fixed number of queries.

use std::collections::{HashMap, HashSet};

use crate::prelude::*;

use super::rows::{AccountRow, StatusRow};
use super::schema::{
    accounts, bookmarks, favourites, follows, mentions, mutes, oauth_apps, status_tags, statuses, tags,
};
use super::{Reader, Result};
use portico_domain::model::account::Account;
use portico_domain::model::annotations::Annotations;
use portico_domain::model::card::Card;
use portico_domain::model::filter::{Filter, FilterMatch};
use portico_domain::model::media::Media;
use portico_domain::model::poll::PollView;
use portico_domain::model::quote::{Consent, Quote, QuoteState};
use portico_domain::model::status::Status;
use portico_domain::model::view::{MentionView, QuoteView, StatusView, ViewerFlags};
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::filters::{folded, matching, readable};
use portico_domain::policy::quotes::{self, Bonds, Regard};

/// All data needed for a page of statuses.
#[derive(Default)]
struct StatusViewParts {
    statuses: HashMap<i64, Status>,
    accounts: HashMap<i64, Account>,
    mentions: HashMap<i64, Vec<MentionView>>,
    addressed: HashMap<i64, Vec<String>>,
    /// The viewer's own circles that the viewer's statuses are addressed to.
    circles: HashMap<i64, String>,
    tags: HashMap<i64, Vec<String>>,
    media: HashMap<i64, Vec<Media>>,
    apps: HashMap<i64, (String, Option<String>)>,
    favourited: HashSet<i64>,
    boosted: HashSet<i64>,
    bookmarked: HashSet<i64>,
    muted: HashSet<i64>,
    muted_threads: HashSet<i64>,
    polls: HashMap<i64, PollView>,
    cards: HashMap<i64, Card>,
    quotes: HashMap<i64, Quote>,
    quote_counts: HashMap<i64, i64>,
    annotations: HashMap<i64, Annotations>,
    /// The quoted statuses that the viewer may see.
    visible: HashSet<i64>,
    /// The authors, by the viewer's relation to them.
    followed: HashSet<i64>,
    blocked: HashSet<i64>,
    blocking: HashSet<i64>,
    shunned: HashSet<i64>,
    filters: Vec<Filter>,
}

impl Reader<'_> {
    /// Builds the views of statuses for `viewer`, in the order of the ids, in a fixed number of queries;
    /// deleted statuses are left out. Does not check who may see the statuses themselves; includes quoted
    /// statuses only if the viewer may see them.
    pub fn status_views(&mut self, viewer: Option<AccountId>, ids: &[StatusId]) -> Result<Vec<StatusView>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut parts = StatusViewParts::default();
        self.load_statuses(&mut parts, ids)?;
        self.load_quotes(&mut parts, viewer)?;
        self.load_people(&mut parts, viewer)?;
        self.load_labels(&mut parts)?;
        parts.media = self.media_by_status(&parts.ids())?;
        parts.polls = self.polls_of(&parts.ids())?;
        parts.cards = self.cards_of(&parts.ids())?;
        parts.quote_counts = self.quote_counts(&parts.ids())?;
        parts.annotations = self.load_annotations(viewer, &parts.ids())?;
        if let Some(viewer) = viewer {
            self.load_flags(&mut parts, viewer)?;
            self.load_bonds(&mut parts, viewer)?;
            self.load_votes(&mut parts, viewer)?;
            parts.filters = self.list_filters(viewer, false)?;
        }
        Ok(ids.iter().filter_map(|id| parts.view(viewer, id.0)).collect())
    }

    /// Builds the view of a status for `viewer`.
    pub fn status_view(&mut self, viewer: Option<AccountId>, id: StatusId) -> Result<Option<StatusView>> {
        Ok(self.status_views(viewer, &[id])?.pop())
    }

    /// Returns the accounts with these ids, by id.
    pub fn accounts_by_id(&mut self, ids: &[i64]) -> Result<HashMap<i64, Account>> {
        let rows: Vec<AccountRow> = accounts::table
            .filter(accounts::id.eq_any(ids))
            .select(AccountRow::as_select())
            .load(self.conn())?;
        rows.into_iter().map(|row| Ok((row.id, row.into_model()?))).collect()
    }

    fn load_statuses(&mut self, parts: &mut StatusViewParts, ids: &[StatusId]) -> Result<()> {
        let wanted: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let boosts = self.statuses_in(parts, &wanted)?;
        self.statuses_in(parts, &boosts)?;
        Ok(())
    }

    /// Loads statuses; returns the ids of the statuses that they boost.
    fn statuses_in(&mut self, parts: &mut StatusViewParts, ids: &[i64]) -> Result<Vec<i64>> {
        let rows: Vec<StatusRow> = statuses::table
            .filter(statuses::id.eq_any(ids))
            .select(StatusRow::as_select())
            .load(self.conn())?;
        let boosted = rows.iter().filter_map(|row| row.boost_of).collect();
        for row in rows {
            parts.statuses.insert(row.id, row.into_model()?);
        }
        Ok(boosted)
    }

    /// Loads the quotes of the statuses, the quoted statuses that the viewer may see, and the quotes of
    /// those, but no deeper.
    fn load_quotes(&mut self, parts: &mut StatusViewParts, viewer: Option<AccountId>) -> Result<()> {
        parts.quotes = self.quotes_of(&parts.ids())?;
        let scope = quotes::quoted_scope(viewer);
        for deepest in [false, true] {
            let quoted: Vec<i64> = parts.accepted().filter(|id| !parts.visible.contains(id)).collect();
            if quoted.is_empty() {
                break;
            }
            let visible = self.visible_among(&scope, &quoted)?;
            parts.visible.extend(&visible);
            if !deepest {
                let visible: Vec<i64> = visible.into_iter().collect();
                self.statuses_in(parts, &visible)?;
                let inner = self.quotes_of(&visible)?;
                parts.quotes.extend(inner);
            }
        }
        Ok(())
    }

    fn load_people(&mut self, parts: &mut StatusViewParts, viewer: Option<AccountId>) -> Result<()> {
        let authors: HashSet<i64> = parts
            .statuses
            .values()
            .flat_map(|status| std::iter::once(status.account_id.0).chain(status.group.map(|group| group.0)))
            .collect();
        parts.accounts = self.accounts_by_id(&authors.into_iter().collect::<Vec<_>>())?;
        type MentionRow = (i64, i64, String, Option<String>, String, Option<String>);
        let named: Vec<MentionRow> = mentions::table
            .inner_join(accounts::table)
            .filter(mentions::status_id.eq_any(parts.ids()))
            .filter(mentions::silent.eq(false))
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
        let addressed: Vec<i64> =
            parts.statuses.values().filter(|status| status.addressed).map(|status| status.id.0).collect();
        if !addressed.is_empty() {
            parts.addressed = self.silent_uris(&addressed)?;
            if let Some(viewer) = viewer {
                parts.circles = self.circle_titles(viewer, &addressed)?;
            }
        }
        Ok(())
    }

    fn load_labels(&mut self, parts: &mut StatusViewParts) -> Result<()> {
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

    fn load_flags(&mut self, parts: &mut StatusViewParts, viewer: AccountId) -> Result<()> {
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
        let boosted = statuses::table
            .filter(statuses::account_id.eq(viewer.0))
            .filter(statuses::reblog_of.eq_any(&ids))
            .select(statuses::reblog_of);
        parts.boosted = boosted.load::<Option<i64>>(self.conn())?.into_iter().flatten().collect();
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

    /// Loads the viewer's relations to the authors, including those who are only quoted.
    fn load_bonds(&mut self, parts: &mut StatusViewParts, viewer: AccountId) -> Result<()> {
        let quoted = parts.quotes.values().filter_map(|quote| quote.quoted_author).map(|author| author.0);
        let authors: HashSet<i64> = parts.accounts.keys().copied().chain(quoted).collect();
        let authors: Vec<i64> = authors.into_iter().collect();
        let followed = follows::table
            .filter(follows::account_id.eq(viewer.0))
            .filter(follows::target_id.eq_any(&authors))
            .filter(follows::accepted.eq(true))
            .select(follows::target_id);
        parts.followed = followed.load::<i64>(self.conn())?.into_iter().collect();
        (parts.blocked, parts.blocking) = self.blocks_between(viewer, &authors)?;
        if !parts.quotes.is_empty() {
            parts.shunned = self.on_blocked_domains(viewer, &authors)?;
            parts.muted.extend(self.mutes_of(viewer, &authors)?.into_keys());
        }
        Ok(())
    }

    fn load_votes(&mut self, parts: &mut StatusViewParts, viewer: AccountId) -> Result<()> {
        let mut votes = self.votes_of(viewer, &parts.ids())?;
        for (id, poll) in &mut parts.polls {
            let own = votes.remove(id).unwrap_or_default();
            let author = parts.statuses.get(id).is_some_and(|status| status.account_id == viewer);
            poll.apply_viewer(author, own);
        }
        Ok(())
    }
}

impl StatusViewParts {
    fn ids(&self) -> Vec<i64> {
        self.statuses.keys().copied().collect()
    }

    /// Returns the ids of quoted statuses whose quotes are accepted.
    fn accepted(&self) -> impl Iterator<Item = i64> {
        let accepted = self.quotes.values().filter(|quote| quote.state == QuoteState::Accepted);
        accepted.filter_map(|quote| Some(quote.quoted_id?.0))
    }

    /// Builds the view of a quote for the viewer; without the quoted status if the quote is inside a quoted
    /// status.
    fn quote(&self, viewer: Option<AccountId>, quote: &Quote, inside: bool) -> QuoteView {
        let of_author = |set: &HashSet<i64>| quote.quoted_author.is_some_and(|id| set.contains(&id.0));
        let regard = Regard {
            visible: quote.quoted_id.is_some_and(|id| self.visible.contains(&id.0)),
            blocks: of_author(&self.blocked),
            shuns: of_author(&self.shunned),
            mutes: of_author(&self.muted),
        };
        let shown = quotes::shown(quote, regard);
        let status = match quote.quoted_id {
            Some(id) if shown.is_open() && !inside => self.part(viewer, id.0, true).map(Box::new),
            _ => None,
        };
        QuoteView { quote: quote.clone(), shown, status }
    }

    fn consent(&self, viewer: Option<AccountId>, status: &Status) -> Consent {
        let Some(viewer) = viewer else { return Consent::Denied };
        let author = status.account_id.0;
        let bonds = Bonds {
            own: viewer.0 == author,
            follows: self.followed.contains(&author),
            blocked: self.blocked.contains(&author) || self.blocking.contains(&author),
        };
        quotes::consent(bonds, status.reach, status.quote_policy)
    }

    /// Builds the view of a status; `None` if it, or the status it boosts, is gone.
    fn view(&self, viewer: Option<AccountId>, id: i64) -> Option<StatusView> {
        self.part(viewer, id, false)
    }

    fn part(&self, viewer: Option<AccountId>, id: i64, inside: bool) -> Option<StatusView> {
        let status = self.statuses.get(&id)?;
        let boosted = match status.boost_of {
            Some(original) => Some(Box::new(self.part(viewer, original.0, inside)?)),
            None => None,
        };
        // Interactions with a boost belong to the boosted status.
        let proper = status.boost_of.map_or(id, |boosted| boosted.0);
        let flags = |_| ViewerFlags {
            favourited: self.favourited.contains(&proper),
            boosted: self.boosted.contains(&proper),
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
            addressed: self.addressed.get(&id).cloned().unwrap_or_default(),
            circle: self.circles.get(&id).cloned(),
            tags: self.tags.get(&id).cloned().unwrap_or_default(),
            media: self.media.get(&id).cloned().unwrap_or_default(),
            app: status.app_id.and_then(|app| self.apps.get(&app.0).cloned()),
            boosted,
            poll: self.polls.get(&id).cloned(),
            card: self.cards.get(&id).cloned(),
            quote: self.quotes.get(&id).map(|quote| self.quote(viewer, quote, inside)),
            annotations: self.annotations.get(&id).cloned().unwrap_or_default(),
            quotes_count: self.quote_counts.get(&proper).copied().unwrap_or(0),
            quotable: self.consent(viewer, self.statuses.get(&proper).unwrap_or(status)),
            viewer: viewer.map(flags),
            filtered: Vec::new(),
            viewer_id: viewer,
            group: status.group.and_then(|group| self.accounts.get(&group.0).cloned()).map(Box::new),
        };
        shown.filtered = filtered(&self.filters, &shown);
        Some(shown)
    }
}

/// Returns the viewer's filters that match a status, by its own text or that of the boosted status; one's own
/// posts match none.
fn filtered(filters: &[Filter], shown: &StatusView) -> Vec<FilterMatch> {
    if filters.is_empty() || shown.viewer_id == Some(shown.status.account_id) {
        return Vec::new();
    }
    let mut ids = Vec::new();
    let mut text = String::new();
    for part in std::iter::once(shown).chain(shown.boosted.as_deref()) {
        ids.push(part.status.id);
        text.push_str(&readable(&part.status.content));
        text.push('\n');
        text.push_str(&part.status.spoiler_text);
        text.push('\n');
    }
    matching(filters, &ids, &folded(&text))
}

/// A viewer's relation to a status that was loaded without a viewer.
pub(super) struct ViewerRelations<'a> {
    /// The viewer's interactions.
    pub flags: ViewerFlags,
    /// The viewer's votes in its poll.
    pub votes: &'a [i64],
    /// The viewer's relation to its author.
    pub bonds: Bonds,
    /// The viewer's relation to the author of the quoted status.
    pub regard: Regard,
}

/// Completes a view that was loaded without a viewer for `viewer`; `quoted` is the view of the status that
/// it, or the status it boosts, quotes.
pub(super) fn for_viewer(
    mut shown: StatusView,
    viewer: AccountId,
    deeds: &ViewerRelations<'_>,
    quoted: Option<(&StatusView, &ViewerRelations<'_>)>,
    filters: &[Filter],
) -> StatusView {
    shown.viewer_id = Some(viewer);
    shown.viewer = Some(deeds.flags);
    if let Some(inner) = shown.boosted.take() {
        shown.boosted = Some(Box::new(for_viewer(*inner, viewer, deeds, quoted, filters)));
    }
    if let Some(poll) = &mut shown.poll {
        poll.apply_viewer(shown.account.id == viewer, deeds.votes.to_vec());
    }
    let proper = shown.boosted.as_deref().map_or(&shown.status, |inner| &inner.status);
    shown.quotable = quotes::consent(deeds.bonds, proper.reach, proper.quote_policy);
    if let Some(quote) = &mut shown.quote {
        quote.shown = quotes::shown(&quote.quote, deeds.regard);
        quote.status = quoted
            .filter(|_| quote.shown.is_open())
            .map(|(view, deeds)| Box::new(for_viewer(view.clone(), viewer, deeds, None, filters)));
    }
    shown.filtered = filtered(filters, &shown);
    shown
}
