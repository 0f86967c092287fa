//! Turns events into outgoing activities and their deliveries.
//!
//! Runs in the transaction that removes the event's job, so an event becomes deliveries exactly once.
//! `policy::reach` decides for each host whether it may receive an activity. Deletes and Undos go to every
//! inbox that received the object, according to the delivery log.

mod groups;
mod marks;
mod narrowing;
mod profile;
mod quotes;

use serde_json::{Value, json};

use super::{Error, Result, agreement_filter, proofs};
use portico_activitystreams::activity::{self, Kind};
use portico_activitystreams::addressing::{self, Written};
use portico_activitystreams::note;
use portico_activitystreams::value::Object;
use portico_domain::model::account::Account;
use portico_domain::model::agreement_grants::{Grant, GrantSet};
use portico_domain::model::event::Event;
use portico_domain::model::exposure::Exposures;
use portico_domain::model::peer::FederationMode;
use portico_domain::model::reach::AudienceLimits;
use portico_domain::model::relationship::Follow;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::StatusView;
use portico_domain::model::{
    AccountId, ActivityId, FollowId, Reach, RelationId, ReportId, StatusId, Timestamp,
};
use portico_service::instance::Instance;
use portico_service::partners::peers::HostAccess;
use portico_service::people::profiles::ProfileVisibility;
use portico_service::publishing::audience::{DeliverySettings, RecipientHosts};
use portico_service::publishing::statuses;
use portico_service::publishing::threads::list_context_uris;
use portico_store::{Destination, InboxEntry, Tx};

/// The instance settings needed to write activities.
#[derive(Debug, Clone)]
pub struct ActivityContext {
    urls: Urls,
    mode: FederationMode,
    exposures: Exposures,
    instance_actor: AccountId,
    giving: ProfileVisibility,
    /// Whether activities carry a proof of their author.
    proofs: bool,
}

impl ActivityContext {
    /// The activity context of an instance.
    pub fn of(instance: &Instance) -> Self {
        Self {
            urls: instance.urls.clone(),
            mode: instance.settings.federation,
            exposures: instance.settings.exposure,
            instance_actor: instance.actor_id,
            giving: ProfileVisibility::for_instance(instance),
            proofs: instance.settings.object_proofs,
        }
    }

    const fn sender(&self) -> DeliverySettings {
        DeliverySettings { mode: self.mode, instance_actor: self.instance_actor }
    }
}

/// An activity that is ready to be sent.
struct Outgoing {
    from: AccountId,
    activity: Object,
    /// The URI of the object it delivers, for the delivery log.
    brings: Option<String>,
    to: Vec<Destination>,
}

/// Enqueues the deliveries of an event. Nothing is sent if its object has been deleted since.
pub fn publish(tx: &mut Tx<'_>, speaker: &ActivityContext, event: &Event) -> Result<()> {
    let activities = outgoing_activities(tx, speaker, event)?;
    activities.into_iter().try_for_each(|activity| send(tx, speaker, activity))
}

fn send(tx: &mut Tx<'_>, speaker: &ActivityContext, mut outgoing: Outgoing) -> Result<()> {
    // A post to a group is relayed by it, so it must carry a proof of its author.
    if speaker.proofs || groups::is_posted_to_one(&outgoing.activity, speaker) {
        proofs::prove(tx, outgoing.from, &mut outgoing.activity)?;
    }
    let uri = outgoing.activity.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let body = Value::Object(outgoing.activity).to_string();
    tx.insert_deliveries(outgoing.from, &uri, &body, outgoing.brings.as_deref(), &outgoing.to)?;
    Ok(())
}

