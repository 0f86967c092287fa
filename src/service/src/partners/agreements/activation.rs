//! Puts agreements in force and ends them, in the transaction that records the change.

use super::follows::narrow;
use crate::{Error, Result};
use portico_domain::model::Timestamp;
use portico_domain::model::agreement::{Agreement, State};
use portico_domain::model::delivery::HostRule;
use portico_domain::model::peer::{FederationMode, Tier};
use portico_domain::policy::reach::host_allowed;
use portico_store::{StoredGrants, Tx};

/// Puts an agreement in force: replaces the previous one, makes the host a partner, and ends follows that it
/// does not grant.
pub(super) fn begin(tx: &mut Tx<'_>, us: &str, mut agreement: Agreement) -> Result<Agreement> {
    for mut other in tx.agreements_with(&agreement.domain)? {
        let was = matches!(other.state, State::Accepted | State::Stopped);
        if other.id != agreement.id && was {
            other.state = State::Replaced;
            tx.update_agreement(&other)?;
        }
    }
    agreement.state = State::Accepted;
    tx.update_agreement(&agreement)?;
    let host = tx.find_host(&agreement.domain)?;
    if host.as_ref().is_none_or(|host| host.tier != Tier::Partner) {
        tx.set_tier(&agreement.domain, Tier::Partner, &host.map(|host| host.note).unwrap_or_default())?;
    }
    let text = &agreement.text;
    let (Some(grants), Some(ours), Some(theirs)) = (text.grants_for(us), text.party(us), text.other(us))
    else {
        return Err(Error::invalid("The agreement names other parties"));
    };
    let row = StoredGrants {
        domain: agreement.domain.clone(),
        agreement: agreement.id,
        starts_at: text.starts_at(),
        ends_at: text.ends_at(),
        stopped: false,
        grants,
        follows_given: ours.gives.named(),
        follows_taken: theirs.gives.named(),
        changed_at: tx.now(),
    };
    tx.set_agreement_grants(&row)?;
    narrow(tx, &row)?;
    Ok(agreement)
}

/// Ends an agreement now. Drops pending deliveries, unless the host may federate without an agreement.
pub(super) fn end(tx: &mut Tx<'_>, mode: FederationMode, mut agreement: Agreement) -> Result<Agreement> {
    agreement.state = State::Ended;
    tx.update_agreement(&agreement)?;
    let now = tx.now();
    lapse(tx, &agreement, |grants| {
        grants.stopped = false;
        grants.ends_at = Some(grants.ends_at.map_or(now, |ends: Timestamp| ends.min(now)));
    })?;
    if host_allowed(mode, Tier::Open).is_err() {
        tx.drop_deliveries_to(&agreement.domain, HostRule::Agreement)?;
    }
    Ok(agreement)
}

/// Stops an agreement now, and drops all pending deliveries.
pub(super) fn stop(tx: &mut Tx<'_>, mut agreement: Agreement) -> Result<Agreement> {
    agreement.state = State::Stopped;
    tx.update_agreement(&agreement)?;
    lapse(tx, &agreement, |grants| grants.stopped = true)?;
    tx.drop_deliveries_to(&agreement.domain, HostRule::Agreement)?;
    Ok(agreement)
}

fn lapse(tx: &mut Tx<'_>, agreement: &Agreement, change: impl FnOnce(&mut StoredGrants)) -> Result<()> {
    if let Some(mut grants) =
        tx.find_agreement_grants(&agreement.domain)?.filter(|grants| grants.agreement == agreement.id)
    {
        change(&mut grants);
        tx.set_agreement_grants(&grants)?;
    }
    Ok(())
}
