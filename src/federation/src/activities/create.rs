//! Create: a new post, or a vote.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_activitystreams::{note, value};
use portico_service::publishing::polls;

/// A new object of the actor.
#[derive(Debug, Clone)]
pub(crate) struct Create(pub(super) Received);

#[async_trait]
impl Activity for Create {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// The object must have the actor's origin (R3).
    async fn verify(&self, data: &Data<Handle>) -> Result<()> {
        self.0.check_own_object(&*data.federation()?)
    }

    /// Stores the post, or counts the vote.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let (federation, mut received) = (data.federation()?, self.0);
        let Some(object) = received.take_object(&federation).await? else { return Ok(()) };
        if !note::is_shown(&object) {
            return Ok(());
        }
        let actor = received.actor();
        if let Some((asked, title)) = note::read_vote(&object)
            && value::first_reference(&object, "attributedTo") == Some(actor.uri.as_str())
            && polls::receive_vote(&federation.instance, actor, asked, title).await?
        {
            return Ok(());
        }
        let read = note::read(&object)?;
        if read.author != actor.uri {
            return Err(Error::permanent("the object of the Create has another author"));
        }
        received.store_note(&federation, read).await.map(drop)
    }
}
