//! Reject: the answer to a Follow or a QuoteRequest, or the end of a follow.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_service::publishing::quotes::{self, QuoteAnswer};
use portico_service::social::relationships;

/// The actor rejects a Follow or a QuoteRequest.
#[derive(Debug, Clone)]
pub(crate) struct Reject(pub(super) Received);

#[async_trait]
impl Activity for Reject {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// An embedded Follow must be of the actor.
    async fn verify(&self, _: &Data<Handle>) -> Result<()> {
        self.0.check_answer()
    }

    /// Applies the answer.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let federation = data.federation()?;
        if let Some(quoting) = self.0.answered_quote(&federation).await? {
            let answer = QuoteAnswer::Rejected;
            return Ok(quotes::receive_answer(&federation.instance, self.0.actor(), quoting, answer).await?);
        }
        let Some(answered) = self.0.answered_follow(&federation).await? else { return Ok(()) };
        let (uri, follower) = (self.0.object_id(), answered.follower);
        Ok(relationships::receive_reject(&federation.instance, self.0.actor(), uri, follower).await?)
    }
}
