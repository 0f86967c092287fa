//! From an event to what is sent: one activity, serialised once, and the inboxes it goes to.
//!
//! Everything happens in the transaction that removes the event's job, so an event becomes deliveries
//! exactly once. Whom an activity may reach is asked of `policy::reach`, host by host; what takes something
//! back goes to everyone who ever got it, by the delivery log.

mod profile;
mod quotes;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::protocol::activity::{self, Kind};
use super::protocol::addressing::{self, Written};
use super::protocol::note;
use super::protocol::value::Object;
use super::{Error, Result, proofs};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::exposure::Exposures;
use crate::model::peer::{FederationMode, Tier};
use crate::model::relationship::Follow;
use crate::model::urls::Urls;
use crate::model::view::StatusView;
use crate::model::{AccountId, ActivityId, FollowId, Reach, RelationId, ReportId, StatusId, Timestamp};
use crate::policy::reach::{host_allowed, may_deliver};
use crate::service::contexts::contexts;
use crate::service::people::Giving;
use crate::store::{Destination, InboxEntry, Tx};

/// What of the instance is needed to say something to others.
#[derive(Debug, Clone)]
pub struct Speaker {
    urls: Urls,
    mode: FederationMode,
    exposures: Exposures,
    instance_actor: AccountId,
    giving: Giving,
    /// Whether what is said carries a proof of its author.
    proofs: bool,
}

impl Speaker {
    /// The instance as a speaker.
    pub fn of(instance: &Instance) -> Self {
        Self {
            urls: instance.urls.clone(),
            mode: instance.settings.federation,
            exposures: instance.settings.exposure,
            instance_actor: instance.actor_id,
            giving: Giving::of(instance),
            proofs: instance.settings.object_proofs,
        }
    }
}

/// An activity that is ready to be sent.
struct Outgoing {
    from: AccountId,
    activity: Object,
    /// What it brings, for the delivery log.
    brings: Option<String>,
    to: Vec<Destination>,
}

/// Writes what an event means for others into the delivery queue. Of what is gone by now, nothing is said.
///
/// # Errors
/// Any database error.
pub fn publish(tx: &mut Tx<'_>, speaker: &Speaker, event: &Event) -> Result<()> {
    if let Event::ProfileUpdated { account, at } = event {
        for version in profile::updated(tx, speaker, *account, *at)? {
            send(tx, speaker, version)?;
        }
        return Ok(());
    }
    match outgoing(tx, speaker, event)? {
        Some(outgoing) => send(tx, speaker, outgoing),
        None => Ok(()),
    }
}

fn send(tx: &mut Tx<'_>, speaker: &Speaker, mut outgoing: Outgoing) -> Result<()> {
    if speaker.proofs {
        proofs::prove(tx, outgoing.from, &mut outgoing.activity)?;
    }
    let uri = outgoing.activity.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let body = Value::Object(outgoing.activity).to_string();
    tx.insert_deliveries(outgoing.from, &uri, &body, outgoing.brings.as_deref(), &outgoing.to)?;
    Ok(())
}

fn outgoing(tx: &mut Tx<'_>, speaker: &Speaker, event: &Event) -> Result<Option<Outgoing>> {
    match event {
        Event::StatusPosted { status } => posted(tx, speaker, *status),
        Event::StatusEdited { status, at } => edited(tx, speaker, *status, *at),
        Event::StatusDeleted { account, uri, public, .. } => deleted(tx, speaker, *account, uri, *public),
        Event::Reblogged { status } => boosted(tx, speaker, *status),
        Event::Unreblogged { account, uri, status, .. } => unboosted(tx, speaker, *account, uri, *status),
        Event::Voted { account, status, position } => voted(tx, speaker, *account, *status, *position),
        Event::QuoteRequested { status } => quotes::requested(tx, speaker, *status),
        Event::QuoteAnswered { status, request, accepted } => {
            quotes::answered(tx, speaker, *status, request, *accepted)
        }
        Event::QuoteRevoked { account, stamp, quoted, status } => {
            quotes::revoked(tx, speaker, *account, *status, stamp, quoted)
        }
        Event::Favourited { account, favourite, status } => {
            favourited(tx, speaker, *account, *favourite, *status, Said::Now)
        }
        Event::Unfavourited { account, favourite, status } => {
            favourited(tx, speaker, *account, *favourite, *status, Said::TakenBack)
        }
        Event::FollowRequested { follow } => follow_requested(tx, speaker, *follow),
        Event::Unfollowed { account, target, uri } => {
            between(tx, speaker, Kind::Follow, (*account, *target), uri, Said::TakenBack)
        }
        Event::FollowAccepted { follow } => follow_accepted(tx, speaker, *follow),
        Event::FollowRejected { account, target, uri } => {
            let pair = (*account, *target);
            answer_follow(tx, speaker, Kind::Reject, pair, uri)
        }
        Event::Blocked { account, target, uri } => {
            between(tx, speaker, Kind::Block, (*account, *target), uri, Said::Now)
        }
        Event::Unblocked { account, target, uri } => {
            between(tx, speaker, Kind::Block, (*account, *target), uri, Said::TakenBack)
        }
        Event::Reported { report } => reported(tx, speaker, *report),
        Event::AccountErased { account } => profile::erased(tx, speaker, *account),
        // Says something else to each kind of host: see `profile`.
        Event::ProfileUpdated { .. } => Ok(None),
        Event::Moved { account, at } => profile::moved(tx, speaker, *account, *at),
        Event::Pinned { status, pinned, at } => profile::pinned(tx, speaker, *status, *pinned, *at),
    }
}

