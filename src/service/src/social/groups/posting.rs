//! Posts in groups: which group a post belongs to, how the group relays it as a boost, and pinned posts.

use super::rooms::{is_present, welcome};
use super::{is_member, load_managed, load_view};
use crate::instance::Instance;
use crate::publishing::receive::AdmittedPost;
use crate::publishing::{boosts, fan_out};
use crate::{Error, Result, setting};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::group::{Group, GroupMembership, GroupVisibility};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::reach::Partner;
use portico_domain::model::status::Status;
use portico_domain::model::urls::Urls;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::groups as policy;
use portico_domain::policy::reach::{Viewer, scope};
use portico_store::{Reader, Tx};

/// The maximum number of pinned posts of a local group.
const MOST_PINNED: usize = 5;
/// The maximum number of pinned posts of a remote group, whose server may allow more.
const MOST_PINNED_ELSEWHERE: usize = 20;

/// The group in which a status is posted.
pub(crate) struct GroupPlacement {
    /// The group.
    pub group: AccountId,
    /// The visibility of its posts.
    pub visibility: GroupVisibility,
    /// The only partner that may get its posts, for a group that a partner created for its own organisation.
    pub partner: Option<Partner>,
}

/// Returns the group in which `me` posts: the one chosen in `said`, or else the first group among the
/// mentions of which `me` is a member.
///
/// # Errors
/// `Invalid` for a chosen group of which `me` is not a member.
pub(crate) fn choose_group(
    reader: &mut Reader<'_>,
    me: AccountId,
    said: Option<AccountId>,
    named: &[AccountId],
) -> Result<Option<GroupPlacement>> {
    if let Some(id) = said {
        let view = load_view(reader, me, id)?;
        if view.standing != GroupMembership::Member {
            return Err(Error::invalid("Join the group to post to it"));
        }
        let place = load_placement(reader, &view.group)?;
        return place.map(Some).ok_or(Error::invalid("The group's organisation is no longer a partner"));
    }
    let raw: Vec<i64> = named.iter().map(|id| id.0).collect();
    let groups = reader.groups_by_id(&raw)?;
    if groups.is_empty() {
        return Ok(None);
    }
    let standings = reader.group_standings(me, &raw)?;
    let joined = named.iter().find(|id| standings.of(**id).0 == GroupMembership::Member);
    let found = joined.and_then(|id| groups.get(&id.0));
    Ok(found.map(|group| load_placement(reader, group)).transpose()?.flatten())
}

/// Returns a group as a place to post in. A group that a partner created for its own organisation is limited
/// to that partner. `None` if its host is no longer a partner.
fn load_placement(reader: &mut Reader<'_>, group: &Group) -> Result<Option<GroupPlacement>> {
    let place = GroupPlacement { group: group.id, visibility: group.visibility, partner: None };
    let host = reader.find_account(group.id)?.and_then(|account| account.domain);
    let Some(host) = host else { return Ok(Some(place)) };
    Ok(match policy::for_one_host(group.visibility, reader.standing_of(&host)?.tier) {
        Ok(false) => Some(place),
        Ok(true) => Some(GroupPlacement {
            visibility: GroupVisibility::Within(Reach::Partners),
            partner: Some(Partner::named(&host)),
            ..place
        }),
        Err(_) => None,
    })
}

/// Boosts a status in the name of its local group, so that all members get it. `raw` is the remote activity
/// that brought the status, if it carries a proof of its author.
pub(crate) fn relay(tx: &mut Tx<'_>, urls: &Urls, status: &Status, raw: Option<&str>) -> Result<()> {
    let Some(group) = status.group.map(|id| tx.find_account(id)).transpose()?.flatten() else {
        return Ok(());
    };
    if !group.is_local() || group.suspended_at.is_some() || tx.find_boost(group.id, status.id)?.is_some() {
        return Ok(());
    }
    let id: StatusId = tx.next_id();
    let uri = urls.announce(&group.username, id);
    let boost = Status { local: true, ..boosts::new_boost(id, uri, group.id, status, tx.now()) };
    if tx.insert_status(&boost, &[])? {
        fan_out::begin(tx, &boost)?;
        let (raw, proven) = (raw.map(ToOwned::to_owned), raw.is_some());
        tx.emit(&Event::GroupPassedOn { boost: boost.id, verb: "Create".to_owned(), raw })?;
        tx.emit(&Event::Boosted { status: boost.id })?;
        // Members' servers cannot fetch the original, and can verify it only by a proof that they support.
        if !status.local && status.reach == Reach::Group {
            tx.emit(&Event::RoomRelayed { boost: boost.id, proven, edited: false })?;
        }
    }
    Ok(())
}

