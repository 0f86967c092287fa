//! Handles agreement activities of the other side. The caller has verified the sender's HTTP signature and,
//! for a text, the proof of its instance actor.

use super::activation;
use super::change::replace_open;
use super::document;
use super::notify::{AdministratorNotice, notify_administrators};
use crate::instance::Instance;
use crate::publishing::system_messages::MessageWriter;
use crate::{Error, Result};
use portico_domain::model::agreement::{Agreement, AgreementNotice, Reference, State, Text};
use portico_domain::model::peer::Tier;
use portico_domain::model::remote_task::RemoteTask;
use portico_domain::policy::agreements::{Reception, is_news, may_agree, receive};
use portico_store::Tx;

/// The maximum number of open proposals from all hosts together.
const MOST_OPEN: i64 = 100;
/// How many past events decide whether administrators are notified of a proposal.
const LOOKED_BACK: i64 = 100;

/// Checks whether a host may exchange agreement activities with this instance.
///
/// # Errors
/// `Refused` when not.
pub async fn admit(instance: &Instance, domain: &str) -> Result<()> {
    let (domain, mode) = (domain.to_owned(), instance.settings.federation);
    instance
        .store
        .read(move |reader| {
            let tier = reader.find_host(&domain)?.map_or(Tier::Open, |host| host.tier);
            Ok(may_agree(mode, tier)?)
        })
        .await
}

fn check(instance: &Instance, from: &str, text: &Text) -> Result<()> {
    if let Some(fault) = text.fault() {
        return Err(Error::invalid(format!("The agreement is not valid: {fault}")));
    }
    let us = instance.urls.domain();
    if text.party(us).is_none() || text.party(from).is_none() {
        return Err(Error::invalid("The parties must be this instance and the sender"));
    }
    let scheme = if instance.network.insecure_http { "http" } else { "https" };
    let of = |domain: &str| text.id.starts_with(&format!("{scheme}://{domain}/"));
    if of(us) || of(from) { Ok(()) } else { Err(Error::invalid("The agreement's id is of another host")) }
}

/// Stores a proposal of the other side for administrators to review. Idempotent for the same text.
///
/// # Errors
/// `Invalid` for an invalid text; `Conflict` if a later version or another agreement is known; `Refused` for
/// a host whose tier or federation mode allows no agreement; `TooMany` at the limit of open proposals.
pub async fn receive_offer(instance: &Instance, from: &str, text: Text, proof: String) -> Result<()> {
    check(instance, from, &text)?;
    if text.proposer().domain != from {
        return Err(Error::invalid("The proposer must be the sender"));
    }
    let digest = document::digest(&text)?;
    let (from, mode) = (from.to_owned(), instance.settings.federation);
    let own_id = text.id.starts_with(&format!("{}/", instance.urls.origin()));
    let writer = MessageWriter::new(instance);
    instance
        .store
        .write(move |tx| {
            let tier = tx.find_host(&from)?.map_or(Tier::Open, |host| host.tier);
            may_agree(mode, tier)?;
            let known = tx.agreements_with(&from)?;
            if own_id && !known.iter().any(|agreement| agreement.text.id == text.id) {
                return Err(Error::invalid("The id of the agreement was not issued by this instance"));
            }
            match receive(&text, &digest, &known) {
                Reception::Take => {}
                Reception::Known => return Ok(()),
                Reception::Stale => return Err(Error::Conflict("a later version is known")),
                Reception::Another => return Err(Error::Conflict("another agreement is in force")),
            }
            if tx.count_proposals()? >= MOST_OPEN {
                return Err(Error::TooMany { retry_after: 3600 });
            }
            let now = tx.now();
            let agreement = Agreement {
                id: tx.next_id(),
                domain: from.clone(),
                text: text.clone(),
                digest: digest.clone(),
                by_us: false,
                two_sided: true,
                state: State::Proposed,
                our_proof: None,
                their_proof: Some(proof.clone()),
                created_at: now,
                changed_at: now,
            };
            let news = is_news(&tx.agreement_events(&from, LOOKED_BACK)?, now);
            forget_unanswered(tx, &known)?;
            tx.insert_agreement(&agreement)?;
            replace_open(tx, &agreement, &from, false)?;
            tx.insert_agreement_event(&agreement, "proposed", false, &from, "")?;
            if news {
                notify_administrators(tx, &writer, &agreement, AdministratorNotice::Proposed)
            } else {
                Ok(())
            }
        })
        .await
}