/// Whether something is said, or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Now,
    TakenBack,
}

fn posted(tx: &mut Tx<'_>, speaker: &Speaker, id: StatusId) -> Result<Option<Outgoing>> {
    let Some(view) = local_status(tx, id)? else { return Ok(None) };
    let Some(note) = written(tx, speaker, &view)? else { return Ok(None) };
    let to = audience(tx, speaker, &view)?;
    let uri = format!("{}/activity", view.status.uri);
    let at = view.status.created_at.rfc3339();
    let activity = activity::with_note(Kind::Create, &uri, &view.account.uri, note, &at);
    Ok(Some(Outgoing { from: view.account.id, activity, brings: Some(view.status.uri), to }))
}

fn edited(tx: &mut Tx<'_>, speaker: &Speaker, id: StatusId, at: Timestamp) -> Result<Option<Outgoing>> {
    let Some(view) = local_status(tx, id)? else { return Ok(None) };
    let Some(note) = written(tx, speaker, &view)? else { return Ok(None) };
    let mut to = audience(tx, speaker, &view)?;
    let received = tx.list_delivered(&view.status.uri)?;
    to.extend(still_allowed(tx, speaker, received, view.status.reach)?);
    to.sort_unstable();
    to.dedup();
    let uri = format!("{}#updates/{}", view.status.uri, at.millis());
    let activity = activity::with_note(Kind::Update, &uri, &view.account.uri, note, &at.rfc3339());
    Ok(Some(Outgoing { from: view.account.id, activity, brings: Some(view.status.uri), to }))
}

fn deleted(
    tx: &mut Tx<'_>,
    speaker: &Speaker,
    account: AccountId,
    uri: &str,
    public: bool,
) -> Result<Option<Outgoing>> {
    let Some(author) = tx.find_account(account)? else { return Ok(None) };
    let to = everyone_who_got(tx, speaker, uri)?;
    let followers = author.endpoints.followers.clone().unwrap_or_else(|| format!("{}/followers", author.uri));
    let audience = activity::farewell_audience(&followers, public);
    let activity = activity::write(
        Kind::Delete,
        &format!("{uri}#delete"),
        &author.uri,
        activity::tombstone(uri),
        &audience,
    );
    Ok(Some(Outgoing { from: account, activity, brings: None, to }))
}

fn boosted(tx: &mut Tx<'_>, speaker: &Speaker, id: StatusId) -> Result<Option<Outgoing>> {
    let Some(view) = local_status(tx, id)? else { return Ok(None) };
    let Some(original) = view.reblog.as_deref() else { return Ok(None) };
    let written = announcement(&speaker.urls, &view, original);
    let Some(activity) = written else { return Ok(None) };
    let mut hosts = Hosts::default();
    hosts.add_followers(tx.list_follower_inboxes(view.account.id)?);
    hosts.add_named(&original.account, Reach::Public);
    let to = hosts.allowed(tx, speaker, view.status.reach)?;
    Ok(Some(Outgoing { from: view.account.id, activity, brings: Some(view.status.uri), to }))
}

/// The Announce of a boost, addressed as far as the boost goes, with the author on copy.
pub(super) fn announcement(urls: &Urls, boost: &StatusView, original: &StatusView) -> Option<Object> {
    let author = vec![original.account.uri.clone()];
    let (status, account) = (&boost.status, &boost.account);
    let audience = addressing::write(status.reach, status.listed, &followers_of(account), &author, urls)?;
    let object = json!(original.status.uri);
    let mut activity = activity::write(Kind::Announce, &status.uri, &account.uri, object, &audience);
    activity.insert("published".to_owned(), json!(status.created_at.rfc3339()));
    Some(activity)
}

