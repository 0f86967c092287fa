//! Delegates: who may post and answer in somebody's name, and the record of what they did.

use super::account::Account;
use super::{AccountId, StatusId, Timestamp};

/// That somebody may post in somebody else's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// In whose name.
    pub leader_id: AccountId,
    /// Who.
    pub delegate_id: AccountId,
    /// Whether they may post.
    pub may_post: bool,
    /// Whether they may answer.
    pub may_answer: bool,
    /// Until when; none until it is taken back.
    pub until: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
}

/// A delegation with whoever stands on its other side, as one of the two is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationView {
    /// The delegation.
    pub delegation: Delegation,
    /// The delegate, for the leader; the leader, for the delegate.
    pub account: Account,
}

/// One entry of the record: a post in somebody's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegatedPost {
    /// The post; it may be gone.
    pub status_id: StatusId,
    /// Who posted it.
    pub delegate: Account,
    /// Whether it was an answer.
    pub is_answer: bool,
    /// Whether it is still there.
    pub is_there: bool,
    /// When.
    pub created_at: Timestamp,
}
