//! Groups: teams, projects, communities of practice. A group is an account without a user. Its members, local
//! and remote, follow it, and it relays the posts made in it to them.

mod auto;
mod manage;
mod members;
mod posting;
pub mod relay_copies;
mod rooms;

pub(crate) use auto::profile_changed;
pub use auto::{follow_rules, refresh_rules};
pub use manage::{GroupInput, NewGroup, change, change_as_operator, close, close_as_operator, create};
pub use members::{
    Membership, accept, add_as_operator, ban, invitations, invite, join, leave, look_up, members,
    members_as_operator, receive_enrolment, refuse, remove, remove_as_operator, requests, set_role,
    set_role_as_operator, unban, uninvite,
};
pub(crate) use members::{check_entry, notify_of_request};
pub(crate) use posting::{
    GroupPlacement, choose_group, group_for, may_change, relay, relay_deletion, relay_edit,
};
pub use posting::{featured, pin, pins, receive_pin, receive_pins, timeline, unpin, unpost};
pub(crate) use rooms::forget_old_guests;
pub use rooms::{GuestView, end_guest, guests, invite_guest, receive_guest, receive_leave, turn_guest_away};

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::group::{Group, GroupAudience, GroupMembership, GroupView, JoinPolicy};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::policy::groups as policy;
use portico_store::{GroupFilter, Reader, Tx};

/// A search for groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupQuery {
    /// Whether to return only groups of which the account is a member.
    pub joined: bool,
    /// A part of the name.
    pub text: String,
}

/// Returns a page of the groups that the account may see, the newest first.
pub async fn list(
    instance: &Instance,
    me: AccountId,
    search: GroupQuery,
    request: PageRequest,
) -> Result<Page<GroupView>> {
    instance
        .store
        .read(move |reader| {
            let filter = GroupFilter { joined: search.joined, text: search.text.clone() };
            let page = reader.group_page(me, &filter, &request)?;
            let views = load_views(reader, me, &page.items)?;
            Ok(page.with_items(views))
        })
        .await
}

/// Lists every group of this instance for the operator.
pub async fn list_all(instance: &Instance) -> Result<Vec<(Account, Group)>> {
    instance
        .store
        .read(|reader| {
            let groups = reader.list_groups()?;
            let ids: Vec<i64> = groups.iter().map(|group| group.id.0).collect();
            let mut accounts = reader.accounts_by_id(&ids)?;
            let with = groups.into_iter().filter_map(|group| Some((accounts.remove(&group.id.0)?, group)));
            Ok(with.collect())
        })
        .await
}

/// Returns a group as `me` sees it.
///
/// # Errors
/// `NotFound` also for an account that is not a group.
pub async fn show(instance: &Instance, me: AccountId, id: AccountId) -> Result<GroupView> {
    instance.store.read(move |reader| load_view(reader, me, id)).await
}

/// Finds a group by its name or address.
pub async fn find(instance: &Instance, me: AccountId, address: &str) -> Result<GroupView> {
    let own = instance.urls.domain().to_owned();
    let parts = lookup::split_address(address, &own).ok_or(Error::NotFound("group"))?;
    instance
        .store
        .read(move |reader| {
            let found = reader.find_account_by_handle(&parts.0, parts.1.as_deref())?;
            load_view(reader, me, found.ok_or(Error::NotFound("group"))?.id)
        })
        .await
}

/// Finds a local group by its name, for the operator.
pub async fn find_as_operator(instance: &Instance, name: &str) -> Result<(Account, Group)> {
    let name = name.trim().trim_start_matches('@').to_lowercase();
    let name = name.split('@').next().unwrap_or_default().to_owned();
    instance
        .store
        .read(move |reader| {
            let account = reader.find_account_by_handle(&name, None)?.ok_or(Error::NotFound("group"))?;
            let group = reader.find_group(account.id)?.ok_or(Error::NotFound("group"))?;
            Ok((account, group))
        })
        .await
}

