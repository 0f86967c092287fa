//! Move: an account has moved (FEP-7628).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_domain::model::urls::same_origin;
use portico_domain::policy::Refusal;
use portico_domain::policy::moving::COOLDOWN;
use portico_service::social::account_moves;

/// The actor has moved to another account.
#[derive(Debug, Clone)]
pub(crate) struct Move(pub(super) Received);

#[async_trait]
impl Activity for Move {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// An account moves only itself, and not again within seven days.
    async fn verify(&self, data: &Data<Handle>) -> Result<()> {
        if self.0.object_id() != Some(&self.0.actor().uri) {
            return Err(Refusal::NotYours.into());
        }
        if self.0.reference("target").is_none() {
            return Err(Error::permanent("the Move has no target"));
        }
        let now = data.federation()?.now();
        if self.0.actor().moved_at.is_some_and(|moved| moved.plus_seconds(COOLDOWN) > now) {
            return Err(Error::permanent("the account already moved within the last seven days"));
        }
        Ok(())
    }

    /// Moves the followers. Fetches both actor documents again: the old one must name the new one in
    /// `movedTo`, and the new one the old one in `alsoKnownAs`. A missing reference is a temporary error, so
    /// the Move is retried.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let federation = data.federation()?;
        let Some(target) = self.0.reference("target") else { return Ok(()) };
        let old = federation.refresh_account(&self.0.actor().uri).await?;
        if old.moved_to.as_deref() != Some(target) {
            return Err(Error::temporary("the old account does not name the new one yet"));
        }
        let new = if same_origin(target, federation.instance.urls.origin()) {
            federation
                .known_account(target)
                .await?
                .ok_or_else(|| Error::permanent("the target of the Move is unknown"))?
        } else {
            federation.refresh_account(target).await?
        };
        if !new.claims(&old.uri) {
            return Err(Error::temporary("the new account does not name the old one yet"));
        }
        Ok(account_moves::receive(&federation.instance, old.id, new.id).await?)
    }
}
