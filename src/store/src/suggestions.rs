//! Follow suggestions, familiar followers and the directory of accounts.

use std::collections::HashMap;

use crate::prelude::*;
use diesel::dsl::{count_star, exists, not};

use super::accounts::in_good_standing;
use super::connection::Db;
use super::rows::AccountRow;
use super::schema::{account_states, accounts, dismissed_suggestions, follows, hosts, users};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::peer::Tier;

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
            .order((
                accounts::domain.is_null().desc(),
                account_states::last_status_at.desc(),
                accounts::id.desc(),
            ))
            .limit(limit)
            .load(self.conn())?;
        for row in colleagues {
            found.push((row.into_model()?, false));
        }
        found.truncate(usize::try_from(limit).unwrap_or(0));
        Ok(found)
    }

    /// Returns those accounts that may be suggested to the viewer.
    pub fn filter_suggestable(&mut self, viewer: AccountId, ids: &[i64]) -> Result<Vec<Account>> {
        let mut found = Vec::new();
        for some in ids.chunks(500) {
            let rows: Vec<AccountRow> =
                self.findable(viewer).filter(accounts::id.eq_any(some)).load(self.conn())?;
            found.extend(rows);
        }
        found.into_iter().map(AccountRow::into_model).collect()
    }

    /// Selects the accounts that may be suggested to the viewer.
    fn findable<'a>(&self, viewer: AccountId) -> SuggestableAccounts<'a> {
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
            .filter(account_states::silenced_at.is_null())
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
            .filter(account_states::silenced_at.is_null())
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
                account_states::last_status_at.is_null(),
                account_states::last_status_at.desc(),
                accounts::id.desc(),
            )),
            DirectoryOrder::New => query.order(accounts::id.desc()),
        };
        let rows: Vec<AccountRow> = query.limit(limit).offset(offset).load(self.conn())?;
        rows.into_iter().map(AccountRow::into_model).collect()
    }
}

type SuggestableAccounts<'a> = diesel::helper_types::IntoBoxed<
    'a,
    diesel::helper_types::Select<accounts::table, diesel::helper_types::AsSelect<AccountRow, Db>>,
    Db,
>;

impl Tx<'_> {
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
