//! What an agreement lets flow between this instance and a partner, as the plain facts that every decision
//! needs beside the partner's tier.

use super::Reach;
use super::peer::Tier;
use super::profile::Attribute;

/// One thing that an agreement grants in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permit {
    /// Posts for partners.
    Partners,
    /// Public posts.
    Public,
    /// Posts for followers.
    Followers,
    /// Posts for the people they name.
    Direct,
    /// Boosts.
    Boosts,
    /// What is attached to posts.
    Media,
    /// The list of people who let themselves be found.
    Directory,
    /// That everybody may be followed. Without it, those whom the agreement names.
    Follows,
}

impl Permit {
    /// Every permit.
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

/// The permits of one direction, and which attributes of profiles go with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flow(u32);

/// Above the permits.
const ATTRIBUTES: u32 = 8;

impl Flow {
    /// Nothing flows.
    pub const NOTHING: Self = Self(0);
    /// Everything flows.
    pub const ALL: Self = Self((1 << (ATTRIBUTES + 14)) - 1);
    /// What the tier alone gives, where no agreement says otherwise: everything but the directory, which is
    /// for the company.
    pub const USUAL: Self = Self(Self::ALL.0 & !Permit::Directory.bit());

    /// The flow of these bits, as the database keeps them; unknown ones are nothing.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// The bits for the database.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// With this, too.
    #[must_use]
    pub const fn with(self, permit: Permit) -> Self {
        Self(self.0 | permit.bit())
    }

    /// Without this.
    #[must_use]
    pub const fn without(self, permit: Permit) -> Self {
        Self(self.0 & !permit.bit())
    }

    /// With this attribute of profiles, too.
    #[must_use]
    pub const fn with_attribute(self, attribute: Attribute) -> Self {
        Self(self.0 | (1 << (ATTRIBUTES + attribute as u32)))
    }

    /// Whether it has this permit.
    pub const fn has(self, permit: Permit) -> bool {
        self.0 & permit.bit() != 0
    }

    /// Whether this attribute of profiles flows.
    pub const fn tells(self, attribute: Attribute) -> bool {
        self.0 & (1 << (ATTRIBUTES + attribute as u32)) != 0
    }

    /// Whether posts of this reach flow. Those for an instance or the company are no partner's, whatever an
    /// agreement says: that is for the tier to tell.
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

    /// The attributes alone.
    const fn attributes(self) -> u32 {
        self.0 >> ATTRIBUTES
    }

    /// Whether every attribute that flows in it flows in `other`, too.
    pub const fn tells_within(self, other: Self) -> bool {
        self.attributes() & !other.attributes() == 0
    }

    /// Whether everything in it is in `other`, too.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// Both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pact {
    /// What this instance gives the host.
    pub gives: Flow,
    /// What this instance takes from the host.
    pub takes: Flow,
}

impl Pact {
    /// What the tier alone gives.
    pub const USUAL: Self = Self { gives: Flow::USUAL, takes: Flow::USUAL };
}

/// Why an agreement with a host that somebody has made a partner is not in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// It has not begun.
    NotBegun,
    /// It has ended, by its date or by either side.
    Ended,
    /// It was stopped in an emergency.
    Stopped,
}

impl Lapse {
    /// Its word in the API and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotBegun => "not_begun",
            Self::Ended => "ended",
            Self::Stopped => "stopped",
        }
    }
}

/// What a host is to us at a moment: its tier, and the agreement that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Standing {
    /// Its tier. A partner whose agreement is not in force is like one that nobody has set; one whose
    /// agreement was stopped is like one that is blocked.
    pub tier: Tier,
    /// What flows.
    pub pact: Pact,
}

impl Standing {
    /// A host of a tier, without an agreement.
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
