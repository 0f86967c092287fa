//! Figures about an instance, for those who run it.

use super::Timestamp;

/// Something that can be counted, day by day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// People here who posted, boosted or favourited.
    ActiveUsers,
    /// People who were added.
    NewUsers,
    /// Favourites, boosts and answers.
    Interactions,
    /// Reports that came.
    OpenedReports,
    /// Reports that were settled.
    ResolvedReports,
    /// People who used a hashtag.
    TagAccounts(String),
    /// Posts with a hashtag.
    TagUses(String),
    /// Hosts that posts with a hashtag came from.
    TagServers(String),
    /// Accounts of a host that became known.
    HostAccounts(String),
    /// Attachments of posts of a host.
    HostMedia(String),
    /// Reports of accounts of a host.
    HostReports(String),
    /// Posts of a host.
    HostStatuses(String),
    /// Follows of people of a host by people here.
    HostFollows(String),
    /// Follows of people here by people of a host.
    HostFollowers(String),
}

/// Something that can be told apart by what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// Posts written here, by language.
    Languages,
    /// People who were added, by how.
    Sources,
    /// Posts, by host.
    Servers,
    /// What takes up how much space.
    Space,
    /// What runs here, in which version.
    Software,
    /// Posts with a hashtag, by host.
    TagServers(String),
    /// Posts with a hashtag, by language.
    TagLanguages(String),
    /// Accounts of a host, by how many people here follow them.
    HostAccounts(String),
    /// Posts of a host, by language.
    HostLanguages(String),
}

/// From when until when something is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub from: Timestamp,
    /// The moment after the last.
    pub until: Timestamp,
}

/// What a count came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// In all.
    pub total: i64,
    /// In the same time before; none where the total is of all time.
    pub before: Option<i64>,
    /// By day, every day of the span.
    pub days: Vec<(Timestamp, i64)>,
}

/// One part of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub key: String,
    /// The same for people.
    pub name: String,
    /// How much of it, or its version.
    pub value: String,
    /// `bytes` where it is a size.
    pub unit: Option<&'static str>,
}

/// How long a period of a cohort is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// A day.
    Day,
    /// A month.
    Month,
}

impl Frequency {
    /// The word for it in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// Those who came in one period, and how many of them were active in it and the periods after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// When the period began.
    pub period: Timestamp,
    /// How many came.
    pub size: usize,
    /// Of them, how many were active: by period, from their own on.
    pub active: Vec<(Timestamp, usize)>,
}
