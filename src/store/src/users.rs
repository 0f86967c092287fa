//! Users: the people who can sign in to this instance, each with a local account.

use crate::prelude::*;

use super::rows::{AccountRow, UserRow};
use super::schema::{accounts, oauth_codes, oauth_tokens, sessions, users};
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::account::Account;
use portico_domain::model::live::Live;
use portico_domain::model::user::{Role, User};
use portico_domain::model::{AccountId, Reach, Timestamp, UserId};

impl Reader<'_> {
    /// Returns the user with this id.
    pub fn find_user(&mut self, id: UserId) -> Result<Option<User>> {
        let query = users::table.find(id.0).select(UserRow::as_select());
        query.first(self.conn()).optional()?.map(UserRow::into_model).transpose()
    }

    /// Returns the user of a local account.
    pub fn find_user_by_account(&mut self, account: AccountId) -> Result<Option<User>> {
        let query = users::table.filter(users::account_id.eq(account.0)).select(UserRow::as_select());
        query.first(self.conn()).optional()?.map(UserRow::into_model).transpose()
    }

    /// Returns the user with this id and its account.
    pub fn find_user_and_account(&mut self, id: UserId) -> Result<Option<(User, Account)>> {
        let query = users::table
            .inner_join(accounts::table)
            .filter(users::id.eq(id.0))
            .select((UserRow::as_select(), AccountRow::as_select()));
        query.first(self.conn()).optional()?.map(into_pair).transpose()
    }

    /// Returns the user with this sign-in name: the username, or the e-mail address if it contains an @.
    /// Ignores case.
    pub fn find_user_by_name(&mut self, name: &str) -> Result<Option<(User, Account)>> {
        let name = name.to_lowercase();
        let query = users::table
            .inner_join(accounts::table)
            .filter(accounts::domain.is_null())
            .select((UserRow::as_select(), AccountRow::as_select()));
        let found: Option<(UserRow, AccountRow)> = if name.contains('@') {
            query.filter(lower(users::email).eq(name)).first(self.conn()).optional()?
        } else {
            query.filter(lower(accounts::username).eq(name)).first(self.conn()).optional()?
        };
        found.map(into_pair).transpose()
    }

    /// Returns every user with its account, by username.
    pub fn list_users(&mut self) -> Result<Vec<(User, Account)>> {
        let rows: Vec<(UserRow, AccountRow)> = users::table
            .inner_join(accounts::table)
            .order(accounts::username)
            .select((UserRow::as_select(), AccountRow::as_select()))
            .load(self.conn())?;
        rows.into_iter().map(into_pair).collect()
    }
}

impl Tx<'_> {
    /// Inserts a user. The account must exist.
    ///
    /// # Errors
    /// [`Error::Conflict`](super::Error::Conflict) if the e-mail address is taken or the account has a user.
    pub fn insert_user(&mut self, user: &User) -> Result<()> {
        let row = UserRow::from(user);
        on_both!(self.conn(), |c| diesel::insert_into(users::table).values(&row).execute(c))?;
        match self.find_account(user.account_id)? {
            // Until now the account had no user, and the directory did not list it.
            Some(account) => self.note_person(&account),
            None => Ok(()),
        }
    }

    /// Sets the password hash. Returns whether the user exists.
    pub fn update_user_password(&mut self, id: UserId, hash: &str) -> Result<bool> {
        let change = diesel::update(users::table.find(id.0)).set(users::password_hash.eq(hash));
        Ok(change.execute(self.conn())? == 1)
    }

    /// Disables sign-in (with the time since when) or enables it. Returns whether the user exists.
    pub fn update_user_disabled(&mut self, id: UserId, since: Option<Timestamp>) -> Result<bool> {
        let since = since.map(Timestamp::millis);
        let change = diesel::update(users::table.find(id.0)).set(users::disabled_at.eq(since));
        let changed = change.execute(self.conn())? == 1;
        if let Some((_, account)) = self.find_user_and_account(id)? {
            self.note_person(&account)?;
        }
        Ok(changed)
    }

    /// Sets the role. Returns whether the user exists.
    pub fn update_user_role(&mut self, id: UserId, role: Role) -> Result<bool> {
        let change = diesel::update(users::table.find(id.0)).set(users::role.eq(role.as_str()));
        Ok(change.execute(self.conn())? == 1)
    }

    /// Sets the posting defaults of a user.
    pub fn update_user_defaults(&mut self, user: &User) -> Result<()> {
        let change = diesel::update(users::table.find(user.id.0)).set((
            users::default_reach.eq(user.default_reach.map(Reach::as_str)),
            users::default_sensitive.eq(user.default_sensitive),
            users::default_language.eq(&user.default_language),
            users::default_quotable.eq(user.default_quotable.as_str()),
        ));
        change.execute(self.conn())?;
        Ok(())
    }

    /// Records that a user signed in now.
    pub fn mark_signed_in(&mut self, id: UserId) -> Result<()> {
        let now = self.now().millis();
        let change = diesel::update(users::table.find(id.0)).set(users::last_sign_in_at.eq(now));
        change.execute(self.conn())?;
        Ok(())
    }

    /// Deletes every session and unused code of a user, revokes the access tokens, and closes the open
    /// streams of the user and their bots.
    pub fn revoke_access(&mut self, id: UserId) -> Result<()> {
        let now = self.now().millis();
        diesel::delete(sessions::table.filter(sessions::user_id.eq(id.0))).execute(self.conn())?;
        diesel::delete(oauth_codes::table.filter(oauth_codes::user_id.eq(id.0))).execute(self.conn())?;
        let tokens = oauth_tokens::table
            .filter(oauth_tokens::user_id.eq(id.0))
            .filter(oauth_tokens::revoked_at.is_null());
        self.publish(Live::UserEnded { user: id })?;
        self.end_streams_of_bots(id)?;
        diesel::update(tokens).set(oauth_tokens::revoked_at.eq(now)).execute(self.conn())?;
        Ok(())
    }
}

diesel::define_sql_function! {
    /// Lowers the text (ASCII letters only on SQLite; both columns it is used on hold little else).
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

fn into_pair((user, account): (UserRow, AccountRow)) -> Result<(User, Account)> {
    Ok((user.into_model()?, account.into_model()?))
}
