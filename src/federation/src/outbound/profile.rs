//! Outgoing activities of an account: profile Updates, limited by policy for each kind of host; pins, moves
//! and deletion.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{ActivityContext, Outgoing, RecipientHosts, audience, followers_of, local_status};
use crate::{Result, proofs};
use portico_activitystreams::activity::{self, Kind};
use portico_activitystreams::actor;
use portico_activitystreams::addressing::{self, Written};
use portico_activitystreams::person;
use portico_activitystreams::value::Object;
use portico_domain::model::account::Account;
use portico_domain::model::agreement_grants::{AgreementGrants, GrantSet, PeerStanding};
use portico_domain::model::exposure::Exposure;
use portico_domain::model::peer::Tier;
use portico_domain::model::{AccountId, StatusId, Timestamp};
use portico_domain::policy::exposure::to_host;
use portico_domain::policy::reach::Viewer;
use portico_service::people::profiles;
use portico_store::{Destination, Tx};

/// Writes the Updates of a profile, one for each kind of host with recipients.
pub(super) fn updated(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    id: AccountId,
    at: Timestamp,
) -> Result<Vec<Outgoing>> {
    let Some(account) = tx.find_account(id)?.filter(Account::is_local) else { return Ok(Vec::new()) };
    let Some(keys) = proofs::own_keys(tx, id)? else { return Ok(Vec::new()) };
    let account = profiles::as_seen_remotely(tx, account)?;
    let mut hosts = RecipientHosts::default();
    hosts.add_followers(tx.list_follower_inboxes(id)?);
    hosts.add_followers(tx.list_follower_inboxes(speaker.instance_actor)?);
    let to = hosts.reachable_inboxes(tx, speaker.mode)?;
    // Of a suspended account, peers only receive the suspension.
    let exposure = if account.suspended_at.is_some() { Exposure::Minimal } else { Exposure::Full };
    let names: Vec<String> = to.iter().map(|to| to.host.clone()).collect();
    let standings = tx.standings_of(&names)?;
    let standing = |to: &Destination| {
        standings.get(&to.host).copied().unwrap_or(PeerStanding::without_agreement(Tier::Open))
    };
    // Partners with custom agreements get their own versions.
    let mut kinds: Vec<PeerStanding> =
        Tier::ALL.iter().copied().map(PeerStanding::without_agreement).collect();
    kinds.extend(to.iter().map(standing).filter(|there| there.grants != AgreementGrants::USUAL));
    let mut seen = HashSet::new();
    kinds.retain(|kind| seen.insert((kind.tier, kind.grants.gives)));
    let group = tx.find_group(account.id)?.map(|group| group.visibility);
    let mut versions = Vec::new();
    for PeerStanding { tier, grants } in kinds {
        if to_host(speaker.mode, tier, &speaker.exposures).is_none_or(|most| most < exposure) {
            continue;
        }
        let alike = |to: &&Destination| {
            let there = standing(to);
            (there.tier, there.grants.gives) == (tier, grants.gives)
        };
        let to: Vec<Destination> = to.iter().filter(alike).cloned().collect();
        let Some(first) = to.first() else { continue };
        let there = Viewer::Host { domain: first.host.clone(), tier, grants };
        let given = profiles::attributes_for(tx, &there, &speaker.giving, &account)?;
        let document = actor::write(&account, group, &keys, exposure, &speaker.urls);
        let document = if exposure == Exposure::Full { person::add(document, &given) } else { document };
        let mut uri = format!("{}#updates/{}/{tier}", account.uri, at.millis());
        if grants.gives != GrantSet::USUAL {
            uri = format!("{uri}/{}", grants.gives.bits());
        }
        let activity = update(&uri, &account, document);
        versions.push(Outgoing { from: id, activity, brings: None, to });
    }
    Ok(versions)
}

fn update(uri: &str, account: &Account, document: Value) -> Object {
    let audience = Written::to(&[&followers_of(account)]);
    let mut activity = activity::write(Kind::Update, uri, &account.uri, Value::Null, &audience);
    if let Value::Object(mut document) = document {
        if let Some(context) = document.shift_remove("@context") {
            activity.insert("@context".to_owned(), context);
        }
        activity.insert("object".to_owned(), Value::Object(document));
    }
    activity
}

/// Writes the Delete of an erased account, for every server that may know it.
pub(super) fn erased(tx: &mut Tx<'_>, speaker: &ActivityContext, id: AccountId) -> Result<Option<Outgoing>> {
    let Some(account) = tx.find_account(id)?.filter(Account::is_local) else { return Ok(None) };
    let mut hosts = RecipientHosts::default();
    hosts.add_others(tx.list_known_inboxes()?);
    let to = hosts.reachable_inboxes(tx, speaker.mode)?;
    let audience = activity::farewell_audience(&followers_of(&account), true);
    let uri = format!("{}#delete", account.uri);
    let activity = activity::write(Kind::Delete, &uri, &account.uri, json!(account.uri), &audience);
    Ok(Some(Outgoing { from: id, activity, brings: None, to }))
}

/// Writes the Move of an account, for the hosts of its followers, which move their follows.
pub(super) fn moved(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    id: AccountId,
    at: Timestamp,
) -> Result<Option<Outgoing>> {
    let Some(account) = tx.find_account(id)?.filter(Account::is_local) else { return Ok(None) };
    let Some(new) = account.moved_to.clone() else { return Ok(None) };
    let mut hosts = RecipientHosts::default();
    hosts.add_followers(tx.list_follower_inboxes(id)?);
    let to = hosts.reachable_inboxes(tx, speaker.mode)?;
    let uri = format!("{}#moves/{}", account.uri, at.millis());
    let audience = Written::to(&[&followers_of(&account)]);
    let mut activity = activity::write(Kind::Move, &uri, &account.uri, json!(account.uri), &audience);
    activity.insert("target".to_owned(), json!(new));
    Ok(Some(Outgoing { from: id, activity, brings: None, to }))
}

/// Writes the Add or Remove of a pin, for the recipients of the post itself.
pub(super) fn pinned(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    id: StatusId,
    pinned: bool,
    at: Timestamp,
) -> Result<Option<Outgoing>> {
    let Some(view) = local_status(tx, id)? else { return Ok(None) };
    let (status, account) = (&view.status, &view.account);
    let Some(featured) = account.endpoints.featured.clone() else { return Ok(None) };
    let followers = followers_of(account);
    let written = addressing::write(&status.audience_limits(), status.listed, &followers, &[], &speaker.urls);
    let Some(written) = written else { return Ok(None) };
    let to = audience(tx, speaker, &view)?;
    let (kind, word) = if pinned { (Kind::Add, "pins") } else { (Kind::Remove, "unpins") };
    let uri = format!("{}#{word}/{}/{}", account.uri, status.id, at.millis());
    let mut activity = activity::write(kind, &uri, &account.uri, json!(status.uri), &written);
    activity.insert("target".to_owned(), json!(featured));
    Ok(Some(Outgoing { from: account.id, activity, brings: None, to }))
}
