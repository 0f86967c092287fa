//! Announce: a boost, or an activity announced by a group (FEP-1b12).
//!
//! A group announces every activity that happens in it to its followers. Only the ids in such an Announce are
//! trusted: the object is fetched from its own origin, so a group can relay what others wrote but cannot
//! forge it.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::{Create, Delivered, Received, Update};
use crate::library::Handle;
use crate::objects::{self, Post};
use crate::{Error, Federation, Result};
use portico_activitystreams::activity::{Activity as Envelope, Kind};
use portico_activitystreams::note;
use portico_activitystreams::value::{self, Object};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::urls::same_origin;
use portico_domain::policy::Refusal;
use portico_service::publishing::{boosts, quotes, receive};

/// Minimum interval between two fetches of a post that a group reports as edited, in seconds.
const PAUSE: i64 = 60;

/// The actor boosts an object, or a group announces an activity.
#[derive(Debug, Clone)]
pub(crate) struct Announce(pub(super) Received);

#[async_trait]
impl Activity for Announce {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// Only a group announces activities, and no other Announce.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        match self.0.embedded().and_then(Kind::of) {
            Some(_) if self.0.actor().kind != ActorKind::Group => {
                Err(Error::permanent("only a group announces activities"))
            }
            Some(Kind::Announce) => Err(Error::permanent("the Announce contains another Announce")),
            _ => Ok(()),
        }
    }

    /// Boosts the object, or applies the announced activity. A relayed Like or Undo cannot be verified
    /// anywhere, so it is ignored.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let announced = self.0.embedded().and_then(|inner| Some((Kind::of(inner)?, inner)));
        let Some((kind, inner)) = announced else {
            return match self.0.object_id() {
                Some(id) => self.boost(id, data).await,
                None => Ok(()),
            };
        };
        let Some(id) = value::first_reference(inner, "object") else { return Ok(()) };
        if matches!(kind, Kind::Create | Kind::Update) && apply_proven(kind, inner, data).await? {
            return self.boost(id, data).await;
        }
        let federation = data.federation()?;
        match kind {
            Kind::Create => self.boost(id, data).await,
            Kind::Update => look_again(&federation, id).await,
            Kind::Delete => look_whether_gone(&federation, self.0.actor(), id).await,
            _ => Ok(()),
        }
    }
}

impl Announce {
    /// Stores the boost of an object that is known, or fetched from its own origin.
    async fn boost(&self, id: &str, data: &Data<Handle>) -> Result<()> {
        let federation = data.federation()?;
        let boosted = match federation.known_status(Some(id)).await? {
            Some(status) => status,
            None if same_origin(id, federation.instance.urls.origin()) => return Ok(()),
            None => match objects::find::<Post>(id, data).await {
                Ok(post) => post.status(),
                Err(error) if error.is_nothing() => return Ok(()),
                Err(error) => return Err(error),
            },
        };
        let published = value::moment(&self.0.document, "published").unwrap_or_else(|| federation.now());
        let (actor, uri) = (self.0.actor(), self.0.uri());
        Ok(boosts::receive(&federation.instance, actor, boosted, uri, published).await?)
    }
}

/// Applies a relayed Create or Update directly if it carries a valid proof of its author. Returns whether it
/// did.
async fn apply_proven(kind: Kind, inner: &Object, data: &Data<Handle>) -> Result<bool> {
    if inner.get("proof").is_none() {
        return Ok(false);
    }
    let federation = data.federation()?;
    let (relayed, rest) = Envelope::split(inner.clone())?;
    if same_origin(&relayed.actor, federation.instance.urls.origin()) {
        // A local author's activity is known here already, unless the author has undone it.
        return Ok(false);
    }
    let Some(signer) = federation.proven_author(inner, &relayed.actor).await? else { return Ok(false) };
    let author = federation.account(&signer.actor_uri).await?;
    if author.suspended_at.is_some() {
        return Err(Refusal::Suspended.into());
    }
    let delivered = Delivered { actor: author, recipient: None, proven: None, as_guest: false };
    let received = Received::new(relayed, rest, delivered)?;
    if kind == Kind::Create {
        let create = Create(received);
        create.verify(data).await?;
        create.receive(data).await?;
    } else {
        let update = Update(received);
        update.verify(data).await?;
        update.receive(data).await?;
    }
    Ok(true)
}

/// Fetches a post again after a group reported an edit.
async fn look_again(federation: &Federation, id: &str) -> Result<()> {
    let Some((status, author)) = receive::find_remote(&federation.instance, id).await? else {
        return Ok(());
    };
    let (mark, now) = (format!("again {id}"), federation.now());
    if federation.fruitless.has(&mark, now) {
        return Ok(());
    }
    federation.fruitless.add(&mark, now.plus_seconds(PAUSE));
    let object = match federation.dereference(id).await {
        Ok(object) if note::is_shown(&object) => object,
        Ok(_) => return Ok(()),
        Err(error) if error.is_nothing() => return Ok(()),
        Err(error) => return Err(error),
    };
    let read = note::read(&object)?;
    if read.author != author.uri {
        return Err(Error::permanent("the author of the post has changed"));
    }
    let (uri, has_quote) = (read.uri.clone(), read.quote.is_some());
    let post = federation.remote_post(read, &author);
    receive::receive_edit(&federation.instance, &author, post).await?;
    if has_quote {
        quotes::enqueue_verification(&federation.instance, &uri, 0).await?;
    }
    tracing::debug!(%status, "status.edit_fetched");
    Ok(())
}

/// Handles a Delete that a group announces. If the post's own host confirms it, the post is deleted;
/// otherwise only the group's boost is undone.
async fn look_whether_gone(federation: &Federation, group: &Account, id: &str) -> Result<()> {
    let instance = &federation.instance;
    if let Some((_, author)) = receive::find_remote(instance, id).await? {
        match federation.dereference(id).await {
            Err(Error::Gone) => return Ok(receive::receive_delete(instance, &author, id).await?),
            Ok(object) if value::is_a(&object, "Tombstone") => {
                return Ok(receive::receive_delete(instance, &author, id).await?);
            }
            Err(error) if error.is_temporary() => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    match federation.known_status(Some(id)).await? {
        Some(status) => Ok(boosts::receive_undo(instance, group, None, Some(status)).await?),
        None => Ok(()),
    }
}
