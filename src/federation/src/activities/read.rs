//! Read: a must-read post was read.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_service::publishing::must_reads;

/// The actor has read a post.
#[derive(Debug, Clone)]
pub(crate) struct Read(pub(super) Received);

#[async_trait]
impl Activity for Read {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// Nothing: it is ignored for other posts.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        Ok(())
    }

    /// Stores the receipt.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let federation = data.federation()?;
        let Some(status) = federation.known_status(self.0.object_id()).await? else { return Ok(()) };
        Ok(must_reads::receive(&federation.instance, self.0.actor(), status).await?)
    }
}
