//! Quotes: the quoted status of a status, and the state of its approval.

use std::collections::HashMap;

use crate::prelude::*;
use diesel::dsl::{count_star, exists};

use super::connection::Db;
use super::schema::{quotes, statuses};
use super::timelines::cut;
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::live::Live;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::quote::{Quote, QuotePolicy, QuoteState};
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::reach::Scope;

/// The maximum number of quotes of a deleted status that are refreshed in open clients.
const MOST_SHOWN_ANEW: i64 = 100;

type QuoteRow = (i64, Option<i64>, String, String, Option<String>, Option<i64>, Option<String>);

fn quote((status, quoted, uri, state, stamp, author, url): QuoteRow) -> Result<Quote> {
    Ok(Quote {
        status_id: StatusId(status),
        quoted_id: quoted.map(StatusId),
        quoted_uri: uri,
        quoted_url: url,
        quoted_author: author.map(AccountId),
        state: state.parse::<QuoteState>().map_err(|_| Error::Corrupt { what: "state of a quote" })?,
        stamp,
    })
}

/// Selects quotes with the author and page of the quoted status.
#[diesel::dsl::auto_type(no_type_alias)]
fn whole() -> _ {
    quotes::table.left_join(statuses::table.on(quotes::quoted_id.eq(statuses::id.nullable()))).select((
        quotes::status_id,
        quotes::quoted_id,
        quotes::quoted_uri,
        quotes::state,
        quotes::stamp_uri,
        statuses::account_id.nullable(),
        statuses::url.nullable(),
    ))
}

impl Reader<'_> {
    /// Returns the quotes made by these statuses, by status, in one query.
    pub(super) fn quotes_of(&mut self, ids: &[i64]) -> Result<HashMap<i64, Quote>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<QuoteRow> = whole().filter(quotes::status_id.eq_any(ids)).load(self.conn())?;
        rows.into_iter().map(|row| Ok((row.0, quote(row)?))).collect()
    }

    /// Returns the quote made by a status.
    pub fn find_quote(&mut self, status: StatusId) -> Result<Option<Quote>> {
        Ok(self.quotes_of(&[status.0])?.remove(&status.0))
    }

    /// Returns the quotes with this stamp.
    pub fn list_quotes_with_stamp(&mut self, stamp: &str) -> Result<Vec<Quote>> {
        let rows: Vec<QuoteRow> = whole().filter(quotes::stamp_uri.eq(stamp)).load(self.conn())?;
        rows.into_iter().map(quote).collect()
    }

    /// Counts the accepted quotes of each of these statuses, in one query.
    pub(super) fn quote_counts(&mut self, ids: &[i64]) -> Result<HashMap<i64, i64>> {
        let counts: Vec<(Option<i64>, i64)> = quotes::table
            .filter(quotes::quoted_id.eq_any(ids))
            .filter(quotes::state.eq(QuoteState::Accepted.as_str()))
            .group_by(quotes::quoted_id)
            .select((quotes::quoted_id, count_star()))
            .load(self.conn())?;
        Ok(counts.into_iter().filter_map(|(id, count)| Some((id?, count))).collect())
    }

    /// Returns a page of the accepted quotes of a status that are in scope.
    pub fn quotes_page(
        &mut self,
        me: Option<AccountId>,
        scope: &Scope,
        quoted: StatusId,
        page: &PageRequest,
    ) -> Result<Page<StatusId>> {
        self.fill(me, scope, page, |reader, page| {
            let accepted = quotes::table
                .filter(quotes::quoted_id.eq(quoted.0))
                .filter(quotes::state.eq(QuoteState::Accepted.as_str()))
                .into_boxed::<Db>();
            let id = quotes::status_id;
            Ok(cut!(accepted, id, page).select((id, id)).load(reader.conn())?)
        })
    }

    /// Returns the local accepted quotes of a status with their authors, newest first; at most `limit`.
    pub fn list_local_quoters(&mut self, quoted: StatusId, limit: i64) -> Result<Vec<(AccountId, StatusId)>> {
        let rows: Vec<(i64, i64)> = quotes::table
            .inner_join(statuses::table.on(quotes::status_id.eq(statuses::id)))
            .filter(quotes::quoted_id.eq(quoted.0))
            .filter(quotes::state.eq(QuoteState::Accepted.as_str()))
            .filter(statuses::local.eq(true))
            .order(quotes::status_id.desc())
            .limit(limit)
            .select((statuses::account_id, statuses::id))
            .load(self.conn())?;
        Ok(rows.into_iter().map(|(account, status)| (AccountId(account), StatusId(status))).collect())
    }
}

