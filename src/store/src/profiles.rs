//! Work profiles by account, and the company directory that other instances of the company read.

use std::collections::HashMap;

use crate::prelude::*;
use diesel::dsl::{count_star, exists, not};

use super::accounts::in_good_standing;
use super::connection::Db;
use super::rows::AccountRow;
use super::schema::{account_states, accounts, follows, hosts, meta, profiles, users};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::peer::Tier;
use portico_domain::model::profile::{DepartmentSummary, DirectoryEntry, PeopleQuery, Profile};
use portico_domain::model::search::words;
use portico_domain::model::{AccountId, Timestamp};
use portico_domain::policy::profiles::listed;

/// The maximum number of ids bound in one query.
const CHUNK: usize = 500;
/// The number of people indexed in one transaction.
const OLDER: i64 = 200;

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = profiles)]
#[diesel(treat_none_as_null = true)]
struct ProfileRow {
    account_id: i64,
    attributes: String,
    narrowed: String,
    name_key: String,
    division_key: String,
    department_key: String,
    manager_uri: Option<String>,
    changed_at: i64,
}

/// Builds the condition that an account belongs to this instance or to another instance of the company.
#[diesel::dsl::auto_type(no_type_alias)]
fn of_the_company() -> _ {
    let word: &'static str = Tier::Company.as_str();
    let sister =
        hosts::table.filter(hosts::domain.nullable().eq(accounts::domain)).filter(hosts::tier.eq(word));
    accounts::domain.is_null().or(exists(sister))
}

/// Builds the condition that an account's sign-in is not disabled.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_here() -> _ {
    let left =
        users::table.filter(users::account_id.eq(accounts::id)).filter(users::disabled_at.is_not_null());
    not(exists(left))
}

/// Builds the condition that an account is a person.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_person() -> _ {
    let person: &'static str = ActorKind::Person.as_str();
    accounts::kind.eq(person).and(accounts::is_instance_actor.eq(false))
}

/// Builds the condition that an account may be listed: a person who has not opted out of discovery.
#[diesel::dsl::auto_type(no_type_alias)]
fn agrees() -> _ {
    let person: &'static str = ActorKind::Person.as_str();
    accounts::kind
        .eq(person)
        .and(accounts::is_instance_actor.eq(false))
        .and(accounts::discoverable.is_null().or(accounts::discoverable.assume_not_null().eq(true)))
}

/// Builds the condition that a viewer may see an account in lists: it is not silenced, or the viewer follows
/// it.
#[diesel::dsl::auto_type(no_type_alias)]
fn listable_to(viewer: i64) -> _ {
    let followed = follows::table
        .filter(follows::account_id.eq(viewer))
        .filter(follows::target_id.eq(accounts::id))
        .filter(follows::accepted.eq(true));
    account_states::silenced_at.is_null().or(accounts::id.eq(viewer)).or(exists(followed))
}

fn profile(attributes: &str, narrowed: &str) -> Result<Profile> {
    let corrupt = |_| Error::Corrupt { what: "profile" };
    Ok(Profile {
        attributes: serde_json::from_str(attributes).map_err(corrupt)?,
        narrowed: serde_json::from_str(narrowed).map_err(corrupt)?,
    })
}

