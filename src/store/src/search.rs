//! Account search by name, and hashtag search with respect to visibility.

use crate::prelude::*;
use diesel::dsl::{case_when, exists};
use diesel::sql_types::Text;

use super::accounts::{in_good_standing, lower};
use super::connection::Db;
use super::like_pattern::{self, ESCAPE};
use super::rows::AccountRow;
use super::schema::{account_states, accounts, follows, status_tags, statuses, tags};
use super::visible::visible;
use super::{Reader, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::policy::reach::Scope;

/// A filter for an account search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeopleFilter {
    /// The beginning of a username, or any part of a display name.
    pub name: String,
    /// The beginning of the host, if the query is the beginning of a full handle.
    pub host: Option<String>,
    /// Only accounts that this account follows.
    pub followed_by: Option<AccountId>,
    /// Only local accounts.
    pub local_only: bool,
    /// The viewer; silenced accounts are found by their followers.
    pub viewer: Option<AccountId>,
}

impl Reader<'_> {
    /// Searches accounts by name, ignoring case: exact usernames first, then usernames with that prefix, then
    /// display names; local accounts before remote ones. Leaves out suspended accounts, accounts of blocked
    /// hosts and instance actors.
    pub fn search_accounts(
        &mut self,
        filter: &PeopleFilter,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Account>> {
        // Both sides are lowered by the database, since it and Rust differ for some letters.
        let typed = || filter.name.clone().into_sql::<Text>();
        let begins = || like_pattern::prefix(&filter.name).into_sql::<Text>();
        let contains = || like_pattern::substring(&filter.name).into_sql::<Text>();
        let name_begins = || lower(accounts::username).like(lower(begins())).escape(ESCAPE);
        let shown_contains = lower(accounts::display_name).like(lower(contains())).escape(ESCAPE);
        let mut query = accounts::table
            .filter(in_good_standing())
            .filter(accounts::is_instance_actor.eq(false))
            .select(AccountRow::as_select())
            .into_boxed::<Db>();
        query = match &filter.host {
            Some(host) => {
                let host = like_pattern::prefix(&host.to_ascii_lowercase());
                query
                    .filter(lower(accounts::username).eq(lower(typed())))
                    .filter(accounts::domain.assume_not_null().like(host).escape(ESCAPE))
            }
            None => query.filter(name_begins().or(shown_contains)),
        };
        if let Some(me) = filter.followed_by {
            let followed = follows::table
                .filter(follows::account_id.eq(me.0))
                .filter(follows::target_id.eq(accounts::id))
                .filter(follows::accepted.eq(true));
            query = query.filter(exists(followed));
        }
        let viewer = filter.viewer.map_or(0, |id| id.0);
        let follows_them = follows::table
            .filter(follows::account_id.eq(viewer))
            .filter(follows::target_id.eq(accounts::id))
            .filter(follows::accepted.eq(true));
        let listed =
            account_states::silenced_at.is_null().or(accounts::id.eq(viewer)).or(exists(follows_them));
        query = query.filter(listed);
        if filter.local_only {
            query = query.filter(accounts::domain.is_null());
        }
        let nearness = case_when(
            lower(accounts::username).eq(lower(typed())),
            0.into_sql::<diesel::sql_types::Integer>(),
        )
        .when(name_begins(), 1.into_sql::<diesel::sql_types::Integer>())
        .otherwise(2.into_sql::<diesel::sql_types::Integer>());
        let elsewhere = case_when(accounts::domain.is_null(), 0.into_sql::<diesel::sql_types::Integer>())
            .otherwise(1.into_sql::<diesel::sql_types::Integer>());
        let rows: Vec<AccountRow> = query
            .order((nearness, elsewhere, accounts::username, accounts::id))
            .limit(limit)
            .offset(offset)
            .load(self.conn())?;
        rows.into_iter().map(AccountRow::into_model).collect()
    }

    /// Returns hashtags with a (normalised) prefix, in alphabetical order, that are used in at least one
    /// status visible to the viewer: a hashtag alone can reveal the subject of a private post.
    pub fn search_visible_tags(
        &mut self,
        scope: &Scope,
        prefix: &str,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<String>> {
        const CHUNK: i64 = 50;
        const CHUNKS: i64 = 10;
        let wanted = usize::try_from(offset.saturating_add(limit)).unwrap_or(0);
        let mut found = Vec::new();
        for chunk in 0..CHUNKS {
            let names = self.search_tags(prefix, CHUNK, chunk * CHUNK)?;
            let dry = i64::try_from(names.len()).is_ok_and(|len| len < CHUNK);
            for name in names {
                if found.len() < wanted && self.is_tag_visible(scope, &name)? {
                    found.push(name);
                }
            }
            if dry || found.len() >= wanted {
                break;
            }
        }
        Ok(found.into_iter().skip(usize::try_from(offset).unwrap_or(0)).collect())
    }

    fn is_tag_visible(&mut self, scope: &Scope, name: &str) -> Result<bool> {
        let tagged = status_tags::table
            .inner_join(tags::table)
            .filter(tags::name.eq(name))
            .select(status_tags::status_id);
        let seen: Option<i64> = statuses::table
            .filter(statuses::id.eq_any(tagged))
            .filter(visible(scope, self.now()))
            .select(statuses::id)
            .first(self.conn())
            .optional()?;
        Ok(seen.is_some())
    }
}
