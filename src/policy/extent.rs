//! How far a status goes beyond the word of its reach: the one partner that it is for, what an answer or a
//! quote takes over of it, and whether one goes less far than another.
//!
//! Who may see what is said by [`super::reach`] alone; here two extents are compared by it.

use super::Refusal;
use super::quotes::{quote_reach, stays_within};
use super::reach::reply_reach;
use crate::model::Reach;
use crate::model::peer::Tier;
use crate::model::reach::{Extent, Partner};

/// Who wrote what is answered or quoted: what their host is to us, and its domain; none of this instance.
pub type Origin<'a> = Option<(Tier, &'a str)>;

/// How far an answer goes: as far as is asked for, but never further than what it answers. What one partner
/// was sent is answered to the same, and what a partner sent to us alone is answered to them alone.
///
/// # Errors
/// [`Refusal::Reach`] for an answer to another partner than the one that it answers is for.
pub fn reply_extent(parent: &Extent, by: Origin<'_>, asked: &Extent) -> Result<Extent, Refusal> {
    bounded(parent, by, asked, reply_reach(parent.reach, asked.reach))
}

/// How far a quote goes: as far as is asked for, but never further than what it quotes.
///
/// # Errors
/// [`Refusal::Reach`] for a quote to followers of what is for an organisation, and for one to another partner
/// than the one that it quotes is for.
pub fn quote_extent(quoted: &Extent, by: Origin<'_>, asked: &Extent) -> Result<Extent, Refusal> {
    bounded(quoted, by, asked, quote_reach(quoted.reach, asked.reach)?)
}

fn bounded(outer: &Extent, by: Origin<'_>, asked: &Extent, reach: Reach) -> Result<Extent, Refusal> {
    let bound = match (&outer.partner, by) {
        (Some(_), Some((Tier::Partner, host))) => Some(Partner { domain: host.to_owned(), alone: true }),
        (bound, _) => bound.clone(),
    };
    let Some(bound) = bound else { return Ok(Extent::new(reach, asked.partner.clone())) };
    match reach {
        Reach::Partners => match &asked.partner {
            Some(other) if other.domain != bound.domain => Err(Refusal::Reach),
            other => {
                let alone = bound.alone || other.as_ref().is_some_and(|other| other.alone);
                Ok(Extent::new(reach, Some(Partner { alone, ..bound })))
            }
        },
        // The rest of the company has not had it either.
        Reach::Company if bound.alone => Ok(Reach::Instance.into()),
        reach => Ok(reach.into()),
    }
}

/// Does a quote from elsewhere stay within what it quotes of ours? `by` is what the quoting host is to us.
pub fn is_within(quoted: &Extent, quote: &Extent, by: Tier) -> bool {
    let same = |bound: &Partner| match &quote.partner {
        // A partner names us; it quotes to its own people and to us.
        Some(partner) => by == Tier::Partner || partner.domain == bound.domain,
        None => quote.reach != Reach::Partners,
    };
    stays_within(quoted.reach, quote.reach) && quoted.partner.as_ref().is_none_or(same)
}

/// Whether everybody who may see what goes as far as `inner` may see what goes as far as `outer`, whoever they
/// are and whatever binds them to the author: a partial order. Not in it: what is for the people it names,
/// against what is for an organisation, which depends on who they are (see [`may_narrow`]).
pub fn is_narrower_or_same(inner: &Extent, outer: &Extent) -> bool {
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

/// May a status that goes as far as `from` be made to go as far as `to`? Only if nobody gets to see it who did
/// not before. `named_have_it`: whether everybody whom it names may see it as it is.
///
/// # Errors
/// [`Refusal::Reach`] when not.
pub fn may_narrow(from: &Extent, to: &Extent, named_have_it: bool) -> Result<(), Refusal> {
    let chosen = to.reach == Reach::Direct && from.reach.is_organisational() && named_have_it;
    if chosen || is_narrower_or_same(to, from) { Ok(()) } else { Err(Refusal::Reach) }
}

/// What becomes of a status on a host that got it, when it is narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aftermath {
    /// It is told how far the status goes now.
    Told,
    /// It is asked to delete it.
    Recalled,
}

