//! What is posted to a group: where a post belongs, and how the group passes it on.

use super::rooms::{is_present, welcome};
use super::{is_member, known, own};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::group::{Group, GroupVisibility, Standing};
use crate::model::page::{Page, PageRequest};
use crate::model::reach::Partner;
use crate::model::status::{RemoteStatus, Status};
use crate::model::urls::Urls;
use crate::model::view::StatusView;
use crate::model::{AccountId, Reach, StatusId};
use crate::policy::groups as policy;
use crate::policy::reach::{Viewer, scope};
use crate::service::{Error, Result, boosts, fan_out, setting};
use crate::store::{Reader, Tx};

/// How many posts a group keeps on top.
const MOST_PINNED: usize = 5;
/// The same for groups elsewhere, which may allow more.
const MOST_PINNED_ELSEWHERE: usize = 20;

/// The group that something is posted to.
pub(in crate::service) struct Place {
    /// The group.
    pub group: AccountId,
    /// Who sees it.
    pub visibility: GroupVisibility,
    /// The partner that what is posted to it is for, if it is a partner's own.
    pub partner: Option<Partner>,
}

/// The group that somebody posts to: the one that they say, or else the first of those they name of which they
/// are a member.
///
/// # Errors
/// `NotFound` for a group that they may not know of, `Invalid` for one of which they are no member.
pub(in crate::service) fn place(
    reader: &mut Reader<'_>,
    me: AccountId,
    said: Option<AccountId>,
    named: &[AccountId],
) -> Result<Option<Place>> {
    if let Some(id) = said {
        let view = known(reader, me, id)?;
        if view.standing != Standing::Member {
            return Err(Error::invalid("Join the group to post to it"));
        }
        let place = place_of(reader, &view.group)?;
        return place.map(Some).ok_or(Error::invalid("The group's organisation is no partner now"));
    }
    let raw: Vec<i64> = named.iter().map(|id| id.0).collect();
    let groups = reader.groups_by_id(&raw)?;
    if groups.is_empty() {
        return Ok(None);
    }
    let standings = reader.group_standings(me, &raw)?;
    let joined = named.iter().find(|id| standings.of(**id).0 == Standing::Member);
    let found = joined.and_then(|id| groups.get(&id.0));
    Ok(found.map(|group| place_of(reader, group)).transpose()?.flatten())
}

/// A group as a place to post to. What a partner has made for its own organisation is for that partner, and for
/// no other of ours; none if it is no partner now.
fn place_of(reader: &mut Reader<'_>, group: &Group) -> Result<Option<Place>> {
    let place = Place { group: group.id, visibility: group.visibility, partner: None };
    let host = reader.find_account(group.id)?.and_then(|account| account.domain);
    let Some(host) = host else { return Ok(Some(place)) };
    Ok(match policy::for_one_host(group.visibility, reader.standing_of(&host)?.tier) {
        Ok(false) => Some(place),
        Ok(true) => Some(Place {
            visibility: GroupVisibility::Within(Reach::Partners),
            partner: Some(Partner::named(&host)),
            ..place
        }),
        Err(_) => None,
    })
}

/// Lets a group of ours pass on what was posted to it: it shows with its members, wherever they are. `raw` is
/// the activity that brought it, if it came from elsewhere and proves by itself who said it.
pub(in crate::service) fn pass_on(
    tx: &mut Tx<'_>,
    urls: &Urls,
    status: &Status,
    raw: Option<&str>,
) -> Result<()> {
    let Some(group) = status.group.map(|id| tx.find_account(id)).transpose()?.flatten() else {
        return Ok(());
    };
    if !group.is_local() || group.suspended_at.is_some() || tx.find_boost(group.id, status.id)?.is_some() {
        return Ok(());
    }
    let id: StatusId = tx.next_id();
    let uri = urls.announce(&group.username, id);
    let boost = Status { local: true, ..boosts::wrapper(id, uri, group.id, status, tx.now()) };
    if tx.insert_status(&boost, &[])? {
        fan_out::begin(tx, &boost)?;
        let (raw, proven) = (raw.map(ToOwned::to_owned), raw.is_some());
        tx.emit(&Event::GroupPassedOn { boost: boost.id, verb: "Create".to_owned(), raw })?;
        tx.emit(&Event::Reblogged { status: boost.id })?;
        // Members elsewhere cannot have it from where it is, nor believe it without a proof that they understand.
        if !status.local && status.reach == Reach::Group {
            tx.emit(&Event::RoomRelayed { boost: boost.id, proven, edited: false })?;
        }
    }
    Ok(())
}

