//! Translations of posts: one for each post and language, for one version of the post.

use crate::prelude::*;

use super::schema::translations;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::{StatusId, Timestamp};

impl Reader<'_> {
    /// Returns the stored translation, if it is of this version.
    pub fn find_translation(
        &mut self,
        status: StatusId,
        language: &str,
        digest: &str,
    ) -> Result<Option<String>> {
        let query = translations::table
            .find((status.0, language))
            .filter(translations::digest.eq(digest))
            .select(translations::body);
        Ok(query.first(self.conn()).optional()?)
    }
}

impl Tx<'_> {
    /// Inserts a translation, replacing that of an older version. Does nothing if the status is gone.
    pub fn save_translation(
        &mut self,
        status: StatusId,
        language: &str,
        digest: &str,
        body: &str,
    ) -> Result<()> {
        if self.find_status(status)?.is_none() {
            return Ok(());
        }
        diesel::delete(translations::table.find((status.0, language))).execute(self.conn())?;
        let row = (
            translations::status_id.eq(status.0),
            translations::language.eq(language),
            translations::digest.eq(digest),
            translations::body.eq(body),
            translations::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(translations::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Deletes translations created before a moment.
    pub fn forget_translations(&mut self, before: Timestamp) -> Result<()> {
        let old = translations::table.filter(translations::created_at.lt(before.millis()));
        diesel::delete(old).execute(self.conn())?;
        Ok(())
    }
}
