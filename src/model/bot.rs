//! Bots: accounts that programs speak for, and the webhooks by which they are made to.

use super::{AccountId, HookId, Reach, Timestamp};

/// How many bots one person may answer for.
pub const MOST_BOTS: usize = 20;
/// How many webhooks one bot may have.
pub const MOST_HOOKS: usize = 20;
/// How many people a webhook may name in each of its posts.
pub const MOST_NAMED: usize = 20;

/// Who of an instance may make bots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Makers {
    /// Everybody who can sign in.
    #[default]
    Staff,
    /// Moderators and administrators.
    Moderators,
    /// Administrators.
    Admins,
}

/// An account that programs speak for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bot {
    /// Its account.
    pub account_id: AccountId,
    /// The account of the person who answers for it.
    pub owner_id: AccountId,
    /// How far it may go at most.
    pub ceiling: Reach,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A secret address at which a program has a bot post. Its secret is known to whoever made it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Our id.
    pub id: HookId,
    /// The bot's account.
    pub bot_id: AccountId,
    /// What it is for.
    pub title: String,
    /// How far its posts go.
    pub reach: Reach,
    /// The addresses of the people whom each of its posts names.
    pub named: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}
