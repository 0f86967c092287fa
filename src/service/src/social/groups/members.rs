//! Group membership: joining, leaving, invitations, join requests, roles, removals and bans.

use super::manage::add_member;
use super::{find_group, is_member, load_managed, load_view};
use crate::instance::Instance;
use crate::lookup;
use crate::publishing::system_messages::{self, MessageWriter, mention};
use crate::social::relationships::{self, FollowOptions};
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::group::{GroupMember, GroupMembership, GroupRole, GroupView};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::relationship::FollowState;
use portico_domain::policy::groups::{self as policy, JoinOutcome};
use portico_domain::policy::{Refusal, reach};
use portico_store::{Reader, Side, Tx};

/// The maximum number of invitations that one page shows.
const MOST_WAITING: i64 = 200;

/// An account's place in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The invited account.
    pub account: Account,
    /// The account that invited them, for an invitation.
    pub by: Option<Account>,
}

/// Returns `target` as `who` meets it when they follow it: a local group is locked if joining needs approval,
/// and any other account is returned unchanged.
///
/// # Errors
/// `NotFound` for a hidden group, `Refused` for an invite-only group that has not invited `who`.
pub(crate) fn check_entry(tx: &mut Tx<'_>, who: &Account, target: Account) -> Result<Account> {
    let Some(group) = tx.find_group(target.id)?.filter(|_| target.is_local()) else { return Ok(target) };
    let invited = tx.is_invited(group.id, who.id)?;
    match policy::may_join(&group, invited) {
        Ok(entry) => {
            if !invited {
                // A membership that starts with one's own follow does not come from the group's rule.
                tx.set_ruled(group.id, who.id, false)?;
            }
            if entry == JoinOutcome::AtOnce {
                tx.delete_invitation(group.id, who.id)?;
            }
            Ok(Account { locked: entry == JoinOutcome::Asks, ..target })
        }
        Err(Refusal::Hidden) => Err(Error::NotFound("account")),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Joins a group, or requests to join it. Does nothing for a member.
///
/// # Errors
/// `Refused` for an invite-only group without an invitation, and for a banned account.
pub async fn join(instance: &Instance, me: &Account, id: AccountId) -> Result<GroupView> {
    let writer = MessageWriter::new(instance);
    let (who, before) = (me.clone(), super::show(instance, me.id, id).await?);
    if before.standing == GroupMembership::Member {
        return Ok(before);
    }
    relationships::follow(instance, me, id, FollowOptions::default()).await?;
    let asks = before.standing == GroupMembership::None && before.account.is_local();
    instance
        .store
        .write(move |tx| {
            let view = load_view(tx, who.id, id)?;
            if asks && view.standing == GroupMembership::Asked {
                notify_of_request(tx, &writer, &view.account, &who)?;
            }
            Ok(view)
        })
        .await
}

/// Sends the moderators of a group a message about a new join request.
pub(crate) fn notify_of_request(
    tx: &mut Tx<'_>,
    writer: &MessageWriter,
    group: &Account,
    who: &Account,
) -> Result<()> {
    for decider in tx.list_group_staff(group.id, GroupRole::Moderator)? {
        if let Some(decider) = tx.find_account(decider)? {
            let words = format!("{} asks to join {}.", mention(who), group.name());
            system_messages::write_message(tx, writer, group, &decider, &words, &[who])?;
        }
    }
    Ok(())
}

/// Records that a remote group enrolled a local person because its rule matches them: they follow the group
/// until they leave or the rule no longer matches. Only groups of company instances may do so.
///
/// # Errors
/// `Refused` for any other group, for a person who has blocked the group, and for a suspended or disabled
/// account.
pub async fn receive_enrolment(instance: &Instance, group: &Account, person: &Account) -> Result<()> {
    let (who, there) = (person.clone(), group.clone());
    let is_new = instance.store.write(move |tx| {
        policy::may_enrol(there.kind, tx.tier_of_account(&there)?)?;
        if who.is_away() || tx.find_user_by_account(who.id)?.is_none_or(|user| user.disabled_at.is_some()) {
            return Err(Refusal::Suspended.into());
        }
        // An earlier enrolment without a follow means that the person left, so they are not enrolled again.
        let known = tx.is_ruled(there.id, who.id)? || tx.find_follow_between(who.id, there.id)?.is_some();
        tx.set_ruled(there.id, who.id, true)?;
        Ok::<_, Error>(!known)
    });
    if !is_new.await? {
        return Ok(());
    }
    relationships::follow(instance, person, group.id, FollowOptions::default()).await.map(drop)
}

/// Leaves a group, or withdraws one's own join request or declines an invitation.
///
/// # Errors
/// `Invalid` for the last owner.
pub async fn leave(instance: &Instance, me: AccountId, id: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let view = load_view(tx, me, id)?;
            let owners = tx.list_group_staff(id, GroupRole::Owner)?.len();
            policy::may_step_down(view.role, owners).map_err(|_| {
                Error::invalid("A group has to have an owner: make another member an owner first")
            })?;
            tx.delete_invitation(id, me)?;
            relationships::end(tx, me, &view.account)
        })
        .await
}

