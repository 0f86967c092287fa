//! Web Push subscriptions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use portico_domain::model::push::{PUSHED, PushSubscription};

/// A Web Push subscription.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WebPushSubscription {
    /// A number, unlike other ids.
    id: i64,
    endpoint: String,
    /// Whether messages are encrypted by RFC 8291 (`aes128gcm`) rather than by its draft (`aesgcm`).
    standard: bool,
    /// The instance's public VAPID key.
    server_key: String,
    /// The kinds of notifications that are pushed.
    alerts: BTreeMap<&'static str, bool>,
    /// The actors whose actions are pushed: `all`, `followed`, `follower` or `none`.
    policy: &'static str,
}

impl WebPushSubscription {
    /// Renders a subscription.
    pub fn render(found: &PushSubscription, server_key: &str) -> Self {
        Self {
            id: found.id.0,
            endpoint: found.endpoint.clone(),
            standard: found.standard,
            server_key: server_key.to_owned(),
            alerts: PUSHED.into_iter().map(|kind| (kind.as_str(), found.alerts.contains(&kind))).collect(),
            policy: found.policy.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_domain::model::notification::NotificationKind;
    use portico_domain::model::push::PushPolicy;
    use portico_domain::model::{AccountId, PushId, TokenId};

    #[test]
    fn a_push_subscription_lists_every_alert() {
        let subscription = PushSubscription {
            id: PushId(3_613_000_000_000_001),
            token_id: TokenId(1),
            account_id: AccountId(2),
            endpoint: "https://push.example/device".into(),
            p256dh: "never shown".into(),
            auth: "never shown".into(),
            standard: true,
            alerts: vec![NotificationKind::Mention, NotificationKind::Poll],
            policy: PushPolicy::Followed,
            sealed_token: "never shown".into(),
        };
        insta::assert_json_snapshot!("push", WebPushSubscription::render(&subscription, "key"));
    }
}
