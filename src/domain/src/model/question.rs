//! Questions to experts: who may ask a person about their skills, and the people found.

use super::account::Account;
use super::peer::Tier;

/// The people who may ask a local person about their skills.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
pub enum Askers {
    /// No one.
    #[strum(serialize = "nobody")]
    Nobody,
    /// People of this instance.
    #[strum(serialize = "instance")]
    Instance,
    /// People of the company.
    #[default]
    #[strum(serialize = "company")]
    Company,
    /// People of the company and its partners.
    #[strum(serialize = "partners")]
    Partners,
}

impl Askers {
    /// Every choice, the narrowest first.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether people of a host with this tier (`None`: this instance) are included.
    pub const fn include(self, tier: Option<Tier>) -> bool {
        match (self, tier) {
            (Self::Nobody, _) => false,
            (_, None) => true,
            (Self::Company | Self::Partners, Some(Tier::Company)) => true,
            (Self::Partners, Some(Tier::Partner)) => true,
            _ => false,
        }
    }
}

/// A recipient of a question, with the matching attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionRecipient {
    /// The account.
    pub account: Account,
    /// The matching skills, projects and the like.
    pub skills: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_askers_include_those_of_fewer() {
        let tiers = Tier::ALL.iter().copied().map(Some).chain([None]);
        for tier in tiers {
            for pair in Askers::ALL.windows(2) {
                assert!(!pair[0].include(tier) || pair[1].include(tier), "{pair:?} {tier:?}");
            }
            let others = matches!(tier, Some(Tier::Open | Tier::Limited | Tier::Blocked));
            assert!(!others || !Askers::Partners.include(tier), "strangers ask nobody");
            assert_eq!(Askers::default().include(tier), matches!(tier, None | Some(Tier::Company)));
        }
        for &askers in Askers::ALL {
            assert_eq!(askers.as_str().parse::<Askers>().ok(), Some(askers));
        }
    }
}
