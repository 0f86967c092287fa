//! Agreement grants: the facts about an agreement that decisions need besides the partner's tier.

use super::Reach;
use super::peer::Tier;
use super::profile::Attribute;

/// A single grant of an agreement, in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::VariantArray)]
pub enum Grant {
    /// Posts for partners.
    Partners,
    /// Public posts.
    Public,
    /// Posts for followers.
    Followers,
    /// Direct messages.
    Direct,
    /// Boosts.
    Boosts,
    /// Attachments of posts.
    Media,
    /// The directory of people.
    Directory,
    /// The right to follow everyone. Without it, only people named in the agreement can be followed.
    Follows,
}

impl Grant {
    /// Every grant.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    const fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// The grants of one direction, with the profile attributes that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GrantSet(u32);

/// The first bit used for attributes, above the grants.
const ATTRIBUTES: u32 = 8;

impl GrantSet {
    /// No grants.
    pub const NOTHING: Self = Self(0);
    /// Every grant.
    pub const ALL: Self = Self((1 << (ATTRIBUTES + 14)) - 1);
    /// The grants of the tier alone, without an agreement: everything but the directory, which only the
    /// company gets.
    pub const USUAL: Self = Self(Self::ALL.0 & !Grant::Directory.bit());

    /// Restores the grants from the bits in the database; unknown bits are ignored.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Returns the bits for the database.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Adds a grant.
    #[must_use]
    pub const fn with(self, grant: Grant) -> Self {
        Self(self.0 | grant.bit())
    }

    /// Removes a grant.
    #[must_use]
    pub const fn without(self, grant: Grant) -> Self {
        Self(self.0 & !grant.bit())
    }

    /// Adds a profile attribute.
    #[must_use]
    pub const fn with_attribute(self, attribute: Attribute) -> Self {
        Self(self.0 | (1 << (ATTRIBUTES + attribute as u32)))
    }

    /// Whether the grant is included.
    pub const fn has(self, grant: Grant) -> bool {
        self.0 & grant.bit() != 0
    }

    /// Whether the profile attribute is included.
    pub const fn allows_attribute(self, attribute: Attribute) -> bool {
        self.0 & (1 << (ATTRIBUTES + attribute as u32)) != 0
    }

    /// Whether posts with this reach are granted. Reaches of the instance or the company are always true
    /// here: the tier decides on them.
    pub const fn allows_reach(self, reach: Reach) -> bool {
        match reach {
            Reach::Instance | Reach::Company => true,
            Reach::Partners => self.has(Grant::Partners),
            Reach::Public => self.has(Grant::Public),
            // A group's members follow it.
            Reach::Followers | Reach::Group => self.has(Grant::Followers),
            Reach::Direct => self.has(Grant::Direct),
        }
    }

    /// Returns the bits of the attributes.
    const fn attributes(self) -> u32 {
        self.0 >> ATTRIBUTES
    }

    /// Whether `other` includes every attribute included here.
    pub const fn attributes_within(self, other: Self) -> bool {
        self.attributes() & !other.attributes() == 0
    }

    /// Whether `other` includes every grant and attribute included here.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// The grants in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AgreementGrants {
    /// The grants of this instance to the host.
    pub gives: GrantSet,
    /// The grants of the host to this instance.
    pub takes: GrantSet,
}

impl AgreementGrants {
    /// The grants of the tier alone.
    pub const USUAL: Self = Self { gives: GrantSet::USUAL, takes: GrantSet::USUAL };
}

/// The reason for which a partner's agreement is not in force.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// It has not begun yet.
    #[strum(serialize = "not_begun")]
    NotBegun,
    /// It has ended, by its date or by either party.
    #[strum(serialize = "ended")]
    Ended,
    /// It was stopped in an emergency.
    #[strum(serialize = "stopped")]
    Stopped,
}

impl Lapse {
    /// Returns the name in the API and on the command line.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The standing of a host at a point in time: its tier, and the grants in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeerStanding {
    /// The effective tier. A partner without an agreement in force counts as a host without a tier of its
    /// own; one with a stopped agreement counts as blocked.
    pub tier: Tier,
    /// The grants in both directions.
    pub grants: AgreementGrants,
}

impl PeerStanding {
    /// Returns the standing of a host with this tier and no agreement.
    pub const fn without_agreement(tier: Tier) -> Self {
        Self { tier, grants: AgreementGrants::USUAL }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permit_stands_for_itself() {
        for &grant in Grant::ALL {
            assert!(GrantSet::ALL.has(grant) && !GrantSet::NOTHING.has(grant));
            let one = GrantSet::NOTHING.with(grant);
            assert!(Grant::ALL.iter().copied().all(|other| one.has(other) == (other == grant)), "{grant:?}");
            assert!(Attribute::ALL.iter().copied().all(|attribute| !one.allows_attribute(attribute)));
            assert_eq!(one.without(grant), GrantSet::NOTHING);
        }
        for &attribute in Attribute::ALL {
            let one = GrantSet::NOTHING.with_attribute(attribute);
            assert!(
                Attribute::ALL
                    .iter()
                    .copied()
                    .all(|other| one.allows_attribute(other) == (other == attribute))
            );
            assert!(Grant::ALL.iter().copied().all(|grant| !one.has(grant)));
            assert!(GrantSet::ALL.allows_attribute(attribute));
        }
        assert!(GrantSet::USUAL.is_within(GrantSet::ALL) && !GrantSet::ALL.is_within(GrantSet::USUAL));
        assert!(!GrantSet::USUAL.has(Grant::Directory));
    }
}
