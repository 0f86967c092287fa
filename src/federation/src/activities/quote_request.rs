//! QuoteRequest: a request to quote a local post (FEP-044f).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use async_trait::async_trait;
use url::Url;

use super::Received;
use crate::library::Handle;
use crate::{Error, Result};
use portico_activitystreams::{note, quote, value};
use portico_domain::model::urls::same_origin;
use portico_service::publishing::quotes;
use portico_service::publishing::receive::{Arrival, PostDelivery};

/// The actor asks to quote a post.
#[derive(Debug, Clone)]
pub(crate) struct QuoteRequest(pub(super) Received);

#[async_trait]
impl Activity for QuoteRequest {
    type DataType = Handle;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.0.id
    }

    fn actor(&self) -> &Url {
        self.0.actor_id.inner()
    }

    /// The quoting post has the actor's origin, so that nobody can request a quote in another's name, or
    /// cause its early rejection.
    async fn verify(&self, data: &Data<Handle>) -> Result<()> {
        let uri = quote::instrument(&self.0.document).and_then(value::reference);
        let uri = uri.ok_or_else(|| Error::permanent("the QuoteRequest has no instrument"))?;
        let ours = data.federation()?.instance.urls.origin().to_owned();
        if !same_origin(uri, &self.0.actor().uri) || same_origin(uri, &ours) {
            return Err(Error::permanent("the instrument has another origin than the actor"));
        }
        Ok(())
    }

    /// Decides the request. The quoting post is known, embedded or fetched; it must be the actor's own and
    /// quote something.
    async fn receive(self, data: &Data<Handle>) -> Result<()> {
        let (federation, actor) = (data.federation()?, self.0.actor());
        let Some(quoted) = federation.known_status(self.0.object_id()).await? else { return Ok(()) };
        let instrument = quote::instrument(&self.0.document);
        let Some(uri) = instrument.and_then(value::reference) else { return Ok(()) };
        let quoting = match federation.known_status(Some(uri)).await? {
            Some(known) => known,
            None => {
                let brought =
                    instrument.and_then(serde_json::Value::as_object).filter(|it| note::is_shown(it));
                let object = match brought {
                    Some(object) => object.clone(),
                    None => federation.dereference(uri).await?,
                };
                let read = note::read(&object)?;
                if read.author != actor.uri || read.quote.is_none() {
                    return Err(Error::permanent("the instrument is not a quote by the actor"));
                }
                let arrival = Arrival::Delivered(PostDelivery::default());
                let stored = federation.store_note(actor, read, arrival, 0).await?;
                stored.ok_or(Error::Gone)?
            }
        };
        Ok(quotes::receive_request(&federation.instance, actor, quoted, quoting, self.0.uri()).await?)
    }
}
