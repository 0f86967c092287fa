//! Add: a post is pinned to the actor's profile.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::missing_parents::HIGHEST;
use crate::pins::PRAISE;
use crate::{Error, Federation, Result};
use portico_activitystreams::value;
use portico_domain::model::account::ActorKind;
use portico_domain::model::urls::same_origin;
use portico_service::publishing::{pins, praise};
use portico_service::social::groups;

/// An object is added to a collection of the actor.
#[derive(Debug, Clone)]
pub(crate) struct Add(pub(super) Received);

#[async_trait]
impl Activity for Add {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// A person pins only own posts.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        self.0.check_pin()
    }

    /// Pins the post. Other collections are ignored.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        self.0.pin(&*data.federation()?, true).await
    }
}

impl Received {
    /// Whether an Add or Remove is about the pinned posts of its actor. An actor cannot change another's
    /// profile (S20).
    fn is_about_featured(&self) -> bool {
        let target = self.reference("target");
        target.is_some() && target == self.actor().endpoints.featured.as_deref()
    }

    /// Rejects a pin of another origin. A group may pin anybody's post.
    pub(super) fn check_pin(&self) -> Result<()> {
        match self.object_id() {
            Some(id)
                if self.is_about_featured()
                    && self.actor().kind != ActorKind::Group
                    && !same_origin(id, &self.actor().uri) =>
            {
                Err(Error::permanent("the pinned post has another origin"))
            }
            _ => Ok(()),
        }
    }

    /// Applies an Add or Remove: the author pins or unpins a post on their profile, or hides a post that
    /// praises them.
    pub(super) async fn pin(&self, federation: &Federation, pinned: bool) -> Result<()> {
        let (instance, actor) = (&federation.instance, self.actor());
        if self.reference("target") == Some(&format!("{}{PRAISE}", actor.uri)) {
            let Some(status) = federation.known_status(self.object_id()).await? else { return Ok(()) };
            return Ok(praise::receive_hidden(instance, actor, status, !pinned).await?);
        }
        let Some(id) = self.object_id().filter(|_| self.is_about_featured()) else { return Ok(()) };
        let known = federation.known_status(Some(id)).await?;
        if actor.kind == ActorKind::Group {
            // Only a post that was posted to the group, which is therefore known.
            let Some(status) = known else { return Ok(()) };
            return Ok(groups::receive_pin(instance, actor.id, status, pinned).await?);
        }
        let is_tag = self.embedded().is_some_and(|object| value::is_a(object, "Hashtag"));
        let status = match known {
            None if pinned && !is_tag => federation.fetch_note(id, HIGHEST).await?,
            known => known,
        };
        match status {
            Some(status) => Ok(pins::receive(instance, actor, status, pinned).await?),
            None => Ok(()),
        }
    }
}
