//! Follow: a request to follow a local account, or to join a room.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_service::social::{groups, relationships};

/// A request to follow a local account.
#[derive(Debug, Clone)]
pub(crate) struct Follow(pub(super) Received);

#[async_trait]
impl Activity for Follow {
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

    /// Stores the follow or the request. A guest joins the room of the invitation, and follows nothing else.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let (federation, actor, uri) = (data.federation()?, self.0.actor(), self.0.uri());
        let target = federation.local_account(self.0.object_id()).await?;
        if groups::receive_guest(&federation.instance, actor, target.id, uri).await? {
            return Ok(());
        }
        if self.0.delivered.as_guest {
            return Ok(groups::turn_guest_away(&federation.instance, actor, target.id, uri).await?);
        }
        Ok(relationships::receive_follow(&federation.instance, actor, target.id, uri).await?)
    }
}
