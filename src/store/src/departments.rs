//! Department mentions: departments and divisions, looked up by their mention names, and the log of their
//! mentions.

use crate::prelude::*;

use super::accounts::in_good_standing;
use super::schema::{accounts, profiles, unit_mentions, users};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::account::ActorKind;
use portico_domain::model::department::DepartmentName;
use portico_domain::model::{AccountId, StatusId, Timestamp};

diesel::define_sql_function! {
    /// Replaces each occurrence of a part of the text.
    fn replace(
        text: diesel::sql_types::Text,
        part: diesel::sql_types::Text,
        by: diesel::sql_types::Text
    ) -> diesel::sql_types::Text;
}

impl Reader<'_> {
    /// Returns the departments and divisions of the company with these mention names (see
    /// [`mention_key`](portico_domain::model::department::mention_key)), each with its mention name; a department
    /// before a division of the same name.
    pub fn find_departments(&mut self, called: &[String]) -> Result<Vec<(String, DepartmentName)>> {
        let mut found = Vec::new();
        for is_division in [false, true] {
            let rows: Vec<(String, Option<i64>)> = if is_division {
                profiles::table
                    .filter(replace(profiles::division_key, " ", "").eq_any(called))
                    .group_by(profiles::division_key)
                    .select((profiles::division_key, diesel::dsl::min(profiles::account_id)))
                    .load(self.conn())?
            } else {
                profiles::table
                    .filter(replace(profiles::department_key, " ", "").eq_any(called))
                    .group_by(profiles::department_key)
                    .select((profiles::department_key, diesel::dsl::min(profiles::account_id)))
                    .load(self.conn())?
            };
            let ids: Vec<i64> = rows.iter().filter_map(|(_, id)| *id).collect();
            let written = self.profiles_of(&ids)?;
            for (key, id) in rows {
                let how: String = key.split(' ').collect();
                if key.is_empty() || found.iter().any(|(known, _)| *known == how) {
                    continue;
                }
                let attributes = id.and_then(|id| written.get(&id)).map(|profile| &profile.attributes);
                let name = attributes.map_or_else(
                    || key.clone(),
                    |attributes| {
                        if is_division { attributes.division.clone() } else { attributes.department.clone() }
                    },
                );
                found.push((how, DepartmentName { is_division, key, name }));
            }
        }
        Ok(found)
    }

    /// Returns the local people of a unit who can sign in; at most `most`.
    pub fn list_people_in_department(&mut self, unit: &DepartmentName, most: i64) -> Result<Vec<AccountId>> {
        let here = profiles::table
            .inner_join(accounts::table)
            .inner_join(users::table.on(users::account_id.eq(accounts::id)))
            .filter(accounts::domain.is_null())
            .filter(accounts::kind.eq(ActorKind::Person.as_str()))
            .filter(in_good_standing())
            .filter(users::disabled_at.is_null())
            .order(accounts::id)
            .limit(most)
            .select(accounts::id);
        let ids: Vec<i64> = if unit.is_division {
            here.filter(profiles::division_key.eq(&unit.key)).load(self.conn())?
        } else {
            here.filter(profiles::department_key.eq(&unit.key)).load(self.conn())?
        };
        Ok(ids.into_iter().map(AccountId).collect())
    }

    /// Counts an author's mentions of units since a moment.
    pub fn count_department_mentions(&mut self, author: AccountId, since: Timestamp) -> Result<i64> {
        let query = unit_mentions::table
            .filter(unit_mentions::account_id.eq(author.0))
            .filter(unit_mentions::created_at.ge(since.millis()));
        Ok(query.count().get_result(self.conn())?)
    }

    /// Returns the mention names of the units that a status mentions.
    pub fn departments_mentioned_in(&mut self, status: StatusId) -> Result<Vec<String>> {
        let query = unit_mentions::table
            .filter(unit_mentions::status_id.eq(status.0))
            .order(unit_mentions::unit)
            .select(unit_mentions::unit);
        Ok(query.load(self.conn())?)
    }
}

impl Tx<'_> {
    /// Records that a status mentions a unit, and the number of local people it notifies. Returns false if
    /// that is already recorded.
    pub fn insert_department_mention(
        &mut self,
        author: AccountId,
        status: StatusId,
        called: &str,
        people: usize,
    ) -> Result<bool> {
        let row = (
            unit_mentions::status_id.eq(status.0),
            unit_mentions::unit.eq(called),
            unit_mentions::account_id.eq(author.0),
            unit_mentions::people.eq(i64::try_from(people).unwrap_or(i64::MAX)),
            unit_mentions::created_at.eq(self.now().millis()),
        );
        let made = on_both!(self.conn(), |c| diesel::insert_into(unit_mentions::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(made == 1)
    }
}
