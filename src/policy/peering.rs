//! People across hosts: whose profile may be seen, who may be followed from where, and who must ask.

use super::Refusal;
use super::reach::{Setting, Viewer, host_allowed};
use crate::model::account::ActorKind;
use crate::model::pact::{Flow, Permit};
use crate::model::peer::{FederationMode, Tier};

/// What must be known of an account to decide who may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFacts {
    /// What its host is to us; none for an account of this instance.
    pub tier: Option<Tier>,
    /// What the agreement with its host lets flow here.
    pub takes: Flow,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Whether it blocks the viewer.
    pub blocks_viewer: bool,
    /// Whether it is the viewer's own.
    pub own: bool,
}

impl AccountFacts {
    /// Of an account of this instance that nothing is the matter with, for whom it does not block.
    pub const fn of_own() -> Self {
        Self { tier: None, takes: Flow::ALL, suspended: false, blocks_viewer: false, own: false }
    }
}

/// May this viewer see this account's profile? Staff may see every account that is not on a blocked host
/// (a suspended one as an empty shell, and one that blocks them, as the API's relationship tells them
/// anyway); visitors and other hosts only this instance's own.
///
/// # Errors
/// [`Refusal::Hidden`] when not: the viewer must not learn that it exists.
pub fn may_see_account(viewer: &Viewer, setting: &Setting, facts: &AccountFacts) -> Result<(), Refusal> {
    let local = facts.tier.is_none();
    let visible = match viewer {
        Viewer::Staff(_) => facts.own || facts.tier != Some(Tier::Blocked),
        Viewer::Anonymous => local && setting.public_pages && !facts.suspended,
        Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } => {
            local && !facts.suspended && !facts.blocks_viewer && host_allowed(setting.mode, *tier).is_ok()
        }
    };
    if visible { Ok(()) } else { Err(Refusal::Hidden) }
}

/// May an account here follow one whose host is `tier` to us (none: this instance)? And the other way
/// round, may one of such a host follow one here?
///
/// # Errors
/// [`Refusal::Host`] when nothing may be exchanged with the host.
pub const fn may_follow_across(mode: FederationMode, tier: Option<Tier>) -> Result<(), Refusal> {
    match tier {
        Some(tier) => host_allowed(mode, tier),
        None => Ok(()),
    }
}

/// May somebody be followed across hosts under an agreement? `named`: whether it names them.
///
/// # Errors
/// [`Refusal::Agreement`] when not.
pub fn may_be_followed(flow: Flow, named: bool) -> Result<(), Refusal> {
    if flow.has(Permit::Follows) || named { Ok(()) } else { Err(Refusal::Agreement) }
}

/// Must a follow wait for the followed person's word? If that person says so, and always when it comes
/// from a host that is kept at arm's length, or from somebody whom moderators have silenced.
pub const fn must_ask(locked: bool, follower_tier: Option<Tier>, follower_silenced: bool) -> bool {
    locked || follower_silenced || matches!(follower_tier, Some(Tier::Limited))
}

/// May an actor have all that its host may get sent to it, by following the instance actor? Only those that
/// speak for an instance of the company; anybody else follows people.
///
/// # Errors
/// [`Refusal::Host`] when not.
pub const fn may_subscribe(tier: Tier, kind: ActorKind) -> Result<(), Refusal> {
    match (tier, kind) {
        (Tier::Company, ActorKind::Application) => Ok(()),
        _ => Err(Refusal::Host),
    }
}

/// May a mention, favourite or the like of an account on a host of this tier be told to somebody here, who
/// follows that account or not? What comes from a host kept at arm's length, or from somebody whom
/// moderators have silenced, shows to its followers only.
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
    use crate::model::pact::Pact;

    const MODES: [FederationMode; 3] =
        [FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open];

    fn facts(tier: Option<Tier>) -> AccountFacts {
        AccountFacts { tier, ..AccountFacts::of_own() }
    }

    #[test]
    fn staff_see_everybody_but_blocked_hosts() {
        let staff = Viewer::Staff(AccountId(1));
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
            assert!(Tier::ALL.into_iter().all(|tier| !see(facts(Some(tier)))));
        }
    }

    #[test]
    fn hosts_see_our_people_and_nobody_elses() {
        for mode in MODES {
            let setting = Setting { mode, public_pages: true };
            for tier in Tier::ALL {
                let host = Viewer::Host { domain: "x.example".into(), tier, pact: Pact::USUAL };
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
            .into_iter()
            .flat_map(|tier| ActorKind::ALL.map(|kind| (tier, kind)))
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
