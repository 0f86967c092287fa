//! Visibility as SQL: turns policy's [`Scope`] into one predicate over `statuses`, and loads the facts of one
//! status for policy. No other module filters by reach.

use crate::prelude::*;
use diesel::dsl::{exists, not};
use diesel::expression::BoxableExpression;
use diesel::sql_types::Bool;

use super::connection::Db;
use super::schema::{
    account_states, accounts, blocks, follows, group_guests, hosts, mentions, pacts, statuses,
};
use super::{Reader, Result};
use portico_domain::model::account::Account;
use portico_domain::model::agreement_grants::{AgreementGrants, Grant, GrantSet, PeerStanding};
use portico_domain::model::peer::Tier;
use portico_domain::model::reach::Partner;
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_domain::policy::reach::{OnePartner, ReachFacts, Scope, Viewer, lets_in};

/// A condition on a row of `statuses`.
pub(super) type Predicate = Box<dyn BoxableExpression<statuses::table, Db, SqlType = Bool>>;

/// Builds the condition that a status is in `scope` at this moment.
pub(super) fn visible(scope: &Scope, now: Timestamp) -> Predicate {
    let flows = || flows(scope.granted);
    let here = statuses::local.eq(true).and(statuses::reach.eq_any(words(scope.local_reaches)));
    let mut clause: Predicate = match &scope.partners {
        OnePartner::All => Box::new(here),
        OnePartner::Host { domain, company } => {
            Box::new(here.and(for_host(domain.as_deref(), *company, scope.viewer)))
        }
    };
    if scope.remote_authors {
        for (tier, reaches) in scope.remote_reaches {
            clause = Box::new(clause.or(remote_clause(*tier, reaches, now)));
        }
    }
    let Some(viewer) = scope.viewer.map(|id| id.0) else {
        return Box::new(clause.and(not(shut_out())).and(flows()));
    };
    let followed = follows::table
        .filter(follows::account_id.eq(viewer))
        .filter(follows::target_id.eq(statuses::account_id))
        .filter(follows::accepted.eq(true));
    let named =
        mentions::table.filter(mentions::status_id.eq(statuses::id)).filter(mentions::account_id.eq(viewer));
    let members = diesel::alias!(follows as members);
    let belongs = members
        .filter(members.field(follows::account_id).eq(viewer))
        .filter(members.field(follows::target_id).nullable().eq(statuses::group_id))
        .filter(members.field(follows::accepted).eq(true));
    let is_it = statuses::group_id.is_not_null().and(statuses::group_id.assume_not_null().eq(viewer));
    clause = Box::new(
        clause
            .or(statuses::reach.eq_any(words(scope.followed_reaches)).and(exists(followed)))
            .or(statuses::reach.eq_any(words(scope.named_reaches)).and(exists(named)))
            .or(statuses::reach.eq_any(words(scope.member_reaches)).and(exists(belongs).or(is_it))),
    );
    let blocked = blocks::table
        .filter(blocks::account_id.eq(statuses::account_id))
        .filter(blocks::target_id.eq(viewer));
    clause = Box::new(clause.and(not(shut_out())).and(not(exists(blocked))));
    if scope.remote_authors {
        Box::new(clause.and(not(withheld(now))).or(statuses::account_id.eq(viewer)))
    } else {
        Box::new(clause.and(statuses::local.eq(true)).and(flows()))
    }
}

/// Builds the condition that a status may be listed publicly: its author is not silenced, or the viewer
/// follows the author or is the author. The SQL form of `policy::moderation::may_list`.
pub(super) fn listable(viewer: Option<AccountId>) -> Predicate {
    let silenced = accounts::table
        .filter(accounts::id.eq(statuses::account_id))
        .filter(account_states::silenced_at.is_not_null());
    let Some(viewer) = viewer.map(|id| id.0) else { return Box::new(not(exists(silenced))) };
    let followed = follows::table
        .filter(follows::account_id.eq(viewer))
        .filter(follows::target_id.eq(statuses::account_id))
        .filter(follows::accepted.eq(true));
    Box::new(not(exists(silenced)).or(statuses::account_id.eq(viewer)).or(exists(followed)))
}

