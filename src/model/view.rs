//! Read models: a thing with all that a screen shows of it, loaded a page at a time.

use super::account::Account;
use super::card::Card;
use super::filter::FilterMatch;
use super::marks::Marks;
use super::media::Media;
use super::moderation::LogEntry;
use super::notification::{Notification, Severance};
use super::poll::PollView;
use super::quote::{Consent, Quote, QuoteShown};
use super::report::ReportView;
use super::status::Status;
use super::{AccountId, StatusId};

/// An account as the API shows it: the account, its role's word if it is staff with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// The account.
    pub account: Account,
}

/// Someone whom a status names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionView {
    /// Their account.
    pub account_id: AccountId,
    /// The name before the @.
    pub username: String,
    /// `user` or `user@host`.
    pub acct: String,
    /// Their actor id.
    pub uri: String,
    /// Their page.
    pub url: String,
}

/// What the viewer has done with a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ViewerFlags {
    /// Favourited it.
    pub favourited: bool,
    /// Boosted it.
    pub reblogged: bool,
    /// Bookmarked it.
    pub bookmarked: bool,
    /// Mutes its thread or author.
    pub muted: bool,
}

/// A status as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusView {
    /// The status.
    pub status: Status,
    /// Its author.
    pub account: Account,
    /// Whom it names.
    pub mentions: Vec<MentionView>,
    /// Whom it is addressed to without naming them, by their actor ids.
    pub addressed: Vec<String>,
    /// What its author calls the circle that it is addressed to; for its author alone, as long as the circle is there.
    pub circle: Option<String>,
    /// Its hashtags, without #.
    pub tags: Vec<String>,
    /// What is attached, in its order.
    pub media: Vec<Media>,
    /// The app it was written with: name and page.
    pub app: Option<(String, Option<String>)>,
    /// What it boosts.
    pub reblog: Option<Box<StatusView>>,
    /// What it asks.
    pub poll: Option<PollView>,
    /// What the page behind its link says of itself.
    pub card: Option<Card>,
    /// What it quotes.
    pub quote: Option<QuoteView>,
    /// What marks it out.
    pub marks: Marks,
    /// How many accepted quotes of it we know.
    pub quotes_count: i64,
    /// Whether the viewer may quote it.
    pub quotable: Consent,
    /// What the viewer has done with it; none without a viewer.
    pub viewer: Option<ViewerFlags>,
    /// Which of the viewer's filters it matches.
    pub filtered: Vec<FilterMatch>,
    /// Who is looking, when someone is.
    pub viewer_id: Option<AccountId>,
    /// The group that it was posted to.
    pub group: Option<Box<Account>>,
}

impl StatusView {
    /// Whether its media is hidden at first: by its author's word, or by moderators' word on its author.
    pub fn is_sensitive(&self) -> bool {
        self.status.sensitive || (self.account.sensitized_at.is_some() && !self.media.is_empty())
    }
}

/// What a status quotes, as its viewer is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteView {
    /// The quote.
    pub quote: Quote,
    /// What is shown of it.
    pub shown: QuoteShown,
    /// The quoted status, if it is shown; left out in a status that is quoted itself.
    pub status: Option<Box<StatusView>>,
}

/// A thread around one status, each part in reading order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContextView {
    /// What it answers, the oldest first.
    pub ancestors: Vec<StatusView>,
    /// What answers it, depth first.
    pub descendants: Vec<StatusView>,
}

/// A notification as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationView {
    /// The notification.
    pub notification: Notification,
    /// Who did it.
    pub account: Account,
    /// The status concerned.
    pub status: Option<StatusView>,
    /// The report concerned.
    pub report: Option<ReportView>,
    /// What moderators did to the recipient.
    pub warning: Option<LogEntry>,
    /// What ended follows of the recipient.
    pub severance: Option<Severance>,
}

/// A hashtag as a viewer is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagView {
    /// Its normalised name, without #.
    pub name: String,
    /// Whether the viewer follows it.
    pub following: bool,
    /// Whether the viewer shows it on their profile.
    pub featuring: bool,
    /// Its use by day, today first.
    pub history: Vec<TagDay>,
}

/// How much a hashtag or a link was used on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagDay {
    /// When the day began (UTC).
    pub day: super::Timestamp,
    /// How many posts carried it.
    pub uses: usize,
    /// By how many people.
    pub accounts: usize,
}

/// A link that trends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// Its card.
    pub card: Card,
    /// Its use by day, today first.
    pub history: Vec<TagDay>,
}

/// A hashtag on somebody's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeaturedTagView {
    /// Our id of the featuring.
    pub id: super::RelationId,
    /// Its normalised name, without #.
    pub name: String,
    /// How many of its owner's posts carry it.
    pub statuses: i64,
    /// When the newest of them was posted.
    pub last_status_at: Option<super::Timestamp>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchView {
    /// People.
    pub accounts: Vec<Account>,
    /// Posts.
    pub statuses: Vec<StatusView>,
    /// Hashtags.
    pub tags: Vec<TagView>,
}

/// How far someone has read a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// `home` or `notifications`.
    pub timeline: String,
    /// The last id read.
    pub last_read_id: String,
    /// How often it was set.
    pub version: i64,
    /// When it was last set.
    pub updated_at: super::Timestamp,
}

/// The source of a status, for editing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView {
    /// Which status.
    pub id: StatusId,
    /// What was typed.
    pub text: String,
    /// In which form.
    pub content_type: super::status::ContentType,
    /// The content warning.
    pub spoiler_text: String,
}

/// What happened on an instance within a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// When it began (UTC).
    pub begin: super::Timestamp,
    /// How many posts were written here.
    pub statuses: i64,
    /// How many sessions and tokens were made.
    pub logins: i64,
    /// How many people joined.
    pub registrations: i64,
}

/// What is counted about an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// How many people can sign in.
    pub users: i64,
    /// How many of them were here within a month.
    pub active_month: i64,
    /// How many posts were written here.
    pub statuses: i64,
    /// How many other hosts are known.
    pub hosts: i64,
}
