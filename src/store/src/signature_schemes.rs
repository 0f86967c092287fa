//! The hosts that are sent the newer HTTP signature scheme (RFC 9421) first; federation interprets this.

use crate::prelude::*;

use super::schema::signature_forms;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::Timestamp;

impl Reader<'_> {
    /// Returns the hosts, each with its expiry.
    pub fn list_signature_schemes(&mut self, limit: i64) -> Result<Vec<(String, Timestamp)>> {
        let query = signature_forms::table
            .filter(signature_forms::newer_until.gt(self.now().millis()))
            .order(signature_forms::newer_until.desc())
            .limit(limit);
        let rows: Vec<(String, i64)> = query.load(self.conn())?;
        Ok(rows.into_iter().map(|(host, until)| (host, Timestamp::from_millis(until))).collect())
    }
}

impl Tx<'_> {
    /// Records that a host is sent the newer scheme first until a moment; `None` removes the record. Deletes
    /// expired records.
    pub fn set_signature_scheme(&mut self, host: &str, until: Option<Timestamp>) -> Result<()> {
        let over = signature_forms::table
            .filter(signature_forms::host.eq(host).or(signature_forms::newer_until.le(self.now().millis())));
        diesel::delete(over).execute(self.conn())?;
        let Some(until) = until else { return Ok(()) };
        let row = (signature_forms::host.eq(host), signature_forms::newer_until.eq(until.millis()));
        on_both!(self.conn(), |c| diesel::insert_into(signature_forms::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }
}
