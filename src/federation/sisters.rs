//! The company's other instances: their instance actors and ours follow each other, so that what is for
//! the company arrives without anyone having to follow first.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Federation, Result};
use crate::service::relationships;

/// How soon the first look comes, and how long it takes to get to the usual pace: sisters that start
/// together find each other in seconds.
const FIRST: Duration = Duration::from_secs(1);
const USUAL: Duration = Duration::from_secs(600);

/// Follows the sister instances until `stop`, again and again, because one may be down, new or restored.
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
                    tracing::info!(domain, %error, "a sister instance cannot be followed yet");
                }
            }
        }
        pause = if all { USUAL } else { (pause * 2).min(USUAL) };
    }
}

impl Federation {
    /// Follows the instance actor of a sister, if ours does not yet. Answers whether that was new.
    async fn follow_sister(&self, domain: &str) -> Result<bool> {
        let scheme = if self.instance.network.insecure_http { "http" } else { "https" };
        let sister = self.account_by_handle(domain, domain).await;
        let sister = match sister {
            Ok(account) => account,
            // One of ours by its fixed address, should WebFinger be in the hands of another program.
            Err(_) => self.account(&format!("{scheme}://{domain}/actor")).await?,
        };
        Ok(relationships::follow_sister(&self.instance, sister.id).await?)
    }
}
