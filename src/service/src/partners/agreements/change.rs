//! Administrative actions on agreements: propose, set, accept, reject, end and stop them.
//! Also expires agreements at their end date.

use super::activation;
use super::document::{self, AgreementDraft};
use super::notify::{AdministratorNotice, notify_administrators};
use crate::instance::Instance;
use crate::partners::peers;
use crate::publishing::system_messages::MessageWriter;
use crate::{Error, Result};
use portico_domain::model::AgreementId;
use portico_domain::model::agreement::{Agreement, AgreementNotice, State};
use portico_domain::model::moderation::Moderator;
use portico_domain::model::peer::Tier;
use portico_domain::model::remote_task::RemoteTask;
use portico_domain::policy::agreements::{ends_soon, may_agree};
use portico_domain::policy::moderation::{Power, may};
use portico_store::Tx;

/// The event that records that administrators were notified of an approaching end date. Stored in the
/// database.
const ENDS_SOON: &str = "ends soon";

/// Proposes an agreement to another instance, or a new version of an existing one. Nothing changes until that
/// side accepts it. Replaces any open proposal.
///
/// # Errors
/// `Refused` when the role does not allow it; `Invalid` for invalid terms, or for a host whose tier or
/// federation mode allows no agreement; `Conflict` for a text that exists already.
pub async fn propose(
    instance: &Instance,
    by: &Moderator,
    domain: &str,
    draft: AgreementDraft,
) -> Result<Agreement> {
    make(instance, by, domain, draft, true).await
}

/// Sets one-sided terms for a partner whose software does not support agreements. They are in force at once,
/// and the host becomes a partner.
///
/// # Errors
/// As [`propose`]; `Invalid` also if a two-sided agreement is in force.
pub async fn set(
    instance: &Instance,
    by: &Moderator,
    domain: &str,
    draft: AgreementDraft,
) -> Result<Agreement> {
    make(instance, by, domain, draft, false).await
}

async fn make(
    instance: &Instance,
    by: &Moderator,
    domain: &str,
    draft: AgreementDraft,
    two_sided: bool,
) -> Result<Agreement> {
    may(by.role, Power::Hosts)?;
    let domain = peers::normalise_domain(instance, domain)?;
    let host = domain.clone();
    let (known, tier) = instance
        .store
        .read(move |reader| {
            let tier = reader.find_host(&host)?.map_or(Tier::Open, |host| host.tier);
            Ok::<_, Error>((reader.agreements_with(&host)?, tier))
        })
        .await?;
    let mode = instance.settings.federation;
    if may_agree(mode, tier).is_err() {
        return Err(Error::invalid(format!(
            "No agreement with {domain} is possible: this instance federates {} and the host's tier is {tier}",
            match mode {
                portico_domain::model::peer::FederationMode::Closed => "only within the company",
                _ => "with partners",
            }
        )));
    }
    let in_force = known.iter().find(|agreement| agreement.state == State::Accepted);
    if !two_sided && in_force.is_some_and(|agreement| agreement.two_sided) {
        return Err(Error::invalid(format!(
            "A two-sided agreement with {domain} is in force: propose a new version, or end it first"
        )));
    }
    let noise = instance.rng.noise();
    let named = next_version(instance, &known, two_sided, noise);
    let text = document::build_document(instance, &domain, &draft, named)?;
    let digest = document::digest(&text)?;
    let (by, us) = (by.clone(), instance.urls.domain().to_owned());
    instance
        .store
        .write(move |tx| {
            let now = tx.now();
            let agreement = Agreement {
                id: tx.next_id(),
                domain: domain.clone(),
                text: text.clone(),
                digest: digest.clone(),
                by_us: true,
                two_sided,
                state: State::Proposed,
                our_proof: None,
                their_proof: None,
                created_at: now,
                changed_at: now,
            };
            if !tx.insert_agreement(&agreement)? {
                return Err(Error::Conflict("an agreement with this text exists already"));
            }
            replace_open(tx, &agreement, &by.name, true)?;
            if two_sided {
                record_action(tx, &by, &agreement, "proposed", "")?;
                tx.enqueue_remote_task(&RemoteTask::Agreement {
                    id: agreement.id,
                    notice: AgreementNotice::Offer,
                })?;
                return Ok(agreement);
            }
            record_action(tx, &by, &agreement, "set", "")?;
            activation::begin(tx, &us, agreement)
        })
        .await
}

/// Returns the id and version of the next text for a host. The version is one more than the highest known
/// version of the same agreement. Once an agreement has ended, the next one gets a new id.
fn next_version(instance: &Instance, known: &[Agreement], two_sided: bool, noise: u32) -> (String, i64) {
    let goes_on = |agreement: &&Agreement| {
        agreement.two_sided == two_sided && matches!(agreement.state, State::Accepted | State::Proposed)
    };
    match known.iter().find(goes_on) {
        Some(agreement) => {
            let id = agreement.text.id.clone();
            let same = known.iter().filter(|other| other.text.id == id);
            let version = same.map(|other| other.text.version).max().unwrap_or(0) + 1;
            (id, version)
        }
        None => {
            let now = instance.now().millis();
            (instance.urls.at(&format!("/agreements/{now}-{noise:08x}")), 1)
        }
    }
}