/// Lets a group of ours take back what it passed on, because its author deletes it or the group no longer wants
/// it. The status itself must still be there.
pub(in crate::service) fn taken_back(tx: &mut Tx<'_>, status: &Status) -> Result<()> {
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

/// Whether what somebody says is in a group still: they are a member, or a guest whose time is not over.
fn speaks_in(reader: &mut Reader<'_>, group: AccountId, who: AccountId) -> Result<bool> {
    Ok(is_member(reader, group, who)? || is_present(reader, group, who)?)
}

/// Whether the author of a status may change what it says. Whoever is out of a closed group of ours changes
/// nothing in it any more.
pub(in crate::service) fn may_change(reader: &mut Reader<'_>, status: &Status) -> Result<bool> {
    let Some(group) = status.group.filter(|_| status.reach == Reach::Group) else { return Ok(true) };
    let ours = reader.find_account(group)?.is_some_and(|group| group.is_local());
    Ok(!ours || speaks_in(reader, group, status.account_id)?)
}

/// Lets a group of ours tell of an edit of what it has passed on.
pub(in crate::service) fn edited(tx: &mut Tx<'_>, status: &Status, raw: Option<&str>) -> Result<()> {
    let Some(group) = status.group.map(|id| tx.find_account(id)).transpose()?.flatten() else {
        return Ok(());
    };
    if !group.is_local() || group.suspended_at.is_some() || !may_change(tx, status)? {
        return Ok(());
    }
    let Some(boost) = tx.find_boost(group.id, status.id)? else { return Ok(()) };
    if !status.local && status.reach == Reach::Group {
        // To whoever has the group's words, whether or not the edit proves by itself who makes it.
        tx.emit(&Event::RoomRelayed { boost: boost.id, proven: false, edited: true })?;
    }
    let raw = raw.map(ToOwned::to_owned);
    Ok(tx.emit(&Event::GroupPassedOn { boost: boost.id, verb: "Update".to_owned(), raw })?)
}

/// The group that a status from elsewhere is in, and how far it goes: the group that it is addressed to, or
/// that of what it answers. To a group of ours only members and guests post; what they address to a closed one
/// is for its members, and what they send to chosen people is not in an open one.
pub(in crate::service) fn group_for(
    tx: &mut Tx<'_>,
    author: AccountId,
    status: &RemoteStatus,
    parent: Option<&Status>,
) -> Result<(Option<AccountId>, Reach)> {
    let reach = status.reach;
    let outside = (None, reach);
    let inherited = parent.filter(|parent| parent.reach == Reach::Group || reach.is_organisational());
    let Some(id) = status.group.or_else(|| inherited.and_then(|parent| parent.group)) else {
        return Ok(outside);
    };
    let (Some(account), Some(group)) = (tx.find_account(id)?, tx.find_group(id)?) else { return Ok(outside) };
    if account.is_local() && !is_member(tx, id, author)? && !welcome(tx, id, author)? {
        return Ok(outside);
    }
    match (group.visibility.is_closed(), reach) {
        (true, Reach::Direct) => {
            // Nobody whom it names may lose it by that.
            let members = tx.members_among(id, &status.mentions)?;
            let mut others = Vec::new();
            for named in status.mentions.iter().filter(|named| **named != id && !members.contains(named)) {
                others.extend(tx.find_account(*named)?.filter(Account::is_local));
            }
            if others.is_empty() { Ok((Some(id), Reach::Group)) } else { Ok(outside) }
        }
        // What the group itself says to its members: the words of somebody whose server makes no proofs.
        (true, Reach::Followers) if author == id => Ok((Some(id), Reach::Group)),
        (_, reach) if reach.is_organisational() => Ok((Some(id), reach)),
        _ => Ok(outside),
    }
}

/// A page of what was posted to a group, the newest first.
///
/// # Errors
/// `NotFound` for a group that one may not know of.
pub async fn timeline(
    instance: &Instance,
    me: AccountId,
    id: AccountId,
    request: PageRequest,
) -> Result<Page<StatusView>> {
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            known(reader, me, id)?;
            let page = reader.group_timeline_page(me, &scope, id, &request)?;
            let views = reader.status_views(Some(me), &page.items)?;
            Ok(page.with_items(views))
        })
        .await
}

