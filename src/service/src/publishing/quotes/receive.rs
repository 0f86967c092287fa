//! Receiving quote activities from other servers: quotes, approval requests, answers, stamps and revocations.

use super::set_state;
use crate::instance::Instance;
use crate::publishing::receive::RemotePost;
use crate::{Error, Result, setting};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::live::Live;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::peer::Tier;
use portico_domain::model::quote::{Consent, Quote, QuoteState, RemoteQuote};
use portico_domain::model::status::Status;
use portico_domain::model::urls::Urls;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::reach::Setting;
use portico_domain::policy::{Refusal, audience_limits, quotes};
use portico_store::{Payload, Tx};

/// The check whether a remote status may quote what it quotes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct QuoteCheck {
    /// The quoting status.
    pub status: StatusId,
    /// The distance from the activity that was received.
    pub steps: u32,
}

impl Payload for QuoteCheck {
    const QUEUE: &'static str = "quotes";
}

/// Records the quote of a new remote status. A quote of the author's own post is accepted at once. Any other
/// is pending: a local author waits for the approval request, a remote author's stamp is to be verified.
pub(crate) fn record_remote(
    tx: &mut Tx<'_>,
    author: AccountId,
    status: StatusId,
    quote: Option<&RemoteQuote>,
) -> Result<()> {
    let Some(quote) = quote else { return Ok(()) };
    let quoted = tx.find_status_by_uri(&quote.uri)?.filter(|quoted| quoted.boost_of.is_none());
    let state = match &quoted {
        Some(quoted) if quoted.account_id == author => QuoteState::Accepted,
        None if tx.is_deleted(&quote.uri)? => QuoteState::Deleted,
        _ => QuoteState::Pending,
    };
    // Stamps of local posts are issued here, so a remote claim of one is ignored.
    let ours = quoted.as_ref().is_some_and(|quoted| quoted.local);
    let stamp = quote.stamp.as_deref().filter(|_| !ours);
    Ok(tx.replace_quote(status, (quoted.map(|quoted| quoted.id), &quote.uri), state, stamp)?)
}

/// Applies the quote and the quote policy of a remote edit. Does not require a newer edit date, because a
/// stamp arrives without one.
pub(crate) fn apply_edit(tx: &mut Tx<'_>, former: &Status, edit: &RemotePost) -> Result<()> {
    if former.quote_policy != edit.quote_policy {
        tx.set_quote_policy(former.id, edit.quote_policy)?;
    }
    match (tx.find_quote(former.id)?, &edit.quote) {
        (None, None) => return Ok(()),
        (Some(old), None) => match (old.state, &old.stamp) {
            // A stamped quote ends by revocation of its stamp, and that revocation may still be on its way.
            (QuoteState::Accepted, Some(_)) => tx.update_quote(former.id, QuoteState::Revoked, None)?,
            (QuoteState::Accepted | QuoteState::Pending, _) => tx.delete_quote(former.id)?,
            (QuoteState::Rejected | QuoteState::Revoked | QuoteState::Deleted, _) => return Ok(()),
        },
        (Some(old), Some(new)) if old.quoted_uri == new.uri => {
            let own = old.quoted_author == Some(former.account_id);
            if own || old.stamp == new.stamp || is_ours(tx, &old)? {
                return Ok(());
            }
            tx.update_quote(former.id, QuoteState::Pending, new.stamp.as_deref())?;
        }
        (_, Some(_)) => record_remote(tx, former.account_id, former.id, edit.quote.as_ref())?,
    }
    Ok(tx.publish(Live::Edited { status: former.id })?)
}

fn is_ours(tx: &mut Tx<'_>, quote: &Quote) -> Result<bool> {
    let Some(author) = quote.quoted_author else { return Ok(false) };
    Ok(tx.find_account(author)?.is_some_and(|author| author.is_local()))
}

