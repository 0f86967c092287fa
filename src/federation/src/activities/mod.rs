//! Incoming activities: a file for each kind, with its type, its checks (`verify`) and its effect
//! (`receive`).
//!
//! Signature, signer, host and origin were checked when the activity was received (see `inbox`), and the host
//! again when the worker took it (see `inbound`). Every activity can be applied twice, and most can arrive
//! out of order. An embedded object is accepted only if it has the actor's origin and author (R3, see
//! docs/federation.md); otherwise only its id is used, and the object is fetched from there.

mod accept;
mod add;
mod announce;
mod block;
mod create;
mod delete;
mod emoji_react;
mod flag;
mod follow;
mod invite;
mod like;
mod move_account;
mod other;
mod quote_request;
mod read;
mod reject;
mod remove;
mod undo;
mod update;

use activitypub_federation::config::Data;
use activitypub_federation::fetch::object_id::ObjectId;
use activitypub_federation::traits::Activity;
use serde_json::Value;
use url::Url;

use super::objects::Person;
use super::{Error, Federation, Result};
use portico_activitystreams::activity::{Activity as Envelope, Kind};
use portico_activitystreams::quote;
use portico_activitystreams::value::{self, Object};
use portico_domain::model::account::Account;
use portico_domain::model::urls::same_origin;
use portico_domain::model::{AccountId, StatusId};
use portico_service::publishing::receive::{Arrival, PostDelivery};

pub(super) use accept::Accept;
pub(super) use add::Add;
pub(super) use announce::Announce;
pub(super) use block::Block;
pub(super) use create::Create;
pub(super) use delete::Delete;
pub(super) use emoji_react::EmojiReact;
pub(super) use flag::Flag;
pub(super) use follow::Follow;
pub(super) use invite::Invite;
pub(super) use like::Like;
pub(super) use move_account::Move;
pub(super) use other::Other;
pub(super) use quote_request::QuoteRequest;
pub(super) use read::Read;
pub(super) use reject::Reject;
pub(super) use remove::Remove;
pub(super) use undo::Undo;
pub(super) use update::Update;

/// How an activity was delivered.
#[derive(Debug, Clone)]
pub(super) struct Delivered {
    /// The actor's account.
    pub(super) actor: Account,
    /// The owner of the inbox; `None` for the shared inbox.
    pub(super) recipient: Option<AccountId>,
    /// The original body, if it carries a valid proof of its author. A local group relays it in that form.
    pub(super) proven: Option<String>,
    /// Whether the actor is only heard as the guest of a room: its host is not federated with.
    pub(super) as_guest: bool,
}

/// The parts that all kinds of activity have.
#[derive(Debug, Clone)]
pub(super) struct Received {
    id: Url,
    actor_id: ObjectId<Person>,
    envelope: Envelope,
    /// The document without its object.
    document: Object,
    delivered: Delivered,
}

impl Received {
    pub(super) fn new(envelope: Envelope, document: Object, delivered: Delivered) -> Result<Self> {
        let parse = |id: &str| Url::parse(id).map_err(|_| Error::permanent(format!("{id} is not a URL")));
        let (id, actor_id) = (parse(&envelope.id)?, parse(&envelope.actor)?.into());
        Ok(Self { id, actor_id, envelope, document, delivered })
    }

    /// The account of the actor.
    const fn actor(&self) -> &Account {
        &self.delivered.actor
    }

    /// The activity's id, as its server writes it.
    fn uri(&self) -> &str {
        &self.envelope.id
    }

    fn object_id(&self) -> Option<&str> {
        self.envelope.object_id()
    }

    fn embedded(&self) -> Option<&Object> {
        self.envelope.embedded()
    }

    /// Returns all ids in `object`.
    fn object_ids(&self) -> Vec<String> {
        match value::references(&self.document, "object") {
            several if !several.is_empty() => several,
            _ => self.object_id().map(str::to_owned).into_iter().collect(),
        }
    }

    /// Returns the id in another property of the activity.
    fn reference(&self, name: &str) -> Option<&str> {
        value::first_reference(&self.document, name)
    }

    /// Rejects an activity that is not about an object of this server.
    fn check_is_about_us(&self, federation: &Federation) -> Result<()> {
        match self.object_id() {
            Some(id) if same_origin(id, federation.instance.urls.origin()) => Ok(()),
            _ => Err(Error::permanent("it is not about a local account")),
        }
    }

    /// Rejects a Create or Update whose object does not have the actor's origin (R3).
    fn check_own_object(&self, federation: &Federation) -> Result<()> {
        let Some(id) = self.object_id() else { return Err(Error::permanent("the object has no id")) };
        if same_origin(id, federation.instance.urls.origin()) {
            return Err(Error::permanent("the object has an id of this server"));
        }
        if !same_origin(id, &self.actor().uri) {
            return Err(Error::permanent("the object and its actor have different origins"));
        }
        Ok(())
    }

