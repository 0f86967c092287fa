//! Moderation: the actions against accounts, and the log of them.

use super::account::Account;
use super::user::{Role, User};
use super::{AccountId, LogId, Timestamp};

/// An action that a moderator can take on an account.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray, strum::EnumString,
)]
pub enum Action {
    /// Send a warning only.
    #[strum(serialize = "warn")]
    Warn,
    /// Disable sign-in; tokens and sessions end.
    #[strum(serialize = "disable")]
    Disable,
    /// Enable sign-in again.
    #[strum(serialize = "enable")]
    Enable,
    /// Mark all its media as sensitive.
    #[strum(serialize = "sensitize")]
    Sensitize,
    /// Stop marking its media as sensitive.
    #[strum(serialize = "unsensitize")]
    Unsensitize,
    /// Leave it out of public timelines and trends.
    #[strum(serialize = "silence")]
    Silence,
    /// Show it in public timelines and trends again.
    #[strum(serialize = "unsilence")]
    Unsilence,
    /// Suspend it: hide it everywhere.
    #[strum(serialize = "suspend")]
    Suspend,
    /// Lift the suspension.
    #[strum(serialize = "unsuspend")]
    Unsuspend,
}

impl Action {
    /// Every action.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name on the command line and in the log.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether the action is a measure against the account, of which its owner is notified.
    pub const fn is_measure(self) -> bool {
        matches!(self, Self::Warn | Self::Disable | Self::Sensitize | Self::Silence | Self::Suspend)
    }
}

/// A moderator: a user with that role, or the operator on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moderator {
    /// The account; `None` on the command line.
    pub account: Option<AccountId>,
    /// The name recorded in the log.
    pub name: String,
    /// The role.
    pub role: Role,
}

impl Moderator {
    /// Creates the moderator for a local user.
    pub fn from_user(user: &User, account: &Account) -> Self {
        Self { account: Some(account.id), name: account.username.clone(), role: user.role }
    }

    /// Creates the moderator for the command line, with every right: the operator could change the database
    /// itself.
    pub fn console() -> Self {
        Self { account: None, name: "(command line)".to_owned(), role: Role::Admin }
    }
}

/// An account with its user, if it is local.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModeratedPerson {
    /// The account.
    pub account: Account,
    /// The user; `None` for a remote account.
    pub user: Option<User>,
}

/// An entry of the moderation log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The local id.
    pub id: LogId,
    /// The acting account, if it still exists.
    pub actor_id: Option<AccountId>,
    /// The name of the moderator at that time.
    pub actor: String,
    /// The action.
    pub action: String,
    /// The target account, if it still exists.
    pub target_id: Option<AccountId>,
    /// The target in words: an address, a host, or a report.
    pub target: String,
    /// The note of the moderator.
    pub note: String,
    /// When it happened.
    pub created_at: Timestamp,
}
