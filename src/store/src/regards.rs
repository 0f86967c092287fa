//! Private relations to other accounts: notes, endorsements, personal domain blocks and dismissed
//! suggestions.

use std::collections::{HashMap, HashSet};

use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use super::accounts::in_good_standing;
use super::connection::Db;
use super::rows::AccountRow;
use super::schema::{
    account_notes, accounts, dismissed_suggestions, endorsements, follows, hosts, shunned_domains, users,
};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::account::Account;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::peer::Tier;
use portico_domain::model::{AccountId, RelationId};

/// The sort order of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DirectoryOrder {
    /// By latest post.
    #[default]
    Active,
    /// By creation, newest first.
    New,
}

impl Reader<'_> {
    /// Returns the viewer's notes on accounts.
    pub fn notes_on(&mut self, viewer: AccountId, others: &[i64]) -> Result<HashMap<i64, String>> {
        let rows: Vec<(i64, String)> = account_notes::table
            .filter(account_notes::account_id.eq(viewer.0))
            .filter(account_notes::target_id.eq_any(others))
            .select((account_notes::target_id, account_notes::comment))
            .load(self.conn())?;
        Ok(rows.into_iter().collect())
    }

    /// Returns the accounts that the viewer endorses.
    pub fn endorsed_among(&mut self, viewer: AccountId, others: &[i64]) -> Result<HashSet<i64>> {
        let query = endorsements::table
            .filter(endorsements::account_id.eq(viewer.0))
            .filter(endorsements::target_id.eq_any(others))
            .select(endorsements::target_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().collect())
    }

    /// Returns a page of the accounts that an account endorses, paged by endorsement id.
    pub fn endorsement_page(&mut self, account: AccountId, page: &PageRequest) -> Result<Page<AccountId>> {
        let query = endorsements::table.filter(endorsements::account_id.eq(account.0)).into_boxed::<Db>();
        let rows: Vec<(i64, i64)> = cut!(query, endorsements::id, page)
            .select((endorsements::id, endorsements::target_id))
            .load(self.conn())?;
        Ok(Page::of(page, rows.into_iter().map(|(id, target)| (id, AccountId(target))).collect()))
    }

    /// Returns a page of the domains that an account blocks, paged by row id.
    pub fn shunned_page(&mut self, account: AccountId, page: &PageRequest) -> Result<Page<String>> {
        let query =
            shunned_domains::table.filter(shunned_domains::account_id.eq(account.0)).into_boxed::<Db>();
        let rows: Vec<(i64, String)> = cut!(query, shunned_domains::id, page)
            .select((shunned_domains::id, shunned_domains::domain))
            .load(self.conn())?;
        Ok(Page::of(page, rows))
    }

    /// Returns the domains that an account blocks.
    pub fn shunned_by(&mut self, account: AccountId) -> Result<HashSet<String>> {
        let query = shunned_domains::table
            .filter(shunned_domains::account_id.eq(account.0))
            .select(shunned_domains::domain);
        Ok(query.load::<String>(self.conn())?.into_iter().collect())
    }

    /// Returns the accounts on domains that the viewer blocks.
    pub(super) fn shunned_among(&mut self, viewer: AccountId, others: &[i64]) -> Result<HashSet<i64>> {
        let query = accounts::table
            .inner_join(shunned_domains::table.on(shunned_domains::domain.nullable().eq(accounts::domain)))
            .filter(shunned_domains::account_id.eq(viewer.0))
            .filter(accounts::id.eq_any(others))
            .select(accounts::id);
        Ok(query.load::<i64>(self.conn())?.into_iter().collect())
    }

    /// Returns, for each account, those of its followers that the viewer follows; at most `most` of each.
    pub fn familiar_followers(
        &mut self,
        viewer: AccountId,
        others: &[i64],
        most: usize,
    ) -> Result<HashMap<i64, Vec<i64>>> {
        let known = diesel::alias!(follows as known);
        let rows: Vec<(i64, i64)> = follows::table
            .inner_join(known.on(known.field(follows::target_id).eq(follows::account_id)))
            .filter(known.field(follows::account_id).eq(viewer.0))
            .filter(known.field(follows::accepted).eq(true))
            .filter(follows::target_id.eq_any(others))
            .filter(follows::accepted.eq(true))
            .order(follows::id.desc())
            .select((follows::target_id, follows::account_id))
            .load(self.conn())?;
        let mut found: HashMap<i64, Vec<i64>> = HashMap::new();
        for (target, follower) in rows {
            let list = found.entry(target).or_default();
            if list.len() < most {
                list.push(follower);
            }
        }
        Ok(found)
    }

    /// Returns follow suggestions for the viewer: first accounts that many of the viewer's follows follow,
    /// then people of this instance and the company by latest post. Leaves out the viewer, accounts that are
    /// followed or requested, blocked or dismissed, and accounts that are not discoverable.
    pub fn suggested_people(&mut self, viewer: AccountId, limit: i64) -> Result<Vec<(Account, bool)>> {
        let known = diesel::alias!(follows as known);
        let friends: Vec<(i64, i64)> = follows::table
            .inner_join(known.on(known.field(follows::account_id).eq(follows::target_id)))
            .filter(follows::account_id.eq(viewer.0))
            .filter(follows::accepted.eq(true))
            .filter(known.field(follows::accepted).eq(true))
            .group_by(known.field(follows::target_id))
            .order((count_star().desc(), known.field(follows::target_id)))
            .limit(limit * 3)
            .select((known.field(follows::target_id), count_star()))
            .load(self.conn())?;
        let raw: Vec<i64> = friends.iter().map(|(id, _)| *id).collect();
        let mut by_id: HashMap<i64, Account> = HashMap::new();
        for row in self.findable(viewer).filter(accounts::id.eq_any(&raw)).load::<AccountRow>(self.conn())? {
            by_id.insert(row.id, row.into_model()?);
        }
        let mut found: Vec<(Account, bool)> =
            raw.iter().filter_map(|id| by_id.remove(id)).map(|account| (account, true)).collect();
        let already: Vec<i64> = found.iter().map(|(account, _)| account.id.0).collect();
        let company = hosts::table.filter(hosts::tier.eq(Tier::Company.as_str())).select(hosts::domain);
        let colleagues: Vec<AccountRow> = self
            .findable(viewer)
            .filter(accounts::domain.is_null().or(accounts::domain.assume_not_null().eq_any(company)))
            .filter(accounts::id.ne_all(already))
            .order((accounts::domain.is_null().desc(), accounts::last_status_at.desc(), accounts::id.desc()))
            .limit(limit)
            .load(self.conn())?;
        for row in colleagues {
            found.push((row.into_model()?, false));
        }
        found.truncate(usize::try_from(limit).unwrap_or(0));
        Ok(found)
    }

    /// Returns those accounts that may be suggested to the viewer.
    pub fn those_suggestable(&mut self, viewer: AccountId, ids: &[i64]) -> Result<Vec<Account>> {
        let mut found = Vec::new();
        for some in ids.chunks(500) {
            let rows: Vec<AccountRow> =
                self.findable(viewer).filter(accounts::id.eq_any(some)).load(self.conn())?;
            found.extend(rows);
        }
        found.into_iter().map(AccountRow::into_model).collect()
    }

    /// Selects the accounts that may be suggested to the viewer.
    fn findable<'a>(&self, viewer: AccountId) -> FoundAccounts<'a> {
        let followed = follows::table
            .filter(follows::account_id.eq(viewer.0))
            .filter(follows::target_id.eq(accounts::id));
        let waved_off = dismissed_suggestions::table
            .filter(dismissed_suggestions::account_id.eq(viewer.0))
            .filter(dismissed_suggestions::target_id.eq(accounts::id));
        let blocked = super::schema::blocks::table
            .filter(
                super::schema::blocks::account_id
                    .eq(viewer.0)
                    .and(super::schema::blocks::target_id.eq(accounts::id)),
            )
            .or_filter(
                super::schema::blocks::target_id
                    .eq(viewer.0)
                    .and(super::schema::blocks::account_id.eq(accounts::id)),
            );
        accounts::table
            .filter(in_good_standing())
            .filter(accounts::silenced_at.is_null())
            .filter(accounts::is_instance_actor.eq(false))
            .filter(accounts::id.ne(viewer.0))
            .filter(accounts::discoverable.is_null().or(accounts::discoverable.assume_not_null().eq(true)))
            .filter(not(exists(followed)))
            .filter(not(exists(waved_off)))
            .filter(not(exists(blocked)))
            .select(AccountRow::as_select())
            .into_boxed::<Db>()
    }

    /// Returns discoverable accounts: local ones, and those of the company unless `local_only`. Local users
    /// are discoverable unless they have opted out.
    pub fn directory(
        &mut self,
        order: DirectoryOrder,
        local_only: bool,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Account>> {
        let staff =
            users::table.filter(users::account_id.eq(accounts::id)).filter(users::disabled_at.is_null());
        let here = accounts::domain.is_null().and(exists(staff));
        let company = hosts::table.filter(hosts::tier.eq(Tier::Company.as_str())).select(hosts::domain);
        let mut query = accounts::table
            .filter(in_good_standing())
            .filter(accounts::silenced_at.is_null())
            .filter(accounts::is_instance_actor.eq(false))
            .filter(accounts::discoverable.is_null().or(accounts::discoverable.assume_not_null().eq(true)))
            .select(AccountRow::as_select())
            .into_boxed::<Db>();
        query =
            if local_only {
                query.filter(here)
            } else {
                query.filter(here.or(
                    accounts::domain.is_not_null().and(accounts::domain.assume_not_null().eq_any(company)),
                ))
            };
        query = match order {
            // NULLs sort differently on each database.
            DirectoryOrder::Active => query.order((
                accounts::last_status_at.is_null(),
                accounts::last_status_at.desc(),
                accounts::id.desc(),
            )),
            DirectoryOrder::New => query.order(accounts::id.desc()),
        };
        let rows: Vec<AccountRow> = query.limit(limit).offset(offset).load(self.conn())?;
        rows.into_iter().map(AccountRow::into_model).collect()
    }
}

