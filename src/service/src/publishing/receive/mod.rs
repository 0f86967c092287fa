//! Receiving posts, edits and deletions from other hosts. The federation edge has verified the actor, and
//! hands over a post as its server states it, parsed and sanitised. The rules in `admission` decide how it
//! is accepted; then one transaction stores it.

mod admission;
mod deletion;
mod edit;
mod store;

use std::sync::Arc;

use crate::instance::Instance;
use crate::social::groups::relay_copies;
use crate::{Error, Result};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::annotations::RemoteAnnotations;
use portico_domain::model::emoji::Emoji;
use portico_domain::model::media::RemoteMedia;
use portico_domain::model::poll::Poll;
use portico_domain::model::quote::{QuotePolicy, RemoteQuote};
use portico_domain::model::status::Sources;
use portico_domain::model::urls::host_of;
use portico_domain::model::{AccountId, StatusId, Timestamp};
use portico_domain::policy::audience_limits::StatedAudience;
use portico_domain::policy::reach::may_be_guest;

pub(crate) use admission::AdmittedPost;
pub use deletion::receive_delete;

/// A remote post as its server states it: parsed and sanitised. People, groups and posts are still ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemotePost {
    /// The object id.
    pub uri: String,
    /// The HTML page.
    pub url: Option<String>,
    /// The object id of the status that it replies to.
    pub in_reply_to: Option<String>,
    /// The object id of the post of which it is a group's relay copy.
    pub copy_of: Option<String>,
    /// The collections with the rest of its thread.
    pub sources: Sources,
    /// Sanitised HTML.
    pub content: String,
    /// The content warning, as plain text.
    pub spoiler_text: String,
    /// Whether media is hidden at first.
    pub sensitive: bool,
    /// The language, as a BCP 47 tag.
    pub language: Option<String>,
    /// Its own addressing.
    pub addressing: PostAddressing,
    /// The actor ids in its `Mention` tags.
    pub mentions: Vec<String>,
    /// The mentioned departments and divisions, without @.
    pub units: Vec<String>,
    /// Hashtags, normalised, without #.
    pub tags: Vec<String>,
    /// The poll.
    pub poll: Option<Poll>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// When it was edited.
    pub updated: Option<Timestamp>,
    /// The attachments.
    pub media: Vec<RemoteMedia>,
    /// The custom emoji used in its texts.
    pub emojis: Vec<Emoji>,
    /// The quote.
    pub quote: Option<RemoteQuote>,
    /// The annotations that it claims.
    pub annotations: RemoteAnnotations,
    /// The people who may quote it.
    pub quote_policy: QuotePolicy,
}

/// The addressing of a remote post, or of the activity that delivered it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostAddressing {
    /// The audience that it states.
    pub stated: StatedAudience,
    /// The primary recipients, without the public collection.
    pub to: Vec<String>,
    /// The secondary recipients, without the public collection.
    pub cc: Vec<String>,
    /// The ids in `audience`, without the public collection.
    pub audience: Vec<String>,
}

impl PostAddressing {
    /// Whether it has no recipients at all.
    fn is_empty(&self) -> bool {
        let facts = self.stated.facts;
        let public = facts.public || facts.unlisted;
        !public && self.to.is_empty() && self.cc.is_empty() && self.audience.is_empty()
    }

    /// Whether it contains this id anywhere.
    fn names(&self, id: &str) -> bool {
        self.to.iter().chain(&self.cc).chain(&self.audience).any(|named| named == id)
    }
}

/// How a remote post arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// Delivered to the inbox: it enters home timelines and notifies.
    Delivered(PostDelivery),
    /// Fetched: it is only stored.
    Fetched,
}

/// The activity that delivered a post.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostDelivery {
    /// Its addressing.
    pub addressing: Option<PostAddressing>,
    /// The owner of the inbox; `None` for the shared inbox.
    pub recipient: Option<AccountId>,
    /// Its body, if it carries a proof of the author.
    pub proven: Option<String>,
}

