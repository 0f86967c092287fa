//! Loads one status for many viewers at once, for streams: who may see it, who hides its author, and each
//! viewer's interactions with it, in a fixed number of queries.

use std::collections::{HashMap, HashSet};

use crate::prelude::*;

use super::schema::{
    accounts, blocks, bookmarks, favourites, follows, home_timeline, mentions, mutes, shunned_domains,
    statuses,
};
use super::views::{ViewerRelations, for_viewer};
use super::{Reader, Result};
use portico_domain::model::agreement_grants::AgreementGrants;
use portico_domain::model::quote::Quote;
use portico_domain::model::view::{StatusView, ViewerFlags};
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::quotes::{Bonds, Regard, may_see_quoted};
use portico_domain::policy::reach::{ReachFacts, Viewer};

/// The viewers that hide an author, by reason.
struct HidingViewers {
    blocking: HashSet<i64>,
    muting: HashSet<i64>,
    shunning: HashSet<i64>,
}

/// The relation of each viewer to a status.
#[derive(Default)]
struct ViewersRelations {
    flags: HashMap<i64, ViewerFlags>,
    votes: HashMap<i64, Vec<i64>>,
    bonds: HashMap<i64, Bonds>,
    quote_regards: HashMap<i64, Regard>,
}

impl ViewersRelations {
    fn relations_of(&self, viewer: AccountId) -> ViewerRelations<'_> {
        ViewerRelations {
            flags: self.flags.get(&viewer.0).copied().unwrap_or_default(),
            votes: self.votes.get(&viewer.0).map_or(&[], Vec::as_slice),
            bonds: self.bonds.get(&viewer.0).copied().unwrap_or_default(),
            regard: self.quote_regards.get(&viewer.0).copied().unwrap_or_default(),
        }
    }
}

