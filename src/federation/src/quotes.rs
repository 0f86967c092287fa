//! Quotes between servers (FEP-044f): checks QuoteAuthorizations at the server that issued them. For
//! QuoteRequests and their answers see `activities`.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Error, Federation, Result};
use portico_activitystreams::quote;
use portico_domain::model::StatusId;
use portico_domain::model::account::Account;
use portico_domain::model::quote::Quote;
use portico_domain::model::quote::Stamp;
use portico_domain::model::status::Status;
use portico_domain::model::urls::same_origin;
use portico_domain::policy::Refusal;
use portico_service::publishing::quotes;
use portico_store::{Job, QUOTES, Queue};

/// Maximum distance from a received post at which quotes are checked, and the distance that each quote adds.
const FARTHEST: u32 = 20;
const STEP: u32 = 10;
const LEASE: i64 = 60_000;
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Seconds until the next try, by number of attempts so far.
const BACK_OFF: [i64; 4] = [60, 600, 3600, 21_600];

/// A quote to check.
#[derive(Debug, Clone, serde::Deserialize)]
struct WantedVerification {
    status: StatusId,
    steps: u32,
}

impl Federation {
    /// Checks whether a remote quote is authorised by the quoted author.
    async fn look_at_quote(&self, wanted: &WantedVerification) -> Result<()> {
        let Some((found, status)) = quotes::find_pending(&self.instance, wanted.status).await? else {
            return Ok(());
        };
        if same_origin(&found.quoted_uri, self.instance.urls.origin()) {
            return Ok(());
        }
        let quoted = match found.quoted_id {
            Some(id) => id,
            None if wanted.steps >= FARTHEST => return Ok(()),
            None => match self.fetch_note(&found.quoted_uri, wanted.steps + STEP).await? {
                Some(id) => id,
                None => return Ok(()),
            },
        };
        let Some(author) = self.author_of(quoted).await? else { return Ok(()) };
        let stamp = match &found.stamp {
            Some(stamp) if author.id != status.account_id => {
                Some(self.checked_stamp(stamp, &author, &found, &status).await?)
            }
            _ => None,
        };
        match quotes::receive_stamp(&self.instance, status.id, quoted, stamp).await {
            // Without authorisation the quote keeps its state.
            Err(portico_service::Error::Refused(Refusal::Consent)) => Ok(()),
            other => Ok(other?),
        }
    }

    async fn author_of(&self, id: StatusId) -> Result<Option<Account>> {
        let found = self.instance.store.read(move |reader| match reader.find_status(id)? {
            Some(status) => reader.find_account(status.account_id),
            None => Ok(None),
        });
        Ok(found.await?)
    }

    /// Returns the QuoteAuthorization's id if the quoted author's server confirms it for exactly this quote.
    async fn checked_stamp(
        &self,
        stamp: &str,
        author: &Account,
        quote: &Quote,
        status: &Status,
    ) -> Result<String> {
        if !same_origin(stamp, &author.uri) {
            return Err(Error::permanent(
                "the QuoteAuthorization and the quoted author have different origins",
            ));
        }
        let expected = Stamp {
            uri: stamp.to_owned(),
            author: author.uri.clone(),
            quoting: status.uri.clone(),
            quoted: quote.quoted_uri.clone(),
        };
        let object = self.dereference(stamp).await?;
        if quote::is_stamp(&object, &expected) {
            Ok(expected.uri)
        } else {
            Err(Error::permanent("the QuoteAuthorization is for another quote"))
        }
    }

    async fn try_quote(&self, job: Job) {
        let outcome = match serde_json::from_str::<WantedVerification>(&job.payload) {
            Ok(wanted) => self.look_at_quote(&wanted).await,
            Err(_) => Ok(()),
        };
        let tries = usize::try_from(job.attempts).unwrap_or(usize::MAX);
        let again = match &outcome {
            Err(error) if error.is_temporary() => {
                BACK_OFF.get(tries).map(|seconds| self.now().plus_seconds(*seconds))
            }
            _ => None,
        };
        let error = outcome.err().map(|error| error.to_string()).unwrap_or_default();
        if !error.is_empty() {
            tracing::info!(error, "quote.check_failed");
        }
        let settled = self.instance.store.write(move |tx| match again {
            Some(at) => tx.postpone_job(job.id, Some(at), &error),
            // Nothing is lost: the quote stays pending, and its next Update triggers another check.
            None => tx.finish_job(job.id).map(drop),
        });
        if let Err(error) = settled.await {
            tracing::warn!(%error, "quote.settle_failed");
        }
    }
}

/// Checks quotes until `stop`, one at a time.
pub(super) async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let store = &federation.instance.store;
    while !stop.is_cancelled() {
        let jobs = store.write(|tx| tx.claim_jobs(QUOTES, 1, LEASE)).await.unwrap_or_default();
        if jobs.is_empty() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = store.waited(Queue::Jobs, LOOK_EVERY) => {}
            }
        }
        for job in jobs {
            federation.try_quote(job).await;
        }
    }
}
