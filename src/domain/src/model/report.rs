//! Reports of accounts and their posts to the moderators.

use super::account::Account;
use super::moderation::ModeratedPerson;
use super::view::StatusView;
use super::{AccountId, ReportId, StatusId, Timestamp};

/// The category of a report.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Default,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
pub enum Category {
    /// Unwanted advertising.
    #[strum(serialize = "spam")]
    Spam,
    /// Content that is against the law.
    #[strum(serialize = "legal")]
    Legal,
    /// A violation of the instance's rules.
    #[strum(serialize = "violation")]
    Violation,
    /// Anything else.
    #[default]
    #[strum(serialize = "other")]
    Other,
}

impl Category {
    /// Every category.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The local id.
    pub id: ReportId,
    /// The reporter; for a report from another host, the actor that sent it.
    pub account_id: AccountId,
    /// The reported account.
    pub target_id: AccountId,
    /// The id of the Flag, for a report from another host.
    pub uri: Option<String>,
    /// The comment of the reporter: plain text.
    pub comment: String,
    /// The category.
    pub category: Category,
    /// The ids of the violated rules, as the reporter's client sent them.
    pub rule_ids: Vec<String>,
    /// Whether the report was forwarded to the reported account's host.
    pub forwarded: bool,
    /// The moderator it is assigned to.
    pub assigned_id: Option<AccountId>,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// The moderator who resolved it; `None` on the command line.
    pub resolved_by: Option<AccountId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The reported posts that still exist.
    pub status_ids: Vec<StatusId>,
}

/// A report as its reporter sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportView {
    /// The report.
    pub report: Report,
    /// The reported account.
    pub target: Account,
}

/// A report as moderators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullReportView {
    /// The report.
    pub report: Report,
    /// The reporter.
    pub account: ModeratedPerson,
    /// The reported account.
    pub target: ModeratedPerson,
    /// The moderator it is assigned to.
    pub assigned: Option<ModeratedPerson>,
    /// The moderator who resolved it.
    pub resolver: Option<ModeratedPerson>,
    /// The reported posts.
    pub statuses: Vec<StatusView>,
}

/// A filter for lists of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportFilter {
    /// Resolved reports instead of open ones.
    pub resolved: bool,
    /// Only reports by this account.
    pub by: Option<AccountId>,
    /// Only reports of this account.
    pub of: Option<AccountId>,
}
