//! Like: a favourite.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Federation, Result};
use portico_service::publishing::favourites;

/// A favourite of the actor.
#[derive(Debug, Clone)]
pub(crate) struct Like(pub(super) Received);

#[async_trait]
impl Activity for Like {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// Nothing: anybody may like any post, and an unknown post is ignored.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        Ok(())
    }

    /// Stores the favourite.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        self.0.favourite(&*data.federation()?).await
    }
}

impl Received {
    /// Stores a favourite of a known status.
    pub(super) async fn favourite(&self, federation: &Federation) -> Result<()> {
        let Some(status) = federation.known_status(self.object_id()).await? else { return Ok(()) };
        Ok(favourites::receive(&federation.instance, self.actor(), status, self.uri()).await?)
    }
}
