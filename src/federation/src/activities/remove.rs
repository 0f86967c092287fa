//! Remove: a post is unpinned from the actor's profile.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};

/// An object is removed from a collection of the actor.
#[derive(Debug, Clone)]
pub(crate) struct Remove(pub(super) Received);

#[async_trait]
impl Activity for Remove {
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

    /// Unpins the post. Other collections are ignored.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        self.0.pin(&*data.federation()?, false).await
    }
}
