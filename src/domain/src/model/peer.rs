//! Peers: the remote hosts that this instance knows.

use std::fmt;

use super::{EntryId, Timestamp};

/// The tier of a remote host.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(parse_err_ty = NotATier, parse_err_fn = unknown_tier)]
pub enum Tier {
    /// An instance of the same company.
    #[strum(serialize = "company")]
    Company,
    /// A partner whose agreement is in force.
    #[strum(serialize = "partner")]
    Partner,
    /// Any other host.
    #[strum(serialize = "open")]
    Open,
    /// A limited host: its posts are only shown to followers.
    #[strum(serialize = "limited")]
    Limited,
    /// A blocked host: nothing is exchanged.
    #[strum(serialize = "blocked")]
    Blocked,
}

impl Tier {
    /// Every tier.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name on the command line and in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

fn unknown_tier(_: &str) -> NotATier {
    NotATier
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a text that names no tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of company, partner, open, limited, blocked")]
pub struct NotATier;

/// The set of hosts that an instance federates with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FederationMode {
    /// Only the company's instances.
    Closed,
    /// The company's instances and its partners.
    Allowlist,
    /// Every host that is not blocked.
    Open,
}

/// A remote host: lower case ASCII, with a port if not 443.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The domain.
    pub domain: String,
    /// The tier.
    pub tier: Tier,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// The reason for its tier, for administrators.
    pub note: String,
    /// The id by which clients name it.
    pub id: EntryId,
    /// The reason for its tier, for the public.
    pub public_note: String,
    /// Whether media attached to its posts is rejected.
    pub reject_media: bool,
    /// Whether its reports are rejected.
    pub reject_reports: bool,
    /// Whether its name is partly hidden in the public list of blocked hosts.
    pub obfuscate: bool,
}

/// The restrictions of a host besides its tier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostRules {
    /// The reason, for administrators.
    pub note: String,
    /// The reason, for the public.
    pub public_note: String,
    /// Whether media attached to its posts is rejected.
    pub reject_media: bool,
    /// Whether its reports are rejected.
    pub reject_reports: bool,
    /// Whether its name is partly hidden in the public list of blocked hosts.
    pub obfuscate: bool,
}

/// The number of connections of this instance with a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ties {
    /// Follows of remote accounts by local accounts.
    pub following: i64,
    /// Follows of local accounts by remote accounts.
    pub followers: i64,
    /// Entries of remote accounts in lists of local accounts.
    pub in_lists: i64,
    /// Queued deliveries.
    pub deliveries: i64,
}

impl Host {
    /// Returns the restrictions besides the tier.
    pub fn rules(&self) -> HostRules {
        HostRules {
            note: self.note.clone(),
            public_note: self.public_note.clone(),
            reject_media: self.reject_media,
            reject_reports: self.reject_reports,
            obfuscate: self.obfuscate,
        }
    }
}
