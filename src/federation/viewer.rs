//! Who asks for a document, by the signature of the request.

use http::{HeaderMap, Method, Uri};

use super::signatures::{Incoming, verify};
use super::{Federation, Result};
use crate::model::exposure::Exposure;
use crate::model::pact::Standing;
use crate::policy::exposure;
use crate::policy::reach::Viewer;
use crate::service;

/// Who asks, as far as it could be found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asker {
    /// Nobody signed.
    Unsigned,
    /// There is a signature, but it does not hold, or its key cannot be had, or its host may not take part.
    Unproven,
    /// Someone whose signature holds.
    Known(Viewer),
}

impl Asker {
    /// Whom policy is asked for: whoever cannot prove who they are is anybody.
    pub(super) fn viewer(self) -> Viewer {
        match self {
            Self::Known(viewer) => viewer,
            Self::Unsigned | Self::Unproven => Viewer::Anonymous,
        }
    }
}

impl Federation {
    /// How much of our profiles somebody is given.
    pub(super) fn exposure_to(&self, viewer: &Viewer) -> Exposure {
        exposure::of_profiles(viewer, &service::setting(&self.instance), &self.instance.settings.exposure)
    }

    /// Finds out who asks.
    pub(super) async fn asker(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Asker {
        if !verify::is_signed(headers) {
            return Asker::Unsigned;
        }
        match self.prove(method, uri, headers).await {
            Ok(viewer) => Asker::Known(viewer),
            Err(error) => {
                tracing::info!(%error, path = uri.path(), "a signed request could not be proven");
                Asker::Unproven
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
        let Standing { tier, pact } = self.admit(&host).await?;
        let account = self.instance.store.read(move |reader| reader.find_account(id)).await?;
        let is_server =
            account.is_some_and(|account| account.kind == crate::model::account::ActorKind::Application);
        Ok(if is_server {
            Viewer::Host { domain: host, tier, pact }
        } else {
            Viewer::Actor { id, tier, pact }
        })
    }
}