/// Removes a local group's boost of a status, because its author deletes it or the group removes it. The
/// status row must still exist.
pub(crate) fn relay_deletion(tx: &mut Tx<'_>, status: &Status) -> Result<()> {
    let Some(group) = status.group.map(|id| tx.find_account(id)).transpose()?.flatten() else {
        return Ok(());
    };
    if !group.is_local() {
        return Ok(());
    }
    let Some(boost) = tx.find_boost(group.id, status.id)? else { return Ok(()) };
    tx.delete_status(&boost, &group.uri)?;
    tx.emit(&Event::GroupTookBack { group: group.id, uri: boost.uri, object: status.uri.clone() })?;
    Ok(())
}

/// Returns whether an account may post in a group: as a member or as a current guest.
fn may_post_in(reader: &mut Reader<'_>, group: AccountId, who: AccountId) -> Result<bool> {
    Ok(is_member(reader, group, who)? || is_present(reader, group, who)?)
}

/// Returns whether the author may edit a status. An author who has left a closed local group cannot edit
/// their posts in it.
pub(crate) fn may_change(reader: &mut Reader<'_>, status: &Status) -> Result<bool> {
    let Some(group) = status.group.filter(|_| status.reach == Reach::Group) else { return Ok(true) };
    let ours = reader.find_account(group)?.is_some_and(|group| group.is_local());
    Ok(!ours || may_post_in(reader, group, status.account_id)?)
}

/// Announces the edit of a status that a local group has boosted.
pub(crate) fn relay_edit(tx: &mut Tx<'_>, status: &Status, raw: Option<&str>) -> Result<()> {
    let Some(group) = status.group.map(|id| tx.find_account(id)).transpose()?.flatten() else {
        return Ok(());
    };
    if !group.is_local() || group.suspended_at.is_some() || !may_change(tx, status)? {
        return Ok(());
    }
    let Some(boost) = tx.find_boost(group.id, status.id)? else { return Ok(()) };
    if !status.local && status.reach == Reach::Group {
        // Sent to every holder of the group's relayed copy, whether or not the edit carries a proof of its
        // author.
        tx.emit(&Event::RoomRelayed { boost: boost.id, proven: false, edited: true })?;
    }
    let raw = raw.map(ToOwned::to_owned);
    Ok(tx.emit(&Event::GroupPassedOn { boost: boost.id, verb: "Update".to_owned(), raw })?)
}

/// Returns the group and the reach of a remote status: the group that it addresses, or the group of its
/// parent. Only members and guests post in a local group. A post addressed to a closed group gets the reach
/// of its members; a direct post does not belong to an open group.
pub(crate) fn group_for(
    tx: &mut Tx<'_>,
    author: AccountId,
    admitted: &AdmittedPost,
    mentions: &[AccountId],
    parent: Option<&Status>,
) -> Result<(Option<AccountId>, Reach)> {
    let reach = admitted.limits.reach;
    let outside = (None, reach);
    let inherited = parent.filter(|parent| parent.reach == Reach::Group || reach.is_organisational());
    let Some(id) = admitted.group.or_else(|| inherited.and_then(|parent| parent.group)) else {
        return Ok(outside);
    };
    let (Some(account), Some(group)) = (tx.find_account(id)?, tx.find_group(id)?) else { return Ok(outside) };
    if account.is_local() && !is_member(tx, id, author)? && !welcome(tx, id, author)? {
        return Ok(outside);
    }
    match (group.visibility.is_closed(), reach) {
        (true, Reach::Direct) => {
            // A direct post that mentions local accounts outside the group stays a direct post, so that they
            // can see it.
            let members = tx.members_among(id, mentions)?;
            let mut others = Vec::new();
            for named in mentions.iter().filter(|named| **named != id && !members.contains(named)) {
                others.extend(tx.find_account(*named)?.filter(Account::is_local));
            }
            if others.is_empty() { Ok((Some(id), Reach::Group)) } else { Ok(outside) }
        }
        // The group's own post to its followers: a relayed copy for servers without support for proofs.
        (true, Reach::Followers) if author == id => Ok((Some(id), Reach::Group)),
        (_, reach) if reach.is_organisational() => Ok((Some(id), reach)),
        _ => Ok(outside),
    }
}

/// Returns a page of a group's posts, the newest first.
pub async fn timeline(
    instance: &Instance,
    me: AccountId,
    id: AccountId,
    request: PageRequest,
) -> Result<Page<StatusView>> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            load_view(reader, me, id)?;
            let page = reader.group_timeline_page(me, &scope, id, &request)?;
            let views = reader.status_views(Some(me), &page.items)?;
            Ok(page.with_items(views))
        })
        .await
}

