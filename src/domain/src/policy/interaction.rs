//! Decisions about interactions with a visible status or account.

use super::Refusal;
use super::reach::{ReachFacts, Setting, Viewer, check_grant, host_allowed, may_see};
use crate::model::peer::Tier;
use crate::model::status::Status;
use crate::model::{AccountId, Reach};

/// Checks whether the viewer may reply to this status.
pub fn may_reply(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    may_see(viewer, setting, facts)
}

/// Checks whether the viewer may favourite this status.
pub fn may_favourite(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    may_see(viewer, setting, facts)
}

/// Checks whether the viewer may boost this status. Only statuses for a whole organisation may be boosted,
/// and statuses for followers by their author.
///
/// # Errors
/// [`Refusal::Hidden`] if the viewer may not see it, [`Refusal::Reach`] if it must not be boosted.
pub fn may_boost(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    may_see(viewer, setting, facts)?;
    let own = viewer.local_account() == Some(facts.author);
    // A status that a partner sent to this instance alone is not boosted, not even within the company.
    if facts.one_partner && facts.author_tier == Some(Tier::Partner) {
        return Err(Refusal::Reach);
    }
    // Posts for a group's members are boosted by the group only.
    let group = facts.reach == Reach::Group && is_the_group(viewer, facts);
    if facts.reach.is_organisational() || (own && facts.reach == Reach::Followers) || group {
        Ok(())
    } else {
        Err(Refusal::Reach)
    }
}

fn is_the_group(viewer: &Viewer, facts: &ReachFacts) -> bool {
    let id = match viewer {
        Viewer::Local(id) | Viewer::Actor { id, .. } => *id,
        Viewer::Anonymous | Viewer::Host { .. } => return false,
    };
    facts.group == Some(id)
}

/// Checks whether to show a remote actor's boost of this status. A local status must be visible to the
/// actor; a remote one must not leave its reach by the boost. In both cases the agreement with the actor's
/// host must grant boosts.
pub fn may_relay(viewer: &Viewer, setting: &Setting, facts: &ReachFacts) -> Result<(), Refusal> {
    if facts.author_local() {
        if let Viewer::Actor { grants, .. } = viewer {
            check_grant(grants.takes, facts.reach, true)?;
        }
        return may_boost(viewer, setting, facts);
    }
    // A blocked or suspended author does not get in through another's boost.
    if facts.author_suspended || facts.author_tier == Some(Tier::Blocked) {
        return Err(Refusal::Hidden);
    }
    let Viewer::Actor { id, tier, grants } = viewer else { return Err(Refusal::Reach) };
    host_allowed(setting.mode, *tier)?;
    check_grant(grants.takes, facts.reach, true)?;
    let allowed = match facts.reach {
        Reach::Public => true,
        Reach::Partners => matches!(tier, Tier::Company | Tier::Partner) && !facts.for_another_partner,
        Reach::Company => *tier == Tier::Company,
        Reach::Followers => *id == facts.author,
        Reach::Group => facts.group == Some(*id),
        Reach::Instance | Reach::Direct => false,
    };
    if allowed { Ok(()) } else { Err(Refusal::Reach) }
}

/// Checks whether this account may edit this status. [`Refusal::Hidden`] if it belongs to another account
/// or is a boost.
pub fn may_edit(me: AccountId, status: &Status) -> Result<(), Refusal> {
    if status.account_id == me && status.boost_of.is_none() { Ok(()) } else { Err(Refusal::Hidden) }
}

/// Checks whether this account may delete this status. [`Refusal::Hidden`] if it belongs to another
/// account.
pub fn may_delete(me: AccountId, status: &Status) -> Result<(), Refusal> {
    if status.account_id == me { Ok(()) } else { Err(Refusal::Hidden) }
}

/// Checks whether this account may pin this status to its profile.
///
/// # Errors
/// [`Refusal::NotYours`] if it belongs to another account, [`Refusal::Reach`] for a direct message, a post
/// for a group's members, or a boost.
pub fn may_pin(me: AccountId, status: &Status) -> Result<(), Refusal> {
    if status.account_id != me {
        Err(Refusal::NotYours)
    } else if matches!(status.reach, Reach::Direct | Reach::Group) || status.boost_of.is_some() {
        Err(Refusal::Reach)
    } else {
        Ok(())
    }
}

