//! Accounts and their keys.

use diesel::prelude::*;

use super::rows::AccountRow;
use super::schema::{accounts, keys, users};
use super::{Error, Reader, Result, Tx, on_both};
use crate::model::account::{Account, RemoteKey};
use crate::model::{AccountId, Reach, Timestamp};

diesel::define_sql_function! {
    /// Lower case, of ASCII letters on both databases.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

impl Reader<'_> {
    /// The account with this id.
    ///
    /// # Errors
    /// Any database error.
    pub fn find_account(&mut self, id: AccountId) -> Result<Option<Account>> {
        let query = accounts::table.find(id.0).select(AccountRow::as_select());
        query.first(self.conn()).optional()?.map(AccountRow::into_model).transpose()
    }

    /// The account with this actor id.
    ///
    /// # Errors
    /// Any database error.
    pub fn find_account_by_uri(&mut self, uri: &str) -> Result<Option<Account>> {
        let query = accounts::table.filter(accounts::uri.eq(uri)).select(AccountRow::as_select());
        query.first(self.conn()).optional()?.map(AccountRow::into_model).transpose()
    }

    /// The account whose actor id or page is this URL.
    ///
    /// # Errors
    /// Any database error.
    pub fn find_account_by_url(&mut self, url: &str) -> Result<Option<Account>> {
        if let Some(account) = self.find_account_by_uri(url)? {
            return Ok(Some(account));
        }
        let query = accounts::table
            .filter(accounts::url.eq(url))
            .order(accounts::id.desc())
            .select(AccountRow::as_select());
        query.first(self.conn()).optional()?.map(AccountRow::into_model).transpose()
    }

    /// The account behind a handle; `domain` is none for a local one. Letters' case does not matter. Where
    /// several remote actors have claimed one handle, the one seen last counts.
    ///
    /// # Errors
    /// Any database error.
    pub fn find_account_by_handle(
        &mut self,
        username: &str,
        domain: Option<&str>,
    ) -> Result<Option<Account>> {
        let mut query = accounts::table
            .filter(lower(accounts::username).eq(username.to_ascii_lowercase()))
            .order(accounts::id.desc())
            .select(AccountRow::as_select())
            .into_boxed::<super::connection::Db>();
        query = match domain {
            Some(domain) => query.filter(accounts::domain.eq(domain.to_ascii_lowercase())),
            None => query.filter(accounts::domain.is_null()),
        };
        query.first(self.conn()).optional()?.map(AccountRow::into_model).transpose()
    }

    /// The instance actor's account.
    ///
    /// # Errors
    /// Any database error.
    pub fn find_instance_actor(&mut self) -> Result<Option<Account>> {
        let query = accounts::table
            .filter(accounts::is_instance_actor.eq(true))
            .filter(accounts::domain.is_null())
            .select(AccountRow::as_select());
        query.first(self.conn()).optional()?.map(AccountRow::into_model).transpose()
    }

    /// What a local author's posts are unless they say otherwise; none for an account without a user.
    ///
    /// # Errors
    /// Any database error.
    pub fn find_posting_defaults(&mut self, account: AccountId) -> Result<Option<PostingDefaults>> {
        let query = users::table.filter(users::account_id.eq(account.0)).select((
            users::default_reach,
            users::default_sensitive,
            users::default_language,
        ));
        let row = query.first::<(Option<String>, bool, Option<String>)>(self.conn()).optional()?;
        let Some((reach, sensitive, language)) = row else { return Ok(None) };
        let reach =
            reach.map(|word| word.parse()).transpose().map_err(|_| Error::Corrupt { what: "reach" })?;
        Ok(Some(PostingDefaults { reach, sensitive, language }))
    }

    /// The actor id and public key behind a key id.
    ///
    /// # Errors
    /// Any database error.
    pub fn find_key(&mut self, uri: &str) -> Result<Option<(AccountId, String)>> {
        let query = keys::table.find(uri).select((keys::account_id, keys::public_pem));
        let row = query.first::<(i64, String)>(self.conn()).optional()?;
        Ok(row.map(|(account, pem)| (AccountId(account), pem)))
    }

    /// The key pair of a local account: key id, public and private PEM.
    ///
    /// # Errors
    /// Any database error.
    pub fn find_key_pair(&mut self, account: AccountId) -> Result<Option<KeyPair>> {
        let query = keys::table
            .filter(keys::account_id.eq(account.0))
            .filter(keys::private_pem.is_not_null())
            .order(keys::created_at.desc())
            .select((keys::uri, keys::public_pem, keys::private_pem.assume_not_null()));
        let row = query.first::<(String, String, String)>(self.conn()).optional()?;
        Ok(row.map(|(uri, public_pem, private_pem)| KeyPair { uri, public_pem, private_pem }))
    }
}