/// Lists a group's pinned posts that `me` may see.
pub async fn pins(instance: &Instance, me: AccountId, id: AccountId) -> Result<Vec<StatusView>> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            load_view(reader, me, id)?;
            let ids = reader.list_group_pins(id)?;
            let ids = reader.filter_visible(&scope, &ids)?;
            Ok(reader.status_views(Some(me), &ids)?)
        })
        .await
}

/// Lists the object ids of a local group's pinned posts that `viewer` may see.
pub async fn featured(instance: &Instance, viewer: Viewer, id: AccountId) -> Result<Vec<String>> {
    let scope = scope(&viewer, &setting(instance));
    instance
        .store
        .read(move |reader| {
            let ids = reader.list_group_pins(id)?;
            let ids = reader.filter_visible(&scope, &ids)?;
            let views = reader.status_views(None, &ids)?;
            Ok(views.into_iter().map(|view| view.status.uri).collect())
        })
        .await
}

/// Pins a post in a group. Does nothing if it is already pinned.
///
/// # Errors
/// `NotFound` for a status outside the group, `Refused` unless `me` is a moderator, `Invalid` at the limit.
pub async fn pin(instance: &Instance, me: AccountId, id: AccountId, status: StatusId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_moderate(load_managed(tx, me, id)?.role)?;
            let status = find_in_group(tx, id, status)?;
            let before = tx.list_group_pins(id)?;
            if before.contains(&status.id) {
                return Ok(());
            }
            if before.len() >= MOST_PINNED {
                return Err(Error::invalid("The group has already pinned the maximum number of posts"));
            }
            tx.set_group_pin(id, status.id, true)?;
            emit_pin(tx, id, &status, true)
        })
        .await
}

/// Unpins a post in a group.
///
/// # Errors
/// `Refused` unless `me` is a moderator.
pub async fn unpin(instance: &Instance, me: AccountId, id: AccountId, status: StatusId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_moderate(load_managed(tx, me, id)?.role)?;
            let found = tx.find_status(status)?.ok_or(Error::NotFound("status"))?;
            if tx.set_group_pin(id, status, false)? {
                emit_pin(tx, id, &found, false)?;
            }
            Ok(())
        })
        .await
}

/// Records that a remote group pinned or unpinned a post. Ignores posts outside the group, and pins above the
/// limit.
pub async fn receive_pin(instance: &Instance, id: AccountId, status: StatusId, pinned: bool) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let full = tx.list_group_pins(id)?.len() >= MOST_PINNED_ELSEWHERE;
            if !pinned || (!full && find_in_group(tx, id, status).is_ok()) {
                tx.set_group_pin(id, status, pinned)?;
            }
            Ok(())
        })
        .await
}

/// Replaces the pinned posts of a remote group with this list. Ignores posts outside the group.
pub async fn receive_pins(instance: &Instance, id: AccountId, statuses: Vec<StatusId>) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            for old in tx.list_group_pins(id)? {
                tx.set_group_pin(id, old, false)?;
            }
            for status in statuses.iter().take(MOST_PINNED_ELSEWHERE) {
                if find_in_group(tx, id, *status).is_ok() {
                    tx.set_group_pin(id, *status, true)?;
                }
            }
            Ok(())
        })
        .await
}

fn emit_pin(tx: &mut Tx<'_>, group: AccountId, status: &Status, pinned: bool) -> Result<()> {
    let at = tx.now();
    Ok(tx.emit(&Event::GroupPinned { group, status: status.id, pinned, at })?)
}

/// Finds a status in the group by its id.
fn find_in_group(reader: &mut Reader<'_>, group: AccountId, status: StatusId) -> Result<Status> {
    let found = reader.find_status(status)?.filter(|status| status.group == Some(group));
    found.ok_or(Error::NotFound("status"))
}

/// Removes a post from a group and from its members' timelines. A post that only members could see stays with
/// its author.
///
/// # Errors
/// `NotFound` for a status outside the group, `Refused` unless `me` is a moderator.
pub async fn unpost(instance: &Instance, me: AccountId, id: AccountId, status: StatusId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_moderate(load_managed(tx, me, id)?.role)?;
            let status = find_in_group(tx, id, status)?;
            tx.set_group_pin(id, status.id, false)?;
            relay_deletion(tx, &status)?;
            Ok(tx.leave_group(status.id)?)
        })
        .await
}
