//! Browser sessions, looked up by the hash of their secret.

use crate::prelude::*;

use super::rows::{AccountRow, UserRow};
use super::schema::{accounts, sessions, users};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::account::Account;
use portico_domain::model::session::Session;
use portico_domain::model::user::User;
use portico_domain::model::{Timestamp, UserId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    token_hash: String,
    user_id: i64,
    csrf: String,
    created_at: i64,
    expires_at: i64,
}

impl Reader<'_> {
    /// Returns the unexpired session with this hash, with its user and account.
    pub fn find_session(&mut self, token_hash: &str) -> Result<Option<(Session, User, Account)>> {
        let now = self.now().millis();
        let found: Option<(SessionRow, UserRow, AccountRow)> = sessions::table
            .inner_join(users::table.inner_join(accounts::table))
            .filter(sessions::token_hash.eq(token_hash))
            .filter(sessions::expires_at.gt(now))
            .select((SessionRow::as_select(), UserRow::as_select(), AccountRow::as_select()))
            .first(self.conn())
            .optional()?;
        let Some((row, user, account)) = found else { return Ok(None) };
        let session = Session {
            token_hash: row.token_hash,
            user_id: UserId(row.user_id),
            csrf: row.csrf,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
        };
        Ok(Some((session, user.into_model()?, account.into_model()?)))
    }
}

impl Tx<'_> {
    /// Inserts a session.
    pub fn insert_session(&mut self, session: &Session) -> Result<()> {
        let row = (
            sessions::token_hash.eq(&session.token_hash),
            sessions::user_id.eq(session.user_id.0),
            sessions::csrf.eq(&session.csrf),
            sessions::created_at.eq(session.created_at.millis()),
            sessions::expires_at.eq(session.expires_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(sessions::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Sets the expiry of a session.
    pub fn extend_session(&mut self, token_hash: &str, until: Timestamp) -> Result<()> {
        let change = diesel::update(sessions::table.find(token_hash));
        change.set(sessions::expires_at.eq(until.millis())).execute(self.conn())?;
        Ok(())
    }

    /// Deletes a session. Returns whether it existed.
    pub fn delete_session(&mut self, token_hash: &str) -> Result<bool> {
        Ok(diesel::delete(sessions::table.find(token_hash)).execute(self.conn())? == 1)
    }

    /// Deletes every session of a user.
    pub fn delete_sessions_of(&mut self, user: UserId) -> Result<()> {
        diesel::delete(sessions::table.filter(sessions::user_id.eq(user.0))).execute(self.conn())?;
        Ok(())
    }
}