impl Reader<'_> {
    /// Returns the profile of an account; empty if none is stored.
    pub fn find_profile(&mut self, account: AccountId) -> Result<Profile> {
        Ok(self.profiles_of(&[account.0])?.remove(&account.0).unwrap_or_default())
    }

    /// Returns the profiles of accounts, by id; accounts without one are left out.
    pub fn profiles_of(&mut self, ids: &[i64]) -> Result<HashMap<i64, Profile>> {
        let mut found = HashMap::new();
        for some in ids.chunks(CHUNK) {
            let rows: Vec<(i64, String, String)> = profiles::table
                .filter(profiles::account_id.eq_any(some))
                .select((profiles::account_id, profiles::attributes, profiles::narrowed))
                .load(self.conn())?;
            for (id, attributes, narrowed) in rows {
                found.insert(id, profile(&attributes, &narrowed)?);
            }
        }
        Ok(found)
    }

    /// Returns the accounts with these actor ids, by actor id.
    pub fn accounts_by_uri(&mut self, uris: &[String]) -> Result<HashMap<String, Account>> {
        let mut found = HashMap::new();
        for some in uris.chunks(CHUNK) {
            let query = accounts::table.filter(accounts::uri.eq_any(some)).select(AccountRow::as_select());
            for row in query.load::<AccountRow>(self.conn())? {
                let account = row.into_model()?;
                found.insert(account.uri.clone(), account);
            }
        }
        Ok(found)
    }

    /// Returns those accounts that the company directory lists to a viewer, in their order.
    pub fn listed_people(&mut self, viewer: AccountId, ids: &[i64]) -> Result<Vec<Account>> {
        let mut found: HashMap<i64, AccountRow> = HashMap::new();
        for some in ids.chunks(CHUNK) {
            let rows: Vec<AccountRow> = accounts::table
                .filter(accounts::id.eq_any(some))
                .filter(in_good_standing())
                .filter(agrees())
                .filter(of_the_company())
                .filter(is_here())
                .filter(listable_to(viewer.0))
                .select(AccountRow::as_select())
                .load(self.conn())?;
            found.extend(rows.into_iter().map(|row| (row.id, row)));
        }
        ids.iter().filter_map(|id| found.remove(id)).map(AccountRow::into_model).collect()
    }

    /// Returns the company's people that the directory lists to a viewer, by name; filtered by division or
    /// department.
    pub fn list_people(
        &mut self,
        viewer: AccountId,
        query: &PeopleQuery,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Account>> {
        let mut found = profiles::table
            .inner_join(accounts::table)
            .filter(in_good_standing())
            .filter(agrees())
            .filter(of_the_company())
            .filter(is_here())
            .filter(listable_to(viewer.0))
            .select(AccountRow::as_select())
            .into_boxed::<Db>();
        if let Some(division) = &query.division {
            found = found.filter(profiles::division_key.eq(division.clone()));
        }
        if let Some(department) = &query.department {
            found = found.filter(profiles::department_key.eq(department.clone()));
        }
        let rows: Vec<AccountRow> = found
            .order((profiles::name_key, profiles::account_id))
            .limit(limit)
            .offset(offset)
            .load(self.conn())?;
        rows.into_iter().map(AccountRow::into_model).collect()
    }

    /// Returns the company's people whose manager is this actor, by name.
    pub fn list_reports(&mut self, viewer: AccountId, manager: &str, limit: i64) -> Result<Vec<Account>> {
        let rows: Vec<AccountRow> = profiles::table
            .inner_join(accounts::table)
            .filter(profiles::manager_uri.eq(manager))
            .filter(in_good_standing())
            .filter(agrees())
            .filter(of_the_company())
            .filter(is_here())
            .filter(listable_to(viewer.0))
            .select(AccountRow::as_select())
            .order((profiles::name_key, profiles::account_id))
            .limit(limit)
            .load(self.conn())?;
        rows.into_iter().map(AccountRow::into_model).collect()
    }

    /// Returns the divisions and departments of the company with their head counts, by name. The spelling of
    /// each is taken from one of its members.
    pub fn list_departments(&mut self, viewer: AccountId) -> Result<Vec<DepartmentSummary>> {
        type DepartmentRow = (String, String, i64, Option<i64>);
        let rows: Vec<DepartmentRow> = profiles::table
            .inner_join(accounts::table)
            .filter(in_good_standing())
            .filter(agrees())
            .filter(of_the_company())
            .filter(is_here())
            .filter(listable_to(viewer.0))
            .group_by((profiles::division_key, profiles::department_key))
            .select((
                profiles::division_key,
                profiles::department_key,
                count_star(),
                diesel::dsl::min(profiles::account_id),
            ))
            .order((profiles::division_key, profiles::department_key))
            .load(self.conn())?;
        let ids: Vec<i64> = rows.iter().filter_map(|(_, _, _, id)| *id).collect();
        let written = self.profiles_of(&ids)?;
        let unit = |(division, department, people, id): DepartmentRow| {
            let words = id.and_then(|id| written.get(&id)).map(|profile| &profile.attributes);
            DepartmentSummary {
                division: words.map_or(division, |words| words.division.clone()),
                department: words.map_or(department, |words| words.department.clone()),
                people,
            }
        };
        Ok(rows.into_iter().map(unit).collect())
    }

    /// Returns the directory entries of local accounts that changed at or after a moment, oldest first; among
    /// those of exactly that moment, the entries after an account.
    pub fn directory_page(
        &mut self,
        since: Timestamp,
        after: Option<AccountId>,
        limit: i64,
    ) -> Result<Vec<(AccountId, DirectoryEntry)>> {
        let after = after.map_or(0, |id| id.0);
        let begun = profiles::changed_at.eq(since.millis()).and(profiles::account_id.gt(after));
        type DirectoryEntryRow = (i64, String, i64, Option<i64>, Option<i64>, Option<i64>);
        let rows: Vec<DirectoryEntryRow> = profiles::table
            .inner_join(accounts::table)
            .left_join(users::table.on(users::account_id.eq(accounts::id)))
            .filter(accounts::domain.is_null())
            .filter(accounts::is_instance_actor.eq(false))
            .filter(begun.or(profiles::changed_at.gt(since.millis())))
            .select((
                accounts::id,
                accounts::uri,
                profiles::changed_at,
                accounts::suspended_at,
                users::disabled_at.nullable(),
                users::id.nullable(),
            ))
            .order((profiles::changed_at, profiles::account_id))
            .limit(limit)
            .load(self.conn())?;
        let entry = |(id, uri, at, suspended, disabled, user): DirectoryEntryRow| {
            let gone = suspended.is_some() || disabled.is_some() || user.is_none();
            (AccountId(id), DirectoryEntry { uri, changed_at: Timestamp::from_millis(at), gone })
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    /// Returns the time up to which the directory of another company instance has been read.
    pub fn directory_mark(&mut self, domain: &str) -> Result<Timestamp> {
        let noted: Option<String> =
            meta::table.find(mark_of(domain)).select(meta::value).first(self.conn()).optional()?;
        let millis = noted.and_then(|value| value.parse().ok()).unwrap_or(0);
        Ok(Timestamp::from_millis(millis))
    }
}

fn mark_of(domain: &str) -> String {
    format!("directory {domain}")
}

impl Tx<'_> {
    /// Records the time up to which the directory of another company instance has been read.
    pub fn set_directory_mark(&mut self, domain: &str, at: Timestamp) -> Result<()> {
        let row = (meta::key.eq(mark_of(domain)), meta::value.eq(at.millis().to_string()));
        on_both!(self.conn(), |c| diesel::insert_into(meta::table)
            .values(&row)
            .on_conflict(meta::key)
            .do_update()
            .set(meta::value.eq(at.millis().to_string()))
            .execute(c))?;
        Ok(())
    }

    /// Inserts or replaces an account's profile, and updates the people search index.
    pub fn set_profile(&mut self, account: &Account, profile: &Profile) -> Result<()> {
        let corrupt = |_| Error::Corrupt { what: "profile" };
        let row = ProfileRow {
            account_id: account.id.0,
            attributes: serde_json::to_string(&profile.attributes).map_err(corrupt)?,
            narrowed: serde_json::to_string(&profile.narrowed).map_err(corrupt)?,
            name_key: words(account.name()),
            division_key: words(&profile.attributes.division),
            department_key: words(&profile.attributes.department),
            manager_uri: profile.attributes.manager.clone(),
            changed_at: self.now().millis(),
        };
        on_both!(self.conn(), |c| diesel::insert_into(profiles::table)
            .values(&row)
            .on_conflict(profiles::account_id)
            .do_update()
            .set(&row)
            .execute(c))?;
        self.index_person(account, &profile.attributes)
    }

    /// Records a change of an account's public data, and updates the people search index for the company's
    /// people.
    pub(super) fn note_person(&mut self, account: &Account) -> Result<()> {
        if account.is_instance_actor || account.kind != ActorKind::Person {
            return Ok(());
        }
        let tier = match &account.domain {
            Some(domain) => Some(self.tier_of(domain)?),
            None => None,
        };
        if !listed(tier) {
            return Ok(());
        }
        let profile = self.find_profile(account.id)?;
        self.set_profile(account, &profile)
    }

    /// Indexes some of the company's people that were stored before the directory existed. Returns whether
    /// there may be more.
    pub fn index_older_people(&mut self) -> Result<bool> {
        let known = profiles::table.filter(profiles::account_id.eq(accounts::id));
        let rows: Vec<AccountRow> = accounts::table
            .filter(is_person())
            .filter(of_the_company())
            .filter(not(exists(known)))
            .limit(OLDER)
            .select(AccountRow::as_select())
            .load(self.conn())?;
        let some = !rows.is_empty();
        for row in rows {
            let account = row.into_model()?;
            self.note_person(&account)?;
        }
        Ok(some)
    }
}
