//! Activities of local groups (FEP-1b12): the Announce of each activity in the group, for servers that
//! support groups; the group's boost announces the object itself, for all others.

use serde_json::{Value, json};

use super::{
    ActivityContext, Direction, Outgoing, by_media, everyone_who_got, followers_of, local_status, personal,
};
use crate::Result;
use portico_activitystreams::activity::{self, Kind};
use portico_activitystreams::addressing::{self, Written};
use portico_activitystreams::json;
use portico_activitystreams::value::{self, Object};
use portico_activitystreams::{annotations, attachment};
use portico_domain::model::account::Account;
use portico_domain::model::peer::Tier;
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_service::publishing::audience::RecipientHosts;
use portico_service::social::groups::relay_copies::copy_of;
use portico_store::Tx;

/// Whether an activity delivers a post to a group.
pub(super) fn is_posted_to_one(activity: &Object, speaker: &ActivityContext) -> bool {
    let Some(note) = activity.get("object").and_then(Value::as_object) else { return false };
    let instance = speaker.urls.company_audience();
    value::references(note, "audience")
        .iter()
        .any(|audience| !addressing::is_own_audience(audience, &instance))
}

/// Announces a post or edit in the group. A remote activity is embedded unchanged if it carries a proof of
/// its author; otherwise only its object's id is, to be fetched from its own server.
pub(super) fn passed_on(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    boost: StatusId,
    verb: &str,
    raw: Option<&str>,
) -> Result<Option<Outgoing>> {
    let Some(view) = local_status(tx, boost)? else { return Ok(None) };
    let Some(original) = view.boosted.as_deref() else { return Ok(None) };
    let (group, status) = (&view.account, &original.status);
    let written =
        addressing::write(&status.audience_limits(), status.listed, &followers_of(group), &[], &speaker.urls);
    let Some(audience) = written else { return Ok(None) };
    let kind = if verb == "Update" { Kind::Update } else { Kind::Create };
    let came = raw.and_then(|raw| json::read(raw.as_bytes()).ok()).map(Value::Object);
    let inner = came.unwrap_or_else(|| {
        let id = match kind {
            Kind::Update => format!("{}#updates/{}", status.uri, tx.now().millis()),
            _ => format!("{}/activity", status.uri),
        };
        Value::Object(activity::bare(kind, &id, &original.account.uri, json!(status.uri)))
    });
    let id = match kind {
        Kind::Update => format!("{}#updates/{}", view.status.uri, tx.now().millis()),
        _ => format!("{}#passed-on", view.status.uri),
    };
    let mut announce = activity::write(Kind::Announce, &id, &group.uri, inner, &audience);
    announce.insert("published".to_owned(), json!(view.status.created_at.rfc3339()));
    let mut hosts = RecipientHosts::default();
    hosts.add_followers(tx.list_follower_inboxes(group.id)?);
    if let Some(author) = &original.account.domain {
        hosts.remove(author);
    }
    let to = hosts.allowed_inboxes(tx, speaker.mode, &status.audience_limits())?;
    Ok(Some(Outgoing { from: group.id, activity: announce, brings: None, to }))
}

/// Addresses a room's post to its guests by name: their servers do not know rooms, and show the post to the
/// actors it names.
pub(super) fn name_guests(tx: &mut Tx<'_>, status: &Status, note: &mut Object) -> Result<()> {
    let Some(room) = status.group.filter(|_| status.reach == Reach::Group) else { return Ok(()) };
    if let Some(Value::Array(to)) = note.get_mut("to") {
        for guest in tx.list_guests_present(room)? {
            if let Some(guest) = tx.find_account(guest)? {
                to.push(Value::String(guest.uri));
            }
        }
    }
    Ok(())
}

