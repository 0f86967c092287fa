//! Circles, their members, and the silent recipients of statuses: addressed, but not mentioned.

use std::collections::HashMap;

use crate::prelude::*;

use super::connection::Db;
use super::schema::{accounts, circle_members, circles, mentions, status_origins, users};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::circle::Circle;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::{AccountId, CircleId, StatusId};

impl Reader<'_> {
    /// Returns the circles of an account, oldest first.
    pub fn list_circles(&mut self, owner: AccountId) -> Result<Vec<Circle>> {
        let rows: Vec<(i64, i64, String)> = circles::table
            .filter(circles::account_id.eq(owner.0))
            .order(circles::id)
            .select((circles::id, circles::account_id, circles::title))
            .load(self.conn())?;
        self.with_counts(rows)
    }

    /// Returns a circle of an account.
    pub fn find_circle(&mut self, owner: AccountId, id: CircleId) -> Result<Option<Circle>> {
        let row: Option<(i64, i64, String)> = circles::table
            .find(id.0)
            .filter(circles::account_id.eq(owner.0))
            .select((circles::id, circles::account_id, circles::title))
            .first(self.conn())
            .optional()?;
        Ok(self.with_counts(row.into_iter().collect())?.pop())
    }

    /// Returns the circle that a status was addressed to, if it still exists.
    pub fn circle_of(&mut self, owner: AccountId, status: StatusId) -> Result<Option<Circle>> {
        let id: Option<Option<i64>> = status_origins::table
            .find(status.0)
            .select(status_origins::circle_id)
            .first(self.conn())
            .optional()?;
        match id.flatten() {
            Some(id) => self.find_circle(owner, CircleId(id)),
            None => Ok(None),
        }
    }

    /// Returns the titles of the circles that an account's own statuses are addressed to, by status; without
    /// deleted circles.
    pub(super) fn circle_titles(&mut self, owner: AccountId, ids: &[i64]) -> Result<HashMap<i64, String>> {
        let query = status_origins::table
            .inner_join(circles::table.on(status_origins::circle_id.eq(circles::id.nullable())))
            .filter(status_origins::id.eq_any(ids))
            .filter(status_origins::account_id.eq(owner.0))
            .filter(circles::account_id.eq(owner.0))
            .select((status_origins::id, circles::title));
        Ok(query.load::<(i64, String)>(self.conn())?.into_iter().collect())
    }

    fn with_counts(&mut self, rows: Vec<(i64, i64, String)>) -> Result<Vec<Circle>> {
        let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
        let counts: HashMap<i64, i64> = circle_members::table
            .filter(circle_members::circle_id.eq_any(ids))
            .group_by(circle_members::circle_id)
            .select((circle_members::circle_id, diesel::dsl::count_star()))
            .load::<(i64, i64)>(self.conn())?
            .into_iter()
            .collect();
        let circle = |(id, owner, title): (i64, i64, String)| Circle {
            id: CircleId(id),
            account_id: AccountId(owner),
            title,
            members: counts.get(&id).copied().unwrap_or(0),
        };
        Ok(rows.into_iter().map(circle).collect())
    }

    /// Returns all members of a circle.
    pub fn list_circle_members(&mut self, id: CircleId) -> Result<Vec<AccountId>> {
        let query = circle_members::table
            .filter(circle_members::circle_id.eq(id.0))
            .order(circle_members::account_id)
            .select(circle_members::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns a page of the members of a circle, paged by account id.
    pub fn circle_member_page(&mut self, id: CircleId, page: &PageRequest) -> Result<Page<AccountId>> {
        let query = circle_members::table.filter(circle_members::circle_id.eq(id.0)).into_boxed::<Db>();
        let rows: Vec<i64> = cut!(query, circle_members::account_id, page)
            .select(circle_members::account_id)
            .load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|account| (account, AccountId(account))).collect()))
    }

    /// Returns all recipients that a status is addressed to, mentioned or silent.
    pub fn list_addressed(&mut self, status: StatusId) -> Result<Vec<AccountId>> {
        let query = mentions::table
            .filter(mentions::status_id.eq(status.0))
            .order(mentions::account_id)
            .select(mentions::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns the silent recipients of a status.
    pub fn list_silent(&mut self, status: StatusId) -> Result<Vec<AccountId>> {
        let query = mentions::table
            .filter(mentions::status_id.eq(status.0))
            .filter(mentions::silent.eq(true))
            .order(mentions::account_id)
            .select(mentions::account_id);
        Ok(query.load::<i64>(self.conn())?.into_iter().map(AccountId).collect())
    }

    /// Returns the actor ids of the silent recipients of statuses, by status.
    pub(super) fn silent_uris(&mut self, ids: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
        let rows: Vec<(i64, String)> = mentions::table
            .inner_join(accounts::table)
            .filter(mentions::status_id.eq_any(ids))
            .filter(mentions::silent.eq(true))
            .order((mentions::status_id, mentions::account_id))
            .select((mentions::status_id, accounts::uri))
            .load(self.conn())?;
        let mut found: HashMap<i64, Vec<String>> = HashMap::new();
        for (status, uri) in rows {
            found.entry(status).or_default().push(uri);
        }
        Ok(found)
    }

    /// Returns the local silent recipients of a status.
    pub(super) fn silent_here(&mut self, status: StatusId) -> Result<Vec<i64>> {
        let query = mentions::table
            .inner_join(users::table.on(users::account_id.eq(mentions::account_id)))
            .filter(mentions::status_id.eq(status.0))
            .filter(mentions::silent.eq(true))
            .select(mentions::account_id);
        Ok(query.load(self.conn())?)
    }
}

impl Tx<'_> {
    /// Inserts a circle.
    pub fn insert_circle(&mut self, circle: &Circle) -> Result<()> {
        let row = (
            circles::id.eq(circle.id.0),
            circles::account_id.eq(circle.account_id.0),
            circles::title.eq(&circle.title),
            circles::created_at.eq(self.now().millis()),
        );
        diesel::insert_into(circles::table).values(row).execute(self.conn())?;
        Ok(())
    }

    /// Renames a circle.
    pub fn rename_circle(&mut self, id: CircleId, title: &str) -> Result<()> {
        diesel::update(circles::table.find(id.0)).set(circles::title.eq(title)).execute(self.conn())?;
        Ok(())
    }

    /// Deletes a circle of an account; statuses addressed to it stay. Returns whether it existed.
    pub fn delete_circle(&mut self, owner: AccountId, id: CircleId) -> Result<bool> {
        let theirs = circles::table.find(id.0).filter(circles::account_id.eq(owner.0));
        Ok(diesel::delete(theirs).execute(self.conn())? == 1)
    }

    /// Adds a member to a circle. Idempotent.
    pub fn insert_circle_member(&mut self, id: CircleId, member: AccountId) -> Result<()> {
        let row = (
            circle_members::circle_id.eq(id.0),
            circle_members::account_id.eq(member.0),
            circle_members::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(circle_members::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Removes members from a circle.
    pub fn delete_circle_members(&mut self, id: CircleId, members: &[AccountId]) -> Result<()> {
        let raw: Vec<i64> = members.iter().map(|member| member.0).collect();
        let theirs = circle_members::table
            .filter(circle_members::circle_id.eq(id.0))
            .filter(circle_members::account_id.eq_any(raw));
        diesel::delete(theirs).execute(self.conn())?;
        Ok(())
    }

    /// Adds silent recipients to a status. Accounts that it mentions stay mentioned.
    pub fn insert_addressed(&mut self, status: StatusId, people: &[AccountId]) -> Result<()> {
        for some in people.chunks(200) {
            let rows: Vec<_> = some
                .iter()
                .map(|account| {
                    (
                        mentions::status_id.eq(status.0),
                        mentions::account_id.eq(account.0),
                        mentions::silent.eq(true),
                    )
                })
                .collect();
            on_both!(self.conn(), |c| diesel::insert_into(mentions::table)
                .values(&rows)
                .on_conflict_do_nothing()
                .execute_batch(c))?;
        }
        Ok(())
    }

    /// Records the circle that a status is addressed to.
    pub fn set_circle(&mut self, status: StatusId, circle: CircleId) -> Result<()> {
        diesel::update(status_origins::table.find(status.0))
            .set(status_origins::circle_id.eq(circle.0))
            .execute(self.conn())?;
        Ok(())
    }
}
