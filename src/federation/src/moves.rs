//! Account moves (Move, FEP-7628).

use super::{Error, Federation, Result};
use portico_activitystreams::activity::Activity;
use portico_activitystreams::value::{self, Object};
use portico_domain::model::account::Account;
use portico_domain::model::urls::same_origin;
use portico_domain::policy::Refusal;
use portico_domain::policy::moving::COOLDOWN;
use portico_service::social::account_moves;

impl Federation {
    /// Applies a Move. Fetches both actor documents again: the old one must name the new one in `movedTo`,
    /// and the new one the old one in `alsoKnownAs`. A missing reference is a temporary error, so the Move is
    /// retried.
    pub(super) async fn moved(&self, actor: &Account, activity: &Activity, document: &Object) -> Result<()> {
        if activity.object_id() != Some(&actor.uri) {
            return Err(Refusal::NotYours.into());
        }
        let target = value::first_reference(document, "target")
            .ok_or_else(|| Error::permanent("the Move has no target"))?;
        let now = self.now();
        if actor.moved_at.is_some_and(|moved| moved.plus_seconds(COOLDOWN) > now) {
            return Err(Error::permanent("the account already moved within the last seven days"));
        }
        let old = self.refresh_account(&actor.uri).await?;
        if old.moved_to.as_deref() != Some(target) {
            return Err(Error::temporary("the old account does not name the new one yet"));
        }
        let new = if same_origin(target, self.instance.urls.origin()) {
            self.known_account(target)
                .await?
                .ok_or_else(|| Error::permanent("the target of the Move is unknown"))?
        } else {
            self.refresh_account(target).await?
        };
        if !new.claims(&old.uri) {
            return Err(Error::temporary("the new account does not name the old one yet"));
        }
        Ok(account_moves::receive(&self.instance, old.id, new.id).await?)
    }
}
