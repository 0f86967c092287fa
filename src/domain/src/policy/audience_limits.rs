//! Audience limits: the one partner that a status is addressed to, the limits that replies and quotes
//! inherit, and the comparison of two audiences.
//!
//! Visibility is decided by [`super::reach`] alone; this module compares limits by it.

use super::Refusal;
use super::quotes::{quote_reach, stays_within};
use super::reach::{ReachAddressing, inbound_reach, reply_reach};
use crate::model::Reach;
use crate::model::peer::Tier;
use crate::model::reach::{AudienceLimits, Partner};

/// The origin of a replied-to or quoted status: the tier and domain of its host; `None` if local.
pub type ParentOrigin<'a> = Option<(Tier, &'a str)>;

/// The audience that a remote status, or the activity that delivered it, states.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatedAudience {
    /// The facts of its addressing.
    pub facts: ReachAddressing,
    /// The domain of the one partner whose audience collection it names.
    pub partner: Option<String>,
}

/// Returns the audience limits of a remote status from a host of this tier, and whether it is listed: the
/// narrower of its own addressing and that of the activity that delivered it.
pub fn inbound_limits(
    status: &StatedAudience,
    activity: Option<&StatedAudience>,
    tier: Tier,
) -> (AudienceLimits, bool) {
    let inner = inbound_reach(status.facts, tier);
    let (reach, listed) = match activity.map(|activity| inbound_reach(activity.facts, tier)) {
        Some(outer) if (width(outer.0), outer.1) < (width(inner.0), inner.1) => outer,
        _ => inner,
    };
    let partner = status.partner.as_deref().or_else(|| activity.and_then(|outer| outer.partner.as_deref()));
    (AudienceLimits::new(reach, partner.map(Partner::named)), listed)
}

const fn width(reach: Reach) -> u8 {
    match reach {
        Reach::Direct | Reach::Group => 0,
        Reach::Followers => 1,
        Reach::Instance => 2,
        Reach::Company => 3,
        Reach::Partners => 4,
        Reach::Public => 5,
    }
}

/// Returns the audience limits of a reply: as requested, but never wider than those of its parent. A reply
/// to a status for one partner goes to the same partner, and a reply to a status that a partner sent to
/// this instance alone goes to that partner alone.
///
/// # Errors
/// [`Refusal::Reach`] if the reply is addressed to another partner than its parent.
pub fn reply_limits(
    parent: &AudienceLimits,
    by: ParentOrigin<'_>,
    asked: &AudienceLimits,
) -> Result<AudienceLimits, Refusal> {
    bounded(parent, by, asked, reply_reach(parent.reach, asked.reach))
}

/// Returns the audience limits of a quote: as requested, but never wider than those of the quoted status.
///
/// # Errors
/// [`Refusal::Reach`] for a quote to followers of a status for an organisation, and for one to another
/// partner than that of the quoted status.
pub fn quote_limits(
    quoted: &AudienceLimits,
    by: ParentOrigin<'_>,
    asked: &AudienceLimits,
) -> Result<AudienceLimits, Refusal> {
    bounded(quoted, by, asked, quote_reach(quoted.reach, asked.reach)?)
}

fn bounded(
    outer: &AudienceLimits,
    by: ParentOrigin<'_>,
    asked: &AudienceLimits,
    reach: Reach,
) -> Result<AudienceLimits, Refusal> {
    let bound = match (&outer.partner, by) {
        (Some(_), Some((Tier::Partner, host))) => Some(Partner { domain: host.to_owned(), alone: true }),
        (bound, _) => bound.clone(),
    };
    let Some(bound) = bound else { return Ok(AudienceLimits::new(reach, asked.partner.clone())) };
    match reach {
        Reach::Partners => match &asked.partner {
            Some(other) if other.domain != bound.domain => Err(Refusal::Reach),
            other => {
                let alone = bound.alone || other.as_ref().is_some_and(|other| other.alone);
                Ok(AudienceLimits::new(reach, Some(Partner { alone, ..bound })))
            }
        },
        // The rest of the company has not received the parent either.
        Reach::Company if bound.alone => Ok(Reach::Instance.into()),
        reach => Ok(reach.into()),
    }
}

/// Whether a remote quote stays within the audience of the quoted local status. `by` is the tier of the
/// quoting host.
pub fn is_within(quoted: &AudienceLimits, quote: &AudienceLimits, by: Tier) -> bool {
    let same = |bound: &Partner| match &quote.partner {
        // A partner's quote names this instance as its partner: it goes to the partner's own people and to
        // this instance.
        Some(partner) => by == Tier::Partner || partner.domain == bound.domain,
        None => quote.reach != Reach::Partners,
    };
    stays_within(quoted.reach, quote.reach) && quoted.partner.as_ref().is_none_or(same)
}