/// Stores the settings of a remote group: its join policy and the visibility of its posts.
pub(crate) fn receive(tx: &mut Tx<'_>, account: &Account, audience: GroupAudience) -> Result<()> {
    let visibility = policy::visibility_elsewhere(audience, account.discoverable);
    Ok(tx.set_group(&Group {
        id: account.id,
        join: if account.locked { JoinPolicy::Request } else { JoinPolicy::Open },
        visibility,
        rule: None,
        room: false,
        created_by: None,
        created_at: tx.now(),
    })?)
}

/// Returns whether another server may fetch the documents of a local group. For a hidden group, only if one
/// of its members or invited accounts is on that server.
pub async fn may_be_fetched(
    instance: &Instance,
    viewer: &portico_domain::policy::reach::Viewer,
    account: &Account,
) -> Result<bool> {
    if account.kind != ActorKind::Group {
        return Ok(true);
    }
    let (id, viewer) = (account.id, viewer.clone());
    instance.store.read(move |reader| may_fetch(reader, &viewer, id)).await
}

fn may_fetch(
    reader: &mut Reader<'_>,
    viewer: &portico_domain::policy::reach::Viewer,
    id: AccountId,
) -> Result<bool> {
    use portico_domain::policy::reach::Viewer;
    if reader.hidden_groups_among(viewer.local_account(), &[id.0])?.is_empty() {
        return Ok(true);
    }
    match viewer {
        Viewer::Anonymous | Viewer::Local(_) => Ok(false),
        Viewer::Host { domain, .. } => Ok(reader.is_group_known_at(id, domain)?),
        Viewer::Actor { id: asker, .. } => {
            let domain = reader.find_account(*asker)?.and_then(|account| account.domain);
            Ok(match domain {
                Some(domain) => reader.is_group_known_at(id, &domain)?,
                None => false,
            })
        }
    }
}

/// Finds a group that `me` may see.
fn load_view(reader: &mut Reader<'_>, me: AccountId, id: AccountId) -> Result<GroupView> {
    let view = load_views(reader, me, &[id])?.pop().ok_or(Error::NotFound("group"))?;
    policy::may_know(&view.group, view.standing).map_err(|_| Error::NotFound("group"))?;
    Ok(view)
}

/// Finds a local group that `me` may see.
fn load_managed(reader: &mut Reader<'_>, me: AccountId, id: AccountId) -> Result<GroupView> {
    let view = load_view(reader, me, id)?;
    if view.account.is_local() { Ok(view) } else { Err(Error::NotFound("group")) }
}

/// Loads groups as `me` sees them, in a fixed number of queries.
fn load_views(reader: &mut Reader<'_>, me: AccountId, ids: &[AccountId]) -> Result<Vec<GroupView>> {
    let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let mut accounts = reader.accounts_by_id(&raw)?;
    let mut groups = reader.groups_by_id(&raw)?;
    let standings = reader.group_standings(me, &raw)?;
    let view = |id: &AccountId| {
        let (standing, role) = standings.of(*id);
        Some(GroupView { account: accounts.remove(&id.0)?, group: groups.remove(&id.0)?, standing, role })
    };
    Ok(ids.iter().filter_map(view).collect())
}

/// Finds a local group and its account, without a visibility check.
fn find_group(reader: &mut Reader<'_>, id: AccountId) -> Result<(Account, Group)> {
    let group = reader.find_group(id)?.ok_or(Error::NotFound("group"))?;
    let account = reader.find_account(id)?.filter(Account::is_local).ok_or(Error::NotFound("group"))?;
    Ok((account, group))
}

/// Returns whether an account is a member of a group.
fn is_member(reader: &mut Reader<'_>, group: AccountId, who: AccountId) -> Result<bool> {
    Ok(reader.group_standings(who, &[group.0])?.of(group).0 == GroupMembership::Member)
}
