//! Exposure: how much of a profile other servers and visitors are given.

use std::fmt;

/// How much of a profile is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exposure {
    /// Nothing: as if nobody of this name were here.
    None,
    /// What a signature check and a delivery need: id, type, name for addresses, inbox, key, page.
    Minimal,
    /// The whole profile.
    Full,
}

impl Exposure {
    /// Every one, the least first.
    pub const ALL: [Self; 3] = [Self::None, Self::Minimal, Self::Full];

    /// Its word in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much the operator lets each kind of asker have. The company's own hosts always get everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposures {
    /// Whoever does not prove who they are, and hosts that may not take part.
    pub anonymous: Exposure,
    /// Hosts of tier limited.
    pub limited: Exposure,
    /// Hosts of tier open: those that nobody has set.
    pub open: Exposure,
    /// Hosts of tier partner.
    pub partner: Exposure,
}

impl Default for Exposures {
    fn default() -> Self {
        Self {
            anonymous: Exposure::Minimal,
            limited: Exposure::Minimal,
            open: Exposure::Full,
            partner: Exposure::Full,
        }
    }
}
