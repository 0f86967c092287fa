//! Accounts: actors as this instance knows them, local and remote.

use super::emoji::Emoji;
use super::group::GroupAudience;
use super::profile::Attributes;
use super::{AccountId, Timestamp};

/// The kind of actor (ActivityStreams actor types).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A human being.
    Person,
    /// A bot.
    Service,
    /// A server or tool; our own instance actor is one.
    Application,
    /// A group.
    Group,
    /// An organisation.
    Organization,
}

impl ActorKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Person, Self::Service, Self::Application, Self::Group, Self::Organization];

    /// The ActivityStreams type name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Service => "Service",
            Self::Application => "Application",
            Self::Group => "Group",
            Self::Organization => "Organization",
        }
    }

    /// The kind with this ActivityStreams name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether clients show it as a bot.
    pub const fn is_bot(self) -> bool {
        matches!(self, Self::Service | Self::Application)
    }
}

/// One name and value of a profile. `value` is plain text for a local account's source, HTML as shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Field {
    /// What it is called: plain text.
    pub name: String,
    /// What it says: sanitised HTML.
    pub value: String,
}

/// Where an actor is reached and listed: absolute URLs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoints {
    /// The personal inbox.
    pub inbox: String,
    /// The inbox of the whole host, when it has one.
    pub shared_inbox: Option<String>,
    /// What the actor has said.
    pub outbox: Option<String>,
    /// Who follows.
    pub followers: Option<String>,
    /// Whom it follows.
    pub following: Option<String>,
    /// What it has pinned.
    pub featured: Option<String>,
}

/// An actor as this instance knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Our id.
    pub id: AccountId,
    /// The name before the @.
    pub username: String,
    /// The host after the second @; none for a local account. Lower case, with a port if not 443.
    pub domain: Option<String>,
    /// The actor id: an absolute URL, compared letter by letter.
    pub uri: String,
    /// The profile page for people.
    pub url: Option<String>,
    /// What kind of actor.
    pub kind: ActorKind,
    /// Whether it is this instance's own actor, which signs fetches and follows sister instances.
    pub is_instance_actor: bool,
    /// The name shown: plain text, may be empty.
    pub display_name: String,
    /// The biography as shown: sanitised HTML.
    pub note: String,
    /// The biography as typed; local accounts only.
    pub note_source: Option<String>,
    /// Extra rows of the profile, as shown.
    pub fields: Vec<Field>,
    /// The picture: an absolute URL.
    pub avatar_url: Option<String>,
    /// The banner: an absolute URL.
    pub header_url: Option<String>,
    /// Whether follows wait for approval.
    pub locked: bool,
    /// Whether it may be listed in directories; none when the actor did not say.
    pub discoverable: Option<bool>,
    /// Whether its posts may be searched.
    pub indexable: bool,
    /// Whether followers and following are hidden.
    pub hide_collections: bool,
    /// Sites that may say it wrote for them; of accounts of this instance alone.
    pub attribution_domains: Vec<String>,
    /// Where it is reached.
    pub endpoints: Endpoints,
    /// When it was made, or first seen.
    pub created_at: Timestamp,
    /// When its document was last read from its origin; none for local accounts.
    pub fetched_at: Option<Timestamp>,
    /// When it was suspended, here or by its origin.
    pub suspended_at: Option<Timestamp>,
    /// Whether it is suspended by its origin's word alone, which can then lift it.
    pub suspended_by_origin: bool,
    /// Since when moderators keep it out of what everybody is shown.
    pub silenced_at: Option<Timestamp>,
    /// Since when all its media is hidden at first, by moderators' word.
    pub sensitized_at: Option<Timestamp>,
    /// When it last posted.
    pub last_status_at: Option<Timestamp>,
    /// How many posts it has (as far as we know).
    pub statuses_count: i64,
    /// How many follow it.
    pub followers_count: i64,
    /// How many it follows.
    pub following_count: i64,
    /// The emoji that its texts name.
    pub emojis: Vec<Emoji>,
    /// The other actor ids that it says are its own, too.
    pub also_known_as: Vec<String>,
    /// The actor id that it says it has become.
    pub moved_to: Option<String>,
    /// When its followers were last taken along.
    pub moved_at: Option<Timestamp>,
}

impl Account {
    /// Whether it lives on this instance.
    pub const fn is_local(&self) -> bool {
        self.domain.is_none()
    }

    /// `user` for a local account, `user@host` for a remote one (the API's `acct`).
    pub fn acct(&self) -> String {
        match &self.domain {
            Some(domain) => format!("{}@{domain}", self.username),
            None => self.username.clone(),
        }
    }

    /// The name to show: the display name, or the user name if there is none.
    pub fn name(&self) -> &str {
        if self.display_name.trim().is_empty() { &self.username } else { &self.display_name }
    }

    /// Whether nobody can begin to follow it: it is suspended, or has moved away.
    pub const fn is_away(&self) -> bool {
        self.suspended_at.is_some() || self.moved_to.is_some()
    }

    /// Whether it says that this actor id is its own, too.
    pub fn claims(&self, uri: &str) -> bool {
        self.also_known_as.iter().any(|alias| alias == uri)
    }

    /// The inbox to use for a whole host: the shared one, or the personal one.
    pub fn shared_or_personal_inbox(&self) -> &str {
        self.endpoints.shared_inbox.as_deref().unwrap_or(&self.endpoints.inbox)
    }
}

/// What a remote actor document tells, already checked and sanitised: the input of `service::accounts::receive`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteActor {
    /// The actor id.
    pub uri: String,
    /// The name before the @.
    pub username: String,
    /// The handle's host: that of the id unless WebFinger agreed on another both ways.
    pub domain: String,
    /// The profile page.
    pub url: Option<String>,
    /// What kind of actor.
    pub kind: ActorKind,
    /// The name shown: plain text.
    pub display_name: String,
    /// The biography: sanitised HTML.
    pub note: String,
    /// Extra rows: sanitised HTML values.
    pub fields: Vec<Field>,
    /// Rows that say attributes again.
    pub repeated_rows: Vec<Field>,
    /// What it tells of the person's work; believed of hosts that are.
    pub attributes: Attributes,
    /// The picture.
    pub avatar_url: Option<String>,
    /// The banner.
    pub header_url: Option<String>,
    /// Whether follows wait for approval.
    pub locked: bool,
    /// Whether it may be listed.
    pub discoverable: Option<bool>,
    /// Whether its posts may be searched.
    pub indexable: bool,
    /// Of a group: whom what is posted to it is for.
    pub group_audience: GroupAudience,
    /// Where it is reached.
    pub endpoints: Endpoints,
    /// Its public keys.
    pub keys: Vec<RemoteKey>,
    /// When it says it was made.
    pub published: Option<Timestamp>,
    /// Whether its origin has suspended it.
    pub suspended: bool,
    /// The emoji that its texts name.
    pub emojis: Vec<Emoji>,
    /// The other actor ids that it says are its own, too.
    pub also_known_as: Vec<String>,
    /// The actor id that it says it has become.
    pub moved_to: Option<String>,
}

/// One public key of an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteKey {
    /// The key id, as `keyId` names it.
    pub uri: String,
    /// SPKI or PKCS#1, PEM.
    pub public_pem: String,
    /// When it stops being one of the actor's, if that is known.
    pub expires_at: Option<Timestamp>,
}

impl RemoteKey {
    /// Whether it is one of the actor's keys at this moment.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
}