/// Marks every other open proposal of the host as replaced.
pub(super) fn replace_open(tx: &mut Tx<'_>, new: &Agreement, actor: &str, by_us: bool) -> Result<()> {
    for mut other in tx.agreements_with(&new.domain)? {
        if other.id != new.id && other.state == State::Proposed {
            other.state = State::Replaced;
            tx.update_agreement(&other)?;
            tx.insert_agreement_event(&other, "replaced", by_us, actor, "")?;
        }
    }
    Ok(())
}

/// Records an administrator's action in the agreement's events and in the moderation log.
pub(super) fn record_action(
    tx: &mut Tx<'_>,
    by: &Moderator,
    agreement: &Agreement,
    what: &str,
    note: &str,
) -> Result<()> {
    tx.insert_agreement_event(agreement, what, true, &by.name, note)?;
    let said = format!("version {} {} {note}", agreement.text.version, agreement.digest);
    tx.log(by, &format!("agreement {what}"), &agreement.domain, None, said.trim())?;
    Ok(())
}

fn find_matching(
    tx: &mut Tx<'_>,
    domain: &str,
    fits: impl Fn(&Agreement) -> bool,
) -> Result<Option<Agreement>> {
    Ok(tx.agreements_with(domain)?.into_iter().find(fits))
}

fn is_their_proposal(agreement: &Agreement) -> bool {
    agreement.state == State::Proposed && !agreement.by_us
}

/// Accepts the other side's proposal with this digest, which puts it in force.
///
/// # Errors
/// `Refused` when the role does not allow it; `Conflict` if the proposal has changed; `Invalid` if its end
/// date has passed.
pub async fn accept(instance: &Instance, by: &Moderator, domain: &str, digest: &str) -> Result<Agreement> {
    may(by.role, Power::Hosts)?;
    let domain = peers::normalise_domain(instance, domain)?;
    let (by, digest, mode) = (by.clone(), digest.to_owned(), instance.settings.federation);
    let us = instance.urls.domain().to_owned();
    instance
        .store
        .write(move |tx| {
            let open = find_matching(tx, &domain, is_their_proposal)?.ok_or(Error::NotFound("proposal"))?;
            if open.digest != digest {
                return Err(Error::Conflict("the proposal has changed; read it again"));
            }
            let tier = tx.find_host(&domain)?.map_or(Tier::Open, |host| host.tier);
            may_agree(mode, tier)?;
            if open.text.ends_at().is_some_and(|ends| ends <= tx.now()) {
                return Err(Error::invalid("The end date of the agreement has passed"));
            }
            record_action(tx, &by, &open, "accepted", "")?;
            tx.enqueue_remote_task(&RemoteTask::Agreement { id: open.id, notice: AgreementNotice::Accept })?;
            activation::begin(tx, &us, open)
        })
        .await
}

/// Rejects the other side's proposal.
///
/// # Errors
/// `Refused` when the role does not allow it; `NotFound` without a proposal.
pub async fn reject(instance: &Instance, by: &Moderator, domain: &str, note: &str) -> Result<Agreement> {
    may(by.role, Power::Hosts)?;
    let domain = peers::normalise_domain(instance, domain)?;
    let (by, note) = (by.clone(), note.to_owned());
    instance
        .store
        .write(move |tx| {
            let mut open =
                find_matching(tx, &domain, is_their_proposal)?.ok_or(Error::NotFound("proposal"))?;
            open.state = State::Rejected;
            tx.update_agreement(&open)?;
            record_action(tx, &by, &open, "rejected", &note)?;
            tx.enqueue_remote_task(&RemoteTask::Agreement { id: open.id, notice: AgreementNotice::Reject })?;
            Ok(open)
        })
        .await
}

/// Ends the agreement in force, or withdraws this instance's proposal, which comes first if there are both.
/// Notifies the other side.
///
/// # Errors
/// `Refused` when the role does not allow it; `NotFound` if there is neither.
pub async fn end(instance: &Instance, by: &Moderator, domain: &str, note: &str) -> Result<Agreement> {
    may(by.role, Power::Hosts)?;
    let domain = peers::normalise_domain(instance, domain)?;
    let (by, note, mode) = (by.clone(), note.to_owned(), instance.settings.federation);
    instance
        .store
        .write(move |tx| {
            let in_force = find_matching(tx, &domain, |agreement| {
                matches!(agreement.state, State::Accepted | State::Stopped)
            })?;
            let own = find_matching(tx, &domain, |agreement| {
                agreement.state == State::Proposed && agreement.by_us
            })?;
            let (mut agreement, ends) = match (in_force, own) {
                (_, Some(own)) => (own, false),
                (Some(in_force), None) => (in_force, true),
                (None, None) => return Err(Error::NotFound("agreement")),
            };
            if ends {
                agreement = activation::end(tx, mode, agreement)?;
                record_action(tx, &by, &agreement, "ended", &note)?;
            } else {
                agreement.state = State::Withdrawn;
                tx.update_agreement(&agreement)?;
                record_action(tx, &by, &agreement, "withdrawn", &note)?;
            }
            emit_undone(tx, &agreement)?;
            Ok(agreement)
        })
        .await
}

