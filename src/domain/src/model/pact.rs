//! Agreement grants: the facts about an agreement that decisions need besides the partner's tier.

use super::Reach;
use super::peer::Tier;
use super::profile::Attribute;

/// A single grant of an agreement, in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permit {
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

impl Permit {
    /// Every grant.
    pub const ALL: [Self; 8] = [
        Self::Partners,
        Self::Public,
        Self::Followers,
        Self::Direct,
        Self::Boosts,
        Self::Media,
        Self::Directory,
        Self::Follows,
    ];

    const fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// The grants of one direction, with the profile attributes that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flow(u32);

/// The first bit used for attributes, above the grants.
const ATTRIBUTES: u32 = 8;

impl Flow {
    /// No grants.
    pub const NOTHING: Self = Self(0);
    /// Every grant.
    pub const ALL: Self = Self((1 << (ATTRIBUTES + 14)) - 1);
    /// The grants of the tier alone, without an agreement: everything but the directory, which only the
    /// company gets.
    pub const USUAL: Self = Self(Self::ALL.0 & !Permit::Directory.bit());

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
    pub const fn with(self, permit: Permit) -> Self {
        Self(self.0 | permit.bit())
    }

    /// Removes a grant.
    #[must_use]
    pub const fn without(self, permit: Permit) -> Self {
        Self(self.0 & !permit.bit())
    }

    /// Adds a profile attribute.
    #[must_use]
    pub const fn with_attribute(self, attribute: Attribute) -> Self {
        Self(self.0 | (1 << (ATTRIBUTES + attribute as u32)))
    }

    /// Whether the grant is included.
    pub const fn has(self, permit: Permit) -> bool {
        self.0 & permit.bit() != 0
    }

    /// Whether the profile attribute is included.
    pub const fn tells(self, attribute: Attribute) -> bool {
        self.0 & (1 << (ATTRIBUTES + attribute as u32)) != 0
    }

    /// Whether posts with this reach are granted. Reaches of the instance or the company are always true
    /// here: the tier decides on them.
    pub const fn carries(self, reach: Reach) -> bool {
        match reach {
            Reach::Instance | Reach::Company => true,
            Reach::Partners => self.has(Permit::Partners),
            Reach::Public => self.has(Permit::Public),
            // A group's members follow it.
            Reach::Followers | Reach::Group => self.has(Permit::Followers),
            Reach::Direct => self.has(Permit::Direct),
        }
    }

    /// Returns the bits of the attributes.
    const fn attributes(self) -> u32 {
        self.0 >> ATTRIBUTES
    }

    /// Whether `other` includes every attribute included here.
    pub const fn tells_within(self, other: Self) -> bool {
        self.attributes() & !other.attributes() == 0
    }

    /// Whether `other` includes every grant and attribute included here.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// The grants in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pact {
    /// The grants of this instance to the host.
    pub gives: Flow,
    /// The grants of the host to this instance.
    pub takes: Flow,
}

impl Pact {
    /// The grants of the tier alone.
    pub const USUAL: Self = Self { gives: Flow::USUAL, takes: Flow::USUAL };
}

/// The reason for which a partner's agreement is not in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// It has not begun yet.
    NotBegun,
    /// It has ended, by its date or by either party.
    Ended,
    /// It was stopped in an emergency.
    Stopped,
}

impl Lapse {
    /// Returns the name in the API and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotBegun => "not_begun",
            Self::Ended => "ended",
            Self::Stopped => "stopped",
        }
    }
}

/// The standing of a host at a point in time: its tier, and the grants in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Standing {
    /// The effective tier. A partner without an agreement in force counts as a host without a tier of its
    /// own; one with a stopped agreement counts as blocked.
    pub tier: Tier,
    /// The grants in both directions.
    pub pact: Pact,
}

impl Standing {
    /// Returns the standing of a host with this tier and no agreement.
    pub const fn of(tier: Tier) -> Self {
        Self { tier, pact: Pact::USUAL }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permit_stands_for_itself() {
        for permit in Permit::ALL {
            assert!(Flow::ALL.has(permit) && !Flow::NOTHING.has(permit));
            let one = Flow::NOTHING.with(permit);
            assert!(Permit::ALL.into_iter().all(|other| one.has(other) == (other == permit)), "{permit:?}");
            assert!(Attribute::ALL.into_iter().all(|attribute| !one.tells(attribute)));
            assert_eq!(one.without(permit), Flow::NOTHING);
        }
        for attribute in Attribute::ALL {
            let one = Flow::NOTHING.with_attribute(attribute);
            assert!(Attribute::ALL.into_iter().all(|other| one.tells(other) == (other == attribute)));
            assert!(Permit::ALL.into_iter().all(|permit| !one.has(permit)));
            assert!(Flow::ALL.tells(attribute));
        }
        assert!(Flow::USUAL.is_within(Flow::ALL) && !Flow::ALL.is_within(Flow::USUAL));
        assert!(!Flow::USUAL.has(Permit::Directory));
    }
}
