//! Accounts: local and remote actors as this instance stores them.

use super::emoji::Emoji;
use super::group::GroupAudience;
use super::profile::Attributes;
use super::{AccountId, Timestamp};

/// The kind of actor (ActivityStreams actor types).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray, strum::EnumString,
)]
pub enum ActorKind {
    /// A human being.
    #[strum(serialize = "Person")]
    Person,
    /// A bot.
    #[strum(serialize = "Service")]
    Service,
    /// A server or tool, such as the instance actor.
    #[strum(serialize = "Application")]
    Application,
    /// A group.
    #[strum(serialize = "Group")]
    Group,
    /// An organisation.
    #[strum(serialize = "Organization")]
    Organization,
}

impl ActorKind {
    /// Every kind.
    pub const ALL: &'static [Self] = strum::VariantArray::VARIANTS;

    /// Returns the ActivityStreams type name.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether clients show the account as a bot.
    pub const fn is_bot(self) -> bool {
        matches!(self, Self::Service | Self::Application)
    }
}

/// A name and value of a profile field. `value` is plain text in a local account's source and HTML when
/// rendered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Field {
    /// The name, as plain text.
    pub name: String,
    /// The value, as sanitised HTML.
    pub value: String,
}

/// The inboxes and collections of an actor: absolute URLs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoints {
    /// The personal inbox.
    pub inbox: String,
    /// The shared inbox of the host, if it has one.
    pub shared_inbox: Option<String>,
    /// The collection of the actor's activities.
    pub outbox: Option<String>,
    /// The collection of followers.
    pub followers: Option<String>,
    /// The collection of followed actors.
    pub following: Option<String>,
    /// The collection of pinned statuses.
    pub featured: Option<String>,
}

/// An actor as this instance knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The local id.
    pub id: AccountId,
    /// The name before the @.
    pub username: String,
    /// The host after the second @, in lower case, with a port if not 443. `None` for a local account.
    pub domain: Option<String>,
    /// The actor id: an absolute URL, compared byte by byte.
    pub uri: String,
    /// The HTML profile page.
    pub url: Option<String>,
    /// The kind of actor.
    pub kind: ActorKind,
    /// Whether it is the instance actor, which signs fetches and follows the company's other instances.
    pub is_instance_actor: bool,
    /// The display name: plain text, may be empty.
    pub display_name: String,
    /// The rendered biography: sanitised HTML.
    pub note: String,
    /// The biography as typed; local accounts only.
    pub note_source: Option<String>,
    /// The profile fields, rendered.
    pub fields: Vec<Field>,
    /// The picture: an absolute URL.
    pub avatar_url: Option<String>,
    /// The banner: an absolute URL.
    pub header_url: Option<String>,
    /// Whether follows wait for approval.
    pub locked: bool,
    /// Whether directories may list it; `None` if the actor document does not say.
    pub discoverable: Option<bool>,
    /// Whether its posts may be searched.
    pub indexable: bool,
    /// Whether the lists of followers and followed accounts are hidden.
    pub hide_collections: bool,
    /// Sites that may credit this account as an author; local accounts only.
    pub attribution_domains: Vec<String>,
    /// The inboxes and collections.
    pub endpoints: Endpoints,
    /// When it was created, or first seen.
    pub created_at: Timestamp,
    /// When its actor document was last fetched; `None` for local accounts.
    pub fetched_at: Option<Timestamp>,
    /// When it was suspended, here or by its origin.
    pub suspended_at: Option<Timestamp>,
    /// Whether only its origin suspended it. The origin can then lift the suspension.
    pub suspended_by_origin: bool,
    /// When moderators silenced it: public timelines and trends then leave it out.
    pub silenced_at: Option<Timestamp>,
    /// When moderators marked all its media as sensitive.
    pub sensitized_at: Option<Timestamp>,
    /// When it last posted.
    pub last_status_at: Option<Timestamp>,
    /// The number of posts, as far as this instance knows.
    pub statuses_count: i64,
    /// The number of followers.
    pub followers_count: i64,
    /// The number of followed accounts.
    pub following_count: i64,
    /// The custom emoji used in its texts.
    pub emojis: Vec<Emoji>,
    /// The other actor ids that it claims as aliases (`alsoKnownAs`).
    pub also_known_as: Vec<String>,
    /// The actor id that it has moved to.
    pub moved_to: Option<String>,
    /// When its followers were last moved to the new account.
    pub moved_at: Option<Timestamp>,
}