/// Returns a page of a group's members, the newest first.
///
/// # Errors
/// `Refused` for a non-member, if the group shows its members only to members.
pub async fn members(
    instance: &Instance,
    me: AccountId,
    id: AccountId,
    request: PageRequest,
) -> Result<Page<GroupMember>> {
    instance
        .store
        .read(move |reader| {
            let view = load_view(reader, me, id)?;
            policy::may_list_members(&view.group, view.standing)?;
            page_of(reader, id, &request)
        })
        .await
}

fn page_of(reader: &mut Reader<'_>, id: AccountId, request: &PageRequest) -> Result<Page<GroupMember>> {
    let page = reader.follow_page(id, Side::Followers, request)?;
    let accounts = reader.accounts_of_page(&page)?;
    let ids: Vec<i64> = accounts.items.iter().map(|account| account.id.0).collect();
    let roles = reader.group_roles_of(id, &ids)?;
    let member = |account: &Account| GroupMember {
        account: account.clone(),
        role: roles.get(&account.id.0).copied().unwrap_or(GroupRole::Member),
    };
    Ok(accounts.with_items(accounts.items.iter().map(member).collect()))
}

/// Lists the members of a group for the operator, at most 100,000.
pub async fn members_as_operator(instance: &Instance, id: AccountId) -> Result<Vec<GroupMember>> {
    const MOST: i64 = 100_000;
    instance.store.read(move |reader| Ok(page_of(reader, id, &PageRequest::first(MOST))?.items)).await
}

/// Returns a page of the accounts that request to join.
///
/// # Errors
/// `Refused` unless `me` is a moderator of the group.
pub async fn requests(
    instance: &Instance,
    me: AccountId,
    id: AccountId,
    request: PageRequest,
) -> Result<Page<Account>> {
    instance
        .store
        .read(move |reader| {
            policy::may_moderate(load_managed(reader, me, id)?.role)?;
            let page = reader.follow_page(id, Side::Requests, &request)?;
            Ok(reader.accounts_of_page(&page)?)
        })
        .await
}

/// Accepts a join request.
///
/// # Errors
/// `NotFound` without a pending request, `Refused` unless `me` is a moderator of the group.
pub async fn accept(instance: &Instance, me: AccountId, id: AccountId, who: AccountId) -> Result<()> {
    let writer = MessageWriter::new(instance);
    instance
        .store
        .write(move |tx| {
            let view = load_managed(tx, me, id)?;
            policy::may_moderate(view.role)?;
            let follower = find_person(tx, who)?;
            let asked =
                tx.find_follow_between(who, id)?.filter(|follow| follow.state == FollowState::Pending);
            relationships::accept_request(tx, &asked.ok_or(Error::NotFound("request"))?, &follower)?;
            if follower.is_local() {
                let words = format!("You are now a member of {}.", view.account.name());
                system_messages::write_message(tx, &writer, &view.account, &follower, &words, &[])?;
            }
            Ok(())
        })
        .await
}

/// Rejects a join request.
///
/// # Errors
/// As [`accept`].
pub async fn refuse(instance: &Instance, me: AccountId, id: AccountId, who: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_moderate(load_managed(tx, me, id)?.role)?;
            let asked = tx.find_follow_between(who, id)?;
            if asked.is_none_or(|follow| follow.state != FollowState::Pending) {
                return Err(Error::NotFound("request"));
            }
            let follower = find_person(tx, who)?;
            relationships::reject_request(tx, id, &follower)
        })
        .await
}

