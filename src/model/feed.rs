//! Feeds: what somebody may read, for a program that reads Atom or RSS.

use super::{AccountId, FeedId, ListId, Timestamp};

/// How many feeds one person may have.
pub const MOST: usize = 50;
/// How many entries a feed shows.
pub const LENGTH: i64 = 40;

/// What a feed shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedKind {
    /// The home timeline.
    Home,
    /// The notifications.
    Notifications,
    /// The posts of a list of one's own.
    List(ListId),
    /// What is posted under a hashtag (normalised, without #).
    Tag(String),
    /// What an account posts.
    Account(AccountId),
}

impl FeedKind {
    /// The word for it in the API, the database and the address.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Notifications => "notifications",
            Self::List(_) => "list",
            Self::Tag(_) => "tag",
            Self::Account(_) => "account",
        }
    }

    /// What it is the feed of: the id of a list or an account, a hashtag; empty where there is one alone.
    pub fn target(&self) -> String {
        match self {
            Self::Home | Self::Notifications => String::new(),
            Self::List(id) => id.to_string(),
            Self::Tag(name) => name.clone(),
            Self::Account(id) => id.to_string(),
        }
    }

    /// The kind with this word and target.
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

/// A feed of somebody's. The secret of its address is known to its owner alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Our id.
    pub id: FeedId,
    /// Whose it is.
    pub account_id: AccountId,
    /// What it shows.
    pub kind: FeedKind,
    /// What it is called.
    pub title: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last read, to the hour.
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
