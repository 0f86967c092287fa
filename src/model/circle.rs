//! Circles: named sets of people that somebody addresses posts to.

use super::account::Account;
use super::{AccountId, CircleId};

/// A circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// Its id.
    pub id: CircleId,
    /// Whose it is; nobody else is told of it.
    pub account_id: AccountId,
    /// What its owner calls it.
    pub title: String,
    /// How many people are in it.
    pub members: i64,
}

/// The people whom a post is addressed to without being named in it, for those who see the post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    /// The circle, for its owner alone, as long as it is there.
    pub circle: Option<Circle>,
    /// The people, as far as this instance knows them.
    pub people: Vec<Account>,
}
