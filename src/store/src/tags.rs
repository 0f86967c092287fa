//! Hashtags and their statuses; each name is stored once.

use crate::prelude::*;

use super::schema::{status_tags, tags};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::{RelationId, StatusId};

impl Reader<'_> {
    /// Returns hashtags with a (normalised) prefix, in alphabetical order.
    pub fn search_tags(&mut self, prefix: &str, limit: i64, offset: i64) -> Result<Vec<String>> {
        // Uses bounds instead of LIKE: nothing needs escaping, and the index serves them.
        let above = format!("{prefix}\u{10ffff}");
        let query = tags::table
            .filter(tags::name.ge(prefix))
            .filter(tags::name.lt(above))
            .order(tags::name)
            .limit(limit)
            .offset(offset)
            .select(tags::name);
        Ok(query.load(self.conn())?)
    }
}

impl Tx<'_> {
    /// Replaces the hashtags of a status.
    pub fn replace_tags(&mut self, status: StatusId, names: &[String]) -> Result<()> {
        let old = status_tags::table.filter(status_tags::status_id.eq(status.0));
        diesel::delete(old).execute(self.conn())?;
        for name in names {
            let tag = self.tag_id(name)?;
            let row = (status_tags::tag_id.eq(tag), status_tags::status_id.eq(status.0));
            on_both!(self.conn(), |c| diesel::insert_into(status_tags::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c))?;
        }
        Ok(())
    }

    pub(super) fn tag_id(&mut self, name: &str) -> Result<i64> {
        let row = (tags::id.eq(self.next_id::<RelationId>().0), tags::name.eq(name));
        on_both!(self.conn(), |c| diesel::insert_into(tags::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(tags::table.filter(tags::name.eq(name)).select(tags::id).first(self.conn())?)
    }
}
