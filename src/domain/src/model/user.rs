//! Users: people who can sign in to this instance.

use super::quote::QuoteAudience;
use super::{AccountId, Reach, Timestamp, UserId};

/// The role of a user.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
pub enum Role {
    /// May use the instance; has no further rights.
    #[strum(serialize = "member")]
    Member,
    /// May also moderate people and posts.
    #[strum(serialize = "moderator")]
    Moderator,
    /// May also administer the instance.
    #[strum(serialize = "admin")]
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name on the command line and in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A local user, who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The local id.
    pub id: UserId,
    /// The user's account.
    pub account_id: AccountId,
    /// The mail address; also a sign-in name.
    pub email: String,
    /// The Argon2id hash (PHC string); `None` until a password is set.
    pub password_hash: Option<String>,
    /// The role.
    pub role: Role,
    /// When sign-in was disabled.
    pub disabled_at: Option<Timestamp>,
    /// When the user was added.
    pub created_at: Timestamp,
    /// When the user last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// The default reach of the user's posts; `None` for the default of the instance.
    pub default_reach: Option<Reach>,
    /// Whether the user's media is marked sensitive by default.
    pub default_sensitive: bool,
    /// The default language of the user's posts (BCP 47).
    pub default_language: Option<String>,
    /// The default quote policy of the user's posts.
    pub default_quotable: QuoteAudience,
}