/// Invites an account by a direct post from the group. Enrols it at once if it has already requested to join.
///
/// # Errors
/// `Refused` for an account without the right to invite, for a banned account, and for an account whose host
/// may not federate.
pub async fn invite(instance: &Instance, me: &Account, id: AccountId, who: AccountId) -> Result<()> {
    let (me, writer, mode) = (me.clone(), MessageWriter::new(instance), instance.settings.federation);
    instance
        .store
        .write(move |tx| {
            let view = load_managed(tx, me.id, id)?;
            policy::may_invite(&view.group, view.role)?;
            let guest = find_person(tx, who)?;
            if tx.is_blocked_between(id, who)? {
                return Err(Refusal::Blocked.into());
            }
            if let Some(tier) = tx.tier_of_account(&guest)? {
                reach::host_allowed(mode, tier)?;
            }
            if is_member(tx, id, who)? {
                return Ok(());
            }
            if tx.find_follow_between(who, id)?.is_some() {
                return add_member(tx, &guest, &view.account);
            }
            tx.set_ruled(id, who, false)?;
            if tx.insert_invitation(id, who, me.id)? {
                let words = format!(
                    "{} invites you to join {}. Follow {} to join.",
                    mention(&me),
                    view.account.name(),
                    mention(&view.account)
                );
                system_messages::write_message(
                    tx,
                    &writer,
                    &view.account,
                    &guest,
                    &words,
                    &[&me, &view.account],
                )?;
            }
            Ok(())
        })
        .await
}

/// Withdraws an invitation.
///
/// # Errors
/// `Refused` unless `me` is a moderator of the group.
pub async fn uninvite(instance: &Instance, me: AccountId, id: AccountId, who: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_moderate(load_managed(tx, me, id)?.role)?;
            if tx.delete_invitation(id, who)? { Ok(()) } else { Err(Error::NotFound("invitation")) }
        })
        .await
}

/// Lists the open invitations.
///
/// # Errors
/// `Refused` unless `me` is a moderator of the group.
pub async fn invitations(instance: &Instance, me: AccountId, id: AccountId) -> Result<Vec<Membership>> {
    instance
        .store
        .read(move |reader| {
            policy::may_moderate(load_managed(reader, me, id)?.role)?;
            let rows = reader.list_invitations(id, MOST_WAITING)?;
            let ids: Vec<i64> = rows.iter().flat_map(|(who, by)| [who.0, by.0]).collect();
            let accounts = reader.accounts_by_id(&ids)?;
            let one = |(who, by): (AccountId, AccountId)| {
                let account = accounts.get(&who.0)?.clone();
                Some(Membership { account, by: accounts.get(&by.0).cloned() })
            };
            Ok(rows.into_iter().filter_map(one).collect())
        })
        .await
}

/// Sets the role of a member. The last owner cannot step down.
///
/// # Errors
/// `NotFound` for a non-member, `Refused` unless `me` is an owner, `Invalid` for the last owner and for a
/// remote member.
pub async fn set_role(
    instance: &Instance,
    me: AccountId,
    id: AccountId,
    who: AccountId,
    role: GroupRole,
) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            policy::may_own(load_managed(tx, me, id)?.role)?;
            change_role(tx, id, who, role)
        })
        .await
}

/// Sets the role of a member, on the command line.
///
/// # Errors
/// `NotFound` for a non-member; `Invalid` for the last owner and for a remote member.
pub async fn set_role_as_operator(
    instance: &Instance,
    id: AccountId,
    who: AccountId,
    role: GroupRole,
) -> Result<()> {
    instance.store.write(move |tx| change_role(tx, id, who, role)).await
}

fn change_role(tx: &mut Tx<'_>, id: AccountId, who: AccountId, role: GroupRole) -> Result<()> {
    let (standing, before) = tx.group_standings(who, &[id.0])?.of(id);
    let local = find_person(tx, who)?.is_local();
    if standing != GroupMembership::Member {
        return Err(Error::NotFound("member"));
    }
    if !local && role != GroupRole::Member {
        return Err(Error::invalid("Only members from this instance can be owners or moderators"));
    }
    let owners = tx.list_group_staff(id, GroupRole::Owner)?.len();
    if role != GroupRole::Owner {
        policy::may_step_down(before, owners).map_err(|_| {
            Error::invalid("A group has to have an owner: make another member an owner first")
        })?;
    }
    Ok(tx.set_group_role(id, who, role)?)
}