/// Builds the condition that a status is not limited to one partner, or that this host is admitted to it. The
/// SQL form of `policy::reach::lets_in`.
fn for_host(domain: Option<&str>, company: bool, viewer: Option<AccountId>) -> Predicate {
    let anyone = statuses::partner.is_null();
    let with_company: Predicate = match company {
        true => Box::new(anyone.or(statuses::partner_alone.eq(false)).assume_not_null()),
        false => Box::new(anyone),
    };
    match (domain, viewer) {
        (Some(domain), _) => {
            Box::new(with_company.or(statuses::partner.eq(domain.to_owned()).assume_not_null()))
        }
        (None, Some(viewer)) => {
            let theirs = accounts::table
                .filter(accounts::id.eq(viewer.0))
                .filter(accounts::domain.eq(statuses::partner));
            Box::new(with_company.or(exists(theirs)))
        }
        (None, None) => with_company,
    }
}

fn words(reaches: &[Reach]) -> Vec<&'static str> {
    reaches.iter().map(|reach| reach.as_str()).collect()
}

/// Builds the condition that the agreement lets a status flow to the viewer's host.
fn flows(granted: GrantSet) -> Predicate {
    let carried: Vec<Reach> =
        Reach::ALL.iter().copied().filter(|reach| granted.allows_reach(*reach)).collect();
    let carried = statuses::reach.eq_any(words(&carried));
    if granted.has(Grant::Boosts) {
        Box::new(carried)
    } else {
        Box::new(carried.and(statuses::reblog_of.is_null()))
    }
}

/// Builds the condition that a status is by an author on a host of this tier. A host without a stored tier is
/// open, and so is a partner whose agreement is not in force.
fn remote_clause(tier: Tier, reaches: &[Reach], now: Timestamp) -> Predicate {
    let base = statuses::local.eq(false).and(statuses::reach.eq_any(words(reaches)));
    let lapsed = accounts::table
        .inner_join(pacts::table.on(accounts::domain.eq(pacts::domain.nullable())))
        .filter(accounts::id.eq(statuses::account_id))
        .filter(not(in_force(now.millis())));
    if tier == Tier::Open {
        let set = accounts::table
            .inner_join(hosts::table.on(accounts::domain.eq(hosts::domain.nullable())))
            .filter(accounts::id.eq(statuses::account_id))
            .filter(hosts::tier.ne(Tier::Open.as_str()));
        return Box::new(base.and(not(exists(set)).or(exists(lapsed))));
    }
    let of_tier = accounts::table
        .inner_join(hosts::table.on(accounts::domain.eq(hosts::domain.nullable())))
        .filter(accounts::id.eq(statuses::account_id))
        .filter(hosts::tier.eq(tier.as_str()));
    Box::new(base.and(exists(of_tier)).and(not(exists(lapsed))))
}

/// Builds the condition that an agreement is in force at this moment. The SQL form of `StoredGrants::in_force`.
#[diesel::dsl::auto_type(no_type_alias)]
fn in_force(now: i64) -> _ {
    let begun = pacts::starts_at.is_null().or(pacts::starts_at.assume_not_null().le(now));
    let goes_on = pacts::ends_at.is_null().or(pacts::ends_at.assume_not_null().gt(now));
    pacts::stopped.eq(false).and(begun).and(goes_on)
}

/// Builds the condition that a status is from a partner whose agreement does not let such statuses flow here.
fn withheld(now: Timestamp) -> Predicate {
    let of = |reach: Reach| statuses::reach.eq(reach.as_str());
    let closed = pacts::takes_partners
        .eq(false)
        .and(of(Reach::Partners))
        .or(pacts::takes_public.eq(false).and(of(Reach::Public)))
        .or(pacts::takes_followers.eq(false).and(of(Reach::Followers)))
        .or(pacts::takes_direct.eq(false).and(of(Reach::Direct)))
        .or(pacts::takes_boosts.eq(false).and(statuses::reblog_of.is_not_null()));
    let of_agreement = accounts::table
        .inner_join(pacts::table.on(accounts::domain.eq(pacts::domain.nullable())))
        .filter(accounts::id.eq(statuses::account_id))
        .filter(in_force(now.millis()))
        .filter(closed);
    // A group's members are its followers. The posts of a local group's guests are under no agreement.
    let members_closed = accounts::table
        .inner_join(pacts::table.on(accounts::domain.eq(pacts::domain.nullable())))
        .filter(accounts::id.eq(statuses::account_id))
        .filter(in_force(now.millis()))
        .filter(pacts::takes_followers.eq(false));
    let of_ours = accounts::table
        .filter(accounts::id.nullable().eq(statuses::group_id))
        .filter(accounts::domain.is_null());
    let by_member = follows::table
        .filter(follows::account_id.eq(statuses::account_id))
        .filter(follows::target_id.nullable().eq(statuses::group_id))
        .filter(follows::accepted.eq(true));
    let by_members = not(exists(of_ours)).or(exists(by_member));
    let posted = of(Reach::Group).and(exists(members_closed)).and(by_members);
    Box::new(statuses::local.eq(false).and(exists(of_agreement).or(posted)))
}

