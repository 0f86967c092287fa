//! Exposure: how much of a profile, and of how many people work here, is told to whom. Actor documents, their
//! collections, WebFinger and NodeInfo ask here; pages and the API ask
//! [`may_see_account`](super::peering::may_see_account), which shows visitors no more.

use super::reach::{Setting, Viewer, host_allowed};
use crate::model::exposure::{Exposure, Exposures};
use crate::model::peer::{FederationMode, Tier};

/// How much of this instance's profiles a viewer is given. Where pages are public, everybody may read
/// profiles anyway; where they are not, nobody gets more than the least without proving who they are. A
/// host that may not take part is like anybody.
pub fn of_profiles(viewer: &Viewer, setting: &Setting, exposures: &Exposures) -> Exposure {
    match viewer {
        Viewer::Staff(_) => Exposure::Full,
        Viewer::Anonymous => to_anybody(setting, exposures),
        Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } => {
            match to_host(setting.mode, *tier, exposures) {
                Some(exposure) => exposure,
                None => to_anybody(setting, exposures),
            }
        }
    }
}

fn to_anybody(setting: &Setting, exposures: &Exposures) -> Exposure {
    if setting.public_pages { Exposure::Full } else { exposures.anonymous.min(Exposure::Minimal) }
}

/// How much of this instance's profiles a host of this tier is given, whatever it asks or is sent. None if
/// nothing is exchanged with it.
pub fn to_host(mode: FederationMode, tier: Tier, exposures: &Exposures) -> Option<Exposure> {
    host_allowed(mode, tier).ok()?;
    Some(match tier {
        Tier::Company => Exposure::Full,
        Tier::Partner => exposures.partner,
        Tier::Open => exposures.open,
        Tier::Limited | Tier::Blocked => exposures.limited,
    })
}

/// Who follows whom here, and how many people and posts there are: for staff and the company's hosts
/// alone, whatever the operator lets others have of profiles.
pub const fn tells_figures(viewer: &Viewer) -> bool {
    matches!(
        viewer,
        Viewer::Staff(_)
            | Viewer::Host { tier: Tier::Company, .. }
            | Viewer::Actor { tier: Tier::Company, .. }
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::AccountId;
    use crate::model::pact::Pact;
    use crate::policy::peering::{AccountFacts, may_see_account};

    fn exposure() -> impl Strategy<Value = Exposure> {
        prop::sample::select(Exposure::ALL.to_vec())
    }

    fn exposures() -> impl Strategy<Value = Exposures> {
        (exposure(), exposure(), exposure(), exposure())
            .prop_map(|(anonymous, limited, open, partner)| Exposures { anonymous, limited, open, partner })
    }

    fn setting() -> impl Strategy<Value = Setting> {
        let modes = vec![FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open];
        (prop::sample::select(modes), any::<bool>())
            .prop_map(|(mode, public_pages)| Setting { mode, public_pages })
    }

    fn viewer() -> impl Strategy<Value = Viewer> {
        let tier = || prop::sample::select(Tier::ALL.to_vec());
        prop_oneof![
            Just(Viewer::Anonymous),
            tier().prop_map(|tier| Viewer::Host { domain: "x.example".into(), tier, pact: Pact::USUAL }),
            tier().prop_map(|tier| Viewer::Actor { id: AccountId(7), tier, pact: Pact::USUAL }),
        ]
    }

    fn tier_of(viewer: &Viewer) -> Option<Tier> {
        match viewer {
            Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } => Some(*tier),
            Viewer::Anonymous | Viewer::Staff(_) => None,
        }
    }

    proptest! {
        /// Nobody gets a whole profile without proving that they may take part, unless pages are public.
        #[test]
        fn s44_the_unproven_get_the_least(viewer in viewer(), setting in setting(), given in exposures()) {
            let takes_part = tier_of(&viewer).is_some_and(|tier| host_allowed(setting.mode, tier).is_ok());
            let found = of_profiles(&viewer, &setting, &given);
            if !takes_part && !setting.public_pages {
                prop_assert!(found <= Exposure::Minimal);
                prop_assert!(found <= given.anonymous);
            }
        }

        /// A host that takes part gets what the operator says, and the company everything.
        #[test]
        fn the_operator_decides_by_tier(viewer in viewer(), setting in setting(), given in exposures()) {
            let Some(tier) = tier_of(&viewer) else { return Ok(()) };
            prop_assume!(host_allowed(setting.mode, tier).is_ok());
            let expected = match tier {
                Tier::Company => Exposure::Full,
                Tier::Partner => given.partner,
                Tier::Open => given.open,
                Tier::Limited | Tier::Blocked => given.limited,
            };
            prop_assert_eq!(of_profiles(&viewer, &setting, &given), expected);
        }

        /// To let one kind of asker have more gives nobody less.
        #[test]
        fn more_never_gives_less(viewer in viewer(), setting in setting(), less in exposures(), more in exposures()) {
            let most = Exposures {
                anonymous: less.anonymous.max(more.anonymous),
                limited: less.limited.max(more.limited),
                open: less.open.max(more.open),
                partner: less.partner.max(more.partner),
            };
            prop_assert!(of_profiles(&viewer, &setting, &less) <= of_profiles(&viewer, &setting, &most));
        }

        /// A visitor reads on a page what the documents give, and nothing else.
        #[test]
        fn pages_and_documents_agree(setting in setting(), given in exposures()) {
            let facts = AccountFacts::of_own();
            let page = may_see_account(&Viewer::Anonymous, &setting, &facts).is_ok();
            prop_assert_eq!(page, of_profiles(&Viewer::Anonymous, &setting, &given) == Exposure::Full);
        }

        /// Figures are the company's, however much of profiles others get.
        #[test]
        fn s44_figures_are_the_companys(viewer in viewer()) {
            prop_assert_eq!(tells_figures(&viewer), tier_of(&viewer) == Some(Tier::Company));
        }
    }
}
