//! The reaches that an instance allows: of posts, and of profiles on other servers.

use portico_domain::model::Reach;
use portico_domain::model::exposure::{Exposure, Exposures};
use portico_domain::model::reach::Ceilings;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::keys::Section;
use crate::values::{Choices, OneOf};

/// The widest reach of posts, by role.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct CeilingKeys {
    /// The widest reach of posts by users without another role: `instance`, `company`, `partners` or `public`. It
    /// does not limit posts to followers and mentioned people.
    #[serde(default = "usual_ceiling", with = "OneOf::<Reach>")]
    highest_reach_member: Reach,
    /// The same for moderators.
    #[serde(default = "usual_ceiling", with = "OneOf::<Reach>")]
    highest_reach_moderator: Reach,
    /// The same for administrators.
    #[serde(default = "usual_ceiling", with = "OneOf::<Reach>")]
    highest_reach_admin: Reach,
}

impl Section for CeilingKeys {
    const TABLE: &'static str = "instance";
    const TITLE: &'static str = "The widest reach of posts";
}

fn usual_ceiling() -> Reach {
    Reach::Public
}

impl From<CeilingKeys> for Ceilings {
    fn from(keys: CeilingKeys) -> Self {
        Self {
            member: keys.highest_reach_member,
            moderator: keys.highest_reach_moderator,
            admin: keys.highest_reach_admin,
        }
    }
}

/// How much of a profile other servers get.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ExposureKeys {
    /// How much of a profile is sent to requests without a valid signature, and to hosts that may not federate:
    /// `minimal` (what signature checks and deliveries need) or `none`. With `public_pages` it is always `full`.
    #[serde(default = "minimal", with = "OneOf::<Exposure>")]
    exposure_anonymous: Exposure,
    /// The same for hosts of tier limited: `full`, `minimal` or `none`.
    #[serde(default = "minimal", with = "OneOf::<Exposure>")]
    exposure_limited: Exposure,
    /// The same for hosts of tier open, which is the tier of every other host in the federation mode `open`.
    #[serde(default = "full", with = "OneOf::<Exposure>")]
    exposure_open: Exposure,
    /// The same for partners. The company's own hosts always get whole profiles.
    #[serde(default = "full", with = "OneOf::<Exposure>")]
    exposure_partner: Exposure,
}

impl Section for ExposureKeys {
    const TABLE: &'static str = "instance";
    const TITLE: &'static str = "Profiles on other servers";
}

fn minimal() -> Exposure {
    Exposure::Minimal
}

fn full() -> Exposure {
    Exposure::Full
}

impl From<ExposureKeys> for Exposures {
    fn from(keys: ExposureKeys) -> Self {
        Self {
            anonymous: keys.exposure_anonymous,
            limited: keys.exposure_limited,
            open: keys.exposure_open,
            partner: keys.exposure_partner,
        }
    }
}

impl Choices for Reach {
    type Value = Self;
    const WORDS: &'static [(&'static str, Self)] = &[
        ("instance", Self::Instance),
        ("company", Self::Company),
        ("partners", Self::Partners),
        ("public", Self::Public),
    ];
}

impl Choices for Exposure {
    type Value = Self;
    const WORDS: &'static [(&'static str, Self)] =
        &[("full", Self::Full), ("minimal", Self::Minimal), ("none", Self::None)];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_model() {
        assert_eq!(Ceilings::from(crate::keys::defaults::<CeilingKeys>()), Ceilings::default());
        assert_eq!(Exposures::from(crate::keys::defaults::<ExposureKeys>()), Exposures::default());
    }
}
