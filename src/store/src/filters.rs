//! Filters, their keywords and their filtered statuses.

use std::collections::HashMap;

use crate::prelude::*;

use super::connection::Db;
use super::schema::{filter_keywords, filter_statuses, filters};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::filter::{Filter, FilterAction, FilterContext, Keyword, NamedStatus};
use portico_domain::model::{AccountId, FilterId, RelationId, StatusId, Timestamp};

type FilterRow = (i64, String, String, String, Option<i64>);

fn filter((id, title, contexts, action, expires_at): FilterRow) -> Result<Filter> {
    Ok(Filter {
        id: FilterId(id),
        title,
        contexts: contexts.split(' ').filter_map(|word| word.parse::<FilterContext>().ok()).collect(),
        action: action.parse::<FilterAction>().map_err(|_| Error::Corrupt { what: "filter action" })?,
        expires_at: expires_at.map(Timestamp::from_millis),
        keywords: Vec::new(),
        statuses: Vec::new(),
    })
}

fn words(contexts: &[FilterContext]) -> String {
    contexts.iter().map(|context| context.as_str()).collect::<Vec<_>>().join(" ")
}

impl Reader<'_> {
    /// Returns all filters of an account, oldest first; expired ones only if asked for.
    pub fn list_filters(&mut self, owner: AccountId, ended_too: bool) -> Result<Vec<Filter>> {
        let now = self.now().millis();
        let mut query = filters::table
            .filter(filters::account_id.eq(owner.0))
            .order(filters::id)
            .select((filters::id, filters::title, filters::contexts, filters::action, filters::expires_at))
            .into_boxed::<Db>();
        if !ended_too {
            query = query.filter(filters::expires_at.is_null().or(filters::expires_at.gt(now)));
        }
        let rows: Vec<FilterRow> = query.load(self.conn())?;
        let found: Vec<Filter> = rows.into_iter().map(filter).collect::<Result<_>>()?;
        self.with_parts(found)
    }

    /// Returns a filter of an account.
    pub fn find_filter(&mut self, owner: AccountId, id: FilterId) -> Result<Option<Filter>> {
        let query = filters::table.find(id.0).filter(filters::account_id.eq(owner.0)).select((
            filters::id,
            filters::title,
            filters::contexts,
            filters::action,
            filters::expires_at,
        ));
        let found = query.first::<FilterRow>(self.conn()).optional()?.map(filter).transpose()?;
        Ok(self.with_parts(found.into_iter().collect())?.pop())
    }

    /// Returns the filter of an account that has this keyword.
    pub fn find_filter_with_keyword(&mut self, owner: AccountId, id: RelationId) -> Result<Option<Filter>> {
        let query = filter_keywords::table.find(id.0).select(filter_keywords::filter_id);
        let Some(id) = query.first::<i64>(self.conn()).optional()? else { return Ok(None) };
        self.find_filter(owner, FilterId(id))
    }

    /// Returns the filter of an account that has this filtered status entry.
    pub fn find_filter_with_status(&mut self, owner: AccountId, id: RelationId) -> Result<Option<Filter>> {
        let query = filter_statuses::table.find(id.0).select(filter_statuses::filter_id);
        let Some(id) = query.first::<i64>(self.conn()).optional()? else { return Ok(None) };
        self.find_filter(owner, FilterId(id))
    }

    /// Returns the active filters of several accounts, by account.
    pub(super) fn filters_of_all(&mut self, owners: &[i64]) -> Result<HashMap<i64, Vec<Filter>>> {
        let now = self.now().millis();
        let rows: Vec<(i64, i64)> = filters::table
            .filter(filters::account_id.eq_any(owners))
            .filter(filters::expires_at.is_null().or(filters::expires_at.gt(now)))
            .select((filters::id, filters::account_id))
            .load(self.conn())?;
        let owner_of: HashMap<i64, i64> = rows.into_iter().collect();
        if owner_of.is_empty() {
            return Ok(HashMap::new());
        }
        let query = filters::table
            .filter(filters::id.eq_any(owner_of.keys().copied().collect::<Vec<_>>()))
            .order(filters::id)
            .select((filters::id, filters::title, filters::contexts, filters::action, filters::expires_at));
        let found: Vec<Filter> =
            query.load::<FilterRow>(self.conn())?.into_iter().map(filter).collect::<Result<_>>()?;
        let mut by_owner: HashMap<i64, Vec<Filter>> = HashMap::new();
        for filter in self.with_parts(found)? {
            if let Some(owner) = owner_of.get(&filter.id.0) {
                by_owner.entry(*owner).or_default().push(filter);
            }
        }
        Ok(by_owner)
    }

    fn with_parts(&mut self, mut found: Vec<Filter>) -> Result<Vec<Filter>> {
        if found.is_empty() {
            return Ok(found);
        }
        let ids: Vec<i64> = found.iter().map(|filter| filter.id.0).collect();
        let keywords: Vec<(i64, i64, String, bool)> = filter_keywords::table
            .filter(filter_keywords::filter_id.eq_any(&ids))
            .order(filter_keywords::id)
            .select((
                filter_keywords::filter_id,
                filter_keywords::id,
                filter_keywords::keyword,
                filter_keywords::whole_word,
            ))
            .load(self.conn())?;
        let named: Vec<(i64, i64, i64)> = filter_statuses::table
            .filter(filter_statuses::filter_id.eq_any(&ids))
            .order(filter_statuses::id)
            .select((filter_statuses::filter_id, filter_statuses::id, filter_statuses::status_id))
            .load(self.conn())?;
        let mut by_id: HashMap<i64, &mut Filter> =
            found.iter_mut().map(|filter| (filter.id.0, filter)).collect();
        for (of, id, text, whole_word) in keywords {
            if let Some(filter) = by_id.get_mut(&of) {
                filter.keywords.push(Keyword { id: RelationId(id), text, whole_word });
            }
        }
        for (of, id, status) in named {
            if let Some(filter) = by_id.get_mut(&of) {
                filter.statuses.push(NamedStatus { id: RelationId(id), status: StatusId(status) });
            }
        }
        Ok(found)
    }
}

