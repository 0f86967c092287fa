//! Statuses: what people post.

use super::emoji::Emoji;
use super::marks::RemoteMarks;
use super::media::RemoteMedia;
use super::quote::{QuotePolicy, RemoteQuote};
use super::reach::{Extent, Partner};
use super::{AccountId, AppId, MediaId, Reach, StatusId, Timestamp};

/// A status, or a boost of one (then `reblog_of` is set and it has no content of its own).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Our id.
    pub id: StatusId,
    /// The object id (for a boost: the Announce's id): an absolute URL.
    pub uri: String,
    /// The page for people.
    pub url: Option<String>,
    /// Who wrote or boosted it.
    pub account_id: AccountId,
    /// Whether its author is of this instance.
    pub local: bool,
    /// What it answers, when we have it.
    pub in_reply_to_id: Option<StatusId>,
    /// What it answers, by its object id, whether or not we have it.
    pub in_reply_to_uri: Option<String>,
    /// Who wrote what it answers.
    pub in_reply_to_account_id: Option<AccountId>,
    /// The status that this one boosts.
    pub reblog_of: Option<StatusId>,
    /// The thread: the id of its first status that we have.
    pub conversation_id: StatusId,
    /// Sanitised HTML.
    pub content: String,
    /// What was typed; local statuses only.
    pub source: Option<String>,
    /// The content warning: plain text, may be empty.
    pub spoiler_text: String,
    /// Whether media is hidden at first.
    pub sensitive: bool,
    /// BCP 47.
    pub language: Option<String>,
    /// How far it may go.
    pub reach: Reach,
    /// The one partner that it is for, of those for partners.
    pub partner: Option<Partner>,
    /// Whether it is addressed to people whom it does not name.
    pub addressed: bool,
    /// The group that it was posted to.
    pub group: Option<AccountId>,
    /// Whether public timelines list it (public against unlisted).
    pub listed: bool,
    /// The client app it was written with.
    pub app_id: Option<AppId>,
    /// When it was published.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When its author pinned it.
    pub pinned_at: Option<Timestamp>,
    /// How many replies we know.
    pub replies_count: i64,
    /// How many boosts we know.
    pub reblogs_count: i64,
    /// How many favourites we know.
    pub favourites_count: i64,
    /// The emoji that its texts name.
    pub emojis: Vec<Emoji>,
    /// Who may quote it.
    pub quote_policy: QuotePolicy,
}

impl Status {
    /// How far it may go.
    pub fn extent(&self) -> Extent {
        Extent::new(self.reach, self.partner.clone())
    }
}

/// In which form a status was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum ContentType {
    /// As it stands; addresses, people and hashtags become links.
    #[default]
    #[serde(rename = "text/plain")]
    Plain,
    /// CommonMark, with tables and strikethrough.
    #[serde(rename = "text/markdown")]
    Markdown,
    /// HTML, of which what is safe stays.
    #[serde(rename = "text/html")]
    Html,
}

impl ContentType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Markdown, Self::Html];

    /// Its media type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
        }
    }

    /// The form with this media type.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One version of an edited status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusEdit {
    /// Sanitised HTML.
    pub content: String,
    /// The content warning: plain text.
    pub spoiler_text: String,
    /// Whether media was hidden.
    pub sensitive: bool,
    /// When this version was published.
    pub created_at: Timestamp,
    /// What was attached, and how it was described then.
    pub media: Vec<(MediaId, Option<String>)>,
    /// The options of the poll it had; empty for none.
    pub poll_options: Vec<String>,
}

/// Where the rest of a status's thread is found, as its server says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// The collection of the whole thread.
    pub context: Option<String>,
    /// The collection of what answers the status.
    pub replies: Option<String>,
}

/// A status from elsewhere, already checked, addressed and sanitised: the input of `service::statuses::receive`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteStatus {
    /// The object id.
    pub uri: String,
    /// The page for people.
    pub url: Option<String>,
    /// Who wrote it: an account we already have.
    pub account_id: AccountId,
    /// The object id of what it answers.
    pub in_reply_to_uri: Option<String>,
    /// Where the rest of its thread is.
    pub sources: Sources,
    /// Sanitised HTML.
    pub content: String,
    /// Plain text.
    pub spoiler_text: String,
    /// Whether media is hidden at first.
    pub sensitive: bool,
    /// BCP 47.
    pub language: Option<String>,
    /// How far its addressing lets it go here.
    pub reach: Reach,
    /// The one partner that it is for, of those for partners.
    pub partner: Option<Partner>,
    /// How far it goes by its own addressing, if that can be believed of an edit.
    pub told: Option<Extent>,
    /// The group that it was posted to, if its author may.
    pub group: Option<AccountId>,
    /// Whether it is public rather than unlisted.
    pub listed: bool,
    /// The accounts it names, by `Mention` tags, that we know (local ones among them).
    pub mentions: Vec<AccountId>,
    /// The departments and divisions that it calls, without @.
    pub units: Vec<String>,
    /// The accounts it is addressed to without naming them.
    pub addressed: Vec<AccountId>,
    /// Hashtags, normalised, without #.
    pub tags: Vec<String>,
    /// What it asks.
    pub poll: Option<super::poll::Poll>,
    /// When it says it was published, clamped to now.
    pub published: Timestamp,
    /// When it says it was edited.
    pub updated: Option<Timestamp>,
    /// What is attached.
    pub media: Vec<RemoteMedia>,
    /// The emoji that its texts name.
    pub emojis: Vec<Emoji>,
    /// What it quotes.
    pub quote: Option<RemoteQuote>,
    /// What marks it out, by its own words.
    pub marks: RemoteMarks,
    /// Who may quote it.
    pub quote_policy: QuotePolicy,
    /// The activity that brought it, as it came, if it proves by itself who said it.
    pub proven: Option<String>,
    /// Whether it is only taken in if it is posted to a group's members: its author is a guest, and nothing else of
    /// their host's is taken.
    pub only_in_group: bool,
}
