//! Narrowing the reach of a status. Widening is never possible; the author has to post it again for that.

use crate::instance::Instance;
use crate::lookup;
use crate::publishing::quotes;
use crate::social::groups;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::live::Live;
use portico_domain::model::peer::Tier;
use portico_domain::model::reach::AudienceLimits;
use portico_domain::model::status::Status;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::reach::{Setting, may_see};
use portico_domain::policy::{audience_limits, interaction};
use portico_store::{Reader, Tx};

/// Narrows the extent of the caller's own status.
///
/// # Errors
/// `Invalid` if anyone new could see it.
pub async fn narrow(
    instance: &Instance,
    me: &Account,
    id: StatusId,
    asked: AudienceLimits,
) -> Result<StatusView> {
    let (me, setting) = (me.id, setting(instance));
    instance
        .store
        .write(move |tx| {
            let status = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_edit(me, &status)?;
            narrow_own(tx, &setting, &status, &asked)?;
            lookup::load_status_view(tx, me, id)
        })
        .await
}

/// Lists the extents to which the caller's own status may be narrowed, narrowest first, including the current
/// one.
pub async fn narrower(instance: &Instance, me: AccountId, id: StatusId) -> Result<Vec<AudienceLimits>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let status = reader.find_status(id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_edit(me, &status)?;
            let from = status.audience_limits();
            let have = mentioned_can_see(reader, &setting, &status, &[])?;
            let partners = match status.reach {
                Reach::Partners | Reach::Public => reader.list_partners()?,
                _ => Vec::new(),
            };
            let each = |reach: Reach| -> Vec<AudienceLimits> {
                let one = partners.iter().filter(|_| reach == Reach::Partners);
                let one = one.map(|domain| super::post::to_partner(domain));
                one.chain([AudienceLimits::from(reach)]).collect()
            };
            let mut all: Vec<AudienceLimits> = Reach::ALL.iter().copied().flat_map(each).collect();
            all.retain(|to| audience_limits::may_narrow(&from, to, have).is_ok());
            if !all.contains(&from) {
                all.push(from);
            }
            Ok::<_, Error>(all)
        })
        .await
}

/// Narrows a local status and publishes the change. Returns the narrowed status; `None` if it already has
/// this extent.
pub(super) fn narrow_own(
    tx: &mut Tx<'_>,
    setting: &Setting,
    status: &Status,
    asked: &AudienceLimits,
) -> Result<Option<Status>> {
    let (from, mut to) = (status.audience_limits(), asked.clone());
    if let (Some(to), Some(from)) = (&mut to.partner, &from.partner) {
        // Asking for the same partner must not widen the audience within the company.
        to.alone |= from.alone;
    }
    if from == to {
        return Ok(None);
    }
    let have = mentioned_can_see(tx, setting, status, &[])?;
    audience_limits::may_narrow(&from, &to, have).map_err(|_| {
        Error::invalid("Reach would show the post to more people than before; post it again for that")
    })?;
    if !to.reach.is_organisational() {
        quotes::restrict_to_author(tx, status)?;
    }
    let narrowed = apply(tx, setting, status, to)?;
    if narrowed.reach == Reach::Direct && narrowed.pinned_at.is_some() {
        tx.set_pinned(narrowed.id, None)?;
    }
    tx.emit(&Event::StatusNarrowed { status: status.id, at: tx.now() })?;
    Ok(Some(narrowed))
}

/// Applies the narrowing of a remote status by its author. Ignores anything that is not narrower.
pub(in crate::publishing) fn follow_narrowing(
    tx: &mut Tx<'_>,
    setting: &Setting,
    status: &Status,
    stated: Option<&AudienceLimits>,
    named: &[AccountId],
) -> Result<Status> {
    let Some(to) = stated.filter(|to| **to != status.audience_limits()) else { return Ok(status.clone()) };
    let have = mentioned_can_see(tx, setting, status, named)?;
    if audience_limits::may_narrow(&status.audience_limits(), to, have).is_err() {
        return Ok(status.clone());
    }
    apply(tx, setting, status, to.clone())
}

