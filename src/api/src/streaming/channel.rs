//! The streams that a client can subscribe to.

use portico_domain::model::ListId;
use portico_domain::model::view::StatusView;
use portico_html::normalise_tag;
use portico_service::reading::timelines::Origin;

/// A stream by its documented name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Channel {
    /// The user's home timeline and notifications.
    User,
    /// The user's notifications.
    Notifications,
    /// Public timelines.
    Public {
        /// Local posts, remote posts, or both.
        origin: Origin,
        /// Only posts with media.
        media: bool,
    },
    /// Posts with a hashtag.
    Hashtag {
        /// The normalised name.
        tag: String,
        /// Only posts of this instance.
        local: bool,
    },
    /// The timeline of a list.
    List(ListId),
    /// The user's conversations.
    Direct,
}

/// Why a stream cannot be subscribed to: its name is unknown, or a parameter is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChannel {
    /// No stream has this name.
    #[error("Unknown channel requested")]
    Name,
    /// A hashtag stream without a hashtag.
    #[error("Missing tag name parameter")]
    Tag,
    /// A list stream without a list.
    #[error("Missing list name parameter")]
    List,
}

impl Channel {
    /// Parses the name of a stream and its parameters.
    pub fn parse(name: &str, tag: Option<&str>, list: Option<&str>) -> Result<Self, InvalidChannel> {
        let tag = || {
            let name = normalise_tag(tag.unwrap_or_default().trim_start_matches('#'));
            if name.is_empty() { Err(InvalidChannel::Tag) } else { Ok(name) }
        };
        let public = |origin, media| Ok(Self::Public { origin, media });
        match name {
            "user" => Ok(Self::User),
            "user:notification" => Ok(Self::Notifications),
            "public" => public(Origin::Any, false),
            "public:local" => public(Origin::Local, false),
            "public:remote" => public(Origin::Remote, false),
            "public:media" => public(Origin::Any, true),
            "public:local:media" => public(Origin::Local, true),
            "public:remote:media" => public(Origin::Remote, true),
            "hashtag" => Ok(Self::Hashtag { tag: tag()?, local: false }),
            "hashtag:local" => Ok(Self::Hashtag { tag: tag()?, local: true }),
            "list" => {
                let id = list.and_then(|list| list.parse().ok());
                id.map(Self::List).ok_or(InvalidChannel::List)
            }
            "direct" => Ok(Self::Direct),
            _ => Err(InvalidChannel::Name),
        }
    }

    /// Its name and parameters, as each message carries them.
    pub fn words(&self) -> Vec<String> {
        let plain = |word: &str| vec![word.to_owned()];
        match self {
            Self::User => plain("user"),
            Self::Notifications => plain("user:notification"),
            Self::Public { origin, media } => {
                let name = match origin {
                    Origin::Any => "public",
                    Origin::Local => "public:local",
                    Origin::Remote => "public:remote",
                };
                vec![if *media { format!("{name}:media") } else { name.to_owned() }]
            }
            Self::Hashtag { tag, local } => {
                vec![if *local { "hashtag:local" } else { "hashtag" }.to_owned(), tag.clone()]
            }
            Self::List(id) => vec!["list".to_owned(), id.to_string()],
            Self::Direct => plain("direct"),
        }
    }

    /// Whether it carries posts by any author, as they are made.
    pub const fn is_of_posts(&self) -> bool {
        matches!(self, Self::Public { .. } | Self::Hashtag { .. } | Self::List(_))
    }

    /// Whether a post belongs in this public or hashtag stream. The caller has checked that the viewer may
    /// see it.
    pub fn shows(&self, post: &StatusView) -> bool {
        let status = &post.status;
        let listed = status.listed && status.reach.is_organisational() && status.boost_of.is_none();
        match self {
            Self::Public { origin, media } => {
                let first = status.in_reply_to_uri.is_none()
                    || status.in_reply_to_account_id == Some(status.account_id);
                let from = match origin {
                    Origin::Any => true,
                    Origin::Local => status.local,
                    Origin::Remote => !status.local,
                };
                listed && first && from && (!media || !post.media.is_empty())
            }
            Self::Hashtag { tag, local } => listed && post.tags.contains(tag) && (!local || status.local),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words_agree() {
        for name in [
            "user",
            "user:notification",
            "public",
            "public:local",
            "public:remote",
            "public:media",
            "public:local:media",
            "public:remote:media",
            "direct",
        ] {
            assert_eq!(Channel::parse(name, None, None).unwrap().words(), [name]);
        }
        assert_eq!(Channel::parse("hashtag", Some("#Größe"), None).unwrap().words(), ["hashtag", "größe"]);
        assert_eq!(Channel::parse("hashtag:local", Some("x"), None).unwrap().words(), ["hashtag:local", "x"]);
        assert_eq!(Channel::parse("list", None, Some("7")).unwrap().words(), ["list", "7"]);
        assert_eq!(Channel::parse("hashtag", None, None), Err(InvalidChannel::Tag));
        assert_eq!(Channel::parse("list", None, Some("x")), Err(InvalidChannel::List));
        assert_eq!(Channel::parse("everything", None, None), Err(InvalidChannel::Name));
    }
}