fn unboosted(
    tx: &mut Tx<'_>,
    speaker: &Speaker,
    account: AccountId,
    uri: &str,
    status: StatusId,
) -> Result<Option<Outgoing>> {
    let Some(actor) = tx.find_account(account)? else { return Ok(None) };
    let to = everyone_who_got(tx, speaker, uri)?;
    let object = tx.find_status(status)?.map_or(Value::Null, |status| json!(status.uri));
    let announce = activity::bare(Kind::Announce, uri, &actor.uri, object);
    let audience = Written::to(&[&followers_of(&actor)]);
    let activity =
        activity::write(Kind::Undo, &format!("{uri}#undo"), &actor.uri, Value::Object(announce), &audience);
    Ok(Some(Outgoing { from: account, activity, brings: None, to }))
}

fn favourited(
    tx: &mut Tx<'_>,
    speaker: &Speaker,
    account: AccountId,
    favourite: RelationId,
    status: StatusId,
    said: Said,
) -> Result<Option<Outgoing>> {
    let Some(status) = tx.find_status(status)?.filter(|status| !status.local) else { return Ok(None) };
    let (Some(actor), Some(author)) = (tx.find_account(account)?, tx.find_account(status.account_id)?) else {
        return Ok(None);
    };
    let uri = format!("{}#likes/{favourite}", actor.uri);
    let like = activity::bare(Kind::Like, &uri, &actor.uri, json!(status.uri));
    personal(tx, speaker, &actor, &author, like, said)
}

/// A vote in a poll elsewhere: a Note with a name and no content, for the poll's author alone.
fn voted(
    tx: &mut Tx<'_>,
    speaker: &Speaker,
    account: AccountId,
    status: StatusId,
    position: i64,
) -> Result<Option<Outgoing>> {
    let Some(status) = tx.find_status(status)?.filter(|status| !status.local) else { return Ok(None) };
    let (Some(actor), Some(author)) = (tx.find_account(account)?, tx.find_account(status.account_id)?) else {
        return Ok(None);
    };
    let Some(poll) = tx.find_poll(status.id)? else { return Ok(None) };
    let option = usize::try_from(position).ok().and_then(|at| poll.poll.options.get(at));
    let Some((title, _)) = option else { return Ok(None) };
    let id = format!("{}#votes/{}/{position}", actor.uri, status.id);
    let vote = note::vote(&id, &actor.uri, &author.uri, &status.uri, title);
    let mut create = activity::bare(Kind::Create, &format!("{id}/activity"), &actor.uri, vote);
    create.insert("to".to_owned(), json!(author.uri));
    personal(tx, speaker, &actor, &author, create, Said::Now)
}

fn follow_requested(tx: &mut Tx<'_>, speaker: &Speaker, id: FollowId) -> Result<Option<Outgoing>> {
    let Some(follow) = tx.find_follow(id)? else { return Ok(None) };
    between(tx, speaker, Kind::Follow, (follow.account_id, follow.target_id), &follow.uri, Said::Now)
}

fn follow_accepted(tx: &mut Tx<'_>, speaker: &Speaker, id: FollowId) -> Result<Option<Outgoing>> {
    let Some(Follow { account_id, target_id, uri, .. }) = tx.find_follow(id)? else { return Ok(None) };
    answer_follow(tx, speaker, Kind::Accept, (account_id, target_id), &uri)
}

/// The answer of a local account to a remote follower. Each has an id of its own: Misskey drops a second
/// Accept with the id of the first, and we repeat those that were lost.
fn answer_follow(
    tx: &mut Tx<'_>,
    speaker: &Speaker,
    kind: Kind,
    (follower, followed): (AccountId, AccountId),
    follow_uri: &str,
) -> Result<Option<Outgoing>> {
    let (Some(follower), Some(followed)) = (tx.find_account(follower)?, tx.find_account(followed)?) else {
        return Ok(None);
    };
    let fresh: ActivityId = tx.next_id();
    let id = format!("{}#{}/{fresh}", followed.uri, if kind == Kind::Accept { "accepts" } else { "rejects" });
    let follow = activity::bare(Kind::Follow, follow_uri, &follower.uri, json!(followed.uri));
    let answer = activity::bare(kind, &id, &followed.uri, Value::Object(follow));
    personal(tx, speaker, &followed, &follower, answer, Said::Now)
}

