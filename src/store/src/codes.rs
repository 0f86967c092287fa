//! OAuth authorization codes, looked up by the hash of the code.

use crate::prelude::*;

use super::schema::oauth_codes;
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::oauth::{Code, Scopes};
use portico_domain::model::{AppId, Timestamp, UserId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = oauth_codes)]
struct CodeRow {
    app_id: i64,
    user_id: i64,
    redirect_uri: String,
    scopes: String,
    challenge: Option<String>,
    expires_at: i64,
}

impl Reader<'_> {
    /// Returns the code with this hash, even if it has expired or was used.
    pub fn find_code(&mut self, code_hash: &str) -> Result<Option<Code>> {
        let query = oauth_codes::table.find(code_hash).select(CodeRow::as_select());
        let Some(row) = query.first::<CodeRow>(self.conn()).optional()? else { return Ok(None) };
        Ok(Some(Code {
            app_id: AppId(row.app_id),
            user_id: UserId(row.user_id),
            redirect_uri: row.redirect_uri,
            scopes: Scopes::parse(&row.scopes).map_err(|_| Error::Corrupt { what: "scopes" })?,
            challenge: row.challenge,
            expires_at: Timestamp::from_millis(row.expires_at),
        }))
    }
}

impl Tx<'_> {
    /// Inserts a code.
    pub fn insert_code(&mut self, code_hash: &str, code: &Code) -> Result<()> {
        let row = (
            oauth_codes::code_hash.eq(code_hash),
            oauth_codes::app_id.eq(code.app_id.0),
            oauth_codes::user_id.eq(code.user_id.0),
            oauth_codes::redirect_uri.eq(&code.redirect_uri),
            oauth_codes::scopes.eq(code.scopes.to_string()),
            oauth_codes::challenge.eq(&code.challenge),
            oauth_codes::created_at.eq(self.now().millis()),
            oauth_codes::expires_at.eq(code.expires_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(oauth_codes::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Marks a code as used. Returns whether this was the first use: of two concurrent exchanges, one
    /// succeeds.
    pub fn mark_code_used(&mut self, code_hash: &str) -> Result<bool> {
        let now = self.now().millis();
        let unused = oauth_codes::table.find(code_hash).filter(oauth_codes::used_at.is_null());
        let change = diesel::update(unused).set(oauth_codes::used_at.eq(now));
        Ok(change.execute(self.conn())? == 1)
    }
}
