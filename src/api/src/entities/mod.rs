//! The entities of the client API, each with exactly the keys that clients expect.
//!
//! Every key that the documentation does not call optional is present, even when empty: strict decoders
//! (IceCubes, Tusky) discard a whole page over one missing key. Entities are rendered from models and read
//! models, without database access. API words (`reblog`) are used here and nowhere else.

mod account;
mod admin;
mod agreement;
mod annotations;
mod announcement;
mod app;
mod audience;
mod bot;
mod card;
mod circle;
mod digest;
mod draft;
mod emoji;
mod feed;
mod filter;
mod first_day;
mod forms;
mod group;
mod instance;
mod list;
mod media;
mod metrics;
mod notification;
mod notification_policy;
mod oembed;
mod organisation;
mod person;
mod poll;
mod profile;
mod push;
mod question;
mod quote;
mod reach;
mod relationship;
mod report;
#[cfg(test)]
pub(crate) mod samples;
mod scheduled;
mod status;
mod tag;
mod translation;

pub use account::{Account, CredentialAccount, MutedAccount, role_of};
pub use admin::{
    AdminAccount, AdminCanonicalEmailBlock, AdminDomainAllow, AdminDomainBlock, AdminEmailDomainBlock,
    AdminIpBlock, AdminPeer, AdminReport,
};
pub use agreement::{Agreement, AgreementDealings};
pub use annotations::{Acknowledgements, DelegatedStatus, Delegation, MustReadReader};
pub use announcement::Announcement;
pub use app::{Application, CredentialApplication, Token};
pub use audience::{Audience, DeliveryRecord};
pub use bot::{Bot, BotToken, Webhook};
pub use card::{AdminLink, PreviewCard, TrendsLink};
pub use circle::{Circle, CircleAudience};
pub use digest::Digest;
pub use draft::Draft;
pub use emoji::CustomEmoji;
pub use feed::Feed;
pub use filter::{Filter, FilterKeyword, FilterResult, FilterStatus, V1Filter};
pub use first_day::FirstDay;
pub use forms::{
    Count, Empty, ExtendedDescription, FamiliarFollowers, Marker, Markers, Preferences, SearchResults,
    Suggestion,
};
pub use group::{Group, Guest, Invitation, Member};
pub use instance::{
    Activity, DomainBlock, Instance, PrivacyPolicy, Rule, TermsOfService, V1Instance, VERSION,
};
pub use list::List;
pub use media::MediaAttachment;
pub use metrics::{AdminCohort, AdminDimension, AdminMeasure, AdminTag};
pub use notification::Notification;
pub use notification_policy::{
    Conversation, GroupedNotifications, MergedRequests, NotificationPolicy, NotificationRequest,
    V1NotificationPolicy,
};
pub use oembed::OEmbed;
pub use organisation::Organisation;
pub use person::{Department, Expert, OrgChart, OwnPerson, Person};
pub use poll::Poll;
pub use profile::Profile;
pub use push::WebPushSubscription;
pub use question::{AskedPerson, Question};
pub use quote::{QuoteApproval, QuotedStatus};
pub use reach::Reaches;
pub use relationship::Relationship;
pub use report::{AccountWarning, Report};
pub use scheduled::ScheduledStatus;
pub use status::{Context, Status, StatusEdit, StatusSource, visibility};
pub use tag::{FeaturedTag, Tag};
pub use translation::Translation;

/// An array that is always empty, for an unsupported feature.
type EmptyList = [(); 0];
/// A key that is always null.
type Null = Option<()>;
