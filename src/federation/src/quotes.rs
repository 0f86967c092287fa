//! Quotes between servers (FEP-044f): QuoteRequests, their answers, and checks of QuoteAuthorizations at the
//! server that issued them.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Error, Federation, Result};
use portico_activitystreams::activity::{Activity, Kind};
use portico_activitystreams::value::{self, Object};
use portico_activitystreams::{note, quote};
use portico_domain::model::StatusId;
use portico_domain::model::account::Account;
use portico_domain::model::quote::Quote;
use portico_domain::model::quote::Stamp;
use portico_domain::model::status::Status;
use portico_domain::model::urls::same_origin;
use portico_domain::policy::Refusal;
use portico_service::publishing::quotes::{self, QuoteAnswer};
use portico_service::publishing::statuses::Arrival;
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
struct Wanted {
    status: StatusId,
    steps: u32,
}

impl Federation {
    /// Applies a QuoteRequest for a local post. The quoting post is known, embedded or fetched; it must be
    /// the actor's own and quote something, so that nobody can request a quote in another's name, or cause
    /// its early rejection.
    pub(super) async fn quote_requested(
        &self,
        actor: &Account,
        activity: &Activity,
        document: &Object,
    ) -> Result<()> {
        let Some(quoted) = self.known_status(activity.object_id()).await? else { return Ok(()) };
        let instrument = quote::instrument(document);
        let uri = instrument.and_then(value::reference);
        let uri = uri.ok_or_else(|| Error::permanent("the QuoteRequest has no instrument"))?;
        if !same_origin(uri, &actor.uri) || same_origin(uri, self.instance.urls.origin()) {
            return Err(Error::permanent("the instrument has another origin than the actor"));
        }
        let quoting = match self.known_status(Some(uri)).await? {
            Some(known) => known,
            None => {
                let brought =
                    instrument.and_then(serde_json::Value::as_object).filter(|it| note::is_shown(it));
                let object = match brought {
                    Some(object) => object.clone(),
                    None => self.dereference(uri).await?,
                };
                let read = note::read(&object)?;
                if read.author != actor.uri || read.quote.is_none() {
                    return Err(Error::permanent("the instrument is not a quote by the actor"));
                }
                let stored = self.store_note(actor, read, None, (Arrival::Delivered, None), 0).await?;
                stored.ok_or(Error::Gone)?
            }
        };
        Ok(quotes::receive_request(&self.instance, actor, quoted, quoting, &activity.id).await?)
    }

    /// Returns the local post whose QuoteRequest an Accept or Reject answers; `None` if it answers another
    /// activity.
    pub(super) async fn asked_to_quote(&self, activity: &Activity) -> Result<Option<StatusId>> {
        let by_id = activity.object_id().and_then(|id| quote::asked_by(id, self.instance.urls.origin()));
        match activity.embedded().filter(|question| Kind::of(question) == Some(Kind::QuoteRequest)) {
            None => Ok(by_id),
            Some(_) if by_id.is_some() => Ok(by_id),
            Some(question) => {
                let uri = quote::instrument(question).and_then(value::reference);
                let known = self.known_status(uri).await?;
                known.map(Some).ok_or_else(|| Error::permanent("the answered QuoteRequest is unknown"))
            }
        }
    }

    /// Applies the quoted author's answer. An Accept names the QuoteAuthorization, which must have the
    /// author's origin; it needs no check, since both come from the same server.
    pub(super) async fn quote_answered(
        &self,
        actor: &Account,
        quoting: StatusId,
        kind: Kind,
        document: &Object,
    ) -> Result<()> {
        let answer = if kind == Kind::Accept {
            let stamp = value::first_reference(document, "result")
                .filter(|stamp| value::is_web(stamp) && same_origin(stamp, &actor.uri));
            let stamp = stamp
                .ok_or_else(|| Error::permanent("the Accept has no QuoteAuthorization of its own origin"))?;
            QuoteAnswer::Accepted(stamp.to_owned())
        } else {
            QuoteAnswer::Rejected
        };
        Ok(quotes::receive_answer(&self.instance, actor, quoting, answer).await?)
    }

    /// Checks whether a remote quote is authorised by the quoted author.
    async fn look_at_quote(&self, wanted: &Wanted) -> Result<()> {
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
        let outcome = match serde_json::from_str::<Wanted>(&job.payload) {
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
