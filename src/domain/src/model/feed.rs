//! Private feeds of a user's timelines, in Atom or RSS.

use super::{AccountId, FeedId, ListId, Timestamp};

/// The maximum number of feeds of one account.
pub const MOST: usize = 50;
/// The maximum number of entries of a feed.
pub const LENGTH: i64 = 40;

/// The contents of a feed.
#[derive(Debug, Clone, PartialEq, Eq, strum::IntoStaticStr)]
pub enum FeedKind {
    /// The home timeline.
    #[strum(serialize = "home")]
    Home,
    /// The notifications.
    #[strum(serialize = "notifications")]
    Notifications,
    /// The posts of a list of the owner.
    #[strum(serialize = "list")]
    List(ListId),
    /// The posts with a hashtag (normalised, without #).
    #[strum(serialize = "tag")]
    Tag(String),
    /// The posts of an account.
    #[strum(serialize = "account")]
    Account(AccountId),
}

impl FeedKind {
    /// Returns the name in the API, the database and the URL.
    pub fn as_str(&self) -> &'static str {
        self.into()
    }

    /// Returns the id of the list or account, or the hashtag; empty for the other kinds.
    pub fn target(&self) -> String {
        match self {
            Self::Home | Self::Notifications => String::new(),
            Self::List(id) => id.to_string(),
            Self::Tag(name) => name.clone(),
            Self::Account(id) => id.to_string(),
        }
    }

    /// Parses a name and a target.
    pub fn parse(word: &str, target: &str) -> Option<Self> {
        match word {
            "home" => Some(Self::Home),
            "notifications" => Some(Self::Notifications),
            "list" => target.parse().ok().map(Self::List),
            "tag" => Some(Self::Tag(target.to_owned())).filter(|_| !target.is_empty()),
            "account" => target.parse().ok().map(Self::Account),
            _ => None,
        }
    }
}

/// A private feed. Only its owner knows the secret of its URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The local id.
    pub id: FeedId,
    /// The account of the owner.
    pub account_id: AccountId,
    /// The contents.
    pub kind: FeedKind,
    /// The title.
    pub title: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last read, rounded to the hour.
    pub last_used_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_as_they_are_written() {
        let kinds = [
            FeedKind::Home,
            FeedKind::Notifications,
            FeedKind::List(ListId(7)),
            FeedKind::Tag("rust".into()),
            FeedKind::Account(AccountId(9)),
        ];
        for kind in kinds {
            assert_eq!(FeedKind::parse(kind.as_str(), &kind.target()), Some(kind));
        }
        for (word, target) in [("list", "x"), ("tag", ""), ("account", ""), ("public", "")] {
            assert_eq!(FeedKind::parse(word, target), None, "{word} {target}");
        }
    }
}