/// Keeps only the latest proposals of a host without any agreement so far, so that a remote server cannot
/// fill the database.
fn forget_unanswered(tx: &mut Tx<'_>, known: &[Agreement]) -> Result<()> {
    let theirs = |agreement: &Agreement| {
        !agreement.by_us && matches!(agreement.state, State::Proposed | State::Replaced | State::Withdrawn)
    };
    if known.iter().all(theirs) {
        // The previous proposal stays, so that older versions are still recognised as stale.
        for agreement in known.iter().skip(1) {
            tx.delete_agreement(agreement.id)?;
        }
    }
    Ok(())
}

/// Records that the other side accepted this instance's proposal, which puts it in force. Answers with Undo
/// if the proposal is no longer open or no longer allowed.
///
/// # Errors
/// `NotFound` for a text that was never proposed.
pub async fn receive_accept(instance: &Instance, from: &str, text: Text, proof: String) -> Result<()> {
    check(instance, from, &text)?;
    let digest = document::digest(&text)?;
    let (from, mode) = (from.to_owned(), instance.settings.federation);
    let (us, writer) = (instance.urls.domain().to_owned(), MessageWriter::new(instance));
    instance
        .store
        .write(move |tx| {
            let known = tx.agreements_with(&from)?;
            let ours = known.into_iter().find(|agreement| agreement.digest == digest && agreement.by_us);
            let Some(mut ours) = ours else { return Err(Error::NotFound("proposal")) };
            match ours.state {
                State::Accepted => return Ok(()),
                State::Proposed => {}
                _ => {
                    return Ok(tx.enqueue_remote_task(&RemoteTask::Agreement {
                        id: ours.id,
                        notice: AgreementNotice::Undo,
                    })?);
                }
            }
            let tier = tx.find_host(&from)?.map_or(Tier::Open, |host| host.tier);
            if may_agree(mode, tier).is_err() {
                return Ok(tx.enqueue_remote_task(&RemoteTask::Agreement {
                    id: ours.id,
                    notice: AgreementNotice::Undo,
                })?);
            }
            ours.their_proof = Some(proof.clone());
            tx.insert_agreement_event(&ours, "accepted", false, &from, "")?;
            let begun = activation::begin(tx, &us, ours)?;
            notify_administrators(tx, &writer, &begun, AdministratorNotice::Accepted)
        })
        .await
}

/// Records that the other side rejected this instance's proposal.
///
/// # Errors
/// `NotFound` for a text that was never proposed.
pub async fn receive_reject(instance: &Instance, from: &str, named: Reference) -> Result<()> {
    let (from, writer) = (from.to_owned(), MessageWriter::new(instance));
    instance
        .store
        .write(move |tx| {
            let mut ours = find_referenced(tx, &from, &named)?;
            if ours.by_us && ours.state == State::Proposed {
                ours.state = State::Rejected;
                tx.update_agreement(&ours)?;
                tx.insert_agreement_event(&ours, "rejected", false, &from, "")?;
                notify_administrators(tx, &writer, &ours, AdministratorNotice::Rejected)?;
            }
            Ok(())
        })
        .await
}

/// Records that the other side ended the agreement in force, or withdrew its proposal. Idempotent.
///
/// # Errors
/// `NotFound` for an unknown text.
pub async fn receive_undo(instance: &Instance, from: &str, named: Reference) -> Result<()> {
    let (from, mode, writer) = (from.to_owned(), instance.settings.federation, MessageWriter::new(instance));
    instance
        .store
        .write(move |tx| {
            let mut agreement = find_referenced(tx, &from, &named)?;
            match agreement.state {
                State::Accepted if agreement.two_sided => {
                    let ended = activation::end(tx, mode, agreement)?;
                    tx.insert_agreement_event(&ended, "ended", false, &from, "")?;
                    notify_administrators(tx, &writer, &ended, AdministratorNotice::Ended)?;
                }
                State::Proposed if !agreement.by_us => {
                    agreement.state = State::Withdrawn;
                    tx.update_agreement(&agreement)?;
                    tx.insert_agreement_event(&agreement, "withdrawn", false, &from, "")?;
                }
                _ => {}
            }
            Ok(())
        })
        .await
}

fn find_referenced(tx: &mut Tx<'_>, from: &str, named: &Reference) -> Result<Agreement> {
    let known = tx.agreements_with(from)?;
    let found = known.into_iter().find(|agreement| {
        agreement.digest == named.digest
            && agreement.text.id == named.uri
            && agreement.text.version == named.version
    });
    found.ok_or(Error::NotFound("agreement"))
}
