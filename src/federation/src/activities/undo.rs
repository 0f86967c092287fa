//! Undo: an earlier activity is undone.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Federation, Result};
use portico_activitystreams::activity::Kind;
use portico_activitystreams::value;
use portico_domain::model::account::Account;
use portico_domain::model::urls::same_origin;
use portico_service::publishing::{boosts, favourites};
use portico_service::social::{groups, relationships};

/// The actor undoes an own activity.
#[derive(Debug, Clone)]
pub(crate) struct Undo(pub(super) Received);

#[async_trait]
impl Activity for Undo {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// The undone activity is the actor's own.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        let actor = &self.0.actor().uri;
        if self.0.object_id().is_some_and(|uri| !same_origin(uri, actor)) {
            return Err(Error::permanent("the undone activity has another origin"));
        }
        let inner = self.0.embedded().and_then(|inner| value::first_reference(inner, "actor"));
        if inner.is_some_and(|inner| inner != actor) {
            return Err(Error::permanent("the undone activity is of another actor"));
        }
        Ok(())
    }

    /// Undoes the activity, identified by its id or its object. A guest can only leave a room.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let federation = data.federation()?;
        if self.leaves_room(&federation).await? || self.0.delivered.as_guest {
            return Ok(());
        }
        let (instance, actor, uri) = (&federation.instance, self.0.actor(), self.0.object_id());
        let inner = self.0.embedded();
        let object = inner.and_then(|inner| value::first_reference(inner, "object"));
        match inner.and_then(Kind::of) {
            Some(Kind::Follow) => {
                let target = federation.known_id(object).await?;
                relationships::receive_unfollow(instance, actor, uri, target).await?;
            }
            Some(Kind::Block) => {
                let target = federation.known_id(object).await?;
                relationships::receive_unblock(instance, actor, uri, target).await?;
            }
            // An undone Accept removes the follower.
            Some(Kind::Accept) => {
                relationships::receive_reject(instance, actor, object, None).await?;
            }
            Some(Kind::Like) => {
                let status = federation.known_status(object).await?;
                favourites::receive_undo(instance, actor, uri, status).await?;
            }
            // An actor may react with several emoji, so the reaction's id decides; the object only if there
            // is no id.
            Some(Kind::EmojiReact) => {
                let status = federation.known_status(object.filter(|_| uri.is_none())).await?;
                favourites::receive_undo(instance, actor, uri, status).await?;
            }
            Some(Kind::Announce) => {
                let status = federation.known_status(object).await?;
                boosts::receive_undo(instance, actor, uri, status).await?;
            }
            Some(
                Kind::Create
                | Kind::Update
                | Kind::Delete
                | Kind::Reject
                | Kind::Undo
                | Kind::Flag
                | Kind::QuoteRequest
                | Kind::Add
                | Kind::Remove
                | Kind::Move
                | Kind::Read
                | Kind::Invite,
            ) => {}
            None => undo_by_id(&federation, actor, uri).await?,
        }
        Ok(())
    }
}

impl Undo {
    /// Applies the Undo of a guest's Follow of a room. Returns whether the activity was one.
    async fn leaves_room(&self, federation: &Federation) -> Result<bool> {
        let follow = self.0.embedded().filter(|inner| Kind::of(inner) == Some(Kind::Follow));
        let Some(room) = follow.and_then(|follow| value::first_reference(follow, "object")) else {
            return Ok(false);
        };
        let room = federation.known_account(room).await?.filter(Account::is_local);
        let Some(room) = room else { return Ok(false) };
        Ok(groups::receive_leave(&federation.instance, self.0.actor(), room.id).await?)
    }
}

/// Undoes an activity of which only the id is known; has no effect if it is not the actor's own.
async fn undo_by_id(federation: &Federation, actor: &Account, uri: Option<&str>) -> Result<()> {
    if uri.is_some() {
        let instance = &federation.instance;
        relationships::receive_unfollow(instance, actor, uri, None).await?;
        relationships::receive_unblock(instance, actor, uri, None).await?;
        favourites::receive_undo(instance, actor, uri, None).await?;
        boosts::receive_undo(instance, actor, uri, None).await?;
    }
    Ok(())
}