/// What becomes of a narrowed status on a host: `may_have` says whether it may have the status as it is now.
/// Only hosts of the company and of partners are trusted to narrow what they show; others know nothing of it
/// and would go on showing it to everybody.
pub const fn aftermath(tier: Tier, may_have: bool) -> Aftermath {
    match tier {
        Tier::Company | Tier::Partner if may_have => Aftermath::Told,
        _ => Aftermath::Recalled,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::pact::Pact;
    use crate::model::peer::FederationMode;
    use crate::model::{AccountId, StatusId};
    use crate::policy::reach::{ReachFacts, Setting, Viewer, lets_in, may_see};

    const GLOBEX: &str = "globex.test";
    const INITECH: &str = "initech.test";

    fn to_one(domain: &str, alone: bool) -> Extent {
        Extent::new(Reach::Partners, Some(Partner { domain: domain.to_owned(), alone }))
    }

    fn all() -> Vec<Extent> {
        let one =
            [to_one(GLOBEX, false), to_one(GLOBEX, true), to_one(INITECH, false), to_one(INITECH, true)];
        Reach::ALL.into_iter().map(Extent::from).chain(one).collect()
    }

    fn any_extent() -> impl Strategy<Value = Extent> {
        prop::sample::select(all())
    }

    fn any_tier() -> impl Strategy<Value = Tier> {
        prop::sample::select(Tier::ALL.to_vec())
    }

    /// Everybody who could look at a status of this extent by an author here, and may.
    fn seen_by(extent: &Extent, mode: FederationMode) -> Vec<String> {
        let setting = Setting { mode, public_pages: true };
        let mut seers = Vec::new();
        let mut viewers = vec![(Viewer::Anonymous, None), (Viewer::Staff(AccountId(2)), None)];
        for tier in Tier::ALL {
            for domain in [GLOBEX, INITECH, "other.test"] {
                viewers.push((
                    Viewer::Host { domain: domain.into(), tier, pact: Pact::USUAL },
                    Some((domain, tier)),
                ));
                viewers.push((
                    Viewer::Actor { id: AccountId(7), tier, pact: Pact::USUAL },
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
                    author_pact: Pact::USUAL,
                    boost: false,
                    status: StatusId(1),
                    author: AccountId(1),
                    author_tier: None,
                    reach: extent.reach,
                    mentions_viewer: named,
                    follows_author: follows,
                    author_blocks_viewer: false,
                    author_suspended: false,
                    one_partner: extent.partner.is_some(),
                    for_another_partner: !extent.partner.as_ref().is_none_or(let_in),
                    group: (extent.reach == Reach::Group).then_some(AccountId(9)),
                    in_group: member,
                    guest: false,
                    author_guest: false,
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
                        // And whatever is refused would be a way to add somebody.
                        assert!(added, "{inner:?} could be allowed within {outer:?}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn narrower_is_a_partial_order(a in any_extent(), b in any_extent(), c in any_extent()) {
            prop_assert!(is_narrower_or_same(&a, &a));
            if is_narrower_or_same(&a, &b) && is_narrower_or_same(&b, &a) {
                prop_assert_eq!(&a, &b);
            }
            if is_narrower_or_same(&a, &b) && is_narrower_or_same(&b, &c) {
                prop_assert!(is_narrower_or_same(&a, &c));
            }
        }

        /// Narrowing shows to nobody new: of those whom it names, only if all of them have it already.
        #[test]
        fn narrowing_never_shows_to_more(from in any_extent(), to in any_extent(), have: bool) {
            if may_narrow(&from, &to, have).is_ok() {
                let before = seen_by(&from, FederationMode::Open);
                let fresh = |seer: &&String| !(before.contains(seer) || have && seer.ends_with("true"));
                let after = seen_by(&to, FederationMode::Open);
                prop_assert_eq!(after.iter().find(fresh), None);
            }
        }

        /// Whoever gets an answer to, or a quote of, what is for one partner could have had that.
        #[test]
        fn what_is_for_one_partner_stays_with_it(
            alone: bool, asked in any_extent(), by in prop::option::of(any_tier()), tier in any_tier(), quote: bool,
        ) {
            let parent = to_one(GLOBEX, alone);
            let by = by.filter(|tier| matches!(tier, Tier::Company | Tier::Partner));
            let origin = by.map(|tier| (tier, INITECH));
            let extent = if quote { quote_extent } else { reply_extent };
            let Ok(extent) = extent(&parent, origin, &asked) else { return Ok(()) };
            prop_assert!(extent.reach != Reach::Public && extent.reach != Reach::Followers);
            for domain in [GLOBEX, INITECH, "other.test"] {
                let gets = match extent.reach {
                    Reach::Company => tier == Tier::Company,
                    Reach::Partners => extent.partner.as_ref().is_some_and(|one| lets_in(one, domain, tier)),
                    _ => false,
                };
                let had = match by {
                    // It was for us alone: beside us, its author's host has it.
                    Some(Tier::Partner) => domain == INITECH,
                    _ => domain == GLOBEX || (tier == Tier::Company && !alone),
                };
                prop_assert!(!gets || had, "{extent:?} reaches {domain}, {tier}");
            }
        }
    }

    #[test]
    fn an_answer_goes_to_the_partner_that_was_asked() {
        let (globex, public) = (to_one(GLOBEX, false), Extent::from(Reach::Public));
        assert_eq!(reply_extent(&globex, None, &public), Ok(globex.clone()));
        assert_eq!(reply_extent(&globex, None, &to_one(INITECH, false)), Err(Refusal::Reach));
        assert_eq!(reply_extent(&public, None, &globex), Ok(globex.clone()));
        assert_eq!(reply_extent(&globex, None, &Reach::Company.into()), Ok(Reach::Company.into()));
        let to_us = to_one("acme.test", false);
        let back = reply_extent(&to_us, Some((Tier::Partner, GLOBEX)), &public);
        assert_eq!(back, Ok(to_one(GLOBEX, true)));
        let inside = reply_extent(&to_us, Some((Tier::Partner, GLOBEX)), &Reach::Company.into());
        assert_eq!(inside, Ok(Reach::Instance.into()));
        assert!(is_within(&globex, &to_us, Tier::Partner) && is_within(&globex, &globex, Tier::Company));
        assert!(!is_within(&globex, &Reach::Partners.into(), Tier::Company));
        assert!(!is_within(&globex, &Reach::Followers.into(), Tier::Partner));
    }

    #[test]
    fn a_narrowed_post_stays_where_narrowing_is_understood() {
        for tier in Tier::ALL {
            assert_eq!(aftermath(tier, false), Aftermath::Recalled);
            let trusted = matches!(tier, Tier::Company | Tier::Partner);
            assert_eq!(aftermath(tier, true) == Aftermath::Told, trusted, "{tier}");
        }
    }
}
