//! Flag: a report for the moderators.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_activitystreams::value;
use portico_service::moderation::reports;
use portico_service::social::groups::relay_copies::boost_of;

/// A report of accounts and posts.
#[derive(Debug, Clone)]
pub(crate) struct Flag(pub(super) Received);

#[async_trait]
impl Activity for Flag {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// Nothing: objects that are unknown here are left out of the report.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        Ok(())
    }

    /// Opens a report, and does nothing else.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let federation = data.federation()?;
        let named = self.0.object_ids();
        let flag = reports::ReceivedReport {
            uri: self.0.uri().to_owned(),
            about: named.iter().take(reports::MOST_STATUSES + 1).map(|id| boost_of(id).to_owned()).collect(),
            comment: value::text(&self.0.document, "content").unwrap_or_default().to_owned(),
        };
        Ok(reports::receive(&federation.instance, self.0.actor(), flag).await?)
    }
}
