//! Organisation pages of partners: the known accounts of a host, their local followers and recent posts.

use crate::prelude::*;
use diesel::dsl::exists;

use super::accounts::in_good_standing;
use super::rows::AccountRow;
use super::schema::{account_states, accounts, follows, mentions, statuses};
use super::visible::visible;
use super::{Reader, Result};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::reach::Scope;

impl Reader<'_> {
    /// Returns known accounts of people on a host, by latest post.
    pub fn people_of_host(&mut self, domain: &str, limit: i64) -> Result<Vec<Account>> {
        let rows: Vec<AccountRow> = accounts::table
            .filter(accounts::domain.eq(domain))
            .filter(accounts::kind.eq(ActorKind::Person.as_str()))
            .filter(accounts::is_instance_actor.eq(false))
            .filter(in_good_standing())
            .order((account_states::last_status_at.desc(), accounts::id.desc()))
            .limit(limit)
            .select(AccountRow::as_select())
            .load(self.conn())?;
        rows.into_iter().map(AccountRow::into_model).collect()
    }

    /// Returns local accounts that follow an account of a host, without those that hide what they follow.
    pub fn followers_of_host(&mut self, viewer: AccountId, domain: &str, limit: i64) -> Result<Vec<Account>> {
        let there = accounts::table.filter(accounts::domain.eq(domain)).select(accounts::id);
        let following: Vec<i64> = follows::table
            .filter(follows::target_id.eq_any(there))
            .filter(follows::accepted.eq(true))
            .select(follows::account_id)
            .distinct()
            .load(self.conn())?;
        let rows: Vec<AccountRow> = accounts::table
            .filter(accounts::id.eq_any(following))
            .filter(accounts::domain.is_null())
            .filter(accounts::is_instance_actor.eq(false))
            .filter(accounts::suspended_at.is_null())
            .filter(accounts::hide_collections.eq(false).or(accounts::id.eq(viewer.0)))
            .order(accounts::id)
            .limit(limit)
            .select(AccountRow::as_select())
            .load(self.conn())?;
        rows.into_iter().map(AccountRow::into_model).collect()
    }

    /// Returns the latest posts, without boosts, by a host's accounts, or by local accounts that mention one
    /// of them, that the viewer may see; each with its author and whether it is local.
    pub fn posts_with_host(
        &mut self,
        scope: &Scope,
        domain: &str,
        limit: i64,
    ) -> Result<Vec<(StatusId, AccountId, bool)>> {
        let named = mentions::table
            .inner_join(accounts::table.on(accounts::id.eq(mentions::account_id)))
            .filter(mentions::status_id.eq(statuses::id))
            .filter(accounts::domain.eq(domain));
        let there = accounts::table.filter(accounts::domain.eq(domain)).select(accounts::id);
        let rows: Vec<(i64, i64, bool)> = statuses::table
            .filter(statuses::reblog_of.is_null())
            .filter(statuses::account_id.eq_any(there).or(statuses::local.eq(true).and(exists(named))))
            .filter(visible(scope, self.now()))
            .order(statuses::id.desc())
            .limit(limit)
            .select((statuses::id, statuses::account_id, statuses::local))
            .load(self.conn())?;
        Ok(rows.into_iter().map(|(id, by, local)| (StatusId(id), AccountId(by), local)).collect())
    }
}
