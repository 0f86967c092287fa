//! Statuses: posts and boosts.

use super::emoji::Emoji;
use super::quote::QuotePolicy;
use super::reach::{AudienceLimits, Partner};
use super::{AccountId, AppId, MediaId, Reach, StatusId, Timestamp};

/// A status, or a boost of one (then `boost_of` is set and it has no content of its own).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The local id.
    pub id: StatusId,
    /// The object id, or for a boost the id of the Announce: an absolute URL.
    pub uri: String,
    /// The HTML page.
    pub url: Option<String>,
    /// The author, or the account that boosted.
    pub account_id: AccountId,
    /// Whether its author is a local account.
    pub local: bool,
    /// The status it replies to, if it is stored.
    pub in_reply_to_id: Option<StatusId>,
    /// The object id of the status it replies to, whether or not it is stored.
    pub in_reply_to_uri: Option<String>,
    /// The author of the status it replies to.
    pub in_reply_to_account_id: Option<AccountId>,
    /// The boosted status.
    pub boost_of: Option<StatusId>,
    /// The thread: the id of its first stored status.
    pub conversation_id: StatusId,
    /// The sanitised HTML.
    pub content: String,
    /// The text as typed; local statuses only.
    pub source: Option<String>,
    /// The content warning: plain text, may be empty.
    pub spoiler_text: String,
    /// Whether media is hidden at first.
    pub sensitive: bool,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// The reach.
    pub reach: Reach,
    /// The one partner it is addressed to, if its reach is partners.
    pub partner: Option<Partner>,
    /// Whether it is addressed to people that it does not mention.
    pub addressed: bool,
    /// The group it was posted to.
    pub group: Option<AccountId>,
    /// Whether public timelines list it (public as opposed to unlisted).
    pub listed: bool,
    /// The client app used to write it.
    pub app_id: Option<AppId>,
    /// When it was published.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When its author pinned it.
    pub pinned_at: Option<Timestamp>,
    /// The number of known replies.
    pub replies_count: i64,
    /// The number of known boosts.
    pub boosts_count: i64,
    /// The number of known favourites.
    pub favourites_count: i64,
    /// The custom emoji used in its texts.
    pub emojis: Vec<Emoji>,
    /// The people who may quote it.
    pub quote_policy: QuotePolicy,
}

impl Status {
    /// Creates a remote status without content, which begins a thread, is not listed, and nobody may quote.
    /// Every other status is a struct update of this one, so that a new field has its default here alone.
    pub fn new(
        id: StatusId,
        uri: String,
        account_id: AccountId,
        reach: Reach,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            uri,
            url: None,
            account_id,
            local: false,
            in_reply_to_id: None,
            in_reply_to_uri: None,
            in_reply_to_account_id: None,
            boost_of: None,
            conversation_id: id,
            content: String::new(),
            source: None,
            spoiler_text: String::new(),
            sensitive: false,
            language: None,
            reach,
            partner: None,
            addressed: false,
            group: None,
            listed: false,
            app_id: None,
            created_at,
            edited_at: None,
            pinned_at: None,
            replies_count: 0,
            boosts_count: 0,
            favourites_count: 0,
            emojis: Vec::new(),
            quote_policy: QuotePolicy::default(),
        }
    }

    /// Returns the audience limits.
    pub fn audience_limits(&self) -> AudienceLimits {
        AudienceLimits::new(self.reach, self.partner.clone())
    }
}

/// The format in which a status was typed.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
pub enum ContentType {
    /// Plain text; addresses, mentions and hashtags become links.
    #[default]
    #[serde(rename = "text/plain")]
    #[strum(serialize = "text/plain")]
    Plain,
    /// CommonMark, with tables and strikethrough.
    #[serde(rename = "text/markdown")]
    #[strum(serialize = "text/markdown")]
    Markdown,
    /// HTML, which is sanitised.
    #[serde(rename = "text/html")]
    #[strum(serialize = "text/html")]
    Html,
}

impl ContentType {
    /// Every format.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the media type.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A version of an edited status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusEdit {
    /// The sanitised HTML.
    pub content: String,
    /// The content warning: plain text.
    pub spoiler_text: String,
    /// Whether media was hidden.
    pub sensitive: bool,
    /// When this version was published.
    pub created_at: Timestamp,
    /// The attachments with their text alternatives at that time.
    pub media: Vec<(MediaId, Option<String>)>,
    /// The options of its poll; empty without one.
    pub poll_options: Vec<String>,
}

/// The collections with the rest of a status's thread, by statement of its server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// The collection of the whole thread.
    pub context: Option<String>,
    /// The collection of replies to the status.
    pub replies: Option<String>,
}
