//! Grouped notifications, the notification policy and requests, and conversations.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::notification::SeveranceEvent;
use super::{Account, AccountWarning, Report, Status};
use portico_domain::model::account;
use portico_domain::model::notification_policy::{self, ConversationView, NotificationRequestView, Verdict};
use portico_domain::model::urls::Urls;
use portico_service::reading::notifications::GroupedNotification;

/// Groups of notifications, with the accounts and statuses they refer to, each once.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GroupedNotifications {
    accounts: Vec<Account>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partial_accounts: Option<Vec<PartialAccount>>,
    statuses: Vec<Status>,
    notification_groups: Vec<NotificationGroup>,
}

/// The attributes of an account that its avatar needs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct PartialAccount {
    id: String,
    acct: String,
    url: String,
    avatar: String,
    avatar_static: String,
    avatar_description: &'static str,
    locked: bool,
    bot: bool,
}

/// A group of notifications.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct NotificationGroup {
    group_key: String,
    notifications_count: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    /// A number, unlike other ids, as clients expect.
    most_recent_notification_id: i64,
    page_min_id: String,
    page_max_id: String,
    latest_page_notification_at: String,
    sample_account_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moderation_warning: Option<AccountWarning>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<SeveranceEvent>,
}

impl GroupedNotifications {
    /// Renders groups. With `partial`, only the newest account of each group is complete.
    pub fn render(groups: &[GroupedNotification], partial: bool, urls: &Urls) -> Self {
        let mut known = HashSet::new();
        let mut whole =
            |account: &account::Account| known.insert(account.id).then(|| Account::render(account, urls));
        let accounts: Vec<Account> = if partial {
            groups.iter().filter_map(|group| group.accounts.first()).filter_map(&mut whole).collect()
        } else {
            groups.iter().flat_map(|group| &group.accounts).filter_map(&mut whole).collect()
        };
        let mut rest = |account: &account::Account| {
            known.insert(account.id).then(|| PartialAccount::render(account, urls))
        };
        let partial_accounts =
            partial.then(|| groups.iter().flat_map(|group| &group.accounts).filter_map(&mut rest).collect());
        let mut seen = HashSet::new();
        let statuses = groups
            .iter()
            .filter_map(|group| group.newest.status.as_ref())
            .filter(|view| seen.insert(view.status.id))
            .map(|view| Status::render(view, urls));
        Self {
            statuses: statuses.collect(),
            notification_groups: groups.iter().map(|group| NotificationGroup::render(group, urls)).collect(),
            accounts,
            partial_accounts,
        }
    }
}

impl PartialAccount {
    fn render(account: &account::Account, urls: &Urls) -> Self {
        let avatar = account.avatar_url.clone().unwrap_or_else(|| urls.default_avatar());
        Self {
            id: account.id.to_string(),
            acct: account.acct(),
            url: account.url.clone().unwrap_or_else(|| account.uri.clone()),
            avatar_static: avatar.clone(),
            avatar,
            avatar_description: "",
            locked: account.locked,
            bot: account.kind.is_bot(),
        }
    }
}

impl NotificationGroup {
    fn render(group: &GroupedNotification, urls: &Urls) -> Self {
        let newest = &group.newest.notification;
        let view = &group.newest;
        Self {
            group_key: group.key.clone(),
            notifications_count: group.count,
            kind: newest.kind.as_str(),
            most_recent_notification_id: newest.id.0,
            page_min_id: group.on_page.0.to_string(),
            page_max_id: group.on_page.1.to_string(),
            latest_page_notification_at: newest.created_at.rfc3339(),
            sample_account_ids: group.accounts.iter().map(|account| account.id.to_string()).collect(),
            status_id: newest.status_id.map(|id| id.to_string()),
            report: view.report.as_ref().map(|report| Report::render(report, urls)),
            moderation_warning: view
                .warning
                .as_ref()
                .map(|entry| AccountWarning::render(entry, &view.account, urls)),
            event: view.severance.as_ref().map(SeveranceEvent::render),
        }
    }
}

/// The treatment of notifications by kind of sender, and the number of filtered ones.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NotificationPolicy {
    for_not_following: &'static str,
    for_not_followers: &'static str,
    for_new_accounts: &'static str,
    for_private_mentions: &'static str,
    for_limited_accounts: &'static str,
    for_bots: &'static str,
    summary: NotificationPolicySummary,
}

#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
struct NotificationPolicySummary {
    pending_requests_count: i64,
    pending_notifications_count: i64,
}

impl NotificationPolicy {
    /// Renders a policy, with the number of requests and of the notifications in them.
    pub fn render(policy: &notification_policy::NotificationPolicy, requests: i64, waiting: i64) -> Self {
        Self {
            for_not_following: policy.not_following.as_str(),
            for_not_followers: policy.not_followers.as_str(),
            for_new_accounts: policy.new_accounts.as_str(),
            for_private_mentions: policy.private_mentions.as_str(),
            for_limited_accounts: policy.limited_accounts.as_str(),
            for_bots: policy.bots.as_str(),
            summary: NotificationPolicySummary {
                pending_requests_count: requests,
                pending_notifications_count: waiting,
            },
        }
    }
}

/// The policy in the older form.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct V1NotificationPolicy {
    filter_not_following: bool,
    filter_not_followers: bool,
    filter_new_accounts: bool,
    filter_private_mentions: bool,
    summary: NotificationPolicySummary,
}

impl V1NotificationPolicy {
    /// Renders a policy in the older form.
    pub fn render(policy: &notification_policy::NotificationPolicy, requests: i64, waiting: i64) -> Self {
        let waits = |verdict: Verdict| verdict != Verdict::Accept;
        Self {
            filter_not_following: waits(policy.not_following),
            filter_not_followers: waits(policy.not_followers),
            filter_new_accounts: waits(policy.new_accounts),
            filter_private_mentions: waits(policy.private_mentions),
            summary: NotificationPolicySummary {
                pending_requests_count: requests,
                pending_notifications_count: waiting,
            },
        }
    }
}

/// A sender whose notifications are filtered, awaiting a decision.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NotificationRequest {
    id: String,
    created_at: String,
    updated_at: String,
    notifications_count: String,
    account: Account,
    last_status: Option<Status>,
}

impl NotificationRequest {
    /// Renders a request.
    pub fn render(view: &NotificationRequestView, urls: &Urls) -> Self {
        Self {
            id: view.request.id.to_string(),
            created_at: view.request.created_at.rfc3339(),
            updated_at: view.request.updated_at.rfc3339(),
            notifications_count: view.request.count.to_string(),
            account: Account::render(&view.account, urls),
            last_status: view.last_status.as_ref().map(|status| Status::render(status, urls)),
        }
    }
}

/// Whether accepted notifications have been merged into the list.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct MergedRequests {
    /// Always true.
    pub merged: bool,
}

/// A conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Conversation {
    id: String,
    unread: bool,
    accounts: Vec<Account>,
    last_status: Option<Status>,
}

impl Conversation {
    /// Renders a conversation.
    pub fn render(view: &ConversationView, urls: &Urls) -> Self {
        Self {
            id: view.id.to_string(),
            unread: view.unread,
            accounts: Account::render_all(&view.accounts, urls),
            last_status: view.last_status.as_ref().map(|status| Status::render(status, urls)),
        }
    }
}
