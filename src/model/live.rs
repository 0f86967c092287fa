//! What streams are told: that something changed, by ids alone. What a listener is shown of it is decided,
//! and loaded, when it is told.

use super::{AccountId, AnnouncementId, NotificationId, Reach, StatusId, TokenId, UserId};

/// Something that open streams may have to show.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "live")]
pub enum Live {
    /// A status was posted or received.
    Posted {
        /// The status.
        status: StatusId,
    },
    /// A status or boost was put into the home timelines of those accounts whose ids lie in a range.
    Homed {
        /// The status.
        status: StatusId,
        /// Those after this one.
        after: Option<AccountId>,
        /// Up to this one.
        upto: Option<AccountId>,
    },
    /// A status was edited, or its poll's counts changed.
    Edited {
        /// The status.
        status: StatusId,
    },
    /// A status goes less far than before: for some it is gone.
    Narrowed {
        /// The status.
        status: StatusId,
        /// Who wrote it.
        author: AccountId,
        /// How far it went.
        reach: Reach,
        /// Whom it names.
        named: Vec<AccountId>,
    },
    /// A status is gone.
    Deleted {
        /// Its former id.
        status: StatusId,
        /// Who wrote it.
        author: AccountId,
        /// How far it went.
        reach: Reach,
        /// Whom it named.
        named: Vec<AccountId>,
        /// The group that it was posted to.
        #[serde(default)]
        group: Option<AccountId>,
    },
    /// Somebody was told of something.
    Notified {
        /// Whom.
        account: AccountId,
        /// The notification.
        notification: NotificationId,
    },
    /// A conversation of somebody's has a new post.
    Conversation {
        /// Whose.
        account: AccountId,
        /// Its id.
        conversation: i64,
    },
    /// Somebody's filters changed.
    FiltersChanged {
        /// Whose.
        account: AccountId,
    },
    /// Notifications that waited were let through.
    NotificationsMerged {
        /// Whose.
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
    /// An announcement is gone.
    AnnouncementDeleted {
        /// Its former id.
        announcement: AnnouncementId,
    },
    /// Somebody has acknowledged what must be read: it is done in all their apps.
    Acknowledged {
        /// Who.
        account: AccountId,
        /// What.
        status: StatusId,
    },
    /// A token no longer works: what was opened with it ends.
    TokenEnded {
        /// The token.
        token: TokenId,
    },
    /// Somebody may no longer sign in: what they opened ends.
    UserEnded {
        /// Who.
        user: UserId,
    },
}
