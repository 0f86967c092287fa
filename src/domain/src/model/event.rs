//! Events: changes by local accounts that may have to be federated.
//!
//! An event is written in the transaction of the change, as one job per consumer. It names ids where the
//! consumer can load the object, and holds the facts themselves where the object no longer exists by then.

use super::{AccountId, FollowId, RelationId, ReportId, StatusId, Timestamp};

/// A change made by a local account.
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
        /// The time, which keeps the ids of several edits distinct.
        at: Timestamp,
    },
    /// A local account narrowed the reach of its status. The remaining recipients get an update, the others
    /// a request to delete it.
    StatusNarrowed {
        /// The status.
        status: StatusId,
        /// The time, which keeps the ids of several changes distinct.
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
        /// Whether it was addressed to the public.
        public: bool,
    },
    /// A local account boosted a status.
    #[serde(rename = "Reblogged")]
    Boosted {
        /// The boost.
        status: StatusId,
    },
    /// A local account took back a boost; the row is gone.
    #[serde(rename = "Unreblogged")]
    Unboosted {
        /// The account that boosted.
        account: AccountId,
        /// The boost's id.
        boost: StatusId,
        /// The id of the Announce.
        uri: String,
        /// The boosted status.
        status: StatusId,
    },
    /// A local account voted in a remote poll.
    Voted {
        /// The account that voted.
        account: AccountId,
        /// The status with the poll.
        status: StatusId,
        /// The index of the chosen option, from 0.
        position: i64,
    },
    /// A local account quotes a remote status, whose author has to approve.
    QuoteRequested {
        /// The quoting status.
        status: StatusId,
    },
    /// A local account answered a remote request to quote its status.
    QuoteAnswered {
        /// The quoting status.
        status: StatusId,
        /// The id of the QuoteRequest.
        request: String,
        /// Whether the quote was approved.
        accepted: bool,
    },
    /// A local account revoked its approval of a quote.
    QuoteRevoked {
        /// The account that revoked it.
        account: AccountId,
        /// The former id of the QuoteAuthorization.
        stamp: String,
        /// The object id of the quoted status.
        quoted: String,
        /// The quoting status.
        status: StatusId,
    },
    /// A local account favourited a status.
    Favourited {
        /// The account.
        account: AccountId,
        /// The favourite.
        favourite: RelationId,
        /// The status.
        status: StatusId,
    },
    /// A local account took back a favourite; the row is gone.
    Unfavourited {
        /// The account.
        account: AccountId,
        /// The former id of the favourite.
        favourite: RelationId,
        /// The status.
        status: StatusId,
    },
    /// A local account asked to follow a remote one.
    FollowRequested {
        /// The follow.
        follow: FollowId,
    },
    /// A local account (or an administrator) stopped following a remote one; the row is gone.
    Unfollowed {
        /// The follower.
        account: AccountId,
        /// The followed account.
        target: AccountId,
        /// The id of the Follow.
        uri: String,
    },
    /// A local account accepted a remote follower.
    FollowAccepted {
        /// The follow.
        follow: FollowId,
    },
    /// A local account rejected or removed a remote follower; the row is gone.
    FollowRejected {
        /// The remote follower.
        account: AccountId,
        /// The local account.
        target: AccountId,
        /// The id of the Follow.
        uri: String,
    },
    /// A local account blocked a remote one.
    Blocked {
        /// The account that blocks.
        account: AccountId,
        /// The blocked account.
        target: AccountId,
        /// The id of the Block.
        uri: String,
    },
    /// A local account lifted a block on a remote one; the row is gone.
    Unblocked {
        /// The account that blocked.
        account: AccountId,
        /// The account that was blocked.
        target: AccountId,
        /// The id of the Block.
        uri: String,
    },
    /// A local account reported a remote one, and wants the report forwarded to its host.
    Reported {
        /// The report.
        report: ReportId,
    },
    /// A local account was erased: other hosts should delete their copies.
    AccountErased {
        /// The account.
        account: AccountId,
    },
    /// A local account moved to another; its profile already says so.
    Moved {
        /// The account that moved.
        account: AccountId,
        /// The time, which keeps the ids of several moves distinct.
        at: Timestamp,
    },
    /// A local group boosts a post made to it, or an edit of that post.
    GroupPassedOn {
        /// The group's boost.
        boost: StatusId,
        /// `Create` or `Update`.
        verb: String,
        /// The activity that delivered the post, if its signature proves the author.
        raw: Option<String>,
    },
    /// A local group withdrew a boost; the row is gone.
    GroupTookBack {
        /// The group.
        group: AccountId,
        /// The id of the Announce.
        uri: String,
        /// The object id of the boosted post.
        object: String,
    },
    /// A local room answered the Follow of an outsider: accepted if invited, rejected otherwise.
    GuestAnswered {
        /// The outsider.
        guest: AccountId,
        /// The room, or the other account that they asked to follow.
        room: AccountId,
        /// The id of the Follow.
        follow: String,
        /// Whether the Follow is accepted.
        welcome: bool,
    },
    /// A local closed group relays a remote member's post as its own Note.
    RoomRelayed {
        /// The group's boost of the post.
        boost: StatusId,
        /// Whether the original activity proves its author, which the company's instances accept.
        #[serde(default)]
        proven: bool,
        /// Whether it is an edit of a post that the recipients already have.
        #[serde(default)]
        edited: bool,
    },
    /// A local group enrolled a person of another instance by its membership rule.
    GroupEnrolled {
        /// The group.
        group: AccountId,
        /// The enrolled account.
        person: AccountId,
        /// When.
        at: Timestamp,
    },
    /// A local group pinned or unpinned a status.
    GroupPinned {
        /// The group.
        group: AccountId,
        /// The status.
        status: StatusId,
        /// Whether it is pinned now.
        pinned: bool,
        /// The time, which keeps the ids of several changes distinct.
        at: Timestamp,
    },
    /// A local account pinned or unpinned a status of its own.
    Pinned {
        /// The status.
        status: StatusId,
        /// Whether it is pinned now.
        pinned: bool,
        /// The time, which keeps the ids of several changes distinct.
        at: Timestamp,
    },
    /// A local account acknowledged a status that must be read.
    Acknowledged {
        /// The account.
        account: AccountId,
        /// The status.
        status: StatusId,
    },
    /// The annotations of a local account's status changed, which only Portico understands: a reminder was
    /// sent, the must-read mark was ended, or an answer was accepted.
    Annotated {
        /// The status.
        status: StatusId,
        /// The time, which keeps the ids of several changes distinct.
        at: Timestamp,
    },
    /// A local account hid praise from its profile, or shows it again.
    PraiseHidden {
        /// The account.
        account: AccountId,
        /// The status with the praise.
        status: StatusId,
        /// Whether it is hidden now.
        hidden: bool,
        /// The time, which keeps the ids of several changes distinct.
        at: Timestamp,
    },
    /// A local account changed its profile.
    ProfileUpdated {
        /// The account.
        account: AccountId,
        /// The time, which keeps the ids of several changes distinct.
        at: Timestamp,
    },
}
