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
    /// A local account made its status go less far: who may have it hears so, who lost it is asked to delete
    /// it.
    StatusNarrowed {
        /// The status.
        status: StatusId,
        /// When, so that each narrowing is an activity of its own.
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
    /// A group of ours passes on what was posted to it, or an edit of that.
    GroupPassedOn {
        /// The group's boost.
        boost: StatusId,
        /// `Create` or `Update`.
        verb: String,
        /// The activity that brought it, if it proves by itself who said it.
        raw: Option<String>,
    },
    /// A group of ours takes back what it passed on; its boost is gone.
    GroupTookBack {
        /// The group.
        group: AccountId,
        /// The boost's id, as an address.
        uri: String,
        /// The object id of what it passed on.
        object: String,
    },
    /// A room of ours answers an outsider's Follow: it has invited them, or not.
    GuestAnswered {
        /// The outsider.
        guest: AccountId,
        /// The room, or whom else they wanted to follow.
        room: AccountId,
        /// The Follow's id.
        follow: String,
        /// Whether they are in.
        welcome: bool,
    },
    /// A closed group of ours shows, as words of its own, what somebody elsewhere has posted to it.
    RoomRelayed {
        /// The group's boost of it.
        boost: StatusId,
        /// Whether it proves by itself who said it, which the company's instances believe.
        #[serde(default)]
        proven: bool,
        /// Whether they had it already, and it was edited.
        #[serde(default)]
        edited: bool,
    },
    /// A group of ours takes in somebody of another instance, because its rule names them.
    GroupEnrolled {
        /// The group.
        group: AccountId,
        /// Whom.
        person: AccountId,
        /// When.
        at: Timestamp,
    },
    /// A group of ours keeps a status on top, or no longer.
    GroupPinned {
        /// The group.
        group: AccountId,
        /// What.
        status: StatusId,
        /// Whether it is pinned now.
        pinned: bool,
        /// When, so that each change is an activity of its own.
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
    /// A local account acknowledged a status that must be read.
    Acknowledged {
        /// Who.
        account: AccountId,
        /// What.
        status: StatusId,
    },
    /// Something about a status of a local account changed that only Portico knows: its readers are reminded, it
    /// need not be read any more, an answer to it was accepted.
    Annotated {
        /// The status.
        status: StatusId,
        /// When, so that each change is an activity of its own.
        at: Timestamp,
    },
    /// A local account keeps praise off its profile, or shows it again.
    PraiseHidden {
        /// Who.
        account: AccountId,
        /// The status that praises.
        status: StatusId,
        /// Whether it is hidden now.
        hidden: bool,
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
