//! An activity of a type that is not known here.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};

/// An activity that has no effect.
#[derive(Debug, Clone)]
pub(crate) struct Other(pub(super) Received);

#[async_trait]
impl Activity for Other {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// Nothing.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        Ok(())
    }

    /// Does nothing.
    async fn receive(self, _: &Data<Handle>) -> Result<()> {
        tracing::debug!(uri = self.0.uri(), "activity.unsupported");
        Ok(())
    }
}
