//! Decisions about profile attributes: which ones a viewer or host gets.
//!
//! The operator sets the reach of each attribute; its owner can narrow it, but not widen it. Attributes
//! received from another host were given to this instance and are not passed on.

use super::peering::{AccountFacts, may_see_account};
use super::reach::{Setting, Viewer, open_to_host, open_to_local};
use crate::model::Reach;
use crate::model::agreement_grants::{Grant, GrantSet};
use crate::model::peer::Tier;
use crate::model::profile::{Attribute, Attributes, FieldReaches, Profile};

/// Returns the reach of an attribute: the operator's, or the owner's if that is narrower.
pub fn field_reach(operator: &FieldReaches, narrowed: &FieldReaches, attribute: Attribute) -> Reach {
    let allowed = operator.of(attribute);
    match narrowed.0.get(&attribute) {
        Some(wanted) if breadth(*wanted) < breadth(allowed) => *wanted,
        _ => allowed,
    }
}

/// Whether an attribute can have this reach: only organisational reaches, not chosen people.
pub const fn is_field_reach(reach: Reach) -> bool {
    reach.is_organisational()
}

const fn breadth(reach: Reach) -> u8 {
    match reach {
        Reach::Direct | Reach::Group | Reach::Followers | Reach::Instance => 0,
        Reach::Company => 1,
        Reach::Partners => 2,
        Reach::Public => 3,
    }
}

/// Whether profile attributes received from a host of this tier are accepted.
pub const fn believed(tier: Tier) -> bool {
    matches!(tier, Tier::Company | Tier::Partner)
}

/// Whether people of a host with this tier (`None`: this instance) are listed in the company's directory.
pub const fn listed(tier: Option<Tier>) -> bool {
    matches!(tier, None | Some(Tier::Company))
}

/// Whether a host of this tier may read the directory of this instance: the company, and partners whose
/// agreement grants it.
pub const fn may_read_directory(tier: Tier, gives: GrantSet) -> bool {
    match tier {
        Tier::Company => true,
        Tier::Partner => gives.has(Grant::Directory),
        Tier::Open | Tier::Limited | Tier::Blocked => false,
    }
}

/// Whether this viewer may see an attribute of this reach, of this account.
pub fn may_have(viewer: &Viewer, setting: &Setting, facts: &AccountFacts, reach: Reach) -> bool {
    if facts.suspended || may_see_account(viewer, setting, facts).is_err() {
        return false;
    }
    match (viewer, facts.tier) {
        (Viewer::Local(_), None) => open_to_local(None).contains(&reach),
        (Viewer::Local(_), Some(tier)) => believed(tier),
        (Viewer::Anonymous, None) => reach == Reach::Public,
        (Viewer::Host { tier, .. } | Viewer::Actor { tier, .. }, None) => {
            open_to_host(*tier).contains(&reach)
        }
        (_, Some(_)) => false,
    }
}

