//! Metrics of an instance, for its administrators.

use super::Timestamp;

/// A metric that is counted by day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metric {
    /// Local people who posted, boosted or favourited.
    ActiveUsers,
    /// Local people who were added.
    NewUsers,
    /// Favourites, boosts and replies.
    Interactions,
    /// Reports that were received.
    OpenedReports,
    /// Reports that were resolved.
    ResolvedReports,
    /// People who used a hashtag.
    TagAccounts(String),
    /// Posts with a hashtag.
    TagUses(String),
    /// Hosts that posts with a hashtag came from.
    TagServers(String),
    /// Accounts of a host that became known.
    HostAccounts(String),
    /// Attachments in posts of a host.
    HostMedia(String),
    /// Reports about accounts of a host.
    HostReports(String),
    /// Posts of a host.
    HostStatuses(String),
    /// Follows of a host's accounts by local accounts.
    HostFollows(String),
    /// Follows of local accounts by a host's accounts.
    HostFollowers(String),
}

/// A breakdown of a quantity into its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// Local posts, by language.
    Languages,
    /// Local people who were added, by how they were added.
    Sources,
    /// Posts, by host.
    Servers,
    /// Used storage, by what uses it.
    Space,
    /// The software in use, with its versions.
    Software,
    /// Posts with a hashtag, by host.
    TagServers(String),
    /// Posts with a hashtag, by language.
    TagLanguages(String),
    /// Accounts of a host, by number of local followers.
    HostAccounts(String),
    /// Posts of a host, by language.
    HostLanguages(String),
}

/// A period of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The start, inclusive.
    pub from: Timestamp,
    /// The end, exclusive.
    pub until: Timestamp,
}

/// The values of a metric in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricValues {
    /// The total.
    pub total: i64,
    /// The total of the preceding period of the same length; `None` where the total is of all time.
    pub before: Option<i64>,
    /// The values by day, for every day of the period.
    pub days: Vec<(Timestamp, i64)>,
}

/// One part of a breakdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakdownPart {
    /// The key of the part.
    pub key: String,
    /// The name of the part, for people.
    pub name: String,
    /// The value: a quantity, or a version.
    pub value: String,
    /// `bytes` if the value is a size.
    pub unit: Option<&'static str>,
}

/// The length of a cohort's periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
pub enum Frequency {
    /// A day.
    #[strum(serialize = "day")]
    Day,
    /// A month.
    #[strum(serialize = "month")]
    Month,
}

impl Frequency {
    /// Returns the name in the API.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The people who were added in one period, and how many of them were active in that and the following
/// periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// The start of the period.
    pub period: Timestamp,
    /// The number of people added.
    pub size: usize,
    /// The number of active people by period, beginning with their own.
    pub active: Vec<(Timestamp, usize)>,
}
