//! Update: an edited post, or a changed profile.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_activitystreams::{actor, note};
use portico_service::publishing::quotes;
use portico_service::publishing::receive::{self, ReceivedUpdate};

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
        let (instance, actor) = (&federation.instance, received.actor());
        let (uri, has_quote) = (read.uri.clone(), read.quote.is_some());
        let (post, delivery) = (federation.remote_post(read, actor), received.delivery(&federation));
        match receive::receive_update(instance, actor, post, delivery).await? {
            ReceivedUpdate::Known if has_quote => quotes::enqueue_verification(instance, &uri, 0).await?,
            ReceivedUpdate::Stored(post) => federation.follow_up(post, 0).await.map(drop)?,
            ReceivedUpdate::Known | ReceivedUpdate::Ignored => {}
        }
        Ok(())
    }
}