/// Removes a member, who may join again.
///
/// # Errors
/// `NotFound` for a non-member, `Refused` for an account without the right to remove this member, `Invalid`
/// for the last owner.
pub async fn remove(instance: &Instance, me: AccountId, id: AccountId, who: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let by = load_managed(tx, me, id)?.role;
            let target_role = tx.group_standings(who, &[id.0])?.of(id).1;
            policy::may_remove(by, target_role)?;
            remove_member(tx, id, who)
        })
        .await
}

/// Removes a member, on the command line.
///
/// # Errors
/// `NotFound` for a non-member; `Invalid` for the last owner.
pub async fn remove_as_operator(instance: &Instance, id: AccountId, who: AccountId) -> Result<()> {
    instance.store.write(move |tx| remove_member(tx, id, who)).await
}

fn remove_member(tx: &mut Tx<'_>, id: AccountId, who: AccountId) -> Result<()> {
    let role = tx.group_standings(who, &[id.0])?.of(id).1;
    let owners = tx.list_group_staff(id, GroupRole::Owner)?.len();
    policy::may_step_down(role, owners)
        .map_err(|_| Error::invalid("A group has to have an owner: make another member an owner first"))?;
    let member = find_person(tx, who)?;
    if role.is_none() {
        return Err(Error::NotFound("member"));
    }
    relationships::reject_request(tx, id, &member)
}

/// Bans an account: removes it from the group and blocks it from joining again.
///
/// # Errors
/// `Refused` for an account without the right to remove this member, and for the last owner.
pub async fn ban(instance: &Instance, me: AccountId, id: AccountId, who: AccountId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            let view = load_managed(tx, me, id)?;
            let target_role = tx.group_standings(who, &[id.0])?.of(id).1;
            policy::may_remove(view.role, target_role)?;
            let owners = tx.list_group_staff(id, GroupRole::Owner)?.len();
            policy::may_step_down(target_role, owners)?;
            tx.delete_invitation(id, who)?;
            let banned = find_person(tx, who)?;
            relationships::begin_block(tx, &view.account, &banned)
        })
        .await
}

/// Lifts a ban. Does nothing if there is no ban.
pub async fn unban(instance: &Instance, me: AccountId, id: AccountId, who: AccountId) -> Result<()> {
    let view = instance
        .store
        .read(move |reader| {
            let view = load_managed(reader, me, id)?;
            policy::may_moderate(view.role)?;
            Ok::<_, Error>(view)
        })
        .await?;
    relationships::unblock(instance, &view.account, who).await.map(drop)
}

/// Enrols a local account, or invites a remote one, on the command line. Returns whether it is a member now.
pub async fn add_as_operator(instance: &Instance, id: AccountId, who: AccountId) -> Result<bool> {
    let writer = MessageWriter::new(instance);
    instance
        .store
        .write(move |tx| {
            let (account, _) = find_group(tx, id)?;
            let new = find_person(tx, who)?;
            if new.is_local() {
                add_member(tx, &new, &account)?;
                return Ok(true);
            }
            if !is_member(tx, id, who)? && tx.insert_invitation(id, who, account.id)? {
                let words = format!(
                    "You are invited to join {}. Follow {} to join.",
                    account.name(),
                    mention(&account)
                );
                system_messages::write_message(tx, &writer, &account, &new, &words, &[&account])?;
            }
            Ok(false)
        })
        .await
}

/// Finds an account by its id, local or remote, but never an instance actor.
fn find_person(reader: &mut Reader<'_>, id: AccountId) -> Result<Account> {
    let found = reader.find_account(id)?.filter(|account| !account.is_instance_actor);
    found.ok_or(Error::NotFound("account"))
}

/// Finds the account with this address for the command line. Fetches it from its host if it is unknown.
pub async fn look_up(instance: &Instance, address: &str) -> Result<Account> {
    let own = instance.urls.domain().to_owned();
    let (name, domain) = lookup::split_address(address, &own).ok_or(Error::NotFound("account"))?;
    let (asked, host) = (name.clone(), domain.clone());
    let known =
        instance.store.read(move |reader| reader.find_account_by_handle(&asked, host.as_deref())).await?;
    if let Some(account) = known {
        return Ok(account);
    }
    let (Some(remote), Some(host)) = (instance.remote.get(), domain) else {
        return Err(Error::NotFound("account"));
    };
    let id = remote.account_by_handle(&name, &host).await?;
    let found = instance.store.read(move |reader| reader.find_account(id)).await?;
    found.ok_or(Error::NotFound("account"))
}
