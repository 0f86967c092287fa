//! Read models: objects with everything that a screen shows of them, loaded a page at a time.

use super::account::Account;
use super::annotations::Annotations;
use super::card::Card;
use super::filter::FilterMatch;
use super::media::Media;
use super::moderation::LogEntry;
use super::notification::{Notification, Severance};
use super::poll::PollView;
use super::quote::{Consent, Quote, QuoteShown};
use super::report::ReportView;
use super::status::Status;
use super::{AccountId, StatusId};

/// An account that a status mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionView {
    /// The account.
    pub account_id: AccountId,
    /// The user name.
    pub username: String,
    /// `user` or `user@host`.
    pub acct: String,
    /// The actor id.
    pub uri: String,
    /// The profile page.
    pub url: String,
}

/// The actions of the viewer on a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ViewerFlags {
    /// Whether the viewer favourited it.
    pub favourited: bool,
    /// Whether the viewer boosted it.
    pub boosted: bool,
    /// Whether the viewer bookmarked it.
    pub bookmarked: bool,
    /// Whether the viewer muted its thread or author.
    pub muted: bool,
}

/// A status as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusView {
    /// The status.
    pub status: Status,
    /// The author.
    pub account: Account,
    /// The mentioned accounts.
    pub mentions: Vec<MentionView>,
    /// The actor ids of recipients that it does not mention.
    pub addressed: Vec<String>,
    /// The title of the circle it is addressed to; for its author only, while the circle exists.
    pub circle: Option<String>,
    /// The hashtags, without #.
    pub tags: Vec<String>,
    /// The attachments, in order.
    pub media: Vec<Media>,
    /// The app used to write it: name and website.
    pub app: Option<(String, Option<String>)>,
    /// The boosted status.
    pub boosted: Option<Box<StatusView>>,
    /// The poll.
    pub poll: Option<PollView>,
    /// The link preview.
    pub card: Option<Card>,
    /// The quote.
    pub quote: Option<QuoteView>,
    /// The annotations.
    pub annotations: Annotations,
    /// The number of known accepted quotes of it.
    pub quotes_count: i64,
    /// Whether the viewer may quote it.
    pub quotable: Consent,
    /// The viewer's actions on it; `None` without a viewer.
    pub viewer: Option<ViewerFlags>,
    /// The matches of the viewer's filters.
    pub filtered: Vec<FilterMatch>,
    /// The viewer, if there is one.
    pub viewer_id: Option<AccountId>,
    /// The group it was posted to.
    pub group: Option<Box<Account>>,
}

impl StatusView {
    /// Whether its media is hidden at first: because the author marked it, or moderators marked the author.
    pub fn is_sensitive(&self) -> bool {
        self.status.sensitive || (self.account.sensitized_at.is_some() && !self.media.is_empty())
    }
}

/// A quote as a viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteView {
    /// The quote.
    pub quote: Quote,
    /// The visibility for the viewer.
    pub shown: QuoteShown,
    /// The quoted status, if it is shown; `None` inside a status that is itself quoted.
    pub status: Option<Box<StatusView>>,
}

/// The thread around a status, each part in reading order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContextView {
    /// The ancestors, the oldest first.
    pub ancestors: Vec<StatusView>,
    /// The descendants, depth first.
    pub descendants: Vec<StatusView>,
}

/// A notification as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationView {
    /// The notification.
    pub notification: Notification,
    /// The account that caused it.
    pub account: Account,
    /// The status concerned.
    pub status: Option<StatusView>,
    /// The report concerned.
    pub report: Option<ReportView>,
    /// The entry of the moderation log with the warning.
    pub warning: Option<LogEntry>,
    /// The cause of the ended follows.
    pub severance: Option<Severance>,
}

/// A hashtag as a viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagView {
    /// Its normalised name, without #.
    pub name: String,
    /// Whether the viewer follows it.
    pub following: bool,
    /// Whether it is featured on the viewer's profile.
    pub featuring: bool,
    /// The use by day, today first.
    pub history: Vec<TagDay>,
}

/// The use of a hashtag or link on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagDay {
    /// When the day begins (UTC).
    pub day: super::Timestamp,
    /// The number of posts with it.
    pub uses: usize,
    /// The number of accounts that posted it.
    pub accounts: usize,
}

/// A trending link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// The card.
    pub card: Card,
    /// The use by day, today first.
    pub history: Vec<TagDay>,
}

/// A hashtag featured on a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeaturedTagView {
    /// The id of the featured tag.
    pub id: super::RelationId,
    /// The normalised name, without #.
    pub name: String,
    /// The number of the owner's posts with it.
    pub statuses: i64,
    /// When the newest of them was posted.
    pub last_status_at: Option<super::Timestamp>,
}

/// The results of a search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchView {
    /// Accounts.
    pub accounts: Vec<Account>,
    /// Statuses.
    pub statuses: Vec<StatusView>,
    /// Hashtags.
    pub tags: Vec<TagView>,
}

/// The read position in a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// `home` or `notifications`.
    pub timeline: String,
    /// The last id read.
    pub last_read_id: String,
    /// The number of times it was set.
    pub version: i64,
    /// When it was last set.
    pub updated_at: super::Timestamp,
}

/// The source text of a status, for editing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView {
    /// The status.
    pub id: StatusId,
    /// The text as typed.
    pub text: String,
    /// The format.
    pub content_type: super::status::ContentType,
    /// The content warning.
    pub spoiler_text: String,
}

/// The activity on an instance in one week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// When the week begins (UTC).
    pub begin: super::Timestamp,
    /// The number of local posts.
    pub statuses: i64,
    /// The number of new sessions and tokens.
    pub logins: i64,
    /// The number of people who joined.
    pub registrations: i64,
}

/// The public statistics of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InstanceStats {
    /// The number of users.
    pub users: i64,
    /// The number of users who were active within a month.
    pub active_month: i64,
    /// The number of local posts.
    pub statuses: i64,
    /// The number of known remote hosts.
    pub hosts: i64,
}
