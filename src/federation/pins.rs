//! What accounts elsewhere pin: the `featured` collection, and Add and Remove of it.

use std::sync::Arc;

use super::net::same_origin;
use super::protocol::activity::Activity;
use super::protocol::value::{self, Object};
use super::threads::HIGHEST;
use super::{Error, Federation, Result};
use crate::model::AccountId;
use crate::model::account::{Account, ActorKind};
use crate::service::{groups, pins, praise};

/// How many pins are read of an account that is seen for the first time.
const MOST: usize = 10;
/// What stands behind an actor id where its praise is meant: what was taken out of it shows on no profile.
pub(super) const PRAISE: &str = "#praise";

impl Federation {
    /// A post is put on top of its author's profile, or taken down. Other collections are nobody's concern
    /// here, and another's profile is not the actor's to change (S20).
    pub(super) async fn pin(
        self: &Arc<Self>,
        actor: &Account,
        activity: &Activity,
        document: &Object,
        pinned: bool,
    ) -> Result<()> {
        let target = value::first_reference(document, "target");
        if target == Some(&format!("{}{PRAISE}", actor.uri)) {
            return self.praise_hidden(actor, activity, !pinned).await;
        }
        if target.is_none() || target != actor.endpoints.featured.as_deref() {
            return Ok(());
        }
        let Some(id) = activity.object_id() else { return Ok(()) };
        if actor.kind == ActorKind::Group {
            // Of whoever's posts, but only of what was posted to it; that came before.
            return match self.known_status(Some(id)).await? {
                Some(status) => Ok(groups::receive_pin(&self.instance, actor.id, status, pinned).await?),
                None => Ok(()),
            };
        }
        if !same_origin(id, &actor.uri) {
            return Err(Error::permanent("a pin of another origin's post"));
        }
        let status = match self.known_status(Some(id)).await? {
            Some(status) => Some(status),
            None if pinned && !activity.embedded().is_some_and(|object| value::is_a(object, "Hashtag")) => {
                self.fetch_note(id, HIGHEST).await?
            }
            None => None,
        };
        match status {
            Some(status) => Ok(pins::receive(&self.instance, actor, status, pinned).await?),
            None => Ok(()),
        }
    }

    /// Somebody keeps praise of themselves off their profile, or shows it again; whoever wrote it.
    async fn praise_hidden(&self, actor: &Account, activity: &Activity, hidden: bool) -> Result<()> {
        match self.known_status(activity.object_id()).await? {
            Some(status) => Ok(praise::receive_hidden(&self.instance, actor, status, hidden).await?),
            None => Ok(()),
        }
    }

    /// Reads what an account has pinned. Nothing is followed from there: no parents, no quotes.
    pub(super) async fn read_pins(self: &Arc<Self>, id: AccountId) -> Result<()> {
        let found = self.instance.store.read(move |reader| reader.find_account(id)).await?;
        let Some(account) = found.filter(|account| account.suspended_at.is_none()) else { return Ok(()) };
        let Some(featured) = account.endpoints.featured.clone() else { return Ok(()) };
        let is_group = account.kind == ActorKind::Group;
        let mut statuses = Vec::new();
        for uri in self.members(&featured, 1, MOST).await?.ids {
            if !is_group && !same_origin(&uri, &account.uri) {
                continue;
            }
            let known = match self.known_status(Some(&uri)).await? {
                Some(known) => Some(known),
                None if is_group => None,
                // One that cannot be had is passed over.
                None => self.fetch_note(&uri, HIGHEST).await.unwrap_or_default(),
            };
            statuses.extend(known);
        }
        if is_group {
            return Ok(groups::receive_pins(&self.instance, id, statuses).await?);
        }
        Ok(pins::receive_all(&self.instance, id, statuses).await?)
    }
}
