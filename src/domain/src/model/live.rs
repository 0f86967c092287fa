//! Messages to open streams: the ids of changed objects. The streaming hub loads each object and checks its
//! visibility for each listener.

use super::{AccountId, AnnouncementId, NotificationId, Reach, StatusId, TokenId, UserId};

/// A change that open streams may have to show.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "live")]
pub enum Live {
    /// A status was posted or received.
    Posted {
        /// The status.
        status: StatusId,
    },
    /// A status or boost was added to the home timelines of the accounts in a range of ids.
    Homed {
        /// The status.
        status: StatusId,
        /// The exclusive lower bound.
        after: Option<AccountId>,
        /// The inclusive upper bound.
        upto: Option<AccountId>,
    },
    /// A status was edited, or its poll's counts changed.
    Edited {
        /// The status.
        status: StatusId,
    },
    /// The reach of a status was narrowed, so that it is gone for some viewers.
    Narrowed {
        /// The status.
        status: StatusId,
        /// The author.
        author: AccountId,
        /// The former reach.
        reach: Reach,
        /// The mentioned accounts.
        named: Vec<AccountId>,
    },
    /// A status was deleted.
    Deleted {
        /// Its former id.
        status: StatusId,
        /// The author.
        author: AccountId,
        /// The reach.
        reach: Reach,
        /// The mentioned accounts.
        named: Vec<AccountId>,
        /// The group that it was posted to.
        #[serde(default)]
        group: Option<AccountId>,
    },
    /// A notification was created.
    Notified {
        /// The recipient.
        account: AccountId,
        /// The notification.
        notification: NotificationId,
    },
    /// A conversation has a new post.
    Conversation {
        /// The account that takes part in the conversation.
        account: AccountId,
        /// Its id.
        conversation: i64,
    },
    /// The filters of an account changed.
    FiltersChanged {
        /// The account.
        account: AccountId,
    },
    /// Filtered notifications were accepted.
    NotificationsMerged {
        /// The account.
        account: AccountId,
    },
    /// An announcement was made or changed.
    Announced {
        /// Its id.
        announcement: AnnouncementId,
    },
    /// The reactions to an announcement changed.
    AnnouncementReaction {
        /// Its id.
        announcement: AnnouncementId,
        /// The emoji.
        name: String,
    },
    /// An announcement was deleted.
    AnnouncementDeleted {
        /// Its former id.
        announcement: AnnouncementId,
    },
    /// An account acknowledged a must-read status; every app of the account is informed.
    Acknowledged {
        /// The account.
        account: AccountId,
        /// The status.
        status: StatusId,
    },
    /// A token was revoked: the streams opened with it end.
    TokenEnded {
        /// The token.
        token: TokenId,
    },
    /// A user may no longer sign in: the user's streams end.
    UserEnded {
        /// The user.
        user: UserId,
    },
}