/// What a local author's posts are unless they say otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingDefaults {
    /// How far they go; none follows the instance.
    pub reach: Option<Reach>,
    /// Whether their media is hidden at first.
    pub sensitive: bool,
    /// Their language (BCP 47).
    pub language: Option<String>,
}

/// The keys of a local account. Holds a secret, so it has no `Debug`.
#[derive(Clone)]
pub struct KeyPair {
    /// The key id that signatures name.
    pub uri: String,
    /// SPKI, PEM.
    pub public_pem: String,
    /// PKCS#8, PEM.
    pub private_pem: String,
}

impl Tx<'_> {
    /// Writes a new account. Returns false if there is one with its actor id, or with its name here.
    ///
    /// # Errors
    /// Any database error.
    pub fn insert_account(&mut self, account: &Account) -> Result<bool> {
        let row = AccountRow::from(account);
        let added = on_both!(self.conn(), |c| diesel::insert_into(accounts::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(added == 1)
    }

    /// Writes an account's present state over its row; counts and the date of the last post stay.
    ///
    /// # Errors
    /// Any database error.
    pub fn update_account(&mut self, account: &Account) -> Result<()> {
        let current = self.find_account(account.id)?.ok_or(Error::Corrupt { what: "account" })?;
        let kept = Account {
            statuses_count: current.statuses_count,
            followers_count: current.followers_count,
            following_count: current.following_count,
            last_status_at: current.last_status_at,
            ..account.clone()
        };
        let row = AccountRow::from(&kept);
        on_both!(self.conn(), |c| diesel::update(accounts::table.find(row.id)).set(&row).execute(c))?;
        Ok(())
    }

    /// Removes an account and all that hangs on it.
    ///
    /// # Errors
    /// Any database error.
    pub fn delete_account(&mut self, id: AccountId) -> Result<()> {
        diesel::delete(accounts::table.find(id.0)).execute(self.conn())?;
        Ok(())
    }

    /// Adds to an account's counts of followers and followed.
    ///
    /// # Errors
    /// Any database error.
    pub fn count_follow(&mut self, follower: AccountId, target: AccountId, by: i64) -> Result<()> {
        diesel::update(accounts::table.find(follower.0))
            .set(accounts::following_count.eq(accounts::following_count + by))
            .execute(self.conn())?;
        diesel::update(accounts::table.find(target.0))
            .set(accounts::followers_count.eq(accounts::followers_count + by))
            .execute(self.conn())?;
        Ok(())
    }

    /// Suspends an account, or lifts it.
    ///
    /// # Errors
    /// Any database error.
    pub fn set_suspended(&mut self, id: AccountId, at: Option<Timestamp>) -> Result<()> {
        diesel::update(accounts::table.find(id.0))
            .set(accounts::suspended_at.eq(at.map(Timestamp::millis)))
            .execute(self.conn())?;
        Ok(())
    }

    /// Gives a local account its key pair.
    ///
    /// # Errors
    /// Any database error.
    pub fn insert_key_pair(&mut self, account: AccountId, key: &KeyPair) -> Result<()> {
        let row = (
            keys::uri.eq(&key.uri),
            keys::account_id.eq(account.0),
            keys::public_pem.eq(&key.public_pem),
            keys::private_pem.eq(Some(&key.private_pem)),
            keys::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(keys::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Sets the public keys of a remote account, in place of those it had. A key id that another account
    /// holds is taken over, since its document was just read from the key's own origin.
    ///
    /// # Errors
    /// Any database error.
    pub fn replace_keys(&mut self, account: AccountId, fresh: &[RemoteKey]) -> Result<()> {
        let uris: Vec<&str> = fresh.iter().map(|key| key.uri.as_str()).collect();
        let old = keys::table
            .filter(keys::private_pem.is_null())
            .filter(keys::account_id.eq(account.0).or(keys::uri.eq_any(uris)));
        diesel::delete(old).execute(self.conn())?;
        for key in fresh {
            let row = (
                keys::uri.eq(&key.uri),
                keys::account_id.eq(account.0),
                keys::public_pem.eq(&key.public_pem),
                keys::created_at.eq(self.now().millis()),
            );
            on_both!(self.conn(), |c| diesel::insert_into(keys::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c))?;
        }
        Ok(())
    }
}