/// Stops all exchange with a partner at once, in an emergency: nothing is sent or received, and earlier posts
/// are hidden. Notifies the other side without waiting for it. Only a new agreement lifts the stop.
///
/// # Errors
/// `Refused` when the role does not allow it; `NotFound` if no agreement is in force.
pub async fn stop(instance: &Instance, by: &Moderator, domain: &str, note: &str) -> Result<Agreement> {
    may(by.role, Power::Hosts)?;
    let domain = peers::normalise_domain(instance, domain)?;
    let (by, note) = (by.clone(), note.to_owned());
    instance
        .store
        .write(move |tx| {
            let in_force = find_matching(tx, &domain, |agreement| agreement.state == State::Accepted)?;
            let agreement = activation::stop(tx, in_force.ok_or(Error::NotFound("agreement"))?)?;
            record_action(tx, &by, &agreement, "stopped", &note)?;
            emit_undone(tx, &agreement)?;
            Ok(agreement)
        })
        .await
}

fn emit_undone(tx: &mut Tx<'_>, agreement: &Agreement) -> Result<()> {
    if agreement.two_sided {
        tx.enqueue_remote_task(&RemoteTask::Agreement { id: agreement.id, notice: AgreementNotice::Undo })?;
    }
    Ok(())
}

/// Checks and prepares a manual change of a host's tier. The partner tier cannot revive an agreement that has
/// ended. Any other tier ends the agreement in force.
pub(crate) fn prepare_tier_change(tx: &mut Tx<'_>, by: &Moderator, domain: &str, tier: Tier) -> Result<()> {
    let now = tx.now();
    if tier == Tier::Partner {
        let over = tx
            .find_agreement_grants(domain)?
            .is_some_and(|grants| grants.stopped || grants.ends_at.is_some_and(|ends| ends <= now));
        return if over {
            Err(Error::invalid(format!(
                "The agreement with {domain} has ended: propose a new one, or set one-sided terms"
            )))
        } else {
            Ok(())
        };
    }
    let bound = |agreement: &Agreement| matches!(agreement.state, State::Accepted | State::Stopped);
    if let Some(mut agreement) = find_matching(tx, domain, bound)? {
        agreement.state = State::Ended;
        tx.update_agreement(&agreement)?;
        record_action(tx, by, &agreement, "ended", &format!("the host became {tier}"))?;
        emit_undone(tx, &agreement)?;
    }
    Ok(())
}

/// Ends the agreements that have reached their end date, drops their pending deliveries, and records it.
/// Policy has already refused all exchange since that moment. Notifies administrators of each end, and once
/// per text a fortnight before it.
pub(crate) async fn expire(instance: &Instance) -> Result<()> {
    let (mode, writer) = (instance.settings.federation, MessageWriter::new(instance));
    instance
        .store
        .write(move |tx| {
            let now = tx.now();
            for agreement in tx.list_agreements(&[State::Accepted])? {
                let Some(ends) = agreement.text.ends_at() else { continue };
                if ends <= now {
                    let ended = activation::end(tx, mode, agreement)?;
                    let by = Moderator { name: "(end date)".to_owned(), ..Moderator::console() };
                    record_action(tx, &by, &ended, "expired", "")?;
                    notify_administrators(tx, &writer, &ended, AdministratorNotice::Expired)?;
                } else if ends_soon(ends, now) && !tx.has_agreement_event(&agreement, ENDS_SOON)? {
                    tx.insert_agreement_event(&agreement, ENDS_SOON, true, "(end date)", "")?;
                    notify_administrators(tx, &writer, &agreement, AdministratorNotice::EndsSoon)?;
                }
            }
            Ok(())
        })
        .await
}

/// Records that a notice about an agreement could not be delivered to the other side.
pub async fn record_failure(instance: &Instance, id: AgreementId, why: String) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            if let Some(agreement) = tx.find_agreement(id)? {
                tx.insert_agreement_event(&agreement, "not heard", true, "(delivery)", &why)?;
            }
            Ok(())
        })
        .await
}

/// Stores the proof of this instance's actor for an agreement's text.
pub async fn record_proof(instance: &Instance, id: AgreementId, proof: String) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            if let Some(mut agreement) = tx.find_agreement(id)? {
                agreement.our_proof = Some(proof.clone());
                tx.update_agreement(&agreement)?;
            }
            Ok(())
        })
        .await
}