/// A remote post that was stored, as far as further work depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedPost {
    /// The local id.
    pub id: StatusId,
    /// The object id.
    pub uri: String,
    /// The object id of the status that it replies to.
    pub in_reply_to: Option<String>,
    /// Whether it quotes a status.
    pub has_quote: bool,
}

/// The effect of an edit of a remote post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceivedUpdate {
    /// The post was known.
    Known,
    /// The post was unknown, and is stored now.
    Stored(ReceivedPost),
    /// The post was unknown, and is not stored.
    Ignored,
}

/// Stores a remote post. Ignores one that is known, that its author has deleted, or that is a relay copy of a
/// known post.
///
/// # Errors
/// `Refused` if policy does not admit posts of this author or of this reach.
pub async fn receive_post(
    instance: &Instance,
    author: &Account,
    post: RemotePost,
    arrival: Arrival,
) -> Result<Option<ReceivedPost>> {
    if is_known_copy(instance, author, post.copy_of.as_deref()).await? {
        return Ok(None);
    }
    let admitted = admission::admit(instance, author, post, arrival).await?;
    store::store(instance, author, Arc::new(admitted)).await
}

/// Applies an edit by the post's author. Returns whether the post is known.
///
/// # Errors
/// As [`receive_post`].
pub async fn receive_edit(instance: &Instance, author: &Account, post: RemotePost) -> Result<bool> {
    let admitted = admission::admit(instance, author, post, Arrival::Fetched).await?;
    edit::apply(instance, author, Arc::new(admitted)).await
}

/// Applies an edit that was delivered, or stores the post if the edit is the first activity about it.
///
/// # Errors
/// As [`receive_post`].
pub async fn receive_update(
    instance: &Instance,
    author: &Account,
    post: RemotePost,
    delivery: PostDelivery,
) -> Result<ReceivedUpdate> {
    let copy_of = post.copy_of.clone();
    let admitted = admission::admit(instance, author, post, Arrival::Delivered(delivery)).await?;
    let admitted = Arc::new(admitted);
    if edit::apply(instance, author, Arc::clone(&admitted)).await? {
        return Ok(ReceivedUpdate::Known);
    }
    if is_known_copy(instance, author, copy_of.as_deref()).await? {
        return Ok(ReceivedUpdate::Ignored);
    }
    // Interop(WordPress): an Update may be the first activity about a post.
    let stored = store::store(instance, author, admitted).await?;
    Ok(stored.map_or(ReceivedUpdate::Ignored, ReceivedUpdate::Stored))
}

/// Finds a known post by its object id, or by the id of a local group's relay copy of it: an activity about the
/// copy is about the original.
pub async fn find_known(instance: &Instance, uri: &str) -> Result<Option<StatusId>> {
    let uri = uri.to_owned();
    let found = instance.store.read_inline(move |reader| match reader.find_status_by_uri(&uri)? {
        Some(found) => Ok::<_, Error>(Some(found)),
        None => relay_copies::original_of(reader, &uri),
    });
    Ok(found.await?.filter(|status| status.boost_of.is_none()).map(|status| status.id))
}

/// Finds a known remote post by its object id, with its author.
pub async fn find_remote(instance: &Instance, uri: &str) -> Result<Option<(StatusId, Account)>> {
    let uri = uri.to_owned();
    let found = instance.store.read(move |reader| {
        let Some(status) = reader.find_status_by_uri(&uri)?.filter(|status| !status.local) else {
            return Ok::<_, Error>(None);
        };
        Ok(reader.find_account(status.account_id)?.map(|author| (status.id, author)))
    });
    found.await
}

/// Whether a group's post is a relay copy of a post that this instance already has from the group, or of a
/// post from a blocked host.
async fn is_known_copy(instance: &Instance, author: &Account, copy_of: Option<&str>) -> Result<bool> {
    let (Some(original), ActorKind::Group) = (copy_of, author.kind) else { return Ok(false) };
    let host = url::Url::parse(original).ok().map(|url| host_of(&url));
    let (original, group) = (original.to_owned(), Some(author.id));
    let found = instance.store.read_inline(move |reader| {
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
