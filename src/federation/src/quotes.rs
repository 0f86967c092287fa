//! Quotes between servers (FEP-044f): checks QuoteAuthorizations at the server that issued them. For
//! QuoteRequests and their answers see `activities`.

use std::sync::Arc;

use super::{Error, Federation, Result};
use portico_activitystreams::quote;
use portico_domain::model::StatusId;
use portico_domain::model::account::Account;
use portico_domain::model::quote::Quote;
use portico_domain::model::quote::Stamp;
use portico_domain::model::status::Status;
use portico_domain::model::urls::same_origin;
use portico_domain::policy::Refusal;
use portico_jobs::{AfterFailure, Attempt, Done, Job, JobError};
use portico_service::publishing::quotes::{self, QuoteCheck};

/// Maximum distance from a received post at which quotes are checked, and the distance that each quote adds.
const FARTHEST: u32 = 20;
const STEP: u32 = 10;
/// Seconds until the next try, by number of attempts so far.
const BACK_OFF: [i64; 4] = [60, 600, 3600, 21_600];

impl Federation {
    /// Checks whether a remote quote is authorised by the quoted author.
    async fn look_at_quote(&self, wanted: &QuoteCheck) -> Result<()> {
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
}

impl Job<Federation> for QuoteCheck {
    const BATCH: i64 = 1;
    // Nothing is lost: the quote stays pending, and its next Update triggers another check.
    const AFTER_FAILURE: AfterFailure = AfterFailure::Drop;

    fn back_off(&self) -> &'static [i64] {
        &BACK_OFF
    }

    async fn run(&self, federation: &Arc<Federation>, _: Attempt) -> Result<Done, JobError> {
        federation.look_at_quote(self).await?;
        Ok(Done::Finished)
    }
}
