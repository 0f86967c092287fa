//! Bots: accounts that programs post with, and their webhooks.

use super::{AccountId, HookId, Reach, Timestamp};

/// The maximum number of bots of one owner.
pub const MOST_BOTS: usize = 20;
/// The maximum number of webhooks of one bot.
pub const MOST_HOOKS: usize = 20;
/// The maximum number of people that a webhook mentions in each of its posts.
pub const MOST_NAMED: usize = 20;

/// The users of an instance who may create bots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Makers {
    /// Everyone who can sign in.
    #[default]
    Staff,
    /// Moderators and administrators.
    Moderators,
    /// Administrators.
    Admins,
}

/// An account that a program posts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bot {
    /// The account of the bot.
    pub account_id: AccountId,
    /// The account of the owner, who is responsible for it.
    pub owner_id: AccountId,
    /// The widest reach that its posts may have.
    pub ceiling: Reach,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A webhook: a secret URL at which a program posts as a bot. Only the creator of the webhook gets the
/// secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The local id.
    pub id: HookId,
    /// The bot's account.
    pub bot_id: AccountId,
    /// A description of its purpose.
    pub title: String,
    /// The reach of its posts.
    pub reach: Reach,
    /// The addresses of the people that each of its posts mentions.
    pub named: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}
