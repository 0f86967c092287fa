//! Identifies the requester of a document by the request's signature.

use http::{HeaderMap, Method, Uri};

use super::{Federation, Result};
use portico_domain::model::agreement_grants::PeerStanding;
use portico_domain::model::exposure::Exposure;
use portico_domain::policy::exposure;
use portico_domain::policy::reach::Viewer;
use portico_http_signatures::{Incoming, verify};

/// The requester, as far as it could be identified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Requester {
    /// The request is not signed.
    Unsigned,
    /// The signature is invalid, its key cannot be fetched, or its host is not allowed.
    Unproven,
    /// The signature is valid.
    Known(Viewer),
}

impl Requester {
    /// Returns the viewer to check permissions for: anonymous unless the signature is valid.
    pub(super) fn viewer(self) -> Viewer {
        match self {
            Self::Known(viewer) => viewer,
            Self::Unsigned | Self::Unproven => Viewer::Anonymous,
        }
    }
}

impl Federation {
    /// Returns how much of local profiles a viewer may see.
    pub(super) fn exposure_to(&self, viewer: &Viewer) -> Exposure {
        exposure::of_profiles(
            viewer,
            &portico_service::setting(&self.instance),
            &self.instance.settings.exposure,
        )
    }

    /// Identifies the requester.
    pub(super) async fn asker(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Requester {
        if !verify::is_signed(headers) {
            return Requester::Unsigned;
        }
        match self.prove(method, uri, headers).await {
            Ok(viewer) => Requester::Known(viewer),
            Err(error) => {
                tracing::info!(%error, path = uri.path(), "requester.signature_rejected");
                Requester::Unproven
            }
        }
    }

    async fn prove(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Viewer> {
        let incoming = Incoming { method, uri, headers, body: &[] };
        let checked = verify::check(&incoming, self.instance.urls.origin(), self.now())
            .map_err(|fault| super::Error::permanent(fault.to_string()))?;
        self.admit(&self.key_host(&checked.key_id)?).await?;
        let signer = self.signer(&checked).await?;
        let (id, host) = (signer.account, signer.host);
        let PeerStanding { tier, grants } = self.admit(&host).await?;
        let account = self.instance.store.read(move |reader| reader.find_account(id)).await?;
        let is_server = account
            .is_some_and(|account| account.kind == portico_domain::model::account::ActorKind::Application);
        Ok(if is_server {
            Viewer::Host { domain: host, tier, grants }
        } else {
            Viewer::Actor { id, tier, grants }
        })
    }
}