impl Tx<'_> {
    /// Inserts a filter with its keywords.
    pub fn insert_filter(&mut self, owner: AccountId, filter: &Filter) -> Result<()> {
        let row = (
            filters::id.eq(filter.id.0),
            filters::account_id.eq(owner.0),
            filters::title.eq(&filter.title),
            filters::contexts.eq(words(&filter.contexts)),
            filters::action.eq(filter.action.as_str()),
            filters::expires_at.eq(filter.expires_at.map(Timestamp::millis)),
            filters::created_at.eq(self.now().millis()),
        );
        diesel::insert_into(filters::table).values(row).execute(self.conn())?;
        self.replace_keywords(filter)
    }

    /// Updates a filter and replaces its keywords.
    pub fn update_filter(&mut self, filter: &Filter) -> Result<()> {
        diesel::update(filters::table.find(filter.id.0))
            .set((
                filters::title.eq(&filter.title),
                filters::contexts.eq(words(&filter.contexts)),
                filters::action.eq(filter.action.as_str()),
                filters::expires_at.eq(filter.expires_at.map(Timestamp::millis)),
            ))
            .execute(self.conn())?;
        self.replace_keywords(filter)
    }

    fn replace_keywords(&mut self, filter: &Filter) -> Result<()> {
        let old = filter_keywords::table.filter(filter_keywords::filter_id.eq(filter.id.0));
        diesel::delete(old).execute(self.conn())?;
        let rows: Vec<_> = filter
            .keywords
            .iter()
            .map(|keyword| {
                (
                    filter_keywords::id.eq(keyword.id.0),
                    filter_keywords::filter_id.eq(filter.id.0),
                    filter_keywords::keyword.eq(&keyword.text),
                    filter_keywords::whole_word.eq(keyword.whole_word),
                )
            })
            .collect();
        on_both!(self.conn(), |c| diesel::insert_into(filter_keywords::table)
            .values(&rows)
            .execute_batch(c))?;
        Ok(())
    }

    /// Deletes a filter.
    pub fn delete_filter(&mut self, id: FilterId) -> Result<()> {
        diesel::delete(filters::table.find(id.0)).execute(self.conn())?;
        Ok(())
    }

    /// Adds a status to a filter. Returns whether it was new.
    pub fn insert_filter_status(&mut self, filter: FilterId, named: NamedStatus) -> Result<bool> {
        let row = (
            filter_statuses::id.eq(named.id.0),
            filter_statuses::filter_id.eq(filter.0),
            filter_statuses::status_id.eq(named.status.0),
        );
        let added = on_both!(self.conn(), |c| diesel::insert_into(filter_statuses::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(added == 1)
    }

    /// Removes a status from a filter.
    pub fn delete_filter_status(&mut self, id: RelationId) -> Result<()> {
        diesel::delete(filter_statuses::table.find(id.0)).execute(self.conn())?;
        Ok(())
    }
}
