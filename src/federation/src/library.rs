//! The context of `activitypub_federation`: its configuration for an instance, its URL verifier, and the
//! limit of fetches for an inbox row.
//!
//! The library carries the object model: the traits of [`objects`](super::objects) and
//! [`activities`](super::activities), typed ids, and what a handler gets. It sends no request. Documents are
//! fetched by [`find`](super::objects::find), through our own client; see docs/decisions/0014.

use std::cell::Cell;
use std::sync::{Arc, Weak};

use activitypub_federation::config::{Data, FederationConfig, UrlVerifier};
use async_trait::async_trait;
use url::Url;

use super::{Error, Federation, Result};
use portico_net::Net;

/// Maximum number of documents that are fetched for one inbox row.
pub const MOST_FETCHES: u32 = 20;

tokio::task_local! {
    /// The number of fetches left to the inbox row that the current task applies.
    static FETCHES_LEFT: Cell<u32>;
}

/// The application data of the library. Weak, because the federation context owns the configuration.
#[derive(Debug, Clone)]
pub struct Handle(Weak<Federation>);

impl Handle {
    pub(super) const fn new(federation: Weak<Federation>) -> Self {
        Self(federation)
    }

    /// Returns the federation context.
    ///
    /// # Errors
    /// [`Error::Temporary`] when the instance is shutting down.
    pub fn federation(&self) -> Result<Arc<Federation>> {
        self.0.upgrade().ok_or_else(|| Error::temporary("federation is shutting down"))
    }
}

/// Judges URLs for the library by the guard of our client.
#[derive(Clone)]
struct Verifier(Net);

#[async_trait]
impl UrlVerifier for Verifier {
    async fn verify(&self, url: &Url) -> Result<(), activitypub_federation::error::Error> {
        let refused =
            activitypub_federation::error::Error::UrlVerificationError("this address is not allowed");
        self.0.check(url.as_str()).map(drop).map_err(|_| refused)
    }
}

/// Creates the library's configuration for an instance.
///
/// `http_fetch_limit(0)` makes every request of the library's own client fail before it is sent. `debug` stays
/// off, and the key of the instance is not passed.
async fn configure(federation: &Federation, handle: Handle) -> Result<FederationConfig<Handle>> {
    FederationConfig::builder()
        .domain(federation.domain())
        .app_data(handle)
        .url_verifier(Box::new(Verifier(federation.net.clone())))
        .allow_http_urls(federation.instance.network.insecure_http)
        .http_fetch_limit(0)
        .build()
        .await
        .map_err(|error| Error::permanent(error.to_string()))
}

impl Federation {
    /// Returns the library's data for one inbox row or one request.
    ///
    /// # Errors
    /// [`Error::Permanent`] when the library rejects its configuration.
    pub async fn data(&self) -> Result<Data<Handle>> {
        let configure = || configure(self, Handle::new(self.this.clone()));
        Ok(self.config.get_or_try_init(configure).await?.to_request_data())
    }
}

/// Runs work that may fetch [`MOST_FETCHES`] documents and no more, whatever it calls.
pub async fn with_fetch_limit<F: Future>(work: F) -> F::Output {
    FETCHES_LEFT.scope(Cell::new(MOST_FETCHES), work).await
}

/// Counts a fetch of the current inbox row. Work outside of an inbox row has limits of its own.
pub(super) fn count_fetch() -> Result<()> {
    let left = FETCHES_LEFT.try_with(|left| left.replace(left.get().saturating_sub(1)));
    match left {
        Ok(0) => Err(Error::permanent("the activity causes too many fetches")),
        _ => Ok(()),
    }
}
