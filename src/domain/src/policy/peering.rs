//! Decisions about accounts across hosts: which profiles are visible, which follows are possible, and which
//! need approval.

use super::Refusal;
use super::reach::{Setting, Viewer, host_allowed};
use crate::model::account::ActorKind;
use crate::model::agreement_grants::{Grant, GrantSet};
use crate::model::peer::Tier;

/// The facts about an account that decide its visibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFacts {
    /// The tier of its host; `None` for a local account.
    pub tier: Option<Tier>,
    /// The grants of the agreement with its host to this instance.
    pub takes: GrantSet,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Whether it blocks the viewer.
    pub blocks_viewer: bool,
    /// Whether it is the viewer's own account.
    pub own: bool,
}

impl AccountFacts {
    /// Returns the facts of a local account that is not suspended and does not block the viewer.
    pub const fn of_own() -> Self {
        Self { tier: None, takes: GrantSet::ALL, suspended: false, blocks_viewer: false, own: false }
    }
}

/// Checks whether this viewer may see this account's profile. Staff may see every account that is not on a
/// blocked host: suspended ones as an empty profile, and also those that block them, since the API's
/// relationship reveals that anyway. Visitors and other hosts may see local accounts only.
///
/// # Errors
/// [`Refusal::Hidden`]: the viewer must not learn that the account exists.
pub fn may_see_account(viewer: &Viewer, setting: &Setting, facts: &AccountFacts) -> Result<(), Refusal> {
    let local = facts.tier.is_none();
    let visible = match viewer {
        Viewer::Local(_) => facts.own || facts.tier != Some(Tier::Blocked),
        Viewer::Anonymous => local && setting.public_pages && !facts.suspended,
        Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } => {
            local && !facts.suspended && !facts.blocks_viewer && host_allowed(setting.mode, *tier).is_ok()
        }
    };
    if visible { Ok(()) } else { Err(Refusal::Hidden) }
}

/// Checks whether an agreement allows an account to be followed. `named` states whether it names the
/// account.
pub fn may_be_followed(granted: GrantSet, named: bool) -> Result<(), Refusal> {
    if granted.has(Grant::Follows) || named { Ok(()) } else { Err(Refusal::Agreement) }
}

/// Whether a follow needs the approval of the followed person: if the account is locked, or the follower is
/// on a limited host or silenced by moderators.
pub const fn must_ask(locked: bool, follower_tier: Option<Tier>, follower_silenced: bool) -> bool {
    locked || follower_silenced || matches!(follower_tier, Some(Tier::Limited))
}

/// Checks whether an actor may subscribe to the posts for its host by following the instance actor. Only
/// the instance actors of the company may.
pub const fn may_subscribe(tier: Tier, kind: ActorKind) -> Result<(), Refusal> {
    match (tier, kind) {
        (Tier::Company, ActorKind::Application) => Ok(()),
        _ => Err(Refusal::Host),
    }
}

/// Whether a mention, favourite or the like may notify a local user. Accounts on limited hosts, and
/// silenced accounts, notify only their followers (`follows`).
pub const fn may_notify(tier: Option<Tier>, silenced: bool, follows: bool) -> bool {
    match tier {
        _ if silenced && !follows => false,
        Some(Tier::Blocked) => false,
        Some(Tier::Limited) => follows,
        Some(Tier::Company | Tier::Partner | Tier::Open) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AccountId;
    use crate::model::agreement_grants::AgreementGrants;
    use crate::model::peer::FederationMode;

    const MODES: [FederationMode; 3] =
        [FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open];

    fn facts(tier: Option<Tier>) -> AccountFacts {
        AccountFacts { tier, ..AccountFacts::of_own() }
    }

    #[test]
    fn staff_see_everybody_but_blocked_hosts() {
        let staff = Viewer::Local(AccountId(1));
        let setting = Setting { mode: FederationMode::Closed, public_pages: false };
        for tier in [None, Some(Tier::Company), Some(Tier::Partner), Some(Tier::Open), Some(Tier::Limited)] {
            assert_eq!(may_see_account(&staff, &setting, &facts(tier)), Ok(()), "{tier:?}");
        }
        let blocked = facts(Some(Tier::Blocked));
        assert_eq!(may_see_account(&staff, &setting, &blocked), Err(Refusal::Hidden));
    }

    #[test]
    fn visitors_see_nobody_unless_pages_are_public() {
        for public_pages in [false, true] {
            let setting = Setting { mode: FederationMode::Open, public_pages };
            let see = |facts| may_see_account(&Viewer::Anonymous, &setting, &facts).is_ok();
            assert_eq!(see(facts(None)), public_pages);
            assert!(!see(AccountFacts { suspended: true, ..facts(None) }));
            assert!(Tier::ALL.iter().copied().all(|tier| !see(facts(Some(tier)))));
        }
    }

    #[test]
    fn hosts_see_our_people_and_nobody_elses() {
        for mode in MODES {
            let setting = Setting { mode, public_pages: true };
            for &tier in Tier::ALL {
                let host = Viewer::Host { domain: "x.example".into(), tier, grants: AgreementGrants::USUAL };
                let see = |facts| may_see_account(&host, &setting, &facts).is_ok();
                assert_eq!(see(facts(None)), host_allowed(mode, tier).is_ok(), "{mode:?} {tier}");
                assert!(!see(facts(Some(Tier::Company))));
                assert!(!see(AccountFacts { suspended: true, ..facts(None) }));
                assert!(!see(AccountFacts { blocks_viewer: true, ..facts(None) }));
            }
        }
    }

    #[test]
    fn only_the_companys_instances_subscribe() {
        let allowed: Vec<(Tier, ActorKind)> = Tier::ALL
            .iter()
            .copied()
            .flat_map(|tier| ActorKind::ALL.iter().map(move |&kind| (tier, kind)))
            .filter(|(tier, kind)| may_subscribe(*tier, *kind).is_ok())
            .collect();
        assert_eq!(allowed, [(Tier::Company, ActorKind::Application)]);
    }

    #[test]
    fn limited_hosts_ask_and_do_not_disturb() {
        assert!(must_ask(false, Some(Tier::Limited), false) && must_ask(false, None, true));
        assert!(must_ask(true, None, false) && !must_ask(false, None, false));
        assert!(!must_ask(false, Some(Tier::Open), false));
        assert!(
            !may_notify(Some(Tier::Limited), false, false) && may_notify(Some(Tier::Limited), false, true)
        );
        assert!(!may_notify(Some(Tier::Blocked), false, true) && may_notify(None, false, false));
        assert!(!may_notify(None, true, false) && may_notify(None, true, true));
    }
}