/// Whether `outer` includes everyone in `inner`, whatever their relation to the author: a partial order.
/// Mentioned people and organisational audiences are not comparable, because that depends on who is
/// mentioned (see [`may_narrow`]).
pub fn is_narrower_or_same(inner: &AudienceLimits, outer: &AudienceLimits) -> bool {
    use Reach::{Company, Direct, Followers, Instance, Partners, Public};
    if inner == outer {
        return true;
    }
    match (inner.reach, outer.reach) {
        (Direct, Followers | Public) | (Followers, Public) => true,
        (Instance, Company | Partners | Public) | (Company | Partners, Public) => true,
        (Company, Partners) => outer.partner.as_ref().is_none_or(|partner| !partner.alone),
        (Partners, Partners) => match (&inner.partner, &outer.partner) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(inner), Some(outer)) => inner.domain == outer.domain && (inner.alone || !outer.alone),
        },
        _ => false,
    }
}

/// Checks whether the audience of a status may change from `from` to `to`: only if no one gains access.
/// `named_have_it` states whether all mentioned people can already see it.
pub fn may_narrow(from: &AudienceLimits, to: &AudienceLimits, named_have_it: bool) -> Result<(), Refusal> {
    let chosen = to.reach == Reach::Direct && from.reach.is_organisational() && named_have_it;
    if chosen || is_narrower_or_same(to, from) { Ok(()) } else { Err(Refusal::Reach) }
}

/// The consequence of narrowing a status, for a host that received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aftermath {
    /// The host gets an update with the new audience.
    Updated,
    /// The host gets a request to delete the status.
    Recalled,
}

