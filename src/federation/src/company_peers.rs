//! Keeps the instance actors of the company's instances following each other, so that posts for the company
//! arrive without any personal follow.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Federation, Result};
use portico_service::social::relationships;

/// The first and the usual polling interval; the interval doubles in between, so that instances started
/// together find each other in seconds.
const FIRST: Duration = Duration::from_secs(1);
const USUAL: Duration = Duration::from_secs(600);

/// Follows the company's instances until `stop`, repeatedly, because one may be down, new or restored.
pub(super) async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let mut all = true;
        for domain in &federation.instance.settings.company {
            match federation.follow_sister(domain).await {
                Ok(new) => all &= !new,
                Err(error) => {
                    all = false;
                    tracing::info!(domain, %error, "company_peer.follow_failed");
                }
            }
        }
        pause = if all { USUAL } else { (pause * 2).min(USUAL) };
    }
}

impl Federation {
    /// Follows the instance actor of another company instance, unless ours does already. Returns whether the
    /// follow is new.
    async fn follow_sister(&self, domain: &str) -> Result<bool> {
        let scheme = if self.instance.network.insecure_http { "http" } else { "https" };
        let sister = self.account_by_handle(domain, domain).await;
        let sister = match sister {
            Ok(account) => account,
            // The fixed address of the instance actor, in case another program serves WebFinger on that host.
            Err(_) => self.account(&format!("{scheme}://{domain}/actor")).await?,
        };
        Ok(relationships::follow_company_peer(&self.instance, sister.id).await?)
    }
}