impl Account {
    /// Creates a local person with an empty profile, no followers and no posts, which is neither suspended nor
    /// moved. Every other new account is a struct update of this one, so that a new field has its default here
    /// alone.
    pub fn new(id: AccountId, username: &str, uri: String, created_at: Timestamp) -> Self {
        Self {
            id,
            username: username.to_owned(),
            domain: None,
            uri,
            url: None,
            kind: ActorKind::Person,
            is_instance_actor: false,
            display_name: String::new(),
            note: String::new(),
            note_source: None,
            fields: Vec::new(),
            avatar_url: None,
            header_url: None,
            locked: false,
            discoverable: None,
            indexable: false,
            hide_collections: false,
            attribution_domains: Vec::new(),
            endpoints: Endpoints::default(),
            created_at,
            fetched_at: None,
            suspended_at: None,
            suspended_by_origin: false,
            silenced_at: None,
            sensitized_at: None,
            last_status_at: None,
            statuses_count: 0,
            followers_count: 0,
            following_count: 0,
            emojis: Vec::new(),
            also_known_as: Vec::new(),
            moved_to: None,
            moved_at: None,
        }
    }

    /// Whether the account belongs to this instance.
    pub const fn is_local(&self) -> bool {
        self.domain.is_none()
    }

    /// Returns `user` for a local account, `user@host` for a remote one (the API's `acct`).
    pub fn acct(&self) -> String {
        match &self.domain {
            Some(domain) => format!("{}@{domain}", self.username),
            None => self.username.clone(),
        }
    }

    /// Returns the display name, or the user name if the display name is empty.
    pub fn name(&self) -> &str {
        if self.display_name.trim().is_empty() { &self.username } else { &self.display_name }
    }

    /// Whether new follows are impossible, because the account is suspended or has moved.
    pub const fn is_away(&self) -> bool {
        self.suspended_at.is_some() || self.moved_to.is_some()
    }

    /// Whether the account lists this actor id as an alias.
    pub fn claims(&self, uri: &str) -> bool {
        self.also_known_as.iter().any(|alias| alias == uri)
    }

    /// Returns the shared inbox of the host, or else the personal inbox.
    pub fn shared_or_personal_inbox(&self) -> &str {
        self.endpoints.shared_inbox.as_deref().unwrap_or(&self.endpoints.inbox)
    }
}

/// A remote actor document, checked and sanitised: the input of `service::accounts::receive`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteActor {
    /// The actor id.
    pub uri: String,
    /// The name before the @.
    pub username: String,
    /// The host of the handle: the host of the id, unless WebFinger confirms another in both directions.
    pub domain: String,
    /// The HTML profile page.
    pub url: Option<String>,
    /// The kind of actor.
    pub kind: ActorKind,
    /// The display name: plain text.
    pub display_name: String,
    /// The biography: sanitised HTML.
    pub note: String,
    /// The profile fields, with sanitised HTML values.
    pub fields: Vec<Field>,
    /// Profile fields that repeat structured attributes.
    pub repeated_rows: Vec<Field>,
    /// The structured profile attributes; only accepted from trusted hosts.
    pub attributes: Attributes,
    /// The picture.
    pub avatar_url: Option<String>,
    /// The banner.
    pub header_url: Option<String>,
    /// Whether follows wait for approval.
    pub locked: bool,
    /// Whether directories may list it.
    pub discoverable: Option<bool>,
    /// Whether its posts may be searched.
    pub indexable: bool,
    /// For a group: the audience of its posts.
    pub group_audience: GroupAudience,
    /// The inboxes and collections.
    pub endpoints: Endpoints,
    /// The public keys.
    pub keys: Vec<RemoteKey>,
    /// When it was created, by its own statement.
    pub published: Option<Timestamp>,
    /// Whether its origin has suspended it.
    pub suspended: bool,
    /// The custom emoji used in its texts.
    pub emojis: Vec<Emoji>,
    /// The other actor ids that it claims as aliases (`alsoKnownAs`).
    pub also_known_as: Vec<String>,
    /// The actor id that it has moved to.
    pub moved_to: Option<String>,
}

/// A public key of an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteKey {
    /// The key id, as in `keyId`.
    pub uri: String,
    /// The public key in PEM: SPKI or PKCS#1.
    pub public_pem: String,
    /// When the key expires, if known.
    pub expires_at: Option<Timestamp>,
}

impl RemoteKey {
    /// Whether the key is valid at `now`.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
}
