//! Pinned posts of remote accounts: the `featured` collection. For Add and Remove see `activities`.

use std::sync::Arc;

use super::missing_parents::HIGHEST;
use super::{Federation, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::ActorKind;
use portico_domain::model::urls::same_origin;
use portico_service::publishing::pins;
use portico_service::social::groups;

/// Maximum number of pins read when an account is first seen.
const MOST: usize = 10;
/// The suffix of an actor id that names its praise collection; posts removed from it are hidden from the
/// profile.
pub(super) const PRAISE: &str = "#praise";

impl Federation {
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
