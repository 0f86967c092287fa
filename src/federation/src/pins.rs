//! Pinned posts of remote accounts: the `featured` collection, and its Add and Remove activities.

use std::sync::Arc;

use super::threads::HIGHEST;
use super::{Error, Federation, Result};
use portico_activitystreams::activity::Activity;
use portico_activitystreams::value::{self, Object};
use portico_domain::model::AccountId;
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::urls::same_origin;
use portico_service::publishing::{pins, praise};
use portico_service::social::groups;

/// Maximum number of pins read when an account is first seen.
const MOST: usize = 10;
/// The suffix of an actor id that names its praise collection; posts removed from it are hidden from the
/// profile.
pub(super) const PRAISE: &str = "#praise";

impl Federation {
    /// Applies an Add or Remove: the author pins or unpins a post on their profile. Other collections are
    /// ignored, and an actor cannot change another's profile (S20).
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
            // A group may pin anybody's post, but only one posted to it, which is therefore known.
            return match self.known_status(Some(id)).await? {
                Some(status) => Ok(groups::receive_pin(&self.instance, actor.id, status, pinned).await?),
                None => Ok(()),
            };
        }
        if !same_origin(id, &actor.uri) {
            return Err(Error::permanent("the pinned post has another origin"));
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

    /// Hides a post that praises the actor from their profile, or shows it again.
    async fn praise_hidden(&self, actor: &Account, activity: &Activity, hidden: bool) -> Result<()> {
        match self.known_status(activity.object_id()).await? {
            Some(status) => Ok(praise::receive_hidden(&self.instance, actor, status, hidden).await?),
            None => Ok(()),
        }
    }

    /// Reads an account's pins. Does not fetch their parents or quotes.
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
                // A pin that cannot be fetched is skipped.
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