/// What a group keeps on top, as far as one may see it.
///
/// # Errors
/// `NotFound` for a group that one may not know of.
pub async fn pins(instance: &Instance, me: AccountId, id: AccountId) -> Result<Vec<StatusView>> {
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            known(reader, me, id)?;
            let ids = reader.list_group_pins(id)?;
            let ids = reader.those_visible(&scope, &ids)?;
            Ok(reader.status_views(Some(me), &ids)?)
        })
        .await
}

/// The object ids of what a group of ours keeps on top, as far as another server may have it.
pub async fn featured(instance: &Instance, viewer: Viewer, id: AccountId) -> Result<Vec<String>> {
    let scope = scope(&viewer, &setting(instance));
    instance
        .store
        .read(move |reader| {
            let ids = reader.list_group_pins(id)?;
            let ids = reader.those_visible(&scope, &ids)?;
            let views = reader.status_views(None, &ids)?;
            Ok(views.into_iter().map(|view| view.status.uri).collect())
        })
        .await
}

/// Keeps a post on top of a group.
///
/// # Errors
/// `NotFound` for what is not in the group, `Refused` for who may not, `Invalid` when there are enough.
pub async fn pin(instance: &Instance, me: AccountId, id: AccountId, status: StatusId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_moderate(own(tx, me, id)?.role)?;
            let status = inside(tx, id, status)?;
            let before = tx.list_group_pins(id)?;
            if before.contains(&status.id) {
                return Ok(());
            }
            if before.len() >= MOST_PINNED {
                return Err(Error::invalid("The group has already pinned the maximum number of posts"));
            }
            tx.set_group_pin(id, status.id, true)?;
            tell_pin(tx, id, &status, true)
        })
        .await
}

/// Keeps a post on top of a group no longer.
///
/// # Errors
/// `NotFound`, `Refused` for who may not.
pub async fn unpin(instance: &Instance, me: AccountId, id: AccountId, status: StatusId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_moderate(own(tx, me, id)?.role)?;
            let found = tx.find_status(status)?.ok_or(Error::NotFound("status"))?;
            if tx.set_group_pin(id, status, false)? {
                tell_pin(tx, id, &found, false)?;
            }
            Ok(())
        })
        .await
}

/// Takes in that a group elsewhere keeps a post on top, or no longer: one that was posted to it.
pub async fn receive_pin(instance: &Instance, id: AccountId, status: StatusId, pinned: bool) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let full = tx.list_group_pins(id)?.len() >= MOST_PINNED_ELSEWHERE;
            if !pinned || (!full && inside(tx, id, status).is_ok()) {
                tx.set_group_pin(id, status, pinned)?;
            }
            Ok(())
        })
        .await
}

/// Takes in all that a group elsewhere keeps on top; what it did not name is taken down.
pub async fn receive_pins(instance: &Instance, id: AccountId, statuses: Vec<StatusId>) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            for old in tx.list_group_pins(id)? {
                tx.set_group_pin(id, old, false)?;
            }
            for status in statuses.iter().take(MOST_PINNED_ELSEWHERE) {
                if inside(tx, id, *status).is_ok() {
                    tx.set_group_pin(id, *status, true)?;
                }
            }
            Ok(())
        })
        .await
}

fn tell_pin(tx: &mut Tx<'_>, group: AccountId, status: &Status, pinned: bool) -> Result<()> {
    let at = tx.now();
    Ok(tx.emit(&Event::GroupPinned { group, status: status.id, pinned, at })?)
}

/// The post with this id, if it is in the group.
fn inside(reader: &mut Reader<'_>, group: AccountId, status: StatusId) -> Result<Status> {
    let found = reader.find_status(status)?.filter(|status| status.group == Some(group));
    found.ok_or(Error::NotFound("status"))
}

/// Takes a post out of a group: it is no longer shown there, nor with the members. What was for members alone
/// stays with its author.
///
/// # Errors
/// `NotFound` for what is not in the group, `Refused` for who may not.
pub async fn unpost(instance: &Instance, me: AccountId, id: AccountId, status: StatusId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_moderate(own(tx, me, id)?.role)?;
            let status = inside(tx, id, status)?;
            tx.set_group_pin(id, status.id, false)?;
            taken_back(tx, &status)?;
            Ok(tx.leave_group(status.id)?)
        })
        .await
}