/// A Follow or Block between a local account and a remote one, or its undoing.
fn between(
    tx: &mut Tx<'_>,
    speaker: &Speaker,
    kind: Kind,
    (account, target): (AccountId, AccountId),
    uri: &str,
    said: Said,
) -> Result<Option<Outgoing>> {
    let (Some(account), Some(target)) = (tx.find_account(account)?, tx.find_account(target)?) else {
        return Ok(None);
    };
    let inner = activity::bare(kind, uri, &account.uri, json!(target.uri));
    personal(tx, speaker, &account, &target, inner, said)
}

/// Something that concerns one remote account, for its own inbox.
fn personal(
    tx: &mut Tx<'_>,
    speaker: &Speaker,
    from: &Account,
    to: &Account,
    inner: Object,
    said: Said,
) -> Result<Option<Outgoing>> {
    let Some(host) = to.domain.clone() else { return Ok(None) };
    if host_allowed(speaker.mode, tx.tier_of(&host)?).is_err() {
        return Ok(None);
    }
    let audience = Written::to(&[&to.uri]);
    let id = inner.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let activity = match said {
        Said::Now => activity::dressed(inner, &audience),
        Said::TakenBack => {
            let id = format!("{id}{}undo", if id.contains('#') { "/" } else { "#" });
            activity::write(Kind::Undo, &id, &from.uri, Value::Object(inner), &audience)
        }
    };
    let inbox = to.endpoints.inbox.clone();
    Ok(Some(Outgoing { from: from.id, activity, brings: None, to: vec![Destination { inbox, host }] }))
}

/// A report, told to the reported account's host by the instance: who reported is nobody's business there
/// (S43).
fn reported(tx: &mut Tx<'_>, speaker: &Speaker, id: ReportId) -> Result<Option<Outgoing>> {
    let Some(report) = tx.find_report(id)? else { return Ok(None) };
    let (Some(server), Some(target)) =
        (tx.find_account(speaker.instance_actor)?, tx.find_account(report.target_id)?)
    else {
        return Ok(None);
    };
    let mut objects = vec![json!(target.uri)];
    for status in &report.status_ids {
        objects.extend(tx.find_status(*status)?.map(|status| json!(status.uri)));
    }
    let id = format!("{}#reports/{id}", server.uri);
    let mut flag = activity::bare(Kind::Flag, &id, &server.uri, Value::Array(objects));
    flag.insert("content".to_owned(), json!(report.comment));
    personal(tx, speaker, &server, &target, flag, Said::Now)
}

/// Where a status goes: to the hosts of its author's followers and of those it names, and, if it is for an
/// organisation, to the sister instances that follow ours.
fn audience(tx: &mut Tx<'_>, speaker: &Speaker, view: &StatusView) -> Result<Vec<Destination>> {
    let reach = view.status.reach;
    let mut hosts = Hosts::default();
    if reach != Reach::Direct {
        hosts.add_followers(tx.list_follower_inboxes(view.account.id)?);
    }
    if reach.is_organisational() {
        hosts.add_others(tx.list_follower_inboxes(speaker.instance_actor)?);
    }
    for mention in &view.mentions {
        if let Some(account) = tx.find_account(mention.account_id)? {
            hosts.add_named(&account, reach);
        }
    }
    hosts.allowed(tx, speaker, reach)
}

/// The inboxes that something could go to, by host, with what binds the host to it.
#[derive(Debug, Default)]
struct Hosts(BTreeMap<String, Bonds>);

#[derive(Debug, Default)]
struct Bonds {
    inboxes: Vec<String>,
    follows: bool,
    named: bool,
}

impl Hosts {
    fn bonds(&mut self, host: String, inbox: String) -> &mut Bonds {
        let bonds = self.0.entry(host).or_default();
        if !bonds.inboxes.contains(&inbox) {
            bonds.inboxes.push(inbox);
        }
        bonds
    }

    fn add_followers(&mut self, to: Vec<Destination>) {
        for Destination { inbox, host } in to {
            self.bonds(host, inbox).follows = true;
        }
    }

    fn add_others(&mut self, to: Vec<Destination>) {
        for Destination { inbox, host } in to {
            self.bonds(host, inbox);
        }
    }

    /// Someone who is named: by the personal inbox if it is for them alone.
    fn add_named(&mut self, account: &Account, reach: Reach) {
        if let Some(host) = account.domain.clone() {
            let inbox = match reach {
                Reach::Direct => account.endpoints.inbox.as_str(),
                _ => account.shared_or_personal_inbox(),
            };
            self.bonds(host, inbox.to_owned()).named = true;
        }
    }