/// Checks whether one account may follow another.
pub fn may_follow(
    me: AccountId,
    target: AccountId,
    blocked_either_way: bool,
    target_away: bool,
) -> Result<(), Refusal> {
    if me == target {
        Err(Refusal::Yourself)
    } else if blocked_either_way {
        Err(Refusal::Blocked)
    } else if target_away {
        Err(Refusal::Suspended)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::agreement_grants::AgreementGrants;
    use crate::model::peer::FederationMode;
    use crate::model::{StatusId, Timestamp};
    use crate::policy::reach::{ReachAddressing, inbound_reach, open_to_host, open_to_local};

    const ME: AccountId = AccountId(2);
    const AUTHOR: AccountId = AccountId(1);
    const OPEN: Setting = Setting { mode: FederationMode::Open, public_pages: false };

    fn facts(author_tier: Option<Tier>, reach: Reach) -> ReachFacts {
        ReachFacts {
            group: (reach == Reach::Group).then_some(AccountId(5)),
            ..ReachFacts::new(StatusId(1), AUTHOR, author_tier, reach)
        }
    }

    fn status(author: AccountId, reach: Reach, boost_of: Option<StatusId>) -> Status {
        let now = Timestamp::from_millis(0);
        Status { local: true, boost_of, ..Status::new(StatusId(1), String::new(), author, reach, now) }
    }

    #[test]
    fn boosting_depends_on_reach_and_author() {
        let boosts = |viewer: AccountId, reach| {
            let known = ReachFacts {
                follows_author: true,
                mentions_viewer: true,
                in_group: true,
                ..facts(None, reach)
            };
            may_boost(&Viewer::Local(viewer), &OPEN, &known)
        };
        for &reach in Reach::ALL {
            let by_others = if reach.is_organisational() { Ok(()) } else { Err(Refusal::Reach) };
            let closed = matches!(reach, Reach::Direct | Reach::Group);
            let by_author = if closed { Err(Refusal::Reach) } else { Ok(()) };
            assert_eq!(boosts(ME, reach), by_others, "{reach}");
            assert_eq!(boosts(AUTHOR, reach), by_author, "{reach}");
        }
        let hidden = may_boost(&Viewer::Local(ME), &OPEN, &facts(None, Reach::Followers));
        assert_eq!(hidden, Err(Refusal::Hidden));
    }

    #[test]
    fn a_boost_from_elsewhere_carries_nothing_further() {
        let relays = |tier, reach| {
            let by = Viewer::Actor { id: ME, tier, grants: AgreementGrants::USUAL };
            may_relay(&by, &OPEN, &facts(Some(Tier::Company), reach)).is_ok()
        };
        for (reach, tiers) in [
            (Reach::Direct, &[][..]),
            (Reach::Group, &[]),
            (Reach::Followers, &[]),
            (Reach::Instance, &[]),
            (Reach::Company, &[Tier::Company]),
            (Reach::Partners, &[Tier::Company, Tier::Partner]),
            (Reach::Public, &[Tier::Company, Tier::Partner, Tier::Open, Tier::Limited]),
        ] {
            for &tier in Tier::ALL {
                assert_eq!(relays(tier, reach), tiers.contains(&tier), "{tier} {reach}");
            }
        }
    }

    #[test]
    fn a_group_alone_passes_on_what_is_for_its_members() {
        let group = AccountId(5);
        for by in [group, ME] {
            let theirs = facts(Some(Tier::Company), Reach::Group);
            let actor = Viewer::Actor { id: by, tier: Tier::Partner, grants: AgreementGrants::USUAL };
            assert_eq!(may_relay(&actor, &OPEN, &theirs).is_ok(), by == group);
            let ours = ReachFacts { in_group: true, ..facts(None, Reach::Group) };
            assert_eq!(may_relay(&actor, &OPEN, &ours).is_ok(), by == group);
        }
    }

    #[test]
    fn nobody_who_is_kept_out_comes_back_by_a_boost() {
        let by = Viewer::Actor { id: ME, tier: Tier::Company, grants: AgreementGrants::USUAL };
        let blocked = facts(Some(Tier::Blocked), Reach::Public);
        assert_eq!(may_relay(&by, &OPEN, &blocked), Err(Refusal::Hidden));
        let suspended = ReachFacts { author_suspended: true, ..facts(Some(Tier::Open), Reach::Public) };
        assert_eq!(may_relay(&by, &OPEN, &suspended), Err(Refusal::Hidden));
    }

    #[test]
    fn only_authors_edit_delete_and_pin_statuses() {
        let mine = status(ME, Reach::Company, None);
        let theirs = status(AUTHOR, Reach::Company, None);
        let boost = status(ME, Reach::Company, Some(StatusId(9)));
        assert_eq!(may_edit(ME, &mine), Ok(()));
        assert_eq!(
            (may_edit(ME, &theirs), may_edit(ME, &boost)),
            (Err(Refusal::Hidden), Err(Refusal::Hidden))
        );
        assert_eq!((may_delete(ME, &mine), may_delete(ME, &boost)), (Ok(()), Ok(())));
        assert_eq!(may_delete(ME, &theirs), Err(Refusal::Hidden));
        assert_eq!(may_pin(ME, &mine), Ok(()));
        assert_eq!(may_pin(ME, &theirs), Err(Refusal::NotYours));
        assert_eq!(may_pin(ME, &boost), Err(Refusal::Reach));
        assert_eq!(may_pin(ME, &status(ME, Reach::Direct, None)), Err(Refusal::Reach));
    }

    #[test]
    fn following_oneself_and_blocked_or_suspended_accounts_is_refused() {
        assert_eq!(may_follow(ME, AUTHOR, false, false), Ok(()));
        assert_eq!(may_follow(ME, ME, false, false), Err(Refusal::Yourself));
        assert_eq!(may_follow(ME, AUTHOR, true, true), Err(Refusal::Blocked));
        assert_eq!(may_follow(ME, AUTHOR, false, true), Err(Refusal::Suspended));
    }

    fn any_tier() -> impl Strategy<Value = Tier> {
        prop::sample::select(Tier::ALL.to_vec())
    }

    proptest! {
        /// A boost has the reach of the boosted status, so everyone who gets the boost could have had the
        /// original, remotely and among local staff.
        #[test]
        fn boosting_never_widens(
            reach in prop::sample::select(Reach::ALL.to_vec()),
            author_tier in prop::option::of(any_tier()),
            by in any_tier(),
            follows: bool,
            named: bool,
        ) {
            let known = ReachFacts {
                follows_author: follows,
                mentions_viewer: named,
                ..facts(author_tier, reach)
            };
            let staff = Viewer::Local(ME);
            if may_boost(&staff, &OPEN, &known).is_ok() {
                prop_assert!(may_see(&staff, &OPEN, &known).is_ok());
                prop_assert!(reach.is_organisational());
            }
            let actor = Viewer::Actor { id: ME, tier: by, grants: AgreementGrants::USUAL };
            if may_relay(&actor, &OPEN, &known).is_ok() && reach != Reach::Public {
                prop_assert!(open_to_local(Some(by)).contains(&reach));
            }
        }

        /// A host's statuses are visible to everyone here only as far as its tier permits, whatever its
        /// addressing claims, and boosts of them stay within that.
        #[test]
        fn no_host_gives_itself_a_wider_audience(
            public: bool, unlisted: bool, followers: bool, company: bool, partners: bool,
            one_partner in prop::option::of(any::<bool>()), tier in any_tier(),
        ) {
            let addressing = ReachAddressing { public, unlisted, followers, company, partners, one_partner };
            let (reach, listed) = inbound_reach(addressing, tier);
            prop_assert!(reach != Reach::Instance);
            prop_assert!(!listed || reach.is_organisational());
            if matches!(reach, Reach::Company | Reach::Partners) {
                prop_assert!(open_to_host(tier).contains(&reach));
            }
            if !public && !unlisted {
                prop_assert!(reach != Reach::Public);
            }
        }
    }
}
