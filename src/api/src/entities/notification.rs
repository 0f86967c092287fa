//! Notifications.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, AccountWarning, Report, Status};
use portico_domain::model::notification::Severance;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::NotificationView;
use portico_domain::policy::notifications::NotificationGroup;
use portico_service::reading::notifications::ungrouped_key;

/// A notification.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Notification {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    group_key: String,
    created_at: String,
    account: Account,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moderation_warning: Option<AccountWarning>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<SeveranceEvent>,
}

impl Notification {
    /// Renders a notification.
    pub fn render(view: &NotificationView, urls: &Urls) -> Self {
        let notification = &view.notification;
        Self {
            id: notification.id.to_string(),
            kind: notification.kind.as_str(),
            group_key: NotificationGroup::for_notification(
                notification.kind,
                notification.status_id,
                notification.created_at,
            )
            .map_or_else(|| ungrouped_key(notification.id), |group| group.key()),
            created_at: notification.created_at.rfc3339(),
            account: Account::render(&view.account, urls),
            status: view.status.as_ref().map(|status| Status::render(status, urls)),
            report: view.report.as_ref().map(|report| Report::render(report, urls)),
            moderation_warning: view
                .warning
                .as_ref()
                .map(|entry| AccountWarning::render(entry, &view.account, urls)),
            event: view.severance.as_ref().map(SeveranceEvent::render),
        }
    }

    /// Renders a list of notifications.
    pub fn render_all(views: &[NotificationView], urls: &Urls) -> Vec<Self> {
        views.iter().map(|view| Self::render(view, urls)).collect()
    }
}

/// An event that severed follow relationships of the recipient.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct SeveranceEvent {
    id: String,
    #[serde(rename = "type")]
    cause: &'static str,
    purged: bool,
    target_name: String,
    followers_count: i64,
    following_count: i64,
    created_at: String,
}

impl SeveranceEvent {
    /// Renders a severance event.
    pub(super) fn render(severance: &Severance) -> Self {
        Self {
            id: severance.id.to_string(),
            cause: severance.cause.as_str(),
            // The severed relationships are not stored, so they cannot be listed.
            purged: true,
            target_name: severance.target.clone(),
            followers_count: severance.followers_count,
            following_count: severance.following_count,
            created_at: severance.created_at.rfc3339(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn notification() {
        insta::assert_json_snapshot!(Notification::render(&samples::notification(), &samples::urls()));
    }

    #[test]
    fn a_follow_has_no_status_key() {
        let view = NotificationView { status: None, ..samples::notification() };
        let shown = serde_json::to_value(Notification::render(&view, &samples::urls())).unwrap();
        assert!(shown.get("status").is_none());
    }
}
