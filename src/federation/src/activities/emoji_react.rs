//! EmojiReact: an emoji reaction. It counts as a favourite.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};

/// An emoji reaction of the actor.
#[derive(Debug, Clone)]
pub(crate) struct EmojiReact(pub(super) Received);

#[async_trait]
impl Activity for EmojiReact {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// Nothing, as for a Like.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        Ok(())
    }

    /// Stores the favourite.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        self.0.favourite(&*data.federation()?).await
    }
}
