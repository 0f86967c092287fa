//! Lists: named sets of accounts with a timeline of their own.

use super::ListId;

/// The replies of members that a list shows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, strum::IntoStaticStr, strum::VariantArray, strum::EnumString,
)]
pub enum RepliesPolicy {
    /// Replies to accounts that the owner follows.
    #[strum(serialize = "followed")]
    Followed,
    /// Replies to members of the list.
    #[default]
    #[strum(serialize = "list")]
    List,
    /// No replies.
    #[strum(serialize = "none")]
    None,
}

impl RepliesPolicy {
    /// Every policy.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the name in the API and the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The local id.
    pub id: ListId,
    /// The title.
    pub title: String,
    /// The replies that it shows.
    pub replies: RepliesPolicy,
    /// Whether posts of its members are left out of the home timeline.
    pub exclusive: bool,
}