    /// Takes the object of a Create or Update: as embedded, or else fetched from its id. `None` if it is
    /// gone.
    async fn take_object(&mut self, federation: &Federation) -> Result<Option<Object>> {
        let id = self.object_id().map(str::to_owned);
        match std::mem::take(&mut self.envelope.object) {
            Value::Object(object) if !value::types(&object).is_empty() => return Ok(Some(object)),
            _ => {}
        }
        let id = id.ok_or_else(|| Error::permanent("the object has no id"))?;
        match federation.dereference(&id).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.is_nothing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores the note that the activity delivers.
    async fn store_note(
        &self,
        federation: &Federation,
        note: portico_activitystreams::note::Note,
    ) -> Result<Option<StatusId>> {
        let arrival = Arrival::Delivered(self.delivery(federation));
        federation.store_note(self.actor(), note, arrival, 0).await
    }

    /// Returns the delivery of the activity's object.
    fn delivery(&self, federation: &Federation) -> PostDelivery {
        PostDelivery {
            addressing: Some(federation.post_addressing(self.envelope.addressing.clone(), self.actor())),
            recipient: self.delivered.recipient,
            proven: self.delivered.proven.clone(),
        }
    }
}

/// An activity in the inbox. The worker verifies and receives it.
#[derive(Debug, Clone)]
#[enum_delegate::implement(Activity)]
pub(super) enum InboxActivity {
    Create(Create),
    Update(Update),
    Delete(Delete),
    Follow(Follow),
    Accept(Accept),
    Reject(Reject),
    Undo(Undo),
    Like(Like),
    EmojiReact(EmojiReact),
    Announce(Announce),
    Block(Block),
    Flag(Flag),
    QuoteRequest(QuoteRequest),
    Add(Add),
    Remove(Remove),
    Move(Move),
    Read(Read),
    Invite(Invite),
    Other(Other),
}

impl InboxActivity {
    /// Creates the activity of the first type that is known here. An unknown type is [`Other`], and no error.
    pub(super) fn new(received: Received) -> Self {
        match received.envelope.kind {
            Some(Kind::Create) => Self::Create(Create(received)),
            Some(Kind::Update) => Self::Update(Update(received)),
            Some(Kind::Delete) => Self::Delete(Delete(received)),
            Some(Kind::Follow) => Self::Follow(Follow(received)),
            Some(Kind::Accept) => Self::Accept(Accept(received)),
            Some(Kind::Reject) => Self::Reject(Reject(received)),
            Some(Kind::Undo) => Self::Undo(Undo(received)),
            Some(Kind::Like) => Self::Like(Like(received)),
            Some(Kind::EmojiReact) => Self::EmojiReact(EmojiReact(received)),
            Some(Kind::Announce) => Self::Announce(Announce(received)),
            Some(Kind::Block) => Self::Block(Block(received)),
            Some(Kind::Flag) => Self::Flag(Flag(received)),
            Some(Kind::QuoteRequest) => Self::QuoteRequest(QuoteRequest(received)),
            Some(Kind::Add) => Self::Add(Add(received)),
            Some(Kind::Remove) => Self::Remove(Remove(received)),
            Some(Kind::Move) => Self::Move(Move(received)),
            Some(Kind::Read) => Self::Read(Read(received)),
            Some(Kind::Invite) => Self::Invite(Invite(received)),
            None => Self::Other(Other(received)),
        }
    }

    /// Whether a guest whose host is not federated with may send it.
    pub(super) const fn is_for_guests(&self) -> bool {
        matches!(self, Self::Create(_) | Self::Update(_) | Self::Delete(_) | Self::Follow(_) | Self::Undo(_))
    }
}

/// The Follow that an Accept or Reject answers.
struct AnsweredFollow {
    /// The local follower, if the Follow is embedded.
    follower: Option<AccountId>,
}

impl Received {
    /// Rejects the answer to a Follow of another account.
    fn check_answer(&self) -> Result<()> {
        let follow = self.embedded().filter(|inner| Kind::of(inner) == Some(Kind::Follow));
        let target = follow.and_then(|follow| value::first_reference(follow, "object"));
        if target.is_some_and(|target| target != self.actor().uri) {
            return Err(Error::permanent("the answered Follow is of another account"));
        }
        Ok(())
    }

    /// Returns the local post whose QuoteRequest an Accept or Reject answers; `None` if it answers another
    /// activity.
    async fn answered_quote(&self, federation: &Federation) -> Result<Option<StatusId>> {
        let ours = federation.instance.urls.origin();
        let by_id = self.object_id().and_then(|id| quote::asked_by(id, ours));
        match self.embedded().filter(|question| Kind::of(question) == Some(Kind::QuoteRequest)) {
            None => Ok(by_id),
            Some(_) if by_id.is_some() => Ok(by_id),
            Some(question) => {
                let uri = quote::instrument(question).and_then(value::reference);
                let known = federation.known_status(uri).await?;
                known.map(Some).ok_or_else(|| Error::permanent("the answered QuoteRequest is unknown"))
            }
        }
    }

    /// Returns the Follow that an Accept or Reject answers, which its id or its embedded copy identifies;
    /// `None` if it answers another activity.
    async fn answered_follow(&self, federation: &Federation) -> Result<Option<AnsweredFollow>> {
        let follower = match self.embedded() {
            None => None,
            Some(follow) if Kind::of(follow) == Some(Kind::Follow) => {
                match value::first_reference(follow, "actor") {
                    Some(follower) => federation.known_account(follower).await?.filter(Account::is_local),
                    None => None,
                }
            }
            Some(_) => return Ok(None),
        };
        Ok(Some(AnsweredFollow { follower: follower.map(|account| account.id) }))
    }
}