impl Tx<'_> {
    /// Sets the quote of a status, replacing its former one.
    pub fn replace_quote(
        &mut self,
        status: StatusId,
        quoted: (Option<StatusId>, &str),
        state: QuoteState,
        stamp: Option<&str>,
    ) -> Result<()> {
        self.delete_quote(status)?;
        let row = (
            quotes::status_id.eq(status.0),
            quotes::quoted_id.eq(quoted.0.map(|id| id.0)),
            quotes::quoted_uri.eq(quoted.1),
            quotes::state.eq(state.as_str()),
            quotes::stamp_uri.eq(stamp),
            quotes::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(quotes::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Deletes the quote of a status.
    pub fn delete_quote(&mut self, status: StatusId) -> Result<()> {
        diesel::delete(quotes::table.find(status.0)).execute(self.conn())?;
        Ok(())
    }

    /// Updates the state and the stamp of a quote.
    pub fn update_quote(&mut self, status: StatusId, state: QuoteState, stamp: Option<&str>) -> Result<()> {
        diesel::update(quotes::table.find(status.0))
            .set((quotes::state.eq(state.as_str()), quotes::stamp_uri.eq(stamp)))
            .execute(self.conn())?;
        Ok(())
    }

    /// Links quotes that arrived before the quoted status to it.
    pub fn attach_waiting_quotes(&mut self, quoted: &Status) -> Result<()> {
        let orphans = || {
            quotes::table
                .filter(quotes::quoted_uri.eq(&quoted.uri))
                .filter(quotes::quoted_id.is_null())
                .filter(quotes::state.ne(QuoteState::Deleted.as_str()))
        };
        // There is hardly ever one, and a check costs less than an update that changes nothing.
        if on_both!(self.conn(), |c| diesel::select(exists(orphans())).get_result::<bool>(c))? {
            diesel::update(orphans()).set(quotes::quoted_id.eq(quoted.id.0)).execute(self.conn())?;
        }
        Ok(())
    }

    /// Marks the quotes of a status that is about to be deleted, and publishes the newest of them as edited.
    pub(super) fn detach_quotes(&mut self, quoted: StatusId) -> Result<()> {
        let open = [QuoteState::Pending.as_str(), QuoteState::Accepted.as_str()];
        let quoting =
            || quotes::table.filter(quotes::quoted_id.eq(quoted.0)).filter(quotes::state.eq_any(open));
        let query =
            quoting().order(quotes::status_id.desc()).limit(MOST_SHOWN_ANEW).select(quotes::status_id);
        for status in query.load(self.conn())?.into_iter().map(StatusId) {
            self.publish(Live::Edited { status })?;
        }
        let none: Option<String> = None;
        diesel::update(quoting())
            .set((quotes::state.eq(QuoteState::Deleted.as_str()), quotes::stamp_uri.eq(none)))
            .execute(self.conn())?;
        Ok(())
    }

    /// Sets who may quote a status.
    pub fn set_quote_policy(&mut self, status: StatusId, policy: QuotePolicy) -> Result<()> {
        diesel::update(statuses::table.find(status.0))
            .set((
                statuses::quote_automatic.eq(policy.automatic.as_str()),
                statuses::quote_manual.eq(policy.manual.as_str()),
            ))
            .execute(self.conn())?;
        Ok(())
    }
}
