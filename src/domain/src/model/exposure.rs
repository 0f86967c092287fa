//! Exposure: how much of a profile other servers and visitors get.

use std::fmt;

/// How much of a profile is sent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr, strum::VariantArray,
)]
pub enum Exposure {
    /// Nothing: as if the account did not exist.
    #[strum(serialize = "none")]
    None,
    /// The parts that signature checks and deliveries need: id, type, user name, inbox, key, page.
    #[strum(serialize = "minimal")]
    Minimal,
    /// The whole profile.
    #[strum(serialize = "full")]
    Full,
}

impl Exposure {
    /// Every exposure, the least first.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the configuration.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The exposure for each kind of viewer. The company's own hosts always get whole profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposures {
    /// Requests without a valid signature, and hosts that may not federate.
    pub anonymous: Exposure,
    /// Hosts of tier limited.
    pub limited: Exposure,
    /// Hosts of tier open, the default tier.
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