    /// The inboxes on hosts that may have something of this reach.
    fn allowed(self, tx: &mut Tx<'_>, speaker: &Speaker, reach: Reach) -> Result<Vec<Destination>> {
        self.filtered(tx, |tier, bonds| {
            may_deliver(speaker.mode, tier, reach, bonds.follows, bonds.named).is_ok()
        })
    }

    /// The inboxes on hosts that anything may be exchanged with.
    fn reachable(self, tx: &mut Tx<'_>, speaker: &Speaker) -> Result<Vec<Destination>> {
        self.filtered(tx, |tier, _| host_allowed(speaker.mode, tier).is_ok())
    }

    fn filtered(self, tx: &mut Tx<'_>, may: impl Fn(Tier, &Bonds) -> bool) -> Result<Vec<Destination>> {
        let names: Vec<String> = self.0.keys().cloned().collect();
        let tiers = tx.tiers_of(&names)?;
        let mut to = Vec::new();
        for (host, bonds) in self.0 {
            let tier = tiers.get(&host).copied().unwrap_or(Tier::Open);
            if may(tier, &bonds) {
                to.extend(bonds.inboxes.into_iter().map(|inbox| Destination { inbox, host: host.clone() }));
            }
        }
        Ok(to)
    }
}

/// Those that got an earlier version and may still have the next.
fn still_allowed(
    tx: &mut Tx<'_>,
    speaker: &Speaker,
    received: Vec<(String, String)>,
    reach: Reach,
) -> Result<Vec<Destination>> {
    let mut hosts = Hosts::default();
    hosts.add_others(received.into_iter().map(|(inbox, host)| Destination { inbox, host }).collect());
    hosts.allowed(tx, speaker, reach)
}

/// Everyone who ever got an object, as far as anything may be said to them.
fn everyone_who_got(tx: &mut Tx<'_>, speaker: &Speaker, uri: &str) -> Result<Vec<Destination>> {
    let mut hosts = Hosts::default();
    let received = tx.list_delivered(uri)?;
    hosts.add_others(received.into_iter().map(|(inbox, host)| Destination { inbox, host }).collect());
    hosts.reachable(tx, speaker)
}

fn local_status(tx: &mut Tx<'_>, id: StatusId) -> Result<Option<StatusView>> {
    Ok(tx.status_view(None, id)?.filter(|view| view.status.local))
}

/// A status as a note of its thread. A public answer to a public status also names the followers of whom it
/// answers, so that their server may hand it on to them.
fn written(tx: &mut Tx<'_>, speaker: &Speaker, view: &StatusView) -> Result<Option<Object>> {
    let context = contexts(tx, &[&view.status])?.remove(&view.status.conversation_id);
    let Some(mut note) = note::write(view, context.as_deref(), &speaker.urls) else { return Ok(None) };
    let above = match view.status.in_reply_to_id.filter(|_| view.status.reach == Reach::Public) {
        Some(parent) => tx.find_status(parent)?.filter(|parent| parent.reach == Reach::Public),
        None => None,
    };
    let author = above.map(|above| above.account_id).filter(|author| *author != view.account.id);
    let author = author.map(|author| tx.find_account(author)).transpose()?.flatten();
    if let Some(followers) = author.and_then(|author| author.endpoints.followers)
        && let Some(Value::Array(cc)) = note.get_mut("cc")
    {
        cc.push(Value::String(followers));
    }
    Ok(Some(note))
}

/// Hands on an activity that came in, as it came: a new answer to the followers of `owner`, and what
/// concerns one that was handed on to everyone who got it. The instance signs; who it is by, the
/// activity's own server tells.
///
/// # Errors
/// Any database error.
pub(super) fn forward(
    tx: &mut Tx<'_>,
    speaker: &Speaker,
    entry: &InboxEntry,
    object: &str,
    owner: Option<&Account>,
) -> Result<()> {
    let mut hosts = Hosts::default();
    match owner {
        Some(owner) => hosts.add_followers(tx.list_follower_inboxes(owner.id)?),
        None => {
            let received = tx.list_delivered(object)?;
            hosts.add_others(received.into_iter().map(|(inbox, host)| Destination { inbox, host }).collect());
        }
    }
    hosts.0.remove(&entry.host);
    let to = match owner {
        Some(_) => hosts.allowed(tx, speaker, Reach::Public)?,
        None => hosts.reachable(tx, speaker)?,
    };
    let brings = owner.map(|_| object);
    tx.insert_deliveries(speaker.instance_actor, &entry.activity_uri, &entry.body, brings, &to)?;
    Ok(())
}

fn followers_of(account: &Account) -> String {
    account.endpoints.followers.clone().unwrap_or_else(|| format!("{}/followers", account.uri))
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::permanent(error.to_string())
    }
}