/// Enqueues verification of a remote status's quote, if it is pending. `steps` is the distance from the
/// activity that was received.
pub async fn enqueue_verification(instance: &Instance, uri: &str, steps: u32) -> Result<()> {
    let uri = uri.to_owned();
    instance
        .store
        .write(move |tx| {
            let Some(status) = tx.find_status_by_uri(&uri)? else { return Ok(()) };
            let Some(quote) = tx.find_quote(status.id)? else { return Ok(()) };
            if quote.state == QuoteState::Pending && !is_ours(tx, &quote)? {
                tx.enqueue(&QuoteCheck { status: status.id, steps })?;
            }
            Ok(())
        })
        .await
}

/// Returns a pending quote in a remote status, with the quoting status.
pub async fn find_pending(instance: &Instance, id: StatusId) -> Result<Option<(Quote, Status)>> {
    instance
        .store
        .read(move |reader| {
            let quote = reader.find_quote(id)?.filter(|quote| quote.state == QuoteState::Pending);
            let (Some(quote), Some(status)) = (quote, reader.find_status(id)?) else { return Ok(None) };
            Ok((!status.local).then_some((quote, status)))
        })
        .await
}

/// Accepts a pending quote of a remote post. The caller has verified `stamp` at its server; without one, the
/// quote must be of the author's own post, or stay within the company.
///
/// # Errors
/// `Refused` without a stamp or one of these reasons.
pub async fn receive_stamp(
    instance: &Instance,
    id: StatusId,
    quoted: StatusId,
    stamp: Option<String>,
) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let quote = tx.find_quote(id)?.filter(|quote| quote.state == QuoteState::Pending);
            let (Some(quote), Some(status)) = (quote, tx.find_status(id)?) else { return Ok(()) };
            let Some(other) = tx.find_status(quoted)?.filter(|other| other.uri == quote.quoted_uri) else {
                return Ok(());
            };
            let author = tx.find_account(other.account_id)?.ok_or(Error::NotFound("account"))?;
            let own = other.account_id == status.account_id;
            // While the stamp was fetched, the quote may have changed or the stamp may have been revoked.
            let taken_back = match &stamp {
                Some(stamp) => quote.stamp.as_ref() != Some(stamp) || tx.has_tombstone(stamp, &author.uri)?,
                None => false,
            };
            if other.local || taken_back {
                return Ok(());
            }
            if stamp.is_none() && !own && !among_us(tx, &status, &other)? {
                return Err(Refusal::Consent.into());
            }
            tx.attach_waiting_quotes(&other)?;
            set_state(tx, &status, QuoteState::Accepted, stamp.as_deref())
        })
        .await
}

fn among_us(tx: &mut Tx<'_>, status: &Status, quoted: &Status) -> Result<bool> {
    let Some(author) = tx.find_account(status.account_id)? else { return Ok(false) };
    let tier = tx.tier_of_account(&author)?;
    Ok(tier.is_some_and(|tier| quotes::is_internal(tier, status.reach, quoted.quote_policy)))
}

/// Handles a remote request to quote a local status. A repeated request gets the same answer.
///
/// # Errors
/// `Refused` without an answer if the actor may not see the quoted status, so that its existence is not
/// revealed. `NotFound` if the quoting status is not the actor's or does not quote it.
pub async fn receive_request(
    instance: &Instance,
    actor: &Account,
    quoted: StatusId,
    quoting: StatusId,
    request: &str,
) -> Result<()> {
    let (actor, request) = (actor.clone(), request.to_owned());
    let (setting, urls) = (setting(instance), instance.urls.clone());
    instance
        .store
        .write(move |tx| {
            let status = tx.find_status(quoting)?.filter(|status| status.account_id == actor.id);
            let status = status.ok_or(Error::NotFound("status"))?;
            let quote = tx.find_quote(quoting)?.filter(|quote| quote.quoted_id == Some(quoted));
            let quote = quote.ok_or(Error::NotFound("quote"))?;
            let other = tx.find_status(quoted)?.filter(|other| other.local);
            let other = other.ok_or(Error::NotFound("status"))?;
            let accepted = judge(tx, &actor, &setting, &status, &other, quote.state)?;
            send_answer(tx, &urls, &quote, &status, &other, accepted)?;
            Ok(tx.emit(&Event::QuoteAnswered { status: quoting, request: request.clone(), accepted })?)
        })
        .await
}

