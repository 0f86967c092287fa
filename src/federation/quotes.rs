//! Quotes between servers (FEP-044f): questions, answers, and stamps that are checked where they were made.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::net::same_origin;
use super::protocol::activity::{Activity, Kind};
use super::protocol::value::{self, Object};
use super::protocol::{note, quote};
use super::{Error, Federation, Result};
use crate::model::StatusId;
use crate::model::account::Account;
use crate::model::quote::Quote;
use crate::model::status::Status;
use crate::policy::Refusal;
use crate::service::quotes::{self, Answer, Stamp};
use crate::service::statuses::Arrival;
use crate::store::{Job, QUOTES, Queue};

/// How far from what came in a quote is looked at, and how far one quote is from the next.
const FARTHEST: u32 = 20;
const STEP: u32 = 10;
const LEASE: i64 = 60_000;
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Seconds until the next try, by how many there were.
const BACK_OFF: [i64; 4] = [60, 600, 3600, 21_600];

/// A quote that is to be looked at.
#[derive(Debug, Clone, serde::Deserialize)]
struct Wanted {
    status: StatusId,
    steps: u32,
}

impl Federation {
    /// Somebody asks whether their post may quote one of ours. The post comes along, or is fetched; it counts
    /// only if it is the asker's own and says itself that it quotes ours, so that nobody can ask, or spoil
    /// the answer, for another.
    pub(super) async fn quote_requested(
        &self,
        actor: &Account,
        activity: &Activity,
        document: &Object,
    ) -> Result<()> {
        let Some(quoted) = self.known_status(activity.object_id()).await? else { return Ok(()) };
        let instrument = quote::instrument(document);
        let uri = instrument.and_then(value::reference);
        let uri = uri.ok_or_else(|| Error::permanent("a QuoteRequest that says not what would quote"))?;
        if !same_origin(uri, &actor.uri) || same_origin(uri, self.instance.urls.origin()) {
            return Err(Error::permanent("a QuoteRequest for another origin's post"));
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
                    return Err(Error::permanent("a QuoteRequest for a post that is not the asker's quote"));
                }
                let stored = self.store_note(actor, read, None, (Arrival::Delivered, None), 0).await?;
                stored.ok_or(Error::Gone)?
            }
        };
        Ok(quotes::receive_request(&self.instance, actor, quoted, quoting, &activity.id).await?)
    }

    /// Which post of ours an Accept or Reject is about, if it answers whether that may quote.
    pub(super) async fn asked_to_quote(&self, activity: &Activity) -> Result<Option<StatusId>> {
        let by_id = activity.object_id().and_then(|id| quote::asked_by(id, self.instance.urls.origin()));
        match activity.embedded().filter(|question| Kind::of(question) == Some(Kind::QuoteRequest)) {
            None => Ok(by_id),
            Some(_) if by_id.is_some() => Ok(by_id),
            Some(question) => {
                let uri = quote::instrument(question).and_then(value::reference);
                let known = self.known_status(uri).await?;
                known.map(Some).ok_or_else(|| Error::permanent("an answer to a question that we did not ask"))
            }
        }
    }

    /// The quoted author's answer. An Accept is as good as the stamp that it names, since both come from the same
    /// server; the stamp must be of that server, too.
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
            let stamp =
                stamp.ok_or_else(|| Error::permanent("consent to a quote without a stamp of its own"))?;
            Answer::Accepted(stamp.to_owned())
        } else {
            Answer::Rejected
        };
        Ok(quotes::receive_answer(&self.instance, actor, quoting, answer).await?)
    }

    /// Finds out whether a quote from elsewhere has its author's consent.
    async fn look_at_quote(&self, wanted: &Wanted) -> Result<()> {
        let Some((found, status)) = quotes::waiting(&self.instance, wanted.status).await? else {
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
            // Without consent it stays as it is.
            Err(crate::service::Error::Refused(Refusal::Consent)) => Ok(()),
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

    /// The stamp, if the quoted author's own server says that it is one, for exactly this quote.
    async fn checked_stamp(
        &self,
        stamp: &str,
        author: &Account,
        quote: &Quote,
        status: &Status,
    ) -> Result<String> {
        if !same_origin(stamp, &author.uri) {
            return Err(Error::permanent("a stamp of another server than the quoted author's"));
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
            Err(Error::permanent("a stamp for something else"))
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
            tracing::info!(error, "a quote could not be checked");
        }
        let settled = self.instance.store.write(move |tx| match again {
            Some(at) => tx.put_off_job(job.id, Some(at), &error),
            // Nothing is lost: the quote stays pending, and an Update of it is looked at again.
            None => tx.finish_job(job.id).map(drop),
        });
        if let Err(error) = settled.await {
            tracing::warn!(%error, "a checked quote cannot be settled");
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
