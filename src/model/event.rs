//! Events: what has happened here that others may have to hear of.
//!
//! Written in the transaction that made the change, as one job per consumer. Past tense, ids where the
//! consumer can load the thing, and the facts themselves where the thing is gone by then.

use super::{AccountId, FollowId, RelationId, ReportId, StatusId, Timestamp};

/// Something that happened on this instance, by the hand of a local account.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event")]
pub enum Event {
    /// A local account posted a status.
    StatusPosted {
        /// The status.
        status: StatusId,
    },
    /// A local account edited its status.
    StatusEdited {
        /// The status.
        status: StatusId,
        /// When, so that each edit is an activity of its own.
        at: Timestamp,
    },
    /// A local account deleted its status; the row is gone.
    StatusDeleted {
        /// Its author.
        account: AccountId,
        /// Its id.
        status: StatusId,
        /// Its object id.
        uri: String,
        /// Whether it was publicly addressed.
        public: bool,
    },
    /// A local account boosted a status.
    Reblogged {
        /// The boost.
        status: StatusId,
    },
    /// A local account took back a boost; the row is gone.
    Unreblogged {
        /// Who boosted.
        account: AccountId,
        /// The boost's id.
        boost: StatusId,
        /// The Announce's id.
        uri: String,
        /// The boosted status.
        status: StatusId,
    },
    /// A local account voted in a poll of somebody elsewhere.
    Voted {
        /// Who.
        account: AccountId,
        /// In what.
        status: StatusId,
        /// For which option, counted from 0.
        position: i64,
    },
    /// A local account quotes a status of somebody elsewhere, who has to agree.
    QuoteRequested {
        /// The status that quotes.
        status: StatusId,
    },
    /// A local account answers somebody elsewhere who wants to quote its status.
    QuoteAnswered {
        /// The status that quotes.
        status: StatusId,
        /// The id of the question.
        request: String,
        /// Whether it agrees.
        accepted: bool,
    },
    /// A local account no longer agrees to a quote.
    QuoteRevoked {
        /// Who.
        account: AccountId,
        /// The stamp's former id.
        stamp: String,
        /// The quoted status, by its object id.
        quoted: String,
        /// The status that quoted.
        status: StatusId,
    },
    /// A local account favourited a status.
    Favourited {
        /// Who.
        account: AccountId,
        /// The favourite.
        favourite: RelationId,
        /// What.
        status: StatusId,
    },
    /// A local account took back a favourite; the row is gone.
    Unfavourited {
        /// Who.
        account: AccountId,
        /// The favourite's former id.
        favourite: RelationId,
        /// What.
        status: StatusId,
    },
    /// A local account asked to follow a remote one.
    FollowRequested {
        /// The follow.
        follow: FollowId,
    },
    /// A local account (or an administrator) stopped following a remote one; the row is gone.
    Unfollowed {
        /// Who followed.
        account: AccountId,
        /// Who was followed.
        target: AccountId,
        /// The Follow's id.
        uri: String,
    },
    /// A local account accepted a remote follower.
    FollowAccepted {
        /// The follow.
        follow: FollowId,
    },
    /// A local account refused or removed a remote follower; the row is gone.
    FollowRejected {
        /// The remote follower.
        account: AccountId,
        /// The local account.
        target: AccountId,
        /// The Follow's id.
        uri: String,
    },
    /// A local account blocked a remote one.
    Blocked {
        /// Who blocks.
        account: AccountId,
        /// Who is blocked.
        target: AccountId,
        /// The Block's id.
        uri: String,
    },
    /// A local account lifted a block on a remote one; the row is gone.
    Unblocked {
        /// Who blocked.
        account: AccountId,
        /// Who was blocked.
        target: AccountId,
        /// The Block's id.
        uri: String,
    },
    /// A local account reported a remote one, and wants its host to know.
    Reported {
        /// The report.
        report: ReportId,
    },
    /// A local account was erased: what others have of it is to go.
    AccountErased {
        /// Who.
        account: AccountId,
    },
    /// A local account has become another; its profile says so already.
    Moved {
        /// Who moved.
        account: AccountId,
        /// When, so that each move is an activity of its own.
        at: Timestamp,
    },
    /// A local account pinned a status of its own, or took it down.
    Pinned {
        /// What.
        status: StatusId,
        /// Whether it is pinned now.
        pinned: bool,
        /// When, so that each change is an activity of its own.
        at: Timestamp,
    },
    /// A local account changed its profile.
    ProfileUpdated {
        /// Who.
        account: AccountId,
        /// When, so that each change is an activity of its own.
        at: Timestamp,
    },
}
