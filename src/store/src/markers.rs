//! Timeline markers: how far an account has read its timelines.

use crate::prelude::*;

use super::schema::markers;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::view::Marker;
use portico_domain::model::{AccountId, Timestamp};

impl Reader<'_> {
    /// Returns the markers of an account for these timelines; unset ones are left out.
    pub fn list_markers(&mut self, account: AccountId, timelines: &[String]) -> Result<Vec<Marker>> {
        let query = markers::table
            .filter(markers::account_id.eq(account.0))
            .filter(markers::timeline.eq_any(timelines))
            .order(markers::timeline)
            .select((markers::timeline, markers::last_read_id, markers::version, markers::updated_at));
        let rows: Vec<(String, String, i64, i64)> = query.load(self.conn())?;
        let marker = |(timeline, last_read_id, version, updated_at)| Marker {
            timeline,
            last_read_id,
            version,
            updated_at: Timestamp::from_millis(updated_at),
        };
        Ok(rows.into_iter().map(marker).collect())
    }
}

impl Tx<'_> {
    /// Sets a marker and increments its version.
    pub fn set_marker(&mut self, account: AccountId, timeline: &str, last_read_id: &str) -> Result<()> {
        let now = self.now().millis();
        let row = (
            markers::account_id.eq(account.0),
            markers::timeline.eq(timeline),
            markers::last_read_id.eq(last_read_id),
            markers::version.eq(0),
            markers::updated_at.eq(now),
        );
        on_both!(self.conn(), |c| diesel::insert_into(markers::table)
            .values(&row)
            .on_conflict((markers::account_id, markers::timeline))
            .do_update()
            .set((
                markers::last_read_id.eq(last_read_id),
                markers::version.eq(markers::version + 1),
                markers::updated_at.eq(now),
            ))
            .execute(c))?;
        Ok(())
    }
}
