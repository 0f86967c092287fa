//! A post: a known status, or one to be written.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Object;
use async_trait::async_trait;
use url::Url;

use super::{Readable, Wire, check_origin, fetch, url_of};
use crate::library::Handle;
use crate::{Error, Federation, Result};
use portico_activitystreams::addressing::Addressing;
use portico_activitystreams::note::{self, Note};
use portico_activitystreams::{Malformed, value};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::status::RemoteStatus;
use portico_domain::model::urls::{host_of, same_origin};
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::reach::may_be_guest;
use portico_service::publishing::statuses::Arrival;
use portico_service::publishing::{quotes, statuses};

/// `None` for an object that is not shown as a post.
impl Readable for Option<Note> {
    fn read(document: value::Object) -> Result<Self, Malformed> {
        note::is_shown(&document).then(|| note::read(&document)).transpose()
    }
}

/// A post.
#[derive(Debug, Clone)]
pub struct Post {
    id: Url,
    status: StatusId,
    written: Option<Box<Written>>,
}

/// A status to be written, with the collection of its thread.
#[derive(Debug, Clone)]
struct Written {
    view: StatusView,
    context: Option<String>,
}

impl Post {
    fn new(id: Url, status: StatusId) -> Self {
        Self { id, status, written: None }
    }

    /// Wraps a status as a requester may see it, to be written.
    pub(crate) fn local(view: StatusView, context: Option<String>) -> Result<Self> {
        let (id, status) = (url_of(&view.status.uri)?, view.status.id);
        Ok(Self { id, status, written: Some(Box::new(Written { view, context })) })
    }

    /// The id of the status.
    pub const fn status(&self) -> StatusId {
        self.status
    }
}

#[async_trait]
impl Object for Post {
    type DataType = Handle;
    type Kind = Wire<Option<Note>>;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.id
    }

    async fn read_from_id(id: Url, data: &Data<Handle>) -> Result<Option<Self>> {
        let known = data.federation()?.known_status(Some(id.as_str())).await?;
        Ok(known.map(|status| Self::new(id, status)))
    }

    /// Writes the note of a local status.
    async fn into_json(self, data: &Data<Handle>) -> Result<Self::Kind> {
        let federation = data.federation()?;
        let written = self.written.ok_or_else(|| Error::permanent("the status is not loaded"))?;
        let note = note::write(&written.view, written.context.as_deref(), &federation.instance.urls);
        note.map(Wire::Written).ok_or(Error::Absent)
    }

    async fn verify(json: &Self::Kind, from: &Url, data: &Data<Handle>) -> Result<()> {
        match json.parsed()? {
            Some(note) => check_origin(&note.uri, from, &*data.federation()?),
            None => Ok(()),
        }
    }

    /// Stores the post. [`Error::Absent`] for an object that is not shown as a post, or is not stored.
    async fn from_json(json: Self::Kind, data: &Data<Handle>) -> Result<Self> {
        let note = json.into_parsed()?.ok_or(Error::Absent)?;
        let id = url_of(&note.uri)?;
        let stored = data.federation()?.take_fetched(note, 0).await?;
        stored.map(|status| Self::new(id, status)).ok_or(Error::Absent)
    }
}

/// The addressing of the activity that delivered a note, and the owner of the inbox.
pub(crate) type DeliveredTo<'a> = (&'a Addressing, Option<AccountId>);

impl Federation {
    /// Fetches a note with its author and stores both. `None` if it is gone or is not a note. `steps` is the
    /// distance in the thread from the received status.
    pub(crate) async fn fetch_note(&self, id: &str, steps: u32) -> Result<Option<StatusId>> {
        self.refuse_fruitless(id)?;
        let fetched = fetch::<Post>(id, &self.data().await?).await;
        match self.note_failure(id, fetched) {
            Ok(json) => match json.into_parsed()? {
                Some(note) => self.take_fetched(note, steps).await,
                None => Ok(None),
            },
            Err(error) if error.is_nothing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores the note in a document that was fetched from its own origin.
    pub(crate) async fn take_note(&self, object: &value::Object, steps: u32) -> Result<Option<StatusId>> {
        self.take_fetched(note::read(object)?, steps).await
    }

    /// Stores a note that was fetched from its own origin.
    async fn take_fetched(&self, read: Note, steps: u32) -> Result<Option<StatusId>> {
        if same_origin(&read.uri, self.instance.urls.origin()) {
            return Err(Error::permanent("the object has an id of this server"));
        }
        let author = self.account(&read.author).await?;
        self.store_note(&author, read, None, (Arrival::Fetched, None), steps).await
    }

    /// Stores a note of a known author. `activity` is the one that delivered it.
    pub(crate) async fn store_note(
        &self,
        author: &Account,
        read: Note,
        activity: Option<DeliveredTo<'_>>,
        (arrival, proven): (Arrival, Option<String>),
        steps: u32,
    ) -> Result<Option<StatusId>> {
        if self.is_copy(author, &read).await? {
            return Ok(None);
        }
        let status = RemoteStatus { proven, ..self.remote_status(author, &read, activity).await? };
        let parent = status.in_reply_to_uri.clone();
        let id = statuses::receive(&self.instance, author, status, arrival).await?;
        if let (Some(_), Some(parent)) = (id, parent) {
            self.want_parent(&parent, steps + 1).await?;
        }
        if id.is_some() && read.quote.is_some() {
            quotes::enqueue_verification(&self.instance, &read.uri, steps).await?;
        }
        Ok(id)
    }

    /// Whether a group's note is a relay copy of a post that we already have from the group, or of a post
    /// from a blocked host.
    async fn is_copy(&self, author: &Account, read: &Note) -> Result<bool> {
        let (Some(original), ActorKind::Group) = (read.copy_of.clone(), author.kind) else {
            return Ok(false);
        };
        let host = url::Url::parse(&original).ok().map(|url| host_of(&url));
        let group = Some(author.id);
        let found = self.instance.store.read_inline(move |reader| {
            if let Some(host) = host
                && may_be_guest(reader.tier_of(&host)?).is_err()
            {
                return Ok(true);
            }
            let original = reader.find_status_by_uri(&original)?;
            Ok::<_, Error>(original.is_some_and(|original| original.group == group))
        });
        found.await
    }
}
