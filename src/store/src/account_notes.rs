//! Private notes of accounts on other accounts.

use std::collections::HashMap;

use crate::prelude::*;

use super::schema::account_notes;
use super::{Reader, Result, Tx};
use portico_domain::model::AccountId;

impl Reader<'_> {
    /// Returns the viewer's notes on accounts.
    pub fn find_account_notes(&mut self, viewer: AccountId, others: &[i64]) -> Result<HashMap<i64, String>> {
        let rows: Vec<(i64, String)> = account_notes::table
            .filter(account_notes::account_id.eq(viewer.0))
            .filter(account_notes::target_id.eq_any(others))
            .select((account_notes::target_id, account_notes::comment))
            .load(self.conn())?;
        Ok(rows.into_iter().collect())
    }
}

impl Tx<'_> {
    /// Sets the note on an account; an empty text deletes it.
    pub fn set_account_note(&mut self, me: AccountId, target: AccountId, comment: &str) -> Result<()> {
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
}