/// Writes the activities of an event: none if there is nobody to send them to or nothing left to send, one for
/// most events, several if an event means more than one activity or versions for different hosts. The match
/// has no catch-all arm, so that a new event cannot be forgotten here.
fn outgoing_activities(tx: &mut Tx<'_>, speaker: &ActivityContext, event: &Event) -> Result<Vec<Outgoing>> {
    let one = match event {
        Event::ProfileUpdated { account, at } => return profile::updated(tx, speaker, *account, *at),
        Event::StatusPosted { status } => return posted(tx, speaker, *status),
        Event::StatusEdited { status, at } => return edited(tx, speaker, *status, *at),
        Event::StatusNarrowed { status, at } => return narrowing::narrowed(tx, speaker, *status, *at),
        Event::GroupTookBack { group, uri, object } => {
            return groups::took_back(tx, speaker, *group, uri, object);
        }
        Event::RoomRelayed { boost, proven, edited } => {
            return groups::relayed(tx, speaker, *boost, *proven, *edited);
        }
        Event::StatusDeleted { account, uri, public, .. } => deleted(tx, speaker, *account, uri, *public),
        Event::Boosted { status } => boosted(tx, speaker, *status),
        Event::Unboosted { account, uri, status, .. } => unboosted(tx, speaker, *account, uri, *status),
        Event::Voted { account, status, position } => voted(tx, speaker, *account, *status, *position),
        Event::QuoteRequested { status } => quotes::requested(tx, speaker, *status),
        Event::QuoteAnswered { status, request, accepted } => {
            quotes::answered(tx, speaker, *status, request, *accepted)
        }
        Event::QuoteRevoked { account, stamp, quoted, status } => {
            quotes::revoked(tx, speaker, *account, *status, stamp, quoted)
        }
        Event::Favourited { account, favourite, status } => {
            favourited(tx, speaker, *account, *favourite, *status, Direction::Do)
        }
        Event::Unfavourited { account, favourite, status } => {
            favourited(tx, speaker, *account, *favourite, *status, Direction::Undo)
        }
        Event::Acknowledged { account, status } => marks::acknowledged(tx, speaker, *account, *status),
        Event::Annotated { status, at } => marks::annotated(tx, speaker, *status, *at),
        Event::PraiseHidden { account, status, hidden, at } => {
            marks::praise_hidden(tx, speaker, *account, *status, *hidden, *at)
        }
        Event::FollowRequested { follow } => follow_requested(tx, speaker, *follow),
        Event::Unfollowed { account, target, uri } => {
            between(tx, speaker, Kind::Follow, (*account, *target), uri, Direction::Undo)
        }
        Event::FollowAccepted { follow } => follow_accepted(tx, speaker, *follow),
        Event::FollowRejected { account, target, uri } => {
            let pair = (*account, *target);
            answer_follow(tx, speaker, Kind::Reject, pair, uri)
        }
        Event::Blocked { account, target, uri } => {
            between(tx, speaker, Kind::Block, (*account, *target), uri, Direction::Do)
        }
        Event::Unblocked { account, target, uri } => {
            between(tx, speaker, Kind::Block, (*account, *target), uri, Direction::Undo)
        }
        Event::Reported { report } => reported(tx, speaker, *report),
        Event::AccountErased { account } => profile::erased(tx, speaker, *account),
        Event::GroupPassedOn { boost, verb, raw } => {
            groups::passed_on(tx, speaker, *boost, verb, raw.as_deref())
        }
        Event::GroupPinned { group, status, pinned, at } => {
            groups::pinned(tx, speaker, *group, *status, *pinned, *at)
        }
        Event::GroupEnrolled { group, person, at } => groups::enrolled(tx, speaker, (*group, *person), *at),
        Event::GuestAnswered { guest, room, follow, welcome } => {
            let kind = if *welcome { Kind::Accept } else { Kind::Reject };
            answer_follow(tx, speaker, kind, (*guest, *room), follow)
        }
        Event::Moved { account, at } => profile::moved(tx, speaker, *account, *at),
        Event::Pinned { status, pinned, at } => profile::pinned(tx, speaker, *status, *pinned, *at),
    };
    Ok(one?.into_iter().collect())
}

/// Whether to send an activity or its Undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Do,
    Undo,
}