/// Returns the attributes that this viewer gets: those whose reach includes the viewer, as far as the
/// agreement with the viewer's or the profile's host grants them.
pub fn given(
    viewer: &Viewer,
    setting: &Setting,
    facts: &AccountFacts,
    operator: &FieldReaches,
    profile: Profile,
) -> Attributes {
    let narrowed = profile.narrowed;
    profile.attributes.only(|attribute| {
        let flows = viewer.granted().allows_attribute(attribute)
            && (facts.tier.is_none() || facts.takes.allows_attribute(attribute));
        facts.own || flows && may_have(viewer, setting, facts, field_reach(operator, &narrowed, attribute))
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::AccountId;
    use crate::model::agreement_grants::AgreementGrants;
    use crate::model::peer::FederationMode;
    use crate::model::profile::{Absence, Contact};

    const REACHES: [Reach; 4] = [Reach::Instance, Reach::Company, Reach::Partners, Reach::Public];

    fn everything() -> Attributes {
        Attributes {
            job_title: "t".into(),
            department: "d".into(),
            division: "v".into(),
            manager: Some("https://a.example/users/m".into()),
            location: "l".into(),
            time_zone: "Europe/Berlin".into(),
            pronouns: "p".into(),
            languages: vec!["de".into()],
            working_hours: "9-5".into(),
            contacts: vec![Contact { name: "Phone".into(), value: "1".into() }],
            skills: vec!["s".into()],
            interests: vec!["i".into()],
            projects: vec!["j".into()],
            out_of_office: Some(Absence::default()),
            may_be_asked: false,
        }
    }

    fn any_reaches() -> impl Strategy<Value = FieldReaches> {
        let pair = (prop::sample::select(Attribute::ALL.to_vec()), prop::sample::select(REACHES.to_vec()));
        prop::collection::btree_map(pair.0, pair.1, 0..14).prop_map(FieldReaches)
    }

    fn any_setting() -> impl Strategy<Value = Setting> {
        let modes = vec![FederationMode::Closed, FederationMode::Allowlist, FederationMode::Open];
        (prop::sample::select(modes), any::<bool>())
            .prop_map(|(mode, public_pages)| Setting { mode, public_pages })
    }

    fn any_facts() -> impl Strategy<Value = AccountFacts> {
        let tier = prop::option::of(prop::sample::select(Tier::ALL.to_vec()));
        (tier, any::<bool>(), any::<bool>()).prop_map(|(tier, suspended, blocks_viewer)| AccountFacts {
            tier,
            takes: GrantSet::ALL,
            suspended,
            blocks_viewer,
            own: false,
        })
    }

    fn any_viewer() -> impl Strategy<Value = Viewer> {
        let tier = prop::sample::select(Tier::ALL.to_vec());
        (0..4, tier).prop_map(|(kind, tier)| match kind {
            0 => Viewer::Anonymous,
            1 => Viewer::Local(AccountId(7)),
            2 => Viewer::Host { domain: "x.example".into(), tier, grants: AgreementGrants::USUAL },
            _ => Viewer::Actor { id: AccountId(8), tier, grants: AgreementGrants::USUAL },
        })
    }

    fn rank(tier: Tier) -> u8 {
        match tier {
            Tier::Blocked => 0,
            Tier::Limited => 1,
            Tier::Open => 2,
            Tier::Partner => 3,
            Tier::Company => 4,
        }
    }

    /// Restates the rule independently: the minimum tier rank that a reach needs.
    fn needs(reach: Reach) -> u8 {
        match reach {
            Reach::Public => 2,
            Reach::Partners => 3,
            Reach::Company => 4,
            _ => 9,
        }
    }

    proptest! {
        #[test]
        fn nobody_gets_an_attribute_beyond_its_reach(
            viewer in any_viewer(), setting in any_setting(), facts in any_facts(),
            operator in any_reaches(), narrowed in any_reaches(),
        ) {
            let profile = Profile { attributes: everything(), narrowed: narrowed.clone() };
            let got = given(&viewer, &setting, &facts, &operator, profile).filled();
            prop_assert!(got.is_empty() || !facts.suspended);
            for &attribute in Attribute::ALL {
                let reach = field_reach(&operator, &narrowed, attribute);
                let due = !facts.suspended && match (&viewer, facts.tier) {
                    (Viewer::Local(_), None) => true,
                    (Viewer::Local(_), Some(tier)) => rank(tier) >= 3,
                    (_, Some(_)) => false,
                    (Viewer::Anonymous, None) => setting.public_pages && reach == Reach::Public,
                    (Viewer::Host { tier, .. } | Viewer::Actor { tier, .. }, None) => {
                        !facts.blocks_viewer
                            && rank(*tier) >= needs(reach)
                            && (setting.mode != FederationMode::Closed || rank(*tier) == 4)
                            && (setting.mode == FederationMode::Open || rank(*tier) >= 3)
                    }
                };
                prop_assert_eq!(got.contains(&attribute), due, "{} {}", attribute, reach);
            }
        }

        #[test]
        fn an_owner_can_only_narrow(
            viewer in any_viewer(), setting in any_setting(), facts in any_facts(),
            operator in any_reaches(), narrowed in any_reaches(),
        ) {
            let give = |narrowed| {
                given(&viewer, &setting, &facts, &operator, Profile { attributes: everything(), narrowed }).filled()
            };
            prop_assert!(give(narrowed).is_subset(&give(FieldReaches::default())));
        }
    }

    #[test]
    fn unset_field_reaches_default_to_the_company() {
        for &attribute in Attribute::ALL {
            let nothing = FieldReaches::default();
            assert_eq!(field_reach(&nothing, &nothing, attribute), Reach::Company);
        }
        assert_eq!(everything().filled().len(), Attribute::ALL.len());
    }
}
