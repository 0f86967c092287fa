//! Reports as their authors see them, and moderation warnings.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, EmptyList, Null};
use portico_domain::model::Timestamp;
use portico_domain::model::account;
use portico_domain::model::moderation::{Action, LogEntry};
use portico_domain::model::report::ReportView;
use portico_domain::model::urls::Urls;

/// A report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    id: String,
    action_taken: bool,
    action_taken_at: Option<String>,
    category: &'static str,
    comment: String,
    forwarded: bool,
    created_at: String,
    status_ids: Vec<String>,
    collection_ids: EmptyList,
    rule_ids: Vec<String>,
    target_account: Account,
}

impl Report {
    /// Renders a report.
    pub fn render(view: &ReportView, urls: &Urls) -> Self {
        let report = &view.report;
        Self {
            id: report.id.to_string(),
            action_taken: report.resolved_at.is_some(),
            action_taken_at: report.resolved_at.map(Timestamp::rfc3339),
            category: report.category.as_str(),
            comment: report.comment.clone(),
            forwarded: report.forwarded,
            created_at: report.created_at.rfc3339(),
            status_ids: report.status_ids.iter().map(ToString::to_string).collect(),
            collection_ids: [],
            rule_ids: report.rule_ids.clone(),
            target_account: Account::render(&view.target, urls),
        }
    }
}

/// A moderation action, as the affected user sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountWarning {
    id: String,
    action: &'static str,
    text: String,
    status_ids: EmptyList,
    target_account: Account,
    appeal: Null,
    created_at: String,
}

impl AccountWarning {
    /// Renders an entry of the moderation log for the affected account.
    pub fn render(entry: &LogEntry, target: &account::Account, urls: &Urls) -> Self {
        Self {
            id: entry.id.to_string(),
            action: entry.action.parse::<Action>().ok().map_or("none", word),
            text: entry.note.clone(),
            status_ids: [],
            target_account: Account::render(target, urls),
            appeal: None,
            created_at: entry.created_at.rfc3339(),
        }
    }
}

/// The API name of a moderation action.
const fn word(action: Action) -> &'static str {
    match action {
        Action::Disable => "disable",
        Action::Sensitize => "sensitive",
        Action::Silence => "silence",
        Action::Suspend => "suspend",
        Action::Warn | Action::Enable | Action::Unsensitize | Action::Unsilence | Action::Unsuspend => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn report() {
        insta::assert_json_snapshot!(Report::render(&samples::report(), &samples::urls()));
    }

    #[test]
    fn warning() {
        let shown = AccountWarning::render(&samples::warning(), &samples::alice(), &samples::urls());
        insta::assert_json_snapshot!(shown);
    }
}
