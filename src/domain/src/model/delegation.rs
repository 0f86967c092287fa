//! Delegations: the right to post and reply in another person's name, and the record of such posts.

use super::account::Account;
use super::{AccountId, StatusId, Timestamp};

/// A right to post in another person's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// The account that is posted for.
    pub leader_id: AccountId,
    /// The account of the delegate.
    pub delegate_id: AccountId,
    /// Whether the delegate may post.
    pub may_post: bool,
    /// Whether the delegate may reply.
    pub may_answer: bool,
    /// The end; `None` if it is valid until revoked.
    pub until: Option<Timestamp>,
    /// When it was granted.
    pub created_at: Timestamp,
}

/// A delegation with the account of the other party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationView {
    /// The delegation.
    pub delegation: Delegation,
    /// The delegate, for the leader; the leader, for the delegate.
    pub account: Account,
}

/// A record of a post in another person's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegatedPost {
    /// The post, which may be deleted by now.
    pub status_id: StatusId,
    /// The delegate who posted it.
    pub delegate: Account,
    /// Whether it was a reply.
    pub is_answer: bool,
    /// Whether the post still exists.
    pub is_there: bool,
    /// When it was posted.
    pub created_at: Timestamp,
}
