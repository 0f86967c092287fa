//! Delete: a deleted post, account or QuoteAuthorization.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_domain::model::urls::same_origin;
use portico_service::people::accounts;
use portico_service::publishing::{quotes, receive};

/// A deleted object of the actor, or the actor itself.
#[derive(Debug, Clone)]
pub(crate) struct Delete(pub(super) Received);

#[async_trait]
impl Activity for Delete {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// The object has the actor's origin.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        match self.0.object_id() {
            Some(id) if id != self.0.actor().uri && !same_origin(id, &self.0.actor().uri) => {
                Err(Error::permanent("the deleted object has another origin"))
            }
            _ => Ok(()),
        }
    }

    /// Deletes what is known of the object.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let (federation, actor) = (data.federation()?, self.0.actor());
        let Some(id) = self.0.object_id() else { return Ok(()) };
        if id == actor.uri {
            return Ok(accounts::receive_deletion(&federation.instance, &actor.uri).await?);
        }
        if quotes::receive_revocation(&federation.instance, actor, id).await? {
            return Ok(());
        }
        Ok(receive::receive_delete(&federation.instance, actor, id).await?)
    }
}
