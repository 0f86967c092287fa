//! Web push: the notifications that a client wants to get while it is closed.

use super::notification::NotificationKind;
use super::{AccountId, PushId, TokenId};

/// The notification kinds that a subscription can request.
pub const PUSHED: [NotificationKind; 12] = [
    NotificationKind::Mention,
    NotificationKind::Quote,
    NotificationKind::Status,
    NotificationKind::Boost,
    NotificationKind::Follow,
    NotificationKind::FollowRequest,
    NotificationKind::Favourite,
    NotificationKind::Poll,
    NotificationKind::Update,
    NotificationKind::QuotedUpdate,
    NotificationKind::SignUp,
    NotificationKind::Report,
];

/// The senders whose notifications a subscription pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::IntoStaticStr, strum::EnumString)]
pub enum PushPolicy {
    /// Every account.
    #[default]
    #[strum(serialize = "all")]
    All,
    /// Accounts that the subscriber follows.
    #[strum(serialize = "followed")]
    Followed,
    /// Followers of the subscriber.
    #[strum(serialize = "follower")]
    Follower,
    /// No account.
    #[strum(serialize = "none")]
    None,
}

impl PushPolicy {
    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether the policy accepts a sender who is followed by the subscriber, or follows the subscriber.
    pub const fn lets(self, followed: bool, follower: bool) -> bool {
        match self {
            Self::All => true,
            Self::Followed => followed,
            Self::Follower => follower,
            Self::None => false,
        }
    }
}

/// A web push subscription of a client.
#[derive(Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// The local id.
    pub id: PushId,
    /// The token it was created with.
    pub token_id: TokenId,
    /// The account whose notifications are pushed.
    pub account_id: AccountId,
    /// The endpoint of the push service.
    pub endpoint: String,
    /// The public key of the client: an uncompressed P-256 point in base64url.
    pub p256dh: String,
    /// The authentication secret of the client: 16 bytes in base64url.
    pub auth: String,
    /// Whether messages are encrypted according to RFC 8291 rather than to its draft.
    pub standard: bool,
    /// The requested kinds.
    pub alerts: Vec<NotificationKind>,
    /// The senders whose notifications are pushed.
    pub policy: PushPolicy,
    /// The encrypted access token, by which clients find the account.
    pub sealed_token: String,
}

impl std::fmt::Debug for PushSubscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The endpoint and the keys would allow others to send to the device.
        f.debug_struct("PushSubscription").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_lets_through_what_it_says() {
        let let_through = |word: &str| {
            let policy = word.parse::<PushPolicy>().ok().unwrap();
            [(false, false), (true, false), (false, true)]
                .map(|(followed, follower)| policy.lets(followed, follower))
        };
        assert_eq!(let_through("all"), [true, true, true]);
        assert_eq!(let_through("followed"), [false, true, false]);
        assert_eq!(let_through("follower"), [false, false, true]);
        assert_eq!(let_through("none"), [false, false, false]);
        assert_eq!("some".parse::<PushPolicy>().ok(), None);
    }
}