/// Builds the condition that a status's author is suspended, or on a host that is blocked or whose agreement
/// was stopped.
fn shut_out() -> Predicate {
    let suspended = accounts::table
        .filter(accounts::id.eq(statuses::account_id))
        .filter(accounts::suspended_at.is_not_null());
    let blocked = accounts::table
        .inner_join(hosts::table.on(accounts::domain.eq(hosts::domain.nullable())))
        .filter(accounts::id.eq(statuses::account_id))
        .filter(hosts::tier.eq(Tier::Blocked.as_str()));
    let stopped = accounts::table
        .inner_join(pacts::table.on(accounts::domain.eq(pacts::domain.nullable())))
        .filter(accounts::id.eq(statuses::account_id))
        .filter(pacts::stopped.eq(true));
    Box::new(exists(suspended).or(exists(blocked)).or(exists(stopped)))
}

impl Reader<'_> {
    /// Returns the tier of an account's host; `None` for a local account.
    pub fn tier_of_account(&mut self, account: &Account) -> Result<Option<Tier>> {
        match &account.domain {
            Some(domain) => Ok(Some(self.tier_of(domain)?)),
            None => Ok(None),
        }
    }

    /// Returns the current standing of an account's host, including its agreement; `None` for a local account.
    pub fn standing_of_account(&mut self, account: &Account) -> Result<Option<PeerStanding>> {
        account.domain.as_ref().map(|domain| self.standing_of(domain)).transpose()
    }

    /// Returns an account as a viewer.
    pub fn viewer_of(&mut self, account: &Account) -> Result<Viewer> {
        Ok(match self.standing_of_account(account)? {
            Some(PeerStanding { tier, grants }) => Viewer::Actor { id: account.id, tier, grants },
            None => Viewer::Local(account.id),
        })
    }

    /// Returns a host as a viewer.
    pub fn host_as_viewer(&mut self, domain: &str) -> Result<Viewer> {
        let PeerStanding { tier, grants } = self.standing_of(domain)?;
        Ok(Viewer::Host { domain: domain.to_owned(), tier, grants })
    }

    /// Loads the facts that policy needs about a status (or boost) and a viewer; `None` if the status does
    /// not exist.
    pub fn reach_facts(&mut self, viewer: &Viewer, id: StatusId) -> Result<Option<ReachFacts>> {
        type ReachFactsRow =
            (i64, String, Option<i64>, Option<String>, Option<i64>, Option<i64>, Option<String>, bool);
        let row: Option<ReachFactsRow> = statuses::table
            .inner_join(accounts::table.on(accounts::id.eq(statuses::account_id)))
            .filter(statuses::id.eq(id.0))
            .select((
                statuses::account_id,
                statuses::reach,
                statuses::group_id,
                accounts::domain,
                accounts::suspended_at,
                statuses::reblog_of,
                statuses::partner,
                statuses::partner_alone,
            ))
            .first(self.conn())
            .optional()?;
        let Some((author, reach, group, domain, suspended_at, boosts, partner, alone)) = row else {
            return Ok(None);
        };
        let partner = partner.map(|domain| Partner { domain, alone });
        let for_another_partner = match &partner {
            Some(partner) => !self.is_let_in(viewer, partner)? && !self.is_of(viewer, domain.as_deref())?,
            None => false,
        };
        let standing = domain.map(|domain| self.standing_of(&domain)).transpose()?;
        let (mentions_viewer, follows_author, author_blocks_viewer) = self.bonds(viewer, id, author)?;
        let (in_group, guest) = match group {
            Some(group) => self.bonds_with_group(viewer, AccountId(group))?,
            None => (false, false),
        };
        let author_guest = match group.filter(|_| standing.is_some()) {
            Some(group) => self.is_outsider_in(AccountId(group), AccountId(author))?,
            None => false,
        };
        Ok(Some(ReachFacts {
            author_guest,
            group: group.map(AccountId),
            in_group,
            guest,
            status: id,
            author: AccountId(author),
            author_tier: standing.map(|standing| standing.tier),
            author_grants: standing.map_or(AgreementGrants::USUAL, |standing| standing.grants),
            boost: boosts.is_some(),
            reach: reach.parse().map_err(|_| super::Error::Corrupt { what: "reach" })?,
            mentions_viewer,
            follows_author,
            author_blocks_viewer,
            author_suspended: suspended_at.is_some(),
            one_partner: partner.is_some(),
            for_another_partner,
        }))
    }

    /// Returns whether a viewer's host is admitted to statuses for one partner. Local users are; visitors are
    /// not.
    pub fn is_let_in(&mut self, viewer: &Viewer, partner: &Partner) -> Result<bool> {
        Ok(match viewer {
            Viewer::Anonymous => false,
            Viewer::Local(_) => true,
            Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } => {
                let domain = self.host_of(viewer)?;
                domain.is_some_and(|domain| lets_in(partner, &domain, *tier))
            }
        })
    }

    /// Returns whether a viewer belongs to a host.
    fn is_of(&mut self, viewer: &Viewer, host: Option<&str>) -> Result<bool> {
        Ok(host.is_some() && self.host_of(viewer)?.as_deref() == host)
    }

    fn host_of(&mut self, viewer: &Viewer) -> Result<Option<String>> {
        Ok(match viewer {
            Viewer::Anonymous | Viewer::Local(_) => None,
            Viewer::Host { domain, .. } => Some(domain.clone()),
            Viewer::Actor { id, .. } => self.find_account(*id)?.and_then(|account| account.domain),
        })
    }

    /// Loads the facts of a status, or of the boosted status if it is a boost; with the id that they are of.
    pub fn facts_of_original(
        &mut self,
        viewer: &Viewer,
        id: StatusId,
    ) -> Result<Option<(StatusId, ReachFacts)>> {
        let boosted: Option<Option<i64>> =
            statuses::table.find(id.0).select(statuses::reblog_of).first(self.conn()).optional()?;
        let (id, boost) = match boosted {
            Some(Some(boosted)) => (StatusId(boosted), true),
            _ => (id, false),
        };
        // Only remote viewers ask for the boost itself.
        let boost = boost && viewer.local_account().is_none();
        Ok(self.reach_facts(viewer, id)?.map(|facts| (id, ReachFacts { boost, ..facts })))
    }

    /// Returns whether a status mentions the viewer, whether the viewer follows its author, and whether the
    /// author blocks the viewer.
    fn bonds(&mut self, viewer: &Viewer, status: StatusId, author: i64) -> Result<(bool, bool, bool)> {
        let id = match viewer {
            Viewer::Anonymous => return Ok((false, false, false)),
            Viewer::Host { domain, .. } => return self.host_bonds(domain, status, author),
            Viewer::Local(id) | Viewer::Actor { id, .. } => id.0,
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

    /// Returns whether the viewer (for a host: any of its accounts) is a member of a group or the group
    /// itself, and whether the viewer is a guest of it now.
    fn bonds_with_group(&mut self, viewer: &Viewer, group: AccountId) -> Result<(bool, bool)> {
        let followed =
            follows::table.filter(follows::target_id.eq(group.0)).filter(follows::accepted.eq(true));
        match viewer {
            Viewer::Anonymous => Ok((false, false)),
            Viewer::Host { domain, .. } => {
                let there = followed
                    .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
                    .filter(accounts::domain.eq(domain));
                let own = accounts::table.find(group.0).filter(accounts::domain.eq(domain));
                Ok((diesel::select(exists(there).or(exists(own))).get_result(self.conn())?, false))
            }
            Viewer::Local(id) | Viewer::Actor { id, .. } => {
                let member = followed.filter(follows::account_id.eq(id.0));
                let invited = group_guests::table
                    .find((group.0, id.0))
                    .filter(group_guests::until.gt(self.now().millis()))
                    .filter(group_guests::accepted_at.is_not_null());
                let answer = diesel::select((exists(member), exists(invited)));
                let (member, guest): (bool, bool) = answer.get_result(self.conn())?;
                Ok((member || *id == group, guest && matches!(viewer, Viewer::Actor { .. })))
            }
        }
    }

    /// Returns whether a remote author of a post in a local group is not a member of the group, and hence a
    /// current or former guest.
    pub(super) fn is_outsider_in(&mut self, group: AccountId, author: AccountId) -> Result<bool> {
        let of_ours = accounts::table.find(group.0).filter(accounts::domain.is_null());
        let member = follows::table
            .filter(follows::account_id.eq(author.0))
            .filter(follows::target_id.eq(group.0))
            .filter(follows::accepted.eq(true));
        let answer = diesel::select(exists(of_ours).and(not(exists(member))));
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