/// Relays a remote member's post in a closed group to guests and members whose servers cannot fetch the
/// original: the group publishes it as its own `Note` with an attribution line. The company's instances need
/// no copy of a post with a proof; `copyOf` names the original to other servers that verify proofs.
pub(super) fn relayed(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    boost: StatusId,
    proven: bool,
    edited: bool,
) -> Result<Vec<Outgoing>> {
    let Some(view) = local_status(tx, boost)? else { return Ok(Vec::new()) };
    let Some(original) = view.boosted.as_deref() else { return Ok(Vec::new()) };
    let (room, author) = (&view.account, &original.account);
    let mut guests: Vec<AccountId> = tx.list_guests_present(room.id)?;
    guests.retain(|guest| *guest != author.id);
    let mut named = Vec::new();
    for guest in &guests {
        named.extend(tx.find_account(*guest)?.map(|guest| guest.uri));
    }
    let mut to = RecipientHosts::guest_inboxes(tx, &guests)?;
    let mut hosts = RecipientHosts::default();
    hosts.add_members(tx, room.id)?;
    let mut members = hosts.allowed_inboxes(tx, speaker.mode, &original.status.audience_limits())?;
    if proven {
        let names: Vec<String> = members.iter().map(|member| member.host.clone()).collect();
        let tiers = tx.tiers_of(&names)?;
        members.retain(|member| tiers.get(&member.host) != Some(&Tier::Company));
    }
    members.retain(|member| member.inbox != author.endpoints.inbox);
    let to_members = !members.is_empty();
    if to_members {
        to.extend(members);
        to.sort_unstable();
        to.dedup();
        named.insert(0, followers_of(room));
    }
    let id = copy_of(&view.status.uri);
    if edited {
        // An edit goes only to those who received the copy and are still in the group.
        let got = everyone_who_got(tx, speaker, &id)?;
        to.retain(|one| got.contains(one));
    }
    let href = author.url.as_deref().unwrap_or(&author.uri);
    let by = format!(
        "<p>{} (<a href=\"{}\">{}</a>):</p>",
        escaped(author.name()),
        escaped(href),
        escaped(&author.acct())
    );
    let mut audience = Written::to(&named.iter().map(String::as_str).collect::<Vec<_>>());
    if to_members {
        audience = audience.and_group(&room.uri);
    }
    let at = view.status.created_at.rfc3339();
    let mut note = Object::new();
    for (name, value) in [
        ("id", json!(id)),
        ("type", json!("Note")),
        ("attributedTo", json!(room.uri)),
        ("content", json!(format!("{by}{}", original.status.content))),
        ("published", json!(at)),
        ("sensitive", json!(original.is_sensitive())),
        (annotations::COPY_OF, json!(original.status.uri)),
    ] {
        note.insert(name.to_owned(), value);
    }
    if !original.status.spoiler_text.is_empty() {
        note.insert("summary".to_owned(), json!(original.status.spoiler_text));
    }
    let parent = original.status.in_reply_to_id.map(|id| tx.find_status(id)).transpose()?.flatten();
    // A local parent is known to the receivers by its own id; of any other parent they have a copy like this
    // one.
    let answered = match parent {
        Some(parent) if parent.local => Some(parent.uri),
        Some(parent) if proven => tx.find_boost(room.id, parent.id)?.map(|boost| copy_of(&boost.uri)),
        _ => None,
    };
    if let Some(answered) = answered {
        note.insert("inReplyTo".to_owned(), json!(answered));
    }
    audience.put_on(&mut note);
    let changed = original.status.edited_at.filter(|_| edited);
    let (kind, word) = match changed {
        Some(at) => (Kind::Update, format!("#updates/{}", at.millis())),
        None => (Kind::Create, "/activity".to_owned()),
    };
    if let Some(at) = changed {
        note.insert("updated".to_owned(), json!(at.rfc3339()));
    }
    let (whole, bare) = by_media(tx, to, !original.media.is_empty())?;
    let mut versions = Vec::new();
    for (more, to) in [("", whole), ("/without-media", bare)] {
        let mut note = note.clone();
        if more.is_empty() && !original.media.is_empty() {
            note.insert("attachment".to_owned(), Value::Array(attachment::write_remote(&original.media)));
        }
        let activity = activity::with_note(kind, &format!("{id}{word}{more}"), &room.uri, note, &at);
        if !to.is_empty() {
            versions.push(Outgoing { from: room.id, activity, brings: Some(id.clone()), to });
        }
    }
    Ok(versions)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Writes the Invite for a remote person that the group enrols; their server then follows the group.
pub(super) fn enrolled(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    (group, person): (AccountId, AccountId),
    at: Timestamp,
) -> Result<Option<Outgoing>> {
    let (Some(group), Some(person)) = (tx.find_account(group)?, tx.find_account(person)?) else {
        return Ok(None);
    };
    let id = format!("{}#invites/{}/{}", group.uri, person.id, at.millis());
    let mut invite = activity::bare(Kind::Invite, &id, &group.uri, json!(group.uri));
    invite.insert("target".to_owned(), json!(person.uri));
    personal(tx, speaker, &group, &person, invite, Direction::Do)
}

/// Writes what ends a group's boost: its Undo, the Announce of a Delete, and the Delete of the relay copy.
pub(super) fn took_back(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    group: AccountId,
    uri: &str,
    object: &str,
) -> Result<Vec<Outgoing>> {
    let Some(group) = tx.find_account(group)?.filter(Account::is_local) else { return Ok(Vec::new()) };
    let to = everyone_who_got(tx, speaker, uri)?;
    let audience = Written::to(&[&followers_of(&group)]);
    let boost = activity::bare(Kind::Announce, uri, &group.uri, json!(object));
    let undo = Value::Object(boost);
    let undo = activity::write(Kind::Undo, &format!("{uri}#undo"), &group.uri, undo, &audience);
    let gone = activity::bare(Kind::Delete, &format!("{uri}#delete"), &group.uri, json!(object));
    let id = format!("{uri}#taken-back");
    let announce = activity::write(Kind::Announce, &id, &group.uri, Value::Object(gone), &audience);
    let copy = copy_of(uri);
    let guests = everyone_who_got(tx, speaker, &copy)?;
    let audience = activity::farewell_audience(&followers_of(&group), false);
    let id = format!("{copy}#delete");
    let ended = activity::write(Kind::Delete, &id, &group.uri, activity::tombstone(&copy), &audience);
    let one = |activity, to| Outgoing { from: group.id, activity, brings: None, to };
    let mut all = vec![one(announce, to.clone()), one(undo, to)];
    if !guests.is_empty() {
        all.push(one(ended, guests));
    }
    Ok(all)
}

/// Writes the Add or Remove of a post in the group's featured collection.
pub(super) fn pinned(
    tx: &mut Tx<'_>,
    speaker: &ActivityContext,
    group: AccountId,
    status: StatusId,
    pinned: bool,
    at: Timestamp,
) -> Result<Option<Outgoing>> {
    let Some(group) = tx.find_account(group)?.filter(Account::is_local) else { return Ok(None) };
    let (Some(status), Some(featured)) = (tx.find_status(status)?, group.endpoints.featured.clone()) else {
        return Ok(None);
    };
    let mut hosts = RecipientHosts::default();
    hosts.add_followers(tx.list_follower_inboxes(group.id)?);
    let to = hosts.allowed_inboxes(tx, speaker.mode, &status.audience_limits())?;
    let (kind, word) = if pinned { (Kind::Add, "add") } else { (Kind::Remove, "remove") };
    let id = format!("{featured}#{word}/{}/{}", status.id, at.millis());
    let audience = Written::to(&[&followers_of(&group)]);
    let mut activity = activity::write(kind, &id, &group.uri, json!(status.uri), &audience);
    activity.insert("target".to_owned(), json!(featured));
    Ok(Some(Outgoing { from: group.id, activity, brings: None, to }))
}
