//! Groups: their settings, roles, invitations, guests, pins and posts. Membership is a follow of the group.

use std::collections::{HashMap, HashSet};

use crate::prelude::*;
use diesel::dsl::{exists, not};

use super::connection::Db;
use super::schema::{
    accounts, follows, group_guests, group_invitations, group_pins, group_roles, group_ruled, groups,
    profiles, statuses,
};
use super::timelines::cut;
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::group::{
    Group, GroupMembership, GroupRole, GroupRule, GroupVisibility, Guest, RuleAttribute,
};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_domain::policy::reach::Scope;

type GroupRow = (i64, String, String, Option<String>, Option<String>, bool, Option<i64>, i64);

const COLUMNS: (
    groups::account_id,
    groups::join_policy,
    groups::visibility,
    groups::rule_attribute,
    groups::rule_value,
    groups::room,
    groups::created_by,
    groups::created_at,
) = (
    groups::account_id,
    groups::join_policy,
    groups::visibility,
    groups::rule_attribute,
    groups::rule_value,
    groups::room,
    groups::created_by,
    groups::created_at,
);

fn into_model((id, join, visibility, attribute, value, room, by, at): GroupRow) -> Result<Group> {
    let corrupt = |what| Error::Corrupt { what };
    let rule = match (attribute, value) {
        (Some(attribute), Some(value)) => {
            let known = attribute.parse::<RuleAttribute>().ok();
            Some(GroupRule { attribute: known.ok_or_else(|| corrupt("rule"))?, value })
        }
        _ => None,
    };
    Ok(Group {
        id: AccountId(id),
        join: join.parse().map_err(|_| corrupt("join policy"))?,
        visibility: visibility.parse().map_err(|_| corrupt("visibility"))?,
        rule,
        room,
        created_by: by.map(AccountId),
        created_at: Timestamp::from_millis(at),
    })
}

/// A filter for a list of groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupFilter {
    /// Only groups that the viewer is a member of.
    pub joined: bool,
    /// Only groups whose name contains this text.
    pub text: String,
}

/// An account's membership in several groups.
#[derive(Debug, Default)]
pub struct GroupMemberships {
    members: HashSet<i64>,
    asked: HashSet<i64>,
    invited: HashSet<i64>,
    roles: HashMap<i64, GroupRole>,
}

impl GroupMemberships {
    /// Returns the membership and role in one of the groups.
    pub fn of(&self, group: AccountId) -> (GroupMembership, Option<GroupRole>) {
        let standing = if self.members.contains(&group.0) {
            GroupMembership::Member
        } else if self.invited.contains(&group.0) {
            GroupMembership::Invited
        } else if self.asked.contains(&group.0) {
            GroupMembership::Asked
        } else {
            GroupMembership::None
        };
        let role = self.roles.get(&group.0).copied().unwrap_or(GroupRole::Member);
        (standing, (standing == GroupMembership::Member).then_some(role))
    }
}

/// Builds the condition that a group is visible to an account: it is not hidden, or the account is a member
/// or invited.
#[diesel::dsl::auto_type(no_type_alias)]
fn known_to(viewer: i64) -> _ {
    let member = follows::table
        .filter(follows::account_id.eq(viewer))
        .filter(follows::target_id.eq(groups::account_id))
        .filter(follows::accepted.eq(true));
    let invited = group_invitations::table
        .filter(group_invitations::account_id.eq(viewer))
        .filter(group_invitations::group_id.eq(groups::account_id));
    groups::visibility.ne("hidden").or(exists(member)).or(exists(invited))
}

