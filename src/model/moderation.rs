//! Moderation: what is done about people, and the record of who did it.

use super::account::Account;
use super::user::{Role, User};
use super::{AccountId, LogId, Timestamp};

/// What can be done about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Only tell its owner something.
    Warn,
    /// Take sign-in away; tokens and sessions end.
    Disable,
    /// Give sign-in back.
    Enable,
    /// Hide its media at first.
    Sensitize,
    /// Show its media again.
    Unsensitize,
    /// Keep it out of what everybody is shown.
    Silence,
    /// Show it to everybody again.
    Unsilence,
    /// Hide it everywhere.
    Suspend,
    /// Show it again.
    Unsuspend,
}

impl Action {
    /// Everything that can be done.
    pub const ALL: [Self; 9] = [
        Self::Warn,
        Self::Disable,
        Self::Enable,
        Self::Sensitize,
        Self::Unsensitize,
        Self::Silence,
        Self::Unsilence,
        Self::Suspend,
        Self::Unsuspend,
    ];

    /// The word for it on the command line and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Sensitize => "sensitize",
            Self::Unsensitize => "unsensitize",
            Self::Silence => "silence",
            Self::Unsilence => "unsilence",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
        }
    }

    /// What this word asks for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }

    /// Whether it takes something away from the account, so that its owner is told of it.
    pub const fn is_measure(self) -> bool {
        matches!(self, Self::Warn | Self::Disable | Self::Sensitize | Self::Silence | Self::Suspend)
    }
}

/// Who moderates: somebody of the staff, or whoever has the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moderator {
    /// Their account; none on the command line.
    pub account: Option<AccountId>,
    /// Their name, as the log keeps it.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl Moderator {
    /// Somebody of the staff.
    pub fn of(user: &User, account: &Account) -> Self {
        Self { account: Some(account.id), name: account.username.clone(), role: user.role }
    }

    /// Whoever has the command line: they could change the database itself, so they may do everything.
    pub fn console() -> Self {
        Self { account: None, name: "(command line)".to_owned(), role: Role::Admin }
    }
}

/// An account with the user behind it, if there is one here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    /// The account.
    pub account: Account,
    /// Who signs in with it; none for an account from elsewhere.
    pub user: Option<User>,
}

/// One thing that was done, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Our id.
    pub id: LogId,
    /// Who did it, if they still have an account.
    pub actor_id: Option<AccountId>,
    /// Their name at that time.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// The account concerned, if it is still there.
    pub target_id: Option<AccountId>,
    /// What it was done to, in words: an address, a host, a report.
    pub target: String,
    /// What the moderator wrote.
    pub note: String,
    /// When.
    pub created_at: Timestamp,
}
