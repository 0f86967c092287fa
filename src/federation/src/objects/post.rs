//! A post: a known status, or one to be written.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Object;
use async_trait::async_trait;
use url::Url;

use super::{Readable, Wire, check_origin, fetch, url_of};
use crate::library::Handle;
use crate::{Error, Federation, Result};
use portico_activitystreams::addressing::{Addressing, Sender, is_public};
use portico_activitystreams::note::{self, Note};
use portico_activitystreams::{Malformed, value};
use portico_domain::model::StatusId;
use portico_domain::model::account::Account;
use portico_domain::model::urls::same_origin;
use portico_domain::model::view::StatusView;
use portico_service::publishing::quotes;
use portico_service::publishing::receive::{self, Arrival, PostAddressing, ReceivedPost, RemotePost};

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
        self.store_note(&author, read, Arrival::Fetched, steps).await
    }

    /// Stores a note of a known author, and enqueues the work that follows from it.
    pub(crate) async fn store_note(
        &self,
        author: &Account,
        read: Note,
        arrival: Arrival,
        steps: u32,
    ) -> Result<Option<StatusId>> {
        let post = self.remote_post(read, author);
        match receive::receive_post(&self.instance, author, post, arrival).await? {
            Some(post) => self.follow_up(post, steps).await.map(Some),
            None => Ok(None),
        }
    }

    /// Enqueues the work that follows from a stored post: the fetch of its parent, and the verification of its
    /// quote.
    pub(crate) async fn follow_up(&self, post: ReceivedPost, steps: u32) -> Result<StatusId> {
        if let Some(parent) = &post.in_reply_to {
            self.want_parent(parent, steps + 1).await?;
        }
        if post.has_quote {
            quotes::enqueue_verification(&self.instance, &post.uri, steps).await?;
        }
        Ok(post.id)
    }

    /// Converts a note to the post that the service receives.
    pub(crate) fn remote_post(&self, note: Note, author: &Account) -> RemotePost {
        RemotePost {
            addressing: self.post_addressing(note.addressing, author),
            quote_policy: note.quotable.by(&author.uri, author.endpoints.followers.as_deref()),
            uri: note.uri,
            url: note.url,
            in_reply_to: note.in_reply_to,
            copy_of: note.copy_of,
            sources: note.sources,
            content: note.content,
            spoiler_text: note.warning,
            sensitive: note.sensitive,
            language: note.language,
            mentions: note.mentions,
            units: note.units,
            tags: note.tags,
            poll: note.poll,
            published: note.published,
            updated: note.updated,
            media: note.media,
            emojis: note.emojis,
            quote: note.quote,
            annotations: note.annotations,
        }
    }

    /// Converts the addressing of an object or activity by this author.
    pub(crate) fn post_addressing(&self, addressing: Addressing, author: &Account) -> PostAddressing {
        let (followers, own) = (author.endpoints.followers.as_deref(), self.instance.urls.domain());
        let stated = addressing.stated(&Sender { uri: &author.uri, followers, own });
        let Addressing { mut to, mut cc, mut audience } = addressing;
        for ids in [&mut to, &mut cc, &mut audience] {
            ids.retain(|id| !is_public(id));
        }
        PostAddressing { stated, to, cc, audience }
    }
}
