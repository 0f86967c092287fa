//! Visibility as SQL: policy's [`Scope`] as one predicate over `statuses`, and the facts of one status for
//! policy to judge. No other module filters by reach.

use diesel::dsl::{exists, not};
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::connection::Db;
use super::schema::{accounts, blocks, follows, hosts, mentions, statuses};
use super::{Reader, Result};
use crate::model::account::Account;
use crate::model::peer::Tier;
use crate::model::{AccountId, Reach, StatusId};
use crate::policy::reach::{ReachFacts, Scope, Viewer};

/// A condition on a row of `statuses`.
pub(super) type Predicate = Box<dyn BoxableExpression<statuses::table, Db, SqlType = Bool>>;

/// The condition that a status is in `scope`.
pub(super) fn visible(scope: &Scope) -> Predicate {
    let mut clause: Predicate =
        Box::new(statuses::local.eq(true).and(statuses::reach.eq_any(words(scope.local_reaches))));
    if scope.remote_authors {
        for (tier, reaches) in scope.remote_reaches {
            clause = Box::new(clause.or(remote_clause(*tier, reaches)));
        }
    }
    let Some(viewer) = scope.viewer.map(|id| id.0) else {
        return Box::new(clause.and(not(shut_out())));
    };
    let followed = follows::table
        .filter(follows::account_id.eq(viewer))
        .filter(follows::target_id.eq(statuses::account_id))
        .filter(follows::accepted.eq(true));
    let named =
        mentions::table.filter(mentions::status_id.eq(statuses::id)).filter(mentions::account_id.eq(viewer));
    clause = Box::new(
        clause
            .or(statuses::reach.eq_any(words(scope.followed_reaches)).and(exists(followed)))
            .or(statuses::reach.eq_any(words(scope.named_reaches)).and(exists(named))),
    );
    let blocked = blocks::table
        .filter(blocks::account_id.eq(statuses::account_id))
        .filter(blocks::target_id.eq(viewer));
    clause = Box::new(clause.and(not(shut_out())).and(not(exists(blocked))));
    if scope.remote_authors {
        Box::new(clause.or(statuses::account_id.eq(viewer)))
    } else {
        Box::new(clause.and(statuses::local.eq(true)))
    }
}

/// The condition that a status may be shown where everybody is shown things: its author is not silenced, or
/// the viewer follows them or is them. Says what `policy::moderation::may_list` says.
pub(super) fn listable(viewer: Option<AccountId>) -> Predicate {
    let silenced = accounts::table
        .filter(accounts::id.eq(statuses::account_id))
        .filter(accounts::silenced_at.is_not_null());
    let Some(viewer) = viewer.map(|id| id.0) else { return Box::new(not(exists(silenced))) };
    let followed = follows::table
        .filter(follows::account_id.eq(viewer))
        .filter(follows::target_id.eq(statuses::account_id))
        .filter(follows::accepted.eq(true));
    Box::new(not(exists(silenced)).or(statuses::account_id.eq(viewer)).or(exists(followed)))
}

fn words(reaches: &[Reach]) -> Vec<&'static str> {
    reaches.iter().map(|reach| reach.as_str()).collect()
}

/// Statuses of authors on hosts of a tier. A host that nobody has set is of tier open.
fn remote_clause(tier: Tier, reaches: &[Reach]) -> Predicate {
    let base = statuses::local.eq(false).and(statuses::reach.eq_any(words(reaches)));
    if tier == Tier::Open {
        let set = accounts::table
            .inner_join(hosts::table.on(accounts::domain.eq(hosts::domain.nullable())))
            .filter(accounts::id.eq(statuses::account_id))
            .filter(hosts::tier.ne(Tier::Open.as_str()));
        return Box::new(base.and(not(exists(set))));
    }
    let of_tier = accounts::table
        .inner_join(hosts::table.on(accounts::domain.eq(hosts::domain.nullable())))
        .filter(accounts::id.eq(statuses::account_id))
        .filter(hosts::tier.eq(tier.as_str()));
    Box::new(base.and(exists(of_tier)))
}

/// Statuses whose author is suspended or on a blocked host.
fn shut_out() -> Predicate {
    let suspended = accounts::table
        .filter(accounts::id.eq(statuses::account_id))
        .filter(accounts::suspended_at.is_not_null());
    let blocked = accounts::table
        .inner_join(hosts::table.on(accounts::domain.eq(hosts::domain.nullable())))
        .filter(accounts::id.eq(statuses::account_id))
        .filter(hosts::tier.eq(Tier::Blocked.as_str()));
    Box::new(exists(suspended).or(exists(blocked)))
}

