//! Invite: a remote group enrols a local account.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_service::social::groups;

/// A group invites a local account into itself.
#[derive(Debug, Clone)]
pub(crate) struct Invite(pub(super) Received);

#[async_trait]
impl Activity for Invite {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// A group may only invite into itself.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        match self.0.object_id() == Some(&self.0.actor().uri) {
            true => Ok(()),
            false => Err(Error::permanent("the Invite is into a group other than its actor")),
        }
    }

    /// Enrols the account.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let federation = data.federation()?;
        let person = federation.local_account(self.0.reference("target")).await?;
        Ok(groups::receive_enrolment(&federation.instance, self.0.actor(), &person).await?)
    }
}
