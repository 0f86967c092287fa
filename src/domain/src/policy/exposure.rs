//! Decisions about exposure: how much of a profile, and of the instance's statistics, a viewer gets. Used
//! for actor documents, their collections, WebFinger and NodeInfo. Pages and the API use
//! [`may_see_account`](super::peering::may_see_account), which shows visitors no more.

use super::reach::{Setting, Viewer, host_allowed};
use crate::model::exposure::{Exposure, Exposures};
use crate::model::peer::{FederationMode, Tier};

/// Returns how much of local profiles a viewer gets. If pages are public, everyone can read profiles
/// anyway; otherwise unauthenticated viewers get the least. Hosts that may not federate are treated as
/// anonymous.
pub fn of_profiles(viewer: &Viewer, setting: &Setting, exposures: &Exposures) -> Exposure {
    match viewer {
        Viewer::Local(_) => Exposure::Full,
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

/// Returns how much of local profiles a host of this tier gets, in responses and deliveries; `None` if
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

/// Whether a viewer gets follow lists and the numbers of people and posts: only staff and the company's
/// hosts, whatever the exposure of profiles.
pub const fn shows_counts(viewer: &Viewer) -> bool {
    matches!(
        viewer,
        Viewer::Local(_)
            | Viewer::Host { tier: Tier::Company, .. }
            | Viewer::Actor { tier: Tier::Company, .. }
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::AccountId;
    use crate::model::agreement_grants::AgreementGrants;
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
            tier().prop_map(|tier| Viewer::Host {
                domain: "x.example".into(),
                tier,
                grants: AgreementGrants::USUAL
            }),
            tier().prop_map(|tier| Viewer::Actor { id: AccountId(7), tier, grants: AgreementGrants::USUAL }),
        ]
    }

    fn tier_of(viewer: &Viewer) -> Option<Tier> {
        match viewer {
            Viewer::Host { tier, .. } | Viewer::Actor { tier, .. } => Some(*tier),
            Viewer::Anonymous | Viewer::Local(_) => None,
        }
    }

    proptest! {
        /// Viewers who do not prove that they may federate never get a whole profile, unless pages are
        /// public.
        #[test]
        fn s44_the_unproven_get_the_least(viewer in viewer(), setting in setting(), given in exposures()) {
            let takes_part = tier_of(&viewer).is_some_and(|tier| host_allowed(setting.mode, tier).is_ok());
            let found = of_profiles(&viewer, &setting, &given);
            if !takes_part && !setting.public_pages {
                prop_assert!(found <= Exposure::Minimal);
                prop_assert!(found <= given.anonymous);
            }
        }

        /// A federating host gets the configured exposure, and the company everything.
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

        /// More exposure to one kind of viewer never means less to another.
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

        /// Pages show visitors exactly what the documents expose.
        #[test]
        fn pages_and_documents_agree(setting in setting(), given in exposures()) {
            let facts = AccountFacts::of_own();
            let page = may_see_account(&Viewer::Anonymous, &setting, &facts).is_ok();
            prop_assert_eq!(page, of_profiles(&Viewer::Anonymous, &setting, &given) == Exposure::Full);
        }

        /// Only the company gets statistics, whatever the exposure of profiles.
        #[test]
        fn s44_figures_are_the_companys(viewer in viewer()) {
            prop_assert_eq!(shows_counts(&viewer), tier_of(&viewer) == Some(Tier::Company));
        }
    }
}
