//! Web push: what somebody wants to be told of while their client is closed.

use super::notification::NotificationKind;
use super::{AccountId, PushId, TokenId};

/// The kinds of notifications that a subscription can ask for.
pub const PUSHED: [NotificationKind; 12] = [
    NotificationKind::Mention,
    NotificationKind::Quote,
    NotificationKind::Status,
    NotificationKind::Reblog,
    NotificationKind::Follow,
    NotificationKind::FollowRequest,
    NotificationKind::Favourite,
    NotificationKind::Poll,
    NotificationKind::Update,
    NotificationKind::QuotedUpdate,
    NotificationKind::SignUp,
    NotificationKind::Report,
];

/// Whose deeds a subscription tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PushPolicy {
    /// Anybody's.
    #[default]
    All,
    /// Those of whom the subscriber follows.
    Followed,
    /// Those of the subscriber's followers.
    Follower,
    /// Nobody's.
    None,
}

impl PushPolicy {
    /// The word for it in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Followed => "followed",
            Self::Follower => "follower",
            Self::None => "none",
        }
    }

    /// The policy with this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::All, Self::Followed, Self::Follower, Self::None].into_iter().find(|one| one.as_str() == word)
    }

    /// Whether it lets the deed of somebody through who is followed by the subscriber, or follows them.
    pub const fn lets(self, followed: bool, follower: bool) -> bool {
        match self {
            Self::All => true,
            Self::Followed => followed,
            Self::Follower => follower,
            Self::None => false,
        }
    }
}

/// A client's wish to be told of notifications.
#[derive(Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// Our id.
    pub id: PushId,
    /// The token that made it.
    pub token_id: TokenId,
    /// Whom it tells.
    pub account_id: AccountId,
    /// Where the push service takes messages.
    pub endpoint: String,
    /// The client's public key: an uncompressed point of P-256, base64url.
    pub p256dh: String,
    /// The client's secret of 16 bytes, base64url.
    pub auth: String,
    /// Whether messages are sealed as RFC 8291 has it, not as its draft had it.
    pub standard: bool,
    /// The kinds it asks for.
    pub alerts: Vec<NotificationKind>,
    /// Whose deeds it tells of.
    pub policy: PushPolicy,
    /// The token itself, sealed: clients find the account by it.
    pub sealed_token: String,
}

impl std::fmt::Debug for PushSubscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The endpoint and the keys let others send to the device.
        f.debug_struct("PushSubscription").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_lets_through_what_it_says() {
        let let_through = |word: &str| {
            let policy = PushPolicy::parse(word).unwrap();
            [(false, false), (true, false), (false, true)]
                .map(|(followed, follower)| policy.lets(followed, follower))
        };
        assert_eq!(let_through("all"), [true, true, true]);
        assert_eq!(let_through("followed"), [false, true, false]);
        assert_eq!(let_through("follower"), [false, false, true]);
        assert_eq!(let_through("none"), [false, false, false]);
        assert_eq!(PushPolicy::parse("some"), None);
    }
}