fn judge(
    tx: &mut Tx<'_>,
    actor: &Account,
    setting: &Setting,
    status: &Status,
    quoted: &Status,
    state: QuoteState,
) -> Result<bool> {
    let viewer = tx.viewer_of(actor)?;
    let facts = tx.reach_facts(&viewer, quoted.id)?.ok_or(Error::NotFound("status"))?;
    let blocked = tx.is_blocked_between(actor.id, quoted.account_id)?;
    let given = match quotes::may_quote(&viewer, setting, &facts, quoted.quote_policy, blocked) {
        Err(Refusal::Hidden) => return Err(Refusal::Hidden.into()),
        Err(_) => false,
        Ok(consent) => consent == Consent::Given,
    };
    let open = matches!(state, QuoteState::Pending | QuoteState::Accepted | QuoteState::Rejected);
    let by = tx.tier_of_account(actor)?.unwrap_or(Tier::Company);
    Ok(given && open && audience_limits::is_within(&quoted.audience_limits(), &status.audience_limits(), by))
}

fn send_answer(
    tx: &mut Tx<'_>,
    urls: &Urls,
    quote: &Quote,
    status: &Status,
    quoted: &Status,
    accepted: bool,
) -> Result<()> {
    match (accepted, quote.state) {
        (true, QuoteState::Pending | QuoteState::Rejected) => {
            let author = tx.find_account(quoted.account_id)?.ok_or(Error::NotFound("account"))?;
            let stamp = urls.quote_stamp(&author.username, status.id);
            set_state(tx, status, QuoteState::Accepted, Some(&stamp))?;
            Ok(tx.notify(author.id, NotificationKind::Quote, status.account_id, Some(status.id))?)
        }
        (false, QuoteState::Pending) => set_state(tx, status, QuoteState::Rejected, None),
        _ => Ok(()),
    }
}

/// The answer of a quoted author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuoteAnswer {
    /// Approved, with this stamp.
    Accepted(String),
    /// Refused, or revoked.
    Rejected,
}

/// Handles the answer to a quote request of a local status.
///
/// # Errors
/// `Refused` unless the quoted author sent it.
pub async fn receive_answer(
    instance: &Instance,
    actor: &Account,
    quoting: StatusId,
    answer: QuoteAnswer,
) -> Result<()> {
    let actor = actor.clone();
    instance
        .store
        .write(move |tx| {
            let status = tx.find_status(quoting)?.filter(|status| status.local);
            let (Some(status), Some(quote)) = (status, tx.find_quote(quoting)?) else { return Ok(()) };
            if quote.quoted_author != Some(actor.id) {
                return Err(Refusal::NotYours.into());
            }
            match (&answer, quote.state) {
                (QuoteAnswer::Accepted(stamp), QuoteState::Pending) => {
                    // The revocation may have arrived before the approval.
                    if tx.has_tombstone(stamp, &actor.uri)? {
                        return set_state(tx, &status, QuoteState::Revoked, None);
                    }
                    set_state(tx, &status, QuoteState::Accepted, Some(stamp))
                }
                (QuoteAnswer::Rejected, QuoteState::Pending) => {
                    set_state(tx, &status, QuoteState::Rejected, None)
                }
                (QuoteAnswer::Rejected, QuoteState::Accepted) => {
                    set_state(tx, &status, QuoteState::Revoked, None)
                }
                _ => Ok(()),
            }
        })
        .await
}

/// Handles the revocation of a stamp by the quoted author. Returns whether the stamp was known.
pub async fn receive_revocation(instance: &Instance, actor: &Account, stamp: &str) -> Result<bool> {
    let (actor, stamp) = (actor.clone(), stamp.to_owned());
    instance
        .store
        .write(move |tx| {
            let mut known = false;
            for quote in tx.list_quotes_with_stamp(&stamp)? {
                let Some(status) = tx.find_status(quote.status_id)? else { continue };
                if quote.quoted_author == Some(actor.id) {
                    known = true;
                    set_state(tx, &status, QuoteState::Revoked, None)?;
                }
            }
            if known {
                tx.insert_tombstone(&stamp, &actor.uri)?;
            }
            Ok(known)
        })
        .await
}
