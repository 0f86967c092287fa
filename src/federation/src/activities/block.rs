//! Block: a local account is blocked.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_service::social::relationships;

/// The actor blocks a local account.
#[derive(Debug, Clone)]
pub(crate) struct Block(pub(super) Received);

#[async_trait]
impl Activity for Block {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// The object is an id of this server.
    async fn verify(&self, data: &Data<Handle>) -> Result<()> {
        self.0.check_is_about_us(&*data.federation()?)
    }

    /// Stores the block.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let federation = data.federation()?;
        let target = federation.local_account(self.0.object_id()).await?;
        let (actor, uri) = (self.0.actor(), self.0.uri());
        Ok(relationships::receive_block(&federation.instance, actor, target.id, uri).await?)
    }
}
