//! Reports: somebody tells those who moderate of an account or its posts.

use super::account::Account;
use super::moderation::PersonView;
use super::view::StatusView;
use super::{AccountId, ReportId, StatusId, Timestamp};

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Category {
    /// Unwanted advertising.
    Spam,
    /// What the law forbids.
    Legal,
    /// A rule of the instance was broken.
    Violation,
    /// Anything else.
    #[default]
    Other,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 4] = [Self::Spam, Self::Legal, Self::Violation, Self::Other];

    /// The word for it in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spam => "spam",
            Self::Legal => "legal",
            Self::Violation => "violation",
            Self::Other => "other",
        }
    }

    /// The category with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == word)
    }
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Our id.
    pub id: ReportId,
    /// Who reported; for one from another host, the actor that it came from.
    pub account_id: AccountId,
    /// Who was reported.
    pub target_id: AccountId,
    /// The Flag's id, for one from another host.
    pub uri: Option<String>,
    /// What the reporter says: plain text.
    pub comment: String,
    /// What it is about.
    pub category: Category,
    /// The rules that were broken, by the ids that the reporter's client gave.
    pub rule_ids: Vec<String>,
    /// Whether the reported account's host was told.
    pub forwarded: bool,
    /// The moderator who has taken it on.
    pub assigned_id: Option<AccountId>,
    /// When it was settled.
    pub resolved_at: Option<Timestamp>,
    /// By whom; none on the command line.
    pub resolved_by: Option<AccountId>,
    /// When it came.
    pub created_at: Timestamp,
    /// When something of it last changed.
    pub updated_at: Timestamp,
    /// The posts it is about, as far as they are still there.
    pub status_ids: Vec<StatusId>,
}

/// A report as its reporter is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportView {
    /// The report.
    pub report: Report,
    /// Who was reported.
    pub target: Account,
}

/// A report as those who moderate are shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullReportView {
    /// The report.
    pub report: Report,
    /// Who reported.
    pub account: PersonView,
    /// Who was reported.
    pub target: PersonView,
    /// Who has taken it on.
    pub assigned: Option<PersonView>,
    /// Who settled it.
    pub resolver: Option<PersonView>,
    /// The posts it is about.
    pub statuses: Vec<StatusView>,
}

/// Which reports are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportFilter {
    /// Those that are settled, instead of those that are open.
    pub resolved: bool,
    /// Only by this account.
    pub by: Option<AccountId>,
    /// Only of this account.
    pub of: Option<AccountId>,
}
