//! Circles: named sets of people that a user addresses posts to.

use super::account::Account;
use super::{AccountId, CircleId};

/// A circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// Its id.
    pub id: CircleId,
    /// The account of its owner; invisible to everyone else.
    pub account_id: AccountId,
    /// The title given by its owner.
    pub title: String,
    /// The number of people in it.
    pub members: i64,
}

/// The recipients of a post that it does not mention, as its readers see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    /// The circle, shown to its owner only; `None` once it is deleted.
    pub circle: Option<Circle>,
    /// The recipients that this instance knows.
    pub people: Vec<Account>,
}