impl Reader<'_> {
    /// Returns the settings of a group; `None` if the account is not a group, or if its server does not
    /// publish group settings.
    pub fn find_group(&mut self, id: AccountId) -> Result<Option<Group>> {
        let row = groups::table.find(id.0).select(COLUMNS).first::<GroupRow>(self.conn()).optional()?;
        row.map(into_model).transpose()
    }

    /// Returns the settings of these groups, by id.
    pub fn groups_by_id(&mut self, ids: &[i64]) -> Result<HashMap<i64, Group>> {
        let rows: Vec<GroupRow> =
            groups::table.filter(groups::account_id.eq_any(ids)).select(COLUMNS).load(self.conn())?;
        rows.into_iter().map(|row| Ok((row.0, into_model(row)?))).collect()
    }

    /// Returns the accounts that are hidden groups in which the viewer is neither a member nor invited.
    pub fn hidden_groups_among(
        &mut self,
        viewer: Option<AccountId>,
        ids: &[i64],
    ) -> Result<HashSet<AccountId>> {
        let hidden = groups::table
            .filter(groups::account_id.eq_any(ids))
            .filter(groups::visibility.eq(GroupVisibility::Hidden.as_str()))
            .select(groups::account_id)
            .into_boxed::<Db>();
        let query = match viewer {
            Some(viewer) => hidden.filter(not(known_to(viewer.0))),
            None => hidden,
        };
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns a page of the groups that are visible to the viewer, newest first.
    pub fn group_page(
        &mut self,
        viewer: AccountId,
        filter: &GroupFilter,
        page: &PageRequest,
    ) -> Result<Page<AccountId>> {
        let mut query = groups::table
            .inner_join(accounts::table.on(accounts::id.eq(groups::account_id)))
            .filter(accounts::suspended_at.is_null())
            .filter(known_to(viewer.0))
            .select(groups::account_id)
            .into_boxed::<Db>();
        if filter.joined {
            let mine = follows::table
                .filter(follows::account_id.eq(viewer.0))
                .filter(follows::target_id.eq(groups::account_id))
                .filter(follows::accepted.eq(true));
            query = query.filter(exists(mine));
        }
        let text: String = filter.text.trim().to_lowercase().chars().take(100).collect();
        if !text.is_empty() {
            let pattern = format!("%{}%", text.replace(['%', '_', '\\'], ""));
            let lower = diesel::dsl::sql::<diesel::sql_types::Text>(
                "lower(accounts.username || ' ' || accounts.display_name)",
            );
            query = query.filter(lower.like(pattern));
        }
        let ids: Vec<i64> = cut!(query, groups::account_id, page).load(self.conn())?;
        Ok(Page::from_rows(page, ids.into_iter().map(|id| (id, AccountId(id))).collect()))
    }

    /// Returns every group of this instance, by name.
    pub fn list_groups(&mut self) -> Result<Vec<Group>> {
        let rows: Vec<GroupRow> = groups::table
            .inner_join(accounts::table.on(accounts::id.eq(groups::account_id)))
            .filter(accounts::domain.is_null())
            .order(accounts::username)
            .select(COLUMNS)
            .load(self.conn())?;
        rows.into_iter().map(into_model).collect()
    }

    /// Returns an account's membership in several groups.
    pub fn group_standings(&mut self, who: AccountId, ids: &[i64]) -> Result<GroupMemberships> {
        let mut standings = GroupMemberships::default();
        let followed: Vec<(i64, bool)> = follows::table
            .filter(follows::account_id.eq(who.0))
            .filter(follows::target_id.eq_any(ids))
            .select((follows::target_id, follows::accepted))
            .load(self.conn())?;
        for (group, accepted) in followed {
            let set = if accepted { &mut standings.members } else { &mut standings.asked };
            set.insert(group);
        }
        let invited = group_invitations::table
            .filter(group_invitations::account_id.eq(who.0))
            .filter(group_invitations::group_id.eq_any(ids))
            .select(group_invitations::group_id);
        standings.invited = invited.load::<i64>(self.conn())?.into_iter().collect();
        let roles: Vec<(i64, String)> = group_roles::table
            .filter(group_roles::account_id.eq(who.0))
            .filter(group_roles::group_id.eq_any(ids))
            .select((group_roles::group_id, group_roles::role))
            .load(self.conn())?;
        standings.roles = roles.into_iter().filter_map(|(id, word)| Some((id, word.parse().ok()?))).collect();
        Ok(standings)
    }

    /// Returns the roles of some members of a group; plain members are left out.
    pub fn group_roles_of(&mut self, group: AccountId, ids: &[i64]) -> Result<HashMap<i64, GroupRole>> {
        let rows: Vec<(i64, String)> = group_roles::table
            .filter(group_roles::group_id.eq(group.0))
            .filter(group_roles::account_id.eq_any(ids))
            .select((group_roles::account_id, group_roles::role))
            .load(self.conn())?;
        Ok(rows.into_iter().filter_map(|(id, word)| Some((id, word.parse().ok()?))).collect())
    }

    /// Returns the members with at least this role in a group.
    pub fn list_group_staff(&mut self, group: AccountId, least: GroupRole) -> Result<Vec<AccountId>> {
        let words: Vec<&str> =
            GroupRole::ALL.iter().filter(|role| **role >= least).map(|role| role.as_str()).collect();
        let query = group_roles::table
            .filter(group_roles::group_id.eq(group.0))
            .filter(group_roles::role.eq_any(words))
            .order(group_roles::account_id)
            .select(group_roles::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns the accounts that are members of a group.
    pub fn members_among(&mut self, group: AccountId, ids: &[AccountId]) -> Result<HashSet<AccountId>> {
        self.filter_following(group, ids)
    }

    /// Returns whether an account is invited to a group.
    pub fn is_invited(&mut self, group: AccountId, who: AccountId) -> Result<bool> {
        let row = group_invitations::table.find((group.0, who.0));
        Ok(diesel::select(exists(row)).get_result(self.conn())?)
    }

    /// Returns whether a host has a member, an invited account or a guest of a group.
    pub fn is_group_known_at(&mut self, group: AccountId, host: &str) -> Result<bool> {
        let member = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
            .filter(follows::target_id.eq(group.0))
            .filter(follows::accepted.eq(true))
            .filter(accounts::domain.eq(host));
        let invited = group_invitations::table
            .inner_join(accounts::table.on(accounts::id.eq(group_invitations::account_id)))
            .filter(group_invitations::group_id.eq(group.0))
            .filter(accounts::domain.eq(host));
        let guest = group_guests::table
            .inner_join(accounts::table.on(accounts::id.eq(group_guests::account_id)))
            .filter(group_guests::group_id.eq(group.0))
            .filter(group_guests::until.gt(self.now().millis()))
            .filter(accounts::domain.eq(host));
        let known = exists(member).or(exists(invited)).or(exists(guest));
        Ok(diesel::select(known).get_result(self.conn())?)
    }

    /// Returns the inboxes of a group's remote members: host, shared inbox and personal inbox.
    pub fn list_member_inboxes(&mut self, group: AccountId) -> Result<Vec<(String, Option<String>, String)>> {
        let rows: Vec<(Option<String>, Option<String>, String)> = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
            .filter(follows::target_id.eq(group.0))
            .filter(follows::accepted.eq(true))
            .filter(accounts::domain.is_not_null())
            .filter(accounts::suspended_at.is_null())
            .order((accounts::domain, accounts::inbox_url))
            .select((accounts::domain, accounts::shared_inbox_url, accounts::inbox_url))
            .load(self.conn())?;
        Ok(rows.into_iter().filter_map(|(host, shared, own)| Some((host?, shared, own))).collect())
    }

    /// Returns the invited accounts of a group, each with the inviting account, oldest first.
    pub fn list_invitations(&mut self, group: AccountId, limit: i64) -> Result<Vec<(AccountId, AccountId)>> {
        let rows: Vec<(i64, i64)> = group_invitations::table
            .filter(group_invitations::group_id.eq(group.0))
            .order((group_invitations::created_at, group_invitations::account_id))
            .limit(limit)
            .select((group_invitations::account_id, group_invitations::by_id))
            .load(self.conn())?;
        Ok(rows.into_iter().map(|(who, by)| (AccountId(who), AccountId(by))).collect())
    }

    /// Returns a page of the posts in a group that the viewer may see: the posts that the group has boosted
    /// and its own posts, paged by the ids of the group's statuses.
    pub fn group_timeline_page(
        &mut self,
        viewer: AccountId,
        scope: &Scope,
        group: AccountId,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        self.fill(Some(viewer), scope, page, |reader, page| {
            let passed = statuses::table
                .filter(statuses::account_id.eq(group.0))
                .filter(statuses::reblog_of.is_not_null().or(statuses::group_id.eq(group.0)))
                .into_boxed::<Db>();
            let rows: Vec<(i64, Option<i64>)> = cut!(passed, statuses::id, page)
                .select((statuses::id, statuses::reblog_of))
                .load(reader.conn())?;
            Ok(rows.into_iter().map(|(id, boosted)| (id, boosted.unwrap_or(id))).collect())
        })
    }

    /// Returns the pinned posts of a group, newest first.
    pub fn list_group_pins(&mut self, group: AccountId) -> Result<Vec<StatusId>> {
        let query = group_pins::table
            .filter(group_pins::group_id.eq(group.0))
            .order((group_pins::created_at.desc(), group_pins::status_id.desc()))
            .select(group_pins::status_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(StatusId).collect())
    }

    /// Returns whether any group has a membership rule.
    pub fn has_ruled_groups(&mut self) -> Result<bool> {
        let ruled = groups::table.filter(groups::rule_attribute.is_not_null());
        Ok(diesel::select(exists(ruled)).get_result(self.conn())?)
    }

    /// Returns every account with a stored profile.
    pub fn list_profiled(&mut self) -> Result<Vec<AccountId>> {
        let ids: Vec<i64> =
            profiles::table.order(profiles::account_id).select(profiles::account_id).load(self.conn())?;
        Ok(ids.into_iter().map(AccountId).collect())
    }

    /// Returns whether a group's rule has added an account.
    pub fn is_ruled(&mut self, group: AccountId, who: AccountId) -> Result<bool> {
        let row = group_ruled::table.find((group.0, who.0));
        Ok(diesel::select(exists(row)).get_result(self.conn())?)
    }

    /// Returns the accounts that a group's rule has added.
    pub fn list_ruled(&mut self, group: AccountId) -> Result<HashSet<AccountId>> {
        let query =
            group_ruled::table.filter(group_ruled::group_id.eq(group.0)).select(group_ruled::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns the guests of a room, oldest first.
    pub fn list_guests(&mut self, group: AccountId) -> Result<Vec<Guest>> {
        let rows: Vec<GuestRow> = group_guests::table
            .filter(group_guests::group_id.eq(group.0))
            .order((group_guests::created_at, group_guests::account_id))
            .select(group_guests::all_columns)
            .load(self.conn())?;
        Ok(rows.into_iter().map(guest).collect())
    }

    /// Returns the guests of a room that have accepted and whose access has not expired.
    pub fn list_guests_present(&mut self, group: AccountId) -> Result<Vec<AccountId>> {
        let query = group_guests::table
            .filter(group_guests::group_id.eq(group.0))
            .filter(group_guests::until.gt(self.now().millis()))
            .filter(group_guests::accepted_at.is_not_null())
            .order(group_guests::account_id)
            .select(group_guests::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns the guest entry of an account in a room.
    pub fn find_guest(&mut self, group: AccountId, who: AccountId) -> Result<Option<Guest>> {
        let query = group_guests::table.find((group.0, who.0)).select(group_guests::all_columns);
        Ok(query.first::<GuestRow>(self.conn()).optional()?.map(guest))
    }

    /// Returns the unexpired guest entries of an account, accepted or not.
    pub fn rooms_of_guest(&mut self, who: AccountId) -> Result<Vec<Guest>> {
        let rows: Vec<GuestRow> = group_guests::table
            .filter(group_guests::account_id.eq(who.0))
            .filter(group_guests::until.gt(self.now().millis()))
            .order(group_guests::group_id)
            .select(group_guests::all_columns)
            .load(self.conn())?;
        Ok(rows.into_iter().map(guest).collect())
    }

    /// Returns whether a host has an account with an unexpired guest entry, accepted or not.
    pub fn has_guests_at(&mut self, host: &str) -> Result<bool> {
        let there = group_guests::table
            .inner_join(accounts::table.on(accounts::id.eq(group_guests::account_id)))
            .filter(group_guests::until.gt(self.now().millis()))
            .filter(accounts::domain.eq(host));
        Ok(diesel::select(exists(there)).get_result(self.conn())?)
    }

    /// Returns whether an inbox on a host belongs to an account with an unexpired guest entry, accepted or
    /// not.
    pub fn is_inbox_of_guest(&mut self, host: &str, inbox: &str) -> Result<bool> {
        let theirs = group_guests::table
            .inner_join(accounts::table.on(accounts::id.eq(group_guests::account_id)))
            .filter(group_guests::until.gt(self.now().millis()))
            .filter(accounts::domain.eq(host))
            .filter(accounts::inbox_url.eq(inbox));
        Ok(diesel::select(exists(theirs)).get_result(self.conn())?)
    }
}

type GuestRow = (i64, i64, i64, i64, Option<i64>, i64);

fn guest((group, account, sponsor, until, accepted_at, created_at): GuestRow) -> Guest {
    Guest {
        group: AccountId(group),
        account: AccountId(account),
        sponsor: AccountId(sponsor),
        until: Timestamp::from_millis(until),
        accepted_at: accepted_at.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(created_at),
    }
}

impl Tx<'_> {
    /// Inserts or updates the settings of a group; keeps its creator and creation time.
    pub fn set_group(&mut self, group: &Group) -> Result<()> {
        let rule = group.rule.as_ref();
        let state = (
            groups::join_policy.eq(group.join.as_str()),
            groups::visibility.eq(group.visibility.as_str()),
            groups::rule_attribute.eq(rule.map(|rule| rule.attribute.as_str())),
            groups::rule_value.eq(rule.map(|rule| rule.value.as_str())),
            groups::room.eq(group.room),
        );
        let row = (
            groups::account_id.eq(group.id.0),
            state,
            groups::created_by.eq(group.created_by.map(|id| id.0)),
            groups::created_at.eq(group.created_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(groups::table)
            .values(row)
            .on_conflict(groups::account_id)
            .do_update()
            .set(state)
            .execute(c))?;
        Ok(())
    }

    /// Sets the role of a member; a plain member has no row.
    pub fn set_group_role(&mut self, group: AccountId, who: AccountId, role: GroupRole) -> Result<()> {
        diesel::delete(group_roles::table.find((group.0, who.0))).execute(self.conn())?;
        if role != GroupRole::Member {
            let row = (
                group_roles::group_id.eq(group.0),
                group_roles::account_id.eq(who.0),
                group_roles::role.eq(role.as_str()),
            );
            on_both!(self.conn(), |c| diesel::insert_into(group_roles::table).values(row).execute(c))?;
        }
        Ok(())
    }

    /// Removes the role of an account that leaves a group.
    pub(super) fn leave_roles(&mut self, group: AccountId, who: AccountId) -> Result<()> {
        diesel::delete(group_roles::table.find((group.0, who.0))).execute(self.conn())?;
        Ok(())
    }

    /// Inserts an invitation. Returns whether it was new.
    pub fn insert_invitation(&mut self, group: AccountId, who: AccountId, by: AccountId) -> Result<bool> {
        let row = (
            group_invitations::group_id.eq(group.0),
            group_invitations::account_id.eq(who.0),
            group_invitations::by_id.eq(by.0),
            group_invitations::created_at.eq(self.now().millis()),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(group_invitations::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(added == 1)
    }

    /// Deletes an invitation that is withdrawn or used. Returns whether it existed.
    pub fn delete_invitation(&mut self, group: AccountId, who: AccountId) -> Result<bool> {
        let row = group_invitations::table.find((group.0, who.0));
        Ok(diesel::delete(row).execute(self.conn())? == 1)
    }

    /// Records that a group's rule has added an account, or that the rule no longer matches it. An account
    /// that leaves by itself keeps the record, so that it is not added again.
    pub fn set_ruled(&mut self, group: AccountId, who: AccountId, ruled: bool) -> Result<()> {
        if !ruled {
            diesel::delete(group_ruled::table.find((group.0, who.0))).execute(self.conn())?;
            return Ok(());
        }
        let row = (group_ruled::group_id.eq(group.0), group_ruled::account_id.eq(who.0));
        on_both!(self.conn(), |c| diesel::insert_into(group_ruled::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Pins or unpins a post in a group. Returns whether that changed something.
    pub fn set_group_pin(&mut self, group: AccountId, status: StatusId, pinned: bool) -> Result<bool> {
        if !pinned {
            let row = group_pins::table.find((group.0, status.0));
            return Ok(diesel::delete(row).execute(self.conn())? == 1);
        }
        let row = (
            group_pins::group_id.eq(group.0),
            group_pins::status_id.eq(status.0),
            group_pins::created_at.eq(self.now().millis()),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(group_pins::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(added == 1)
    }

    /// Removes a status from its group. A status for members only becomes direct, so that no one else gains
    /// access.
    pub fn leave_group(&mut self, status: StatusId) -> Result<()> {
        let closed = statuses::table.find(status.0).filter(statuses::reach.eq(Reach::Group.as_str()));
        diesel::update(closed).set(statuses::reach.eq(Reach::Direct.as_str())).execute(self.conn())?;
        diesel::update(statuses::table.find(status.0))
            .set(statuses::group_id.eq(None::<i64>))
            .execute(self.conn())?;
        Ok(())
    }

    /// Inserts or replaces the guest entry of an account in a room.
    pub fn set_guest(&mut self, guest: &Guest) -> Result<()> {
        diesel::delete(group_guests::table.find((guest.group.0, guest.account.0))).execute(self.conn())?;
        let row = (
            group_guests::group_id.eq(guest.group.0),
            group_guests::account_id.eq(guest.account.0),
            group_guests::sponsor_id.eq(guest.sponsor.0),
            group_guests::until.eq(guest.until.millis()),
            group_guests::accepted_at.eq(guest.accepted_at.map(Timestamp::millis)),
            group_guests::created_at.eq(guest.created_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(group_guests::table).values(row).execute(c))?;
        Ok(())
    }

    /// Deletes a guest entry. Returns whether it existed.
    pub fn delete_guest(&mut self, group: AccountId, who: AccountId) -> Result<bool> {
        let row = group_guests::table.find((group.0, who.0));
        Ok(diesel::delete(row).execute(self.conn())? == 1)
    }

    /// Deletes guest entries that expired before `then`.
    pub fn forget_guests(&mut self, then: Timestamp) -> Result<()> {
        let over = group_guests::table.filter(group_guests::until.lt(then.millis()));
        diesel::delete(over).execute(self.conn())?;
        Ok(())
    }
}
