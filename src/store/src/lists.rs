//! Lists, their members and their timelines.

use std::collections::{HashMap, HashSet};

use crate::prelude::*;
use diesel::dsl::exists;

use super::connection::Db;
use super::schema::{follows, list_members, lists, statuses};
use super::timelines::cut;
use super::visible::visible;
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::list::{List, RepliesPolicy};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, ListId, RelationId, StatusId};
use portico_domain::policy::reach::Scope;

type ListRow = (i64, String, String, bool);

fn list((id, title, replies, exclusive): ListRow) -> Result<List> {
    let replies = replies.parse::<RepliesPolicy>().map_err(|_| Error::Corrupt { what: "replies policy" })?;
    Ok(List { id: ListId(id), title, replies, exclusive })
}

impl Reader<'_> {
    /// Returns the lists of an account, oldest first.
    pub fn list_lists(&mut self, owner: AccountId) -> Result<Vec<List>> {
        let query = lists::table.filter(lists::account_id.eq(owner.0)).order(lists::id).select((
            lists::id,
            lists::title,
            lists::replies_policy,
            lists::exclusive,
        ));
        query.load::<ListRow>(self.conn())?.into_iter().map(list).collect()
    }

    /// Returns a list of an account.
    pub fn find_list(&mut self, owner: AccountId, id: ListId) -> Result<Option<List>> {
        let query = lists::table.find(id.0).filter(lists::account_id.eq(owner.0)).select((
            lists::id,
            lists::title,
            lists::replies_policy,
            lists::exclusive,
        ));
        query.first::<ListRow>(self.conn()).optional()?.map(list).transpose()
    }

    /// Returns the lists of an account that contain a member.
    pub fn lists_with(&mut self, owner: AccountId, member: AccountId) -> Result<Vec<List>> {
        let query = lists::table
            .inner_join(list_members::table)
            .filter(lists::account_id.eq(owner.0))
            .filter(list_members::account_id.eq(member.0))
            .order(lists::id)
            .select((lists::id, lists::title, lists::replies_policy, lists::exclusive));
        query.load::<ListRow>(self.conn())?.into_iter().map(list).collect()
    }

    /// Returns a page of the members of a list, paged by membership id.
    pub fn list_member_page(&mut self, id: ListId, page: &PageRequest) -> Result<Page<AccountId>> {
        let query = list_members::table.filter(list_members::list_id.eq(id.0)).into_boxed::<Db>();
        let rows: Vec<(i64, i64)> = cut!(query, list_members::id, page)
            .select((list_members::id, list_members::account_id))
            .load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|(id, account)| (id, AccountId(account))).collect()))
    }

    /// Returns a page of the list members' posts and boosts that the owner may see.
    pub fn list_page(
        &mut self,
        owner: AccountId,
        shown: &List,
        scope: &Scope,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        let (id, replies) = (shown.id.0, shown.replies);
        self.fill(Some(owner), scope, page, |reader, page| {
            let members =
                list_members::table.filter(list_members::list_id.eq(id)).select(list_members::account_id);
            let query = statuses::table
                .filter(statuses::account_id.eq_any(members))
                .filter(visible(scope, reader.now()))
                .into_boxed::<Db>();
            let own_thread = statuses::in_reply_to_account_id
                .is_not_null()
                .and(statuses::in_reply_to_account_id.assume_not_null().eq(statuses::account_id));
            let first = statuses::in_reply_to_uri.is_null().or(own_thread);
            let query = match replies {
                RepliesPolicy::None => query.filter(first),
                RepliesPolicy::List => {
                    let fellows = list_members::table.filter(list_members::list_id.eq(id)).filter(
                        list_members::account_id.eq(statuses::in_reply_to_account_id.assume_not_null()),
                    );
                    query.filter(first.or(exists(fellows)))
                }
                RepliesPolicy::Followed => {
                    let followed = follows::table
                        .filter(follows::account_id.eq(owner.0))
                        .filter(follows::target_id.eq(statuses::in_reply_to_account_id.assume_not_null()))
                        .filter(follows::accepted.eq(true));
                    query.filter(first.or(exists(followed)))
                }
            };
            Ok(cut!(query, statuses::id, page).select((statuses::id, statuses::id)).load(reader.conn())?)
        })
    }

    /// Returns the accounts that show an author's posts in exclusive lists only.
    pub fn filter_keeping_to_lists(
        &mut self,
        author: AccountId,
        accounts: &[AccountId],
    ) -> Result<HashSet<AccountId>> {
        let raw: Vec<i64> = accounts.iter().map(|account| account.0).collect();
        let query = lists::table
            .inner_join(list_members::table)
            .filter(lists::account_id.eq_any(raw))
            .filter(lists::exclusive.eq(true))
            .filter(list_members::account_id.eq(author.0))
            .select(lists::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns the lists that contain an account, with their owners and replies policies.
    pub fn find_lists_with_author(
        &mut self,
        member: AccountId,
    ) -> Result<HashMap<(AccountId, ListId), RepliesPolicy>> {
        let query = lists::table
            .inner_join(list_members::table)
            .filter(list_members::account_id.eq(member.0))
            .select((lists::account_id, lists::id, lists::replies_policy));
        let rows: Vec<(i64, i64, String)> = query.load(self.conn())?;
        let held = |(owner, id, word): (i64, i64, String)| {
            let policy =
                word.parse::<RepliesPolicy>().map_err(|_| Error::Corrupt { what: "replies policy" })?;
            Ok(((AccountId(owner), ListId(id)), policy))
        };
        rows.into_iter().map(held).collect()
    }
}

impl Tx<'_> {
    /// Inserts a list.
    pub fn insert_list(&mut self, owner: AccountId, list: &List) -> Result<()> {
        let row = (
            lists::id.eq(list.id.0),
            lists::account_id.eq(owner.0),
            lists::title.eq(&list.title),
            lists::replies_policy.eq(list.replies.as_str()),
            lists::exclusive.eq(list.exclusive),
            lists::created_at.eq(self.now().millis()),
        );
        diesel::insert_into(lists::table).values(row).execute(self.conn())?;
        Ok(())
    }

    /// Updates a list.
    pub fn update_list(&mut self, list: &List) -> Result<()> {
        diesel::update(lists::table.find(list.id.0))
            .set((
                lists::title.eq(&list.title),
                lists::replies_policy.eq(list.replies.as_str()),
                lists::exclusive.eq(list.exclusive),
            ))
            .execute(self.conn())?;
        Ok(())
    }

    /// Deletes a list of an account. Returns whether it existed.
    pub fn delete_list(&mut self, owner: AccountId, id: ListId) -> Result<bool> {
        let theirs = lists::table.find(id.0).filter(lists::account_id.eq(owner.0));
        Ok(diesel::delete(theirs).execute(self.conn())? == 1)
    }

    /// Adds an account to a list. Returns whether it was new.
    pub fn insert_list_member(&mut self, id: ListId, member: AccountId) -> Result<bool> {
        let row = (
            list_members::id.eq(self.next_id::<RelationId>().0),
            list_members::list_id.eq(id.0),
            list_members::account_id.eq(member.0),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(list_members::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(added == 1)
    }

    /// Removes accounts from a list.
    pub fn delete_list_members(&mut self, id: ListId, members: &[AccountId]) -> Result<()> {
        let raw: Vec<i64> = members.iter().map(|member| member.0).collect();
        let named = list_members::table
            .filter(list_members::list_id.eq(id.0))
            .filter(list_members::account_id.eq_any(raw));
        diesel::delete(named).execute(self.conn())?;
        Ok(())
    }

    /// Removes an account from all lists of another, for example after an unfollow.
    pub fn leave_lists(&mut self, owner: AccountId, member: AccountId) -> Result<()> {
        let own = lists::table.filter(lists::account_id.eq(owner.0)).select(lists::id);
        let memberships = list_members::table
            .filter(list_members::account_id.eq(member.0))
            .filter(list_members::list_id.eq_any(own));
        diesel::delete(memberships).execute(self.conn())?;
        Ok(())
    }
}

/// Selects the authors whose posts the reader shows in exclusive lists only.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn kept_to_lists(reader: i64) -> _ {
    let exclusive = lists::account_id.eq(reader).and(lists::exclusive.eq(true));
    list_members::table.inner_join(lists::table).filter(exclusive).select(list_members::account_id)
}