impl Reader<'_> {
    /// What the host of an account is to us; none for a local one.
    ///
    /// # Errors
    /// Any database error.
    pub fn tier_of_account(&mut self, account: &Account) -> Result<Option<Tier>> {
        match &account.domain {
            Some(domain) => Ok(Some(self.tier_of(domain)?)),
            None => Ok(None),
        }
    }

    /// A remote account as a viewer.
    ///
    /// # Errors
    /// Any database error.
    pub fn viewer_of(&mut self, account: &Account) -> Result<Viewer> {
        Ok(match self.tier_of_account(account)? {
            Some(tier) => Viewer::Actor { id: account.id, tier },
            None => Viewer::Staff(account.id),
        })
    }

    /// What policy must know of a status (or boost) and its viewer; none if there is no such status.
    ///
    /// # Errors
    /// Any database error.
    pub fn reach_facts(&mut self, viewer: &Viewer, id: StatusId) -> Result<Option<ReachFacts>> {
        type Row = (i64, String, Option<String>, Option<i64>);
        let row: Option<Row> = statuses::table
            .inner_join(accounts::table.on(accounts::id.eq(statuses::account_id)))
            .filter(statuses::id.eq(id.0))
            .select((statuses::account_id, statuses::reach, accounts::domain, accounts::suspended_at))
            .first(self.conn())
            .optional()?;
        let Some((author, reach, domain, suspended_at)) = row else { return Ok(None) };
        let author_tier = domain.map(|domain| self.tier_of(&domain)).transpose()?;
        let (mentions_viewer, follows_author, author_blocks_viewer) = self.bonds(viewer, id, author)?;
        Ok(Some(ReachFacts {
            status: id,
            author: AccountId(author),
            author_tier,
            reach: reach.parse().map_err(|_| super::Error::Corrupt { what: "reach" })?,
            mentions_viewer,
            follows_author,
            author_blocks_viewer,
            author_suspended: suspended_at.is_some(),
        }))
    }

    /// The facts of a status, or of what it boosts if it is a boost; with the id that they are of.
    ///
    /// # Errors
    /// Any database error.
    pub fn facts_of_original(
        &mut self,
        viewer: &Viewer,
        id: StatusId,
    ) -> Result<Option<(StatusId, ReachFacts)>> {
        let boosted: Option<Option<i64>> =
            statuses::table.find(id.0).select(statuses::reblog_of).first(self.conn()).optional()?;
        let id = match boosted {
            Some(Some(boosted)) => StatusId(boosted),
            _ => id,
        };
        Ok(self.reach_facts(viewer, id)?.map(|facts| (id, facts)))
    }

    /// Whether a status names the viewer, the viewer follows its author, and the author blocks the viewer.
    fn bonds(&mut self, viewer: &Viewer, status: StatusId, author: i64) -> Result<(bool, bool, bool)> {
        let id = match viewer {
            Viewer::Anonymous => return Ok((false, false, false)),
            Viewer::Host { domain, .. } => return self.host_bonds(domain, status, author),
            Viewer::Staff(id) | Viewer::Actor { id, .. } => id.0,
        };
        let named = mentions::table.find((status.0, id));
        let followed = follows::table
            .filter(follows::account_id.eq(id))
            .filter(follows::target_id.eq(author))
            .filter(follows::accepted.eq(true));
        let blocked = blocks::table.filter(blocks::account_id.eq(author)).filter(blocks::target_id.eq(id));
        let answer = diesel::select((exists(named), exists(followed), exists(blocked)));
        Ok(answer.get_result(self.conn())?)
    }

    fn host_bonds(&mut self, domain: &str, status: StatusId, author: i64) -> Result<(bool, bool, bool)> {
        let named = mentions::table
            .inner_join(accounts::table)
            .filter(mentions::status_id.eq(status.0))
            .filter(accounts::domain.eq(domain));
        let followed = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
            .filter(follows::target_id.eq(author))
            .filter(follows::accepted.eq(true))
            .filter(accounts::domain.eq(domain));
        let (named, followed) = diesel::select((exists(named), exists(followed))).get_result(self.conn())?;
        Ok((named, followed, false))
    }
}