fn posted(tx: &mut Tx<'_>, speaker: &ActivityContext, id: StatusId) -> Result<Vec<Outgoing>> {
    let Some(view) = local_status(tx, id)? else { return Ok(Vec::new()) };
    let to = audience(tx, speaker, &view)?;
    let uri = format!("{}/activity", view.status.uri);
    let at = view.status.created_at;
    versions(tx, speaker, (Kind::Create, &uri, at), view, to)
}

/// Builds the versions of a status: complete, and without attachments for hosts whose agreement does not
/// grant media.
fn versions(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    (kind, uri, at): (Kind, &str, Timestamp),
    view: StatusView,
    to: Vec<Destination>,
) -> Result<Vec<Outgoing>> {
    let (whole, bare) = by_media(tx, to, !view.media.is_empty())?;
    let mut versions = Vec::new();
    let bare_uri = format!("{uri}{}without-media", if uri.contains('#') { "/" } else { "#" });
    for (uri, granted, to) in
        [(uri, GrantSet::USUAL, whole), (&*bare_uri, GrantSet::USUAL.without(Grant::Media), bare)]
    {
        let Some(view) = statuses::filter_by_grants(view.clone(), granted).filter(|_| !to.is_empty()) else {
            continue;
        };
        let Some(note) = written(tx, speaker, &view)? else { continue };
        let activity = activity::with_note(kind, uri, &view.account.uri, note, &at.rfc3339());
        versions.push(Outgoing { from: view.account.id, activity, brings: Some(view.status.uri), to });
    }
    Ok(versions)
}

/// Splits recipients into those who receive attachments and those who do not, if there are attachments.
fn by_media(
    tx: &mut Tx<'_>,
    to: Vec<Destination>,
    has_media: bool,
) -> Result<(Vec<Destination>, Vec<Destination>)> {
    if !has_media {
        return Ok((to, Vec::new()));
    }
    let names: Vec<String> = to.iter().map(|to| to.host.clone()).collect();
    let standings = tx.standings_of(&names)?;
    let granted =
        |to: &Destination| standings.get(&to.host).map_or(GrantSet::USUAL, |there| there.grants.gives);
    Ok(to.into_iter().partition(|to| granted(to).has(Grant::Media)))
}

fn edited(tx: &mut Tx<'_>, speaker: &ActivityContext, id: StatusId, at: Timestamp) -> Result<Vec<Outgoing>> {
    let Some(view) = local_status(tx, id)? else { return Ok(Vec::new()) };
    let mut to = audience(tx, speaker, &view)?;
    let received = tx.list_delivered(&view.status.uri)?;
    to.extend(still_allowed(tx, speaker, received, &view.status.audience_limits())?);
    to.sort_unstable();
    to.dedup();
    let uri = format!("{}#updates/{}", view.status.uri, at.millis());
    versions(tx, speaker, (Kind::Update, &uri, at), view, to)
}

