//! Update: an edited post, or a changed profile.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_activitystreams::{actor, note};
use portico_domain::model::status::RemoteStatus;
use portico_service::publishing::{quotes, statuses};

/// A changed object of the actor, or the actor itself.
#[derive(Debug, Clone)]
pub(crate) struct Update(pub(super) Received);

#[async_trait]
impl Activity for Update {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// The object is the actor, or has the actor's origin (R3).
    async fn verify(&self, data: &Data<Handle>) -> Result<()> {
        if self.0.object_id() == Some(&self.0.actor().uri) {
            return Ok(());
        }
        self.0.check_own_object(&*data.federation()?)
    }

    /// Applies the edit, or fetches the profile again.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let (federation, mut received) = (data.federation()?, self.0);
        if received.object_id() == Some(&received.actor().uri) {
            // Fetches the whole actor document again, with keys and inbox, instead of trusting the embedded
            // one.
            return federation.refresh_account(&received.actor().uri).await.map(drop);
        }
        let Some(object) = received.take_object(&federation).await? else { return Ok(()) };
        if actor::kind(&object).is_some() || !note::is_shown(&object) {
            return Ok(());
        }
        let read = note::read(&object)?;
        if read.author != received.actor().uri {
            return Err(Error::permanent("the object of the Update has another author"));
        }
        let to = (&received.envelope.addressing, received.delivered.recipient);
        let edit = federation.remote_status(received.actor(), &read, Some(to)).await?;
        let edit = RemoteStatus { proven: received.delivered.proven.clone(), ..edit };
        if !statuses::receive_edit(&federation.instance, received.actor(), edit).await? {
            // Interop(WordPress): an Update may be the first activity about a post.
            received.store_note(&federation, read).await?;
        } else if read.quote.is_some() {
            quotes::enqueue_verification(&federation.instance, &read.uri, 0).await?;
        }
        Ok(())
    }
}
