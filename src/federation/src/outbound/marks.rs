//! Outgoing activities for annotations: `Read` receipts of must-read posts, changed annotations, hidden
//! praise.

use serde_json::json;

use super::super::pins::PRAISE;
use super::{
    ActivityContext, Direction, Outgoing, RecipientHosts, Result, audience, local_status, personal,
    still_allowed, written,
};
use portico_activitystreams::activity::{self, Kind};
use portico_activitystreams::addressing::Written;
use portico_domain::model::peer::Tier;
use portico_domain::model::{AccountId, StatusId, Timestamp};
use portico_store::{Destination, Tx};

/// Writes the Read of a remote must-read post, for its author alone.
pub(super) fn acknowledged(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    account: AccountId,
    status: StatusId,
) -> Result<Option<Outgoing>> {
    let Some(status) = tx.find_status(status)?.filter(|status| !status.local) else { return Ok(None) };
    let (Some(actor), Some(author)) = (tx.find_account(account)?, tx.find_account(status.account_id)?) else {
        return Ok(None);
    };
    let id = format!("{}#reads/{}", actor.uri, status.id);
    let read = activity::bare(Kind::Read, &id, &actor.uri, json!(status.uri));
    personal(tx, speaker, &actor, &author, read, Direction::Do)
}

/// Writes an Update of a status with changed annotations. Only the company and its partners receive it; other
/// servers ignore annotations.
pub(super) fn annotated(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    id: StatusId,
    at: Timestamp,
) -> Result<Option<Outgoing>> {
    let Some(view) = local_status(tx, id)? else { return Ok(None) };
    let Some(note) = written(tx, speaker, &view)? else { return Ok(None) };
    let mut to = audience(tx, speaker, &view)?;
    let received = tx.list_delivered(&view.status.uri)?;
    to.extend(still_allowed(tx, speaker, received, &view.status.audience_limits())?);
    to.sort_unstable();
    to.dedup();
    let to = those_who_know(tx, to)?;
    let uri = format!("{}#annotations/{}", view.status.uri, at.millis());
    let activity = activity::with_note(Kind::Update, &uri, &view.account.uri, note, &at.rfc3339());
    Ok(Some(Outgoing { from: view.account.id, activity, brings: Some(view.status.uri), to }))
}

fn those_who_know(tx: &mut Tx<'_>, mut to: Vec<Destination>) -> Result<Vec<Destination>> {
    let names: Vec<String> = to.iter().map(|to| to.host.clone()).collect();
    let tiers = tx.tiers_of(&names)?;
    to.retain(|to| matches!(tiers.get(&to.host), Some(Tier::Company | Tier::Partner)));
    Ok(to)
}

/// Writes the Remove or Add with which a praised account hides a post from its profile, or shows it again. It
/// goes to the company and partner hosts that have the post.
pub(super) fn praise_hidden(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    account: AccountId,
    id: StatusId,
    hidden: bool,
    at: Timestamp,
) -> Result<Option<Outgoing>> {
    let (Some(actor), Some(status)) = (tx.find_account(account)?, tx.find_status(id)?) else {
        return Ok(None);
    };
    let mut hosts = RecipientHosts::default();
    hosts.add_others(tx.list_follower_inboxes(speaker.instance_actor)?);
    let received = tx.list_delivered(&status.uri)?;
    hosts.add_others(received.into_iter().map(|(inbox, host)| Destination { inbox, host }).collect());
    if let Some(author) = tx.find_account(status.account_id)? {
        hosts.add_named(&author, status.reach);
    }
    let to = hosts.judge(tx, speaker.mode, &status.audience_limits())?;
    let to = to.into_iter().filter(|(_, tier, bonds, allowed)| {
        // The author's own host has the post, whatever its reach; a company instance has it if its reach
        // allows.
        (allowed.is_ok() || bonds.named) && matches!(tier, Tier::Company | Tier::Partner)
    });
    let to = to.flat_map(|(host, _, bonds, _)| {
        bonds.inboxes.into_iter().map(move |inbox| Destination { inbox, host: host.clone() })
    });
    let to: Vec<Destination> = to.collect();
    let (kind, word) = if hidden { (Kind::Remove, "hides") } else { (Kind::Add, "shows") };
    let uri = format!("{}#{word}/{}/{}", actor.uri, status.id, at.millis());
    let inner = activity::bare(kind, &uri, &actor.uri, json!(status.uri));
    let mut activity = activity::dressed(inner, &Written::to(&[]));
    activity.insert("target".to_owned(), json!(format!("{}{PRAISE}", actor.uri)));
    Ok(Some(Outgoing { from: account, activity, brings: None, to }))
}