type FoundAccounts<'a> = diesel::helper_types::IntoBoxed<
    'a,
    diesel::helper_types::Select<accounts::table, diesel::helper_types::AsSelect<AccountRow, Db>>,
    Db,
>;

impl Tx<'_> {
    /// Sets the note on an account; an empty text deletes it.
    pub fn set_note(&mut self, me: AccountId, target: AccountId, comment: &str) -> Result<()> {
        diesel::delete(account_notes::table.find((me.0, target.0))).execute(self.conn())?;
        if comment.is_empty() {
            return Ok(());
        }
        let row = (
            account_notes::account_id.eq(me.0),
            account_notes::target_id.eq(target.0),
            account_notes::comment.eq(comment),
        );
        diesel::insert_into(account_notes::table).values(row).execute(self.conn())?;
        Ok(())
    }

    /// Adds or removes the endorsement of an account.
    pub fn set_endorsed(&mut self, me: AccountId, target: AccountId, endorsed: bool) -> Result<()> {
        if !endorsed {
            let row = endorsements::table
                .filter(endorsements::account_id.eq(me.0))
                .filter(endorsements::target_id.eq(target.0));
            diesel::delete(row).execute(self.conn())?;
            return Ok(());
        }
        let row = (
            endorsements::id.eq(self.next_id::<RelationId>().0),
            endorsements::account_id.eq(me.0),
            endorsements::target_id.eq(target.0),
        );
        on_both!(self.conn(), |c| diesel::insert_into(endorsements::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Adds or removes the personal block of a domain.
    pub fn set_shunned(&mut self, me: AccountId, domain: &str, shunned: bool) -> Result<()> {
        if !shunned {
            let row = shunned_domains::table
                .filter(shunned_domains::account_id.eq(me.0))
                .filter(shunned_domains::domain.eq(domain));
            diesel::delete(row).execute(self.conn())?;
            return Ok(());
        }
        let row = (
            shunned_domains::id.eq(self.next_id::<RelationId>().0),
            shunned_domains::account_id.eq(me.0),
            shunned_domains::domain.eq(domain),
        );
        on_both!(self.conn(), |c| diesel::insert_into(shunned_domains::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Returns the accounts of a host that follow an account, and those that it follows.
    pub fn bonds_with_host(
        &mut self,
        me: AccountId,
        domain: &str,
    ) -> Result<(Vec<AccountId>, Vec<AccountId>)> {
        let there = accounts::table.filter(accounts::domain.eq(domain)).select(accounts::id);
        let followers: Vec<i64> = follows::table
            .filter(follows::target_id.eq(me.0))
            .filter(follows::account_id.eq_any(there))
            .select(follows::account_id)
            .load(self.conn())?;
        let followed: Vec<i64> = follows::table
            .filter(follows::account_id.eq(me.0))
            .filter(follows::target_id.eq_any(there))
            .select(follows::target_id)
            .load(self.conn())?;
        let ids = |raw: Vec<i64>| raw.into_iter().map(AccountId).collect();
        Ok((ids(followers), ids(followed)))
    }

    /// Dismisses an account as a suggestion.
    pub fn dismiss_suggestion(&mut self, me: AccountId, target: AccountId) -> Result<()> {
        let row = (dismissed_suggestions::account_id.eq(me.0), dismissed_suggestions::target_id.eq(target.0));
        on_both!(self.conn(), |c| diesel::insert_into(dismissed_suggestions::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }
}