fn deleted(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
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

fn boosted(tx: &mut Tx<'_>, speaker: &ActivityContext, id: StatusId) -> Result<Option<Outgoing>> {
    let Some(view) = local_status(tx, id)? else { return Ok(None) };
    let Some(original) = view.boosted.as_deref() else { return Ok(None) };
    let written = announcement(&speaker.urls, &view, original);
    let Some(activity) = written else { return Ok(None) };
    let mut hosts = RecipientHosts::default();
    hosts.add_followers(tx.list_follower_inboxes(view.account.id)?);
    hosts.add_named(&original.account, Reach::Public);
    let to = hosts.allowed_inboxes(tx, speaker.mode, &view.status.audience_limits())?;
    let to = only(tx, to, |granted| granted.has(Grant::Boosts))?;
    Ok(Some(Outgoing { from: view.account.id, activity, brings: Some(view.status.uri), to }))
}

/// Writes the Announce of a boost, addressed by the boost's reach, with the author in `cc`.
pub(super) fn announcement(urls: &Urls, boost: &StatusView, original: &StatusView) -> Option<Object> {
    let author = vec![original.account.uri.clone()];
    let (status, account) = (&boost.status, &boost.account);
    let audience =
        addressing::write(&status.audience_limits(), status.listed, &followers_of(account), &author, urls)?;
    let object = json!(original.status.uri);
    let mut activity = activity::write(Kind::Announce, &status.uri, &account.uri, object, &audience);
    activity.insert("published".to_owned(), json!(status.created_at.rfc3339()));
    Some(activity)
}

fn unboosted(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
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
    speaker: &ActivityContext,
    account: AccountId,
    favourite: RelationId,
    status: StatusId,
    said: Direction,
) -> Result<Option<Outgoing>> {
    let Some(status) = tx.find_status(status)?.filter(|status| !status.local) else { return Ok(None) };
    let (Some(actor), Some(author)) = (tx.find_account(account)?, tx.find_account(status.account_id)?) else {
        return Ok(None);
    };
    let uri = format!("{}#likes/{favourite}", actor.uri);
    let like = activity::bare(Kind::Like, &uri, &actor.uri, json!(status.uri));
    personal(tx, speaker, &actor, &author, like, said)
}

/// Writes a vote in a remote poll: a Note with a name and no content, for the poll's author alone.
fn voted(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
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
    personal(tx, speaker, &actor, &author, create, Direction::Do)
}

fn follow_requested(tx: &mut Tx<'_>, speaker: &ActivityContext, id: FollowId) -> Result<Option<Outgoing>> {
    let Some(follow) = tx.find_follow(id)? else { return Ok(None) };
    between(tx, speaker, Kind::Follow, (follow.account_id, follow.target_id), &follow.uri, Direction::Do)
}

fn follow_accepted(tx: &mut Tx<'_>, speaker: &ActivityContext, id: FollowId) -> Result<Option<Outgoing>> {
    let Some(Follow { account_id, target_id, uri, .. }) = tx.find_follow(id)? else { return Ok(None) };
    answer_follow(tx, speaker, Kind::Accept, (account_id, target_id), &uri)
}

/// Writes a local account's answer to a remote follower. Each answer has a new id: Misskey ignores a second
/// Accept with the same id, and a lost Accept is sent again.
fn answer_follow(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
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
    personal(tx, speaker, &followed, &follower, answer, Direction::Do)
}

/// Writes a Follow or Block between a local account and a remote one, or its Undo.
fn between(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    kind: Kind,
    (account, target): (AccountId, AccountId),
    uri: &str,
    said: Direction,
) -> Result<Option<Outgoing>> {
    let (Some(account), Some(target)) = (tx.find_account(account)?, tx.find_account(target)?) else {
        return Ok(None);
    };
    let inner = activity::bare(kind, uri, &account.uri, json!(target.uri));
    personal(tx, speaker, &account, &target, inner, said)
}

/// Addresses an activity to one remote account and its own inbox.
fn personal(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    from: &Account,
    to: &Account,
    inner: Object,
    said: Direction,
) -> Result<Option<Outgoing>> {
    let Some(host) = to.domain.clone() else { return Ok(None) };
    let tier = tx.tier_of(&host)?;
    if HostAccess::of(tx, speaker.mode, &host, tier)? == HostAccess::Nothing {
        return Ok(None);
    }
    let audience = Written::to(&[&to.uri]);
    let id = inner.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let activity = match said {
        Direction::Do => activity::dressed(inner, &audience),
        Direction::Undo => {
            let id = format!("{id}{}undo", if id.contains('#') { "/" } else { "#" });
            activity::write(Kind::Undo, &id, &from.uri, Value::Object(inner), &audience)
        }
    };
    let inbox = to.endpoints.inbox.clone();
    Ok(Some(Outgoing { from: from.id, activity, brings: None, to: vec![Destination { inbox, host }] }))
}

/// Writes a report to the reported account's host. The instance actor sends it, so that the reporter stays
/// unknown (S43).
fn reported(tx: &mut Tx<'_>, speaker: &ActivityContext, id: ReportId) -> Result<Option<Outgoing>> {
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
    personal(tx, speaker, &server, &target, flag, Direction::Do)
}

/// Computes the recipients of a status. Logs the related hosts that may not receive it as withheld.
fn audience(tx: &mut Tx<'_>, speaker: &ActivityContext, view: &StatusView) -> Result<Vec<Destination>> {
    let named = tx.list_addressed(view.status.id)?;
    let (limits, group) = (view.status.audience_limits(), view.status.group);
    let hosts = RecipientHosts::for_status(tx, speaker.sender(), view.account.id, &limits, group, &named)?;
    let (to, kept) = hosts.split_by_policy(tx, speaker.mode, &limits)?;
    tx.log_withheld(&view.status.uri, &kept)?;
    Ok(to)
}

/// Returns the recipients of an earlier version that may still receive the next one.
fn still_allowed(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    received: Vec<(String, String)>,
    limits: &AudienceLimits,
) -> Result<Vec<Destination>> {
    let mut hosts = RecipientHosts::default();
    hosts.add_others(received.into_iter().map(|(inbox, host)| Destination { inbox, host }).collect());
    Ok(hosts.allowed_inboxes(tx, speaker.mode, limits)?)
}

/// Returns all recipients of an object to whose hosts anything may still be sent.
fn everyone_who_got(tx: &mut Tx<'_>, speaker: &ActivityContext, uri: &str) -> Result<Vec<Destination>> {
    let mut hosts = RecipientHosts::default();
    let received = tx.list_delivered(uri)?;
    hosts.add_others(received.into_iter().map(|(inbox, host)| Destination { inbox, host }).collect());
    Ok(hosts.reachable_inboxes(tx, speaker.mode)?)
}

/// Returns the recipients whose agreement grants something.
fn only(tx: &mut Tx<'_>, to: Vec<Destination>, flows: impl Fn(GrantSet) -> bool) -> Result<Vec<Destination>> {
    let names: Vec<String> = to.iter().map(|to| to.host.clone()).collect();
    let standings = tx.standings_of(&names)?;
    let granted =
        |to: &Destination| standings.get(&to.host).map_or(GrantSet::USUAL, |there| there.grants.gives);
    Ok(to.into_iter().filter(|to| flows(granted(to))).collect())
}

fn local_status(tx: &mut Tx<'_>, id: StatusId) -> Result<Option<StatusView>> {
    Ok(tx.status_view(None, id)?.filter(|view| view.status.local))
}

/// Writes a status as a note of its thread. A public reply to a public status also addresses the followers of
/// the parent's author, so that the author's server may forward it to them.
fn written(tx: &mut Tx<'_>, speaker: &ActivityContext, view: &StatusView) -> Result<Option<Object>> {
    let context = list_context_uris(tx, &[&view.status])?.remove(&view.status.conversation_id);
    let Some(mut note) = note::write(view, context.as_deref(), &speaker.urls) else { return Ok(None) };
    groups::name_guests(tx, &view.status, &mut note)?;
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
    // Only the company's instances know our departments; others ignore the tag.
    if let Some(Value::Array(tags)) = note.get_mut("tag") {
        tags.extend(tx.departments_mentioned_in(view.status.id)?.iter().map(|called| note::unit_tag(called)));
    }
    Ok(Some(note))
}

/// Forwards an incoming activity unchanged: a new reply to the followers of `owner`, or a change to everyone
/// who received the forwarded original. The instance actor signs the request; receivers confirm the author at
/// the activity's own server.
pub(super) fn forward(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    entry: &InboxEntry,
    object: &str,
    owner: Option<&Account>,
) -> Result<()> {
    let mut hosts = RecipientHosts::default();
    match owner {
        Some(owner) => hosts.add_followers(tx.list_follower_inboxes(owner.id)?),
        None => {
            let received = tx.list_delivered(object)?;
            hosts.add_others(received.into_iter().map(|(inbox, host)| Destination { inbox, host }).collect());
        }
    }
    hosts.remove(&entry.host);
    let to = match owner {
        Some(_) => {
            let to = hosts.allowed_inboxes(tx, speaker.mode, &Reach::Public.into())?;
            only(tx, to, |granted| agreement_filter::still_given(granted, entry.body.as_bytes()))?
        }
        None => hosts.reachable_inboxes(tx, speaker.mode)?,
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