/// Whether everyone mentioned by a status, and everyone in `more`, may see it now. For a remote status only
/// local accounts are checked, since its author decides who sees it elsewhere.
fn mentioned_can_see(
    reader: &mut Reader<'_>,
    setting: &Setting,
    status: &Status,
    more: &[AccountId],
) -> Result<bool> {
    let mut named = reader.list_addressed(status.id)?;
    named.extend(more);
    for id in named {
        let Some(account) = reader.find_account(id)? else { continue };
        if !status.local && !account.is_local() {
            continue;
        }
        let viewer = reader.viewer_of(&account)?;
        let Some(facts) = reader.reach_facts(&viewer, status.id)? else { continue };
        if may_see(&viewer, setting, &facts).is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes the new extent, and removes the status from local users who may no longer see it: home timelines,
/// notifications, open streams and boosts.
fn apply(tx: &mut Tx<'_>, setting: &Setting, status: &Status, to: AudienceLimits) -> Result<Status> {
    let named = tx.list_addressed(status.id)?;
    let listed = status.listed && to.reach.is_organisational();
    tx.set_audience_limits(status.id, &to, listed)?;
    let holders = tx.list_holders(status.id)?;
    let losers: Vec<AccountId> = tx
        .reach_facts_for_local(status.id, &holders)?
        .into_iter()
        .filter(|(holder, facts)| may_see(&Viewer::Local(*holder), setting, facts).is_err())
        .map(|(holder, _)| holder)
        .collect();
    tx.take_from(status.id, &losers)?;
    let mut narrowed = Status { reach: to.reach, partner: to.partner, listed, ..status.clone() };
    for boost in tx.list_boosts(status.id)? {
        undo_boost(tx, setting, &narrowed, &boost)?;
    }
    if narrowed.group.is_some() && !narrowed.reach.is_organisational() {
        // A post for chosen people belongs to no group.
        tx.leave_group(status.id)?;
        narrowed.group = None;
    }
    tx.update_conversations(&narrowed, &named)?;
    tx.publish(Live::Narrowed { status: status.id, author: status.account_id, reach: status.reach, named })?;
    tx.publish(Live::Edited { status: status.id })?;
    Ok(narrowed)
}

/// Removes a boost if its author may no longer see or boost the status.
fn undo_boost(tx: &mut Tx<'_>, setting: &Setting, status: &Status, boost: &Status) -> Result<()> {
    let Some(booster) = tx.find_account(boost.account_id)? else { return Ok(()) };
    let viewer = tx.viewer_of(&booster)?;
    let Some(facts) = tx.reach_facts(&viewer, status.id)? else { return Ok(()) };
    let stays = match viewer {
        Viewer::Local(_) => interaction::may_boost(&viewer, setting, &facts).is_ok(),
        _ => interaction::may_relay(&viewer, setting, &facts).is_ok(),
    };
    if stays {
        return Ok(());
    }
    if status.group == Some(booster.id) {
        return groups::relay_deletion(tx, status);
    }
    tx.delete_status(boost, &booster.uri)?;
    if boost.local && status.reach != Reach::Instance {
        tx.emit(&Event::Unboosted {
            account: booster.id,
            boost: boost.id,
            uri: boost.uri.clone(),
            status: status.id,
        })?;
    }
    Ok(())
}

/// Resolves the extent that an edit asks for. Refuses a host that is not a partner, as for a new post.
pub(super) fn requested_extent(
    reader: &mut Reader<'_>,
    status: &Status,
    reach: Option<Reach>,
    partner: Option<&str>,
) -> Result<Option<AudienceLimits>> {
    let Some(reach) = reach else { return Ok(None) };
    let Some(partner) = partner else { return Ok(Some(reach.into())) };
    // The host may no longer be a partner.
    if status.partner.as_ref().is_some_and(|known| known.domain == partner) && reach == status.reach {
        return Ok(Some(status.audience_limits()));
    }
    super::post::for_partner(reader, reach, partner).map(Some)
}

/// Whether to trust a host's claim that a status is direct. Other software omits the audience of an edit
/// without meaning that.
pub(in crate::publishing) const fn may_say_direct(tier: Tier) -> bool {
    matches!(tier, Tier::Company | Tier::Partner)
}