/// Returns the consequence of narrowing for a host; `may_have` states whether the host is still in the
/// audience. Only hosts of the company and of partners are trusted to apply the narrower audience. Others
/// do not know such audiences and would keep showing the status to everyone, so they are asked to delete
/// it.
pub const fn aftermath(tier: Tier, may_have: bool) -> Aftermath {
    match tier {
        Tier::Company | Tier::Partner if may_have => Aftermath::Updated,
        _ => Aftermath::Recalled,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::agreement_grants::AgreementGrants;
    use crate::model::peer::FederationMode;
    use crate::model::{AccountId, StatusId};
    use crate::policy::reach::{ReachFacts, Setting, Viewer, lets_in, may_see};

    const GLOBEX: &str = "globex.test";
    const INITECH: &str = "initech.test";

    fn to_one(domain: &str, alone: bool) -> AudienceLimits {
        AudienceLimits::new(Reach::Partners, Some(Partner { domain: domain.to_owned(), alone }))
    }

    fn all() -> Vec<AudienceLimits> {
        let one =
            [to_one(GLOBEX, false), to_one(GLOBEX, true), to_one(INITECH, false), to_one(INITECH, true)];
        Reach::ALL.iter().copied().map(AudienceLimits::from).chain(one).collect()
    }

    fn any_limits() -> impl Strategy<Value = AudienceLimits> {
        prop::sample::select(all())
    }

    fn any_tier() -> impl Strategy<Value = Tier> {
        prop::sample::select(Tier::ALL.to_vec())
    }

    /// Returns everyone who may see a status with these limits by a local author.
    fn seen_by(limits: &AudienceLimits, mode: FederationMode) -> Vec<String> {
        let setting = Setting { mode, public_pages: true };
        let mut seers = Vec::new();
        let mut viewers = vec![(Viewer::Anonymous, None), (Viewer::Local(AccountId(2)), None)];
        for &tier in Tier::ALL {
            for domain in [GLOBEX, INITECH, "other.test"] {
                viewers.push((
                    Viewer::Host { domain: domain.into(), tier, grants: AgreementGrants::USUAL },
                    Some((domain, tier)),
                ));
                viewers.push((
                    Viewer::Actor { id: AccountId(7), tier, grants: AgreementGrants::USUAL },
                    Some((domain, tier)),
                ));
            }
        }
        for (viewer, host) in viewers {
            for bonds in 0..8 {
                let (follows, named, member) = (bonds & 1 != 0, bonds & 2 != 0, bonds & 4 != 0);
                let let_in =
                    |partner: &Partner| host.is_none_or(|(domain, tier)| lets_in(partner, domain, tier));
                let facts = ReachFacts {
                    mentions_viewer: named,
                    follows_author: follows,
                    one_partner: limits.partner.is_some(),
                    for_another_partner: !limits.partner.as_ref().is_none_or(let_in),
                    group: (limits.reach == Reach::Group).then_some(AccountId(9)),
                    in_group: member,
                    ..ReachFacts::new(StatusId(1), AccountId(1), None, limits.reach)
                };
                if may_see(&viewer, &setting, &facts).is_ok() {
                    seers.push(format!("{viewer:?} {host:?} {follows} {member} {named}"));
                }
            }
        }
        seers
    }

    #[test]
    fn narrower_means_that_nobody_is_added() {
        for mode in [FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open] {
            for inner in all() {
                for outer in all() {
                    let (few, many) = (seen_by(&inner, mode), seen_by(&outer, mode));
                    let added = few.iter().any(|seer| !many.contains(seer));
                    if is_narrower_or_same(&inner, &outer) {
                        assert!(!added, "{mode:?}: {inner:?} shows to more than {outer:?}");
                    } else if mode == FederationMode::Open {
                        // Every refused combination would give access to someone new.
                        assert!(added, "{inner:?} could be allowed within {outer:?}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn narrower_is_a_partial_order(a in any_limits(), b in any_limits(), c in any_limits()) {
            prop_assert!(is_narrower_or_same(&a, &a));
            if is_narrower_or_same(&a, &b) && is_narrower_or_same(&b, &a) {
                prop_assert_eq!(&a, &b);
            }
            if is_narrower_or_same(&a, &b) && is_narrower_or_same(&b, &c) {
                prop_assert!(is_narrower_or_same(&a, &c));
            }
        }

        /// Narrowing gives no one access; mentioned people keep it only if all of them already have it.
        #[test]
        fn narrowing_never_shows_to_more(from in any_limits(), to in any_limits(), have: bool) {
            if may_narrow(&from, &to, have).is_ok() {
                let before = seen_by(&from, FederationMode::Open);
                let fresh = |seer: &&String| !(before.contains(seer) || have && seer.ends_with("true"));
                let after = seen_by(&to, FederationMode::Open);
                prop_assert_eq!(after.iter().find(fresh), None);
            }
        }

        /// Everyone who gets a reply to, or a quote of, a status for one partner could also have that
        /// status.
        #[test]
        fn replies_and_quotes_for_one_partner_stay_with_it(
            alone: bool, asked in any_limits(), by in prop::option::of(any_tier()), tier in any_tier(), quote: bool,
        ) {
            let parent = to_one(GLOBEX, alone);
            let by = by.filter(|tier| matches!(tier, Tier::Company | Tier::Partner));
            let origin = by.map(|tier| (tier, INITECH));
            let limits = if quote { quote_limits } else { reply_limits };
            let Ok(limits) = limits(&parent, origin, &asked) else { return Ok(()) };
            prop_assert!(limits.reach != Reach::Public && limits.reach != Reach::Followers);
            for domain in [GLOBEX, INITECH, "other.test"] {
                let gets = match limits.reach {
                    Reach::Company => tier == Tier::Company,
                    Reach::Partners => limits.partner.as_ref().is_some_and(|one| lets_in(one, domain, tier)),
                    _ => false,
                };
                let had = match by {
                    // It was for this instance alone, so besides it only the author's host has it.
                    Some(Tier::Partner) => domain == INITECH,
                    _ => domain == GLOBEX || (tier == Tier::Company && !alone),
                };
                prop_assert!(!gets || had, "{limits:?} reaches {domain}, {tier}");
            }
        }
    }

    #[test]
    fn an_answer_goes_to_the_partner_that_was_asked() {
        let (globex, public) = (to_one(GLOBEX, false), AudienceLimits::from(Reach::Public));
        assert_eq!(reply_limits(&globex, None, &public), Ok(globex.clone()));
        assert_eq!(reply_limits(&globex, None, &to_one(INITECH, false)), Err(Refusal::Reach));
        assert_eq!(reply_limits(&public, None, &globex), Ok(globex.clone()));
        assert_eq!(reply_limits(&globex, None, &Reach::Company.into()), Ok(Reach::Company.into()));
        let to_us = to_one("acme.test", false);
        let back = reply_limits(&to_us, Some((Tier::Partner, GLOBEX)), &public);
        assert_eq!(back, Ok(to_one(GLOBEX, true)));
        let inside = reply_limits(&to_us, Some((Tier::Partner, GLOBEX)), &Reach::Company.into());
        assert_eq!(inside, Ok(Reach::Instance.into()));
        assert!(is_within(&globex, &to_us, Tier::Partner) && is_within(&globex, &globex, Tier::Company));
        assert!(!is_within(&globex, &Reach::Partners.into(), Tier::Company));
        assert!(!is_within(&globex, &Reach::Followers.into(), Tier::Partner));
    }

    #[test]
    fn a_narrowed_post_stays_where_narrowing_is_understood() {
        for &tier in Tier::ALL {
            assert_eq!(aftermath(tier, false), Aftermath::Recalled);
            let trusted = matches!(tier, Tier::Company | Tier::Partner);
            assert_eq!(aftermath(tier, true) == Aftermath::Updated, trusted, "{tier}");
        }
    }
}