impl Reader<'_> {
    /// Returns the facts that policy needs about a status, for each signed-in viewer; empty if the status is
    /// gone.
    pub fn reach_facts_for_local(
        &mut self,
        id: StatusId,
        viewers: &[AccountId],
    ) -> Result<Vec<(AccountId, ReachFacts)>> {
        let Some(base) = self.reach_facts(&Viewer::Anonymous, id)? else { return Ok(Vec::new()) };
        let raw: Vec<i64> = viewers.iter().map(|viewer| viewer.0).collect();
        let named: HashSet<AccountId> = mentions::table
            .filter(mentions::status_id.eq(id.0))
            .filter(mentions::account_id.eq_any(&raw))
            .select(mentions::account_id)
            .load::<i64>(self.conn())?
            .into_iter()
            .map(AccountId)
            .collect();
        self.with_bonds(&base, &named, viewers)
    }

    /// Returns the facts that policy needs about a deleted status, from the given data, for each signed-in
    /// viewer; empty if its author is gone, too. Ignores a suspension of the author, since a suspension takes
    /// away statuses that were visible before.
    pub fn reach_facts_of_gone(
        &mut self,
        status: StatusId,
        author: AccountId,
        (reach, group): (Reach, Option<AccountId>),
        named: &[AccountId],
        viewers: &[AccountId],
    ) -> Result<Vec<(AccountId, ReachFacts)>> {
        let Some(account) = self.find_account(author)? else { return Ok(Vec::new()) };
        let standing = self.standing_of_account(&account)?;
        let author_guest = match group.filter(|_| standing.is_some()) {
            Some(group) => self.is_outsider_in(group, author)?,
            None => false,
        };
        let base = ReachFacts {
            author_grants: standing.map_or(AgreementGrants::USUAL, |standing| standing.grants),
            group,
            author_guest,
            ..ReachFacts::new(status, author, standing.map(|standing| standing.tier), reach)
        };
        self.with_bonds(&base, &named.iter().copied().collect(), viewers)
    }

    /// Completes the facts of a status with the relations between its author and each viewer.
    fn with_bonds(
        &mut self,
        base: &ReachFacts,
        named: &HashSet<AccountId>,
        viewers: &[AccountId],
    ) -> Result<Vec<(AccountId, ReachFacts)>> {
        let raw: Vec<i64> = viewers.iter().map(|viewer| viewer.0).collect();
        let followers = self.filter_following(base.author, viewers)?;
        let blocked: HashSet<i64> = blocks::table
            .filter(blocks::account_id.eq(base.author.0))
            .filter(blocks::target_id.eq_any(&raw))
            .select(blocks::target_id)
            .load::<i64>(self.conn())?
            .into_iter()
            .collect();
        let members = match base.group {
            Some(group) => self.filter_following(group, viewers)?,
            None => HashSet::new(),
        };
        let facts = |viewer: &AccountId| {
            let facts = ReachFacts {
                in_group: members.contains(viewer) || base.group == Some(*viewer),
                mentions_viewer: named.contains(viewer),
                follows_author: followers.contains(viewer),
                author_blocks_viewer: blocked.contains(&viewer.0),
                for_another_partner: false,
                ..base.clone()
            };
            (*viewer, facts)
        };
        Ok(viewers.iter().map(facts).collect())
    }

    /// Returns the viewers that block or mute one of the authors, or block an author's host.
    pub fn filter_hiding(&mut self, authors: &[i64], viewers: &[i64]) -> Result<HashSet<i64>> {
        let HidingViewers { mut blocking, muting, shunning } = self.hiding(authors, viewers)?;
        blocking.extend(muting);
        blocking.extend(shunning);
        Ok(blocking)
    }

    fn hiding(&mut self, authors: &[i64], viewers: &[i64]) -> Result<HidingViewers> {
        let now = self.now().millis();
        let blocking = blocks::table
            .filter(blocks::account_id.eq_any(viewers))
            .filter(blocks::target_id.eq_any(authors))
            .select(blocks::account_id);
        let muting = mutes::table
            .filter(mutes::account_id.eq_any(viewers))
            .filter(mutes::target_id.eq_any(authors))
            .filter(mutes::expires_at.is_null().or(mutes::expires_at.gt(now)))
            .select(mutes::account_id);
        let shunning = shunned_domains::table
            .inner_join(accounts::table.on(accounts::domain.eq(shunned_domains::domain.nullable())))
            .filter(shunned_domains::account_id.eq_any(viewers))
            .filter(accounts::id.eq_any(authors))
            .select(shunned_domains::account_id);
        Ok(HidingViewers {
            blocking: blocking.load::<i64>(self.conn())?.into_iter().collect(),
            muting: muting.load::<i64>(self.conn())?.into_iter().collect(),
            shunning: shunning.load::<i64>(self.conn())?.into_iter().collect(),
        })
    }

    /// Returns the accounts that have a status in their home timelines.
    pub fn filter_with_home_entry(
        &mut self,
        id: StatusId,
        accounts: &[AccountId],
    ) -> Result<HashSet<AccountId>> {
        let raw: Vec<i64> = accounts.iter().map(|account| account.0).collect();
        let query = home_timeline::table
            .filter(home_timeline::status_id.eq(id.0))
            .filter(home_timeline::account_id.eq_any(raw))
            .select(home_timeline::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns the accounts that follow the target.
    pub fn filter_following(
        &mut self,
        target: AccountId,
        accounts: &[AccountId],
    ) -> Result<HashSet<AccountId>> {
        let raw: Vec<i64> = accounts.iter().map(|account| account.0).collect();
        let query = follows::table
            .filter(follows::target_id.eq(target.0))
            .filter(follows::account_id.eq_any(raw))
            .filter(follows::accepted.eq(true))
            .select(follows::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Builds the view of a status for each viewer. Does not check who may see it; includes the quoted status
    /// only for viewers that may see that one.
    pub fn status_views_for(
        &mut self,
        id: StatusId,
        viewers: &[AccountId],
    ) -> Result<HashMap<AccountId, StatusView>> {
        let Some(base) = self.status_view(None, id)? else { return Ok(HashMap::new()) };
        let proper = base.boosted.as_deref().unwrap_or(&base);
        let crowd = self.crowd(proper, viewers)?;
        let quoted = match proper.quote.as_ref().and_then(|quote| quote.quote.quoted_id) {
            Some(id) => self.status_view(None, id)?,
            None => None,
        };
        let inner = match &quoted {
            Some(view) => self.crowd(view, viewers)?,
            None => ViewersRelations::default(),
        };
        let raw: Vec<i64> = viewers.iter().map(|viewer| viewer.0).collect();
        let filters = self.filters_of_all(&raw)?;
        let of = |viewer: &AccountId| {
            let own = filters.get(&viewer.0).map_or(&[][..], Vec::as_slice);
            let (outside, inside) = (crowd.relations_of(*viewer), inner.relations_of(*viewer));
            let quoted = quoted.as_ref().map(|view| (view, &inside));
            (*viewer, for_viewer(base.clone(), *viewer, &outside, quoted, own))
        };
        Ok(viewers.iter().map(of).collect())
    }

    /// Loads each viewer's interactions with a status, and their relations to its author and to the quoted
    /// author.
    fn crowd(&mut self, view: &StatusView, viewers: &[AccountId]) -> Result<ViewersRelations> {
        let (subject, author) = (view.status.id.0, view.account.id.0);
        let raw: Vec<i64> = viewers.iter().map(|viewer| viewer.0).collect();
        let favourited: HashSet<i64> = favourites::table
            .filter(favourites::account_id.eq_any(&raw))
            .filter(favourites::status_id.eq(subject))
            .select(favourites::account_id)
            .load::<i64>(self.conn())?
            .into_iter()
            .collect();
        let bookmarked: HashSet<i64> = bookmarks::table
            .filter(bookmarks::account_id.eq_any(&raw))
            .filter(bookmarks::status_id.eq(subject))
            .select(bookmarks::account_id)
            .load::<i64>(self.conn())?
            .into_iter()
            .collect();
        let boosted: HashSet<i64> = statuses::table
            .filter(statuses::account_id.eq_any(&raw))
            .filter(statuses::reblog_of.eq(subject))
            .select(statuses::account_id)
            .load::<i64>(self.conn())?
            .into_iter()
            .collect();
        let HidingViewers { blocking, muting, .. } = self.hiding(&[author], &raw)?;
        let deaf = self.those_muting_thread(view.status.conversation_id, &raw)?;
        let votes = if view.poll.is_some() { self.votes_by(&raw, subject)? } else { HashMap::new() };
        let following = self.filter_following(view.account.id, viewers)?;
        let (blocked, _) = self.blocks_between(view.account.id, &raw)?;
        let flags = |id: &i64| ViewerFlags {
            favourited: favourited.contains(id),
            boosted: boosted.contains(id),
            bookmarked: bookmarked.contains(id),
            muted: muting.contains(id) || deaf.contains(id),
        };
        let bonds = |id: &i64| Bonds {
            own: *id == author,
            follows: following.contains(&AccountId(*id)),
            blocked: blocking.contains(id) || blocked.contains(id),
        };
        let quote_regards = match &view.quote {
            Some(quote) => self.quote_regards(&quote.quote, viewers)?,
            None => HashMap::new(),
        };
        Ok(ViewersRelations {
            flags: raw.iter().map(|id| (*id, flags(id))).collect(),
            bonds: raw.iter().map(|id| (*id, bonds(id))).collect(),
            votes,
            quote_regards,
        })
    }

    /// Loads each viewer's relation to the quoted author, and whether the viewer may see the quoted status.
    fn quote_regards(&mut self, quote: &Quote, viewers: &[AccountId]) -> Result<HashMap<i64, Regard>> {
        let (Some(id), Some(author)) = (quote.quoted_id, quote.quoted_author) else {
            return Ok(HashMap::new());
        };
        let raw: Vec<i64> = viewers.iter().map(|viewer| viewer.0).collect();
        let HidingViewers { blocking, muting, shunning } = self.hiding(&[author.0], &raw)?;
        let facts = self.reach_facts_for_local(id, viewers)?;
        let regard = |(viewer, facts): (AccountId, ReachFacts)| {
            let regard = Regard {
                visible: may_see_quoted(viewer, &facts),
                blocks: blocking.contains(&viewer.0),
                shuns: shunning.contains(&viewer.0),
                mutes: muting.contains(&viewer.0),
            };
            (viewer.0, regard)
        };
        Ok(facts.into_iter().map(regard).collect())
    }
}
