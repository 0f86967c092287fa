//! Peers: the other hosts we federate with.

use std::fmt;
use std::str::FromStr;

use super::{EntryId, Timestamp};

/// What a remote host is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// An instance of our own company.
    Company,
    /// A partner whose agreement is in force.
    Partner,
    /// Any other host.
    Open,
    /// A host that is kept at arm's length: what it sends shows to its followers only.
    Limited,
    /// A host with which nothing is exchanged.
    Blocked,
}

impl Tier {
    /// Every tier.
    pub const ALL: [Self; 5] = [Self::Company, Self::Partner, Self::Open, Self::Limited, Self::Blocked];

    /// Its word on the command line and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Partner => "partner",
            Self::Open => "open",
            Self::Limited => "limited",
            Self::Blocked => "blocked",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of company, partner, open, limited, blocked")]
pub struct NotATier;

impl FromStr for Tier {
    type Err = NotATier;
    fn from_str(text: &str) -> Result<Self, NotATier> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == text).ok_or(NotATier)
    }
}

/// With whom an instance federates at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FederationMode {
    /// The company's instances only.
    Closed,
    /// The company and its partners.
    Allowlist,
    /// Everyone who is not blocked.
    Open,
}

/// A remote host: lower case ASCII, with a port if not 443.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub domain: String,
    /// What it is to us.
    pub tier: Tier,
    /// When we first heard of it.
    pub created_at: Timestamp,
    /// Why it has this tier, for administrators.
    pub note: String,
    /// What clients name it by.
    pub id: EntryId,
    /// Why it has this tier, for everybody.
    pub public_note: String,
    /// Whether what is attached to its posts is not shown.
    pub reject_media: bool,
    /// Whether its reports are not taken in.
    pub reject_reports: bool,
    /// Whether its name is shown in part only where blocked hosts are listed for everybody.
    pub obfuscate: bool,
}

/// What is kept from a host besides its tier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostRules {
    /// Why, for administrators.
    pub note: String,
    /// Why, for everybody.
    pub public_note: String,
    /// Whether what is attached to its posts is not shown.
    pub reject_media: bool,
    /// Whether its reports are not taken in.
    pub reject_reports: bool,
    /// Whether its name is shown in part only where blocked hosts are listed for everybody.
    pub obfuscate: bool,
}

/// What binds this instance to a host, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ties {
    /// Follows of people there by people here.
    pub following: i64,
    /// Follows of people here by people there.
    pub followers: i64,
    /// Places that people there have in lists of people here.
    pub in_lists: i64,
    /// What waits to be sent there.
    pub deliveries: i64,
}

impl Host {
    /// What is kept from it besides its tier.
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
