//! Users: people who can sign in here.

use super::quote::Circle;
use super::{AccountId, Reach, Timestamp, UserId};

/// What a user may do beyond posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Staff.
    Member,
    /// May moderate people and posts.
    Moderator,
    /// May do everything an administrator's tools offer.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Member, Self::Moderator, Self::Admin];

    /// Its word on the command line and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }

    /// The role with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// A person who can sign in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Our id.
    pub id: UserId,
    /// The account that speaks for this person.
    pub account_id: AccountId,
    /// Where mail reaches them; also a sign-in name.
    pub email: String,
    /// The Argon2id hash (PHC string); none until a password is set.
    pub password_hash: Option<String>,
    /// What they may do.
    pub role: Role,
    /// When sign-in was taken away.
    pub disabled_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// The reach their posts have unless they say otherwise; none follows the instance.
    pub default_reach: Option<Reach>,
    /// Whether their media is marked sensitive unless they say otherwise.
    pub default_sensitive: bool,
    /// The language of their posts unless they say otherwise (BCP 47).
    pub default_language: Option<String>,
    /// Who may quote their posts unless they say otherwise.
    pub default_quotable: Circle,
}
