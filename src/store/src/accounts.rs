//! Queries for accounts and their keys.

use std::collections::BTreeMap;

use crate::prelude::*;

use super::rows::{AccountRow, AccountStateRow};
use super::schema::{account_states, accounts, favourites, hosts, keys, pacts, statuses, users};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::account::{Account, RemoteKey};
use portico_domain::model::keys::{KeyPair, OwnKeys};
use portico_domain::model::peer::Tier;
use portico_domain::model::quote::QuoteAudience;
use portico_domain::model::user::Role;
use portico_domain::model::{AccountId, Reach, Timestamp};

/// The maximum number of ids bound in one query.
const CHUNK: usize = 500;

diesel::define_sql_function! {
    /// Folds ASCII letters to lower case, on both databases.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Builds the condition that an account is not suspended and that its host is neither blocked nor under a
/// stopped agreement.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn in_good_standing() -> _ {
    let word: &'static str = Tier::Blocked.as_str();
    let blocked =
        hosts::table.filter(hosts::domain.nullable().eq(accounts::domain)).filter(hosts::tier.eq(word));
    let stopped =
        pacts::table.filter(pacts::domain.nullable().eq(accounts::domain)).filter(pacts::stopped.eq(true));
    accounts::suspended_at
        .is_null()
        .and(diesel::dsl::not(diesel::dsl::exists(blocked)))
        .and(diesel::dsl::not(diesel::dsl::exists(stopped)))
}

/// Counts the occurrences of each id.
fn tally(ids: impl Iterator<Item = i64>) -> BTreeMap<i64, i64> {
    let mut counts = BTreeMap::new();
    for id in ids {
        *counts.entry(id).or_insert(0) += 1;
    }
    counts
}

impl Reader<'_> {
    /// Returns the account with this id.
    pub fn find_account(&mut self, id: AccountId) -> Result<Option<Account>> {
        let row: Option<AccountRow> = on_both!(self.conn(), |c| accounts::table
            .find(id.0)
            .select(AccountRow::as_select())
            .first(c)
            .optional())?;
        row.map(AccountRow::into_model).transpose()
    }

    /// Returns the account with this actor id.
    pub fn find_account_by_uri(&mut self, uri: &str) -> Result<Option<Account>> {
        let row: Option<AccountRow> = on_both!(self.conn(), |c| accounts::table
            .filter(accounts::uri.eq(uri))
            .select(AccountRow::as_select())
            .first(c)
            .optional())?;
        row.map(AccountRow::into_model).transpose()
    }

    /// Returns the account whose actor id or profile page has this URL.
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

    /// Returns the account with this handle, compared without regard to case; `domain` is `None` for a local
    /// account. If several remote actors have claimed the handle, returns the one stored last.
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

    /// Returns the remote account with this personal inbox.
    pub fn find_account_by_inbox(&mut self, inbox: &str) -> Result<Option<Account>> {
        let query = accounts::table
            .filter(accounts::inbox_url.eq(inbox))
            .filter(accounts::domain.is_not_null())
            .order(accounts::id)
            .select(AccountRow::as_select());
        query.first(self.conn()).optional()?.map(AccountRow::into_model).transpose()
    }

    /// Returns the account of the instance actor.
    pub fn find_instance_actor(&mut self) -> Result<Option<Account>> {
        let query = accounts::table
            .filter(accounts::is_instance_actor.eq(true))
            .filter(accounts::domain.is_null())
            .select(AccountRow::as_select());
        query.first(self.conn()).optional()?.map(AccountRow::into_model).transpose()
    }

    /// Returns the posting defaults of a local author; `None` for an account without a user.
    pub fn find_posting_defaults(&mut self, account: AccountId) -> Result<Option<PostingDefaults>> {
        let query = users::table.filter(users::account_id.eq(account.0)).select((
            users::default_reach,
            users::default_sensitive,
            users::default_language,
            users::default_quotable,
            users::role,
        ));
        type PostingDefaultsRow = (Option<String>, bool, Option<String>, String, String);
        let row = query.first::<PostingDefaultsRow>(self.conn()).optional()?;
        let Some((reach, sensitive, language, quotable, role)) = row else { return Ok(None) };
        let reach =
            reach.map(|word| word.parse()).transpose().map_err(|_| Error::Corrupt { what: "reach" })?;
        let quotable =
            quotable.parse::<QuoteAudience>().map_err(|_| Error::Corrupt { what: "quote policy" })?;
        let role = role.parse::<Role>().map_err(|_| Error::Corrupt { what: "role" })?;
        Ok(Some(PostingDefaults { reach, sensitive, language, quotable, role }))
    }

    /// Returns the public key with this key id and its owner; `None` if the key has expired.
    pub fn find_key(&mut self, uri: &str) -> Result<Option<(AccountId, RemoteKey)>> {
        let now = self.now();
        let query = keys::table.find(uri).select((keys::account_id, keys::public_pem, keys::expires_at));
        let row = query.first::<(i64, String, Option<i64>)>(self.conn()).optional()?;
        let found = row.map(|(account, public_pem, expires_at)| {
            let expires_at = expires_at.map(Timestamp::from_millis);
            (AccountId(account), RemoteKey { uri: uri.to_owned(), public_pem, expires_at })
        });
        Ok(found.filter(|(_, key)| key.holds_at(now)))
    }

    /// Returns the key pair that a local account signs requests with.
    pub fn find_key_pair(&mut self, account: AccountId) -> Result<Option<KeyPair>> {
        self.newest_pair(account, HTTP)
    }

    /// Returns all keys of a local account: both key pairs, and the replaced public keys that are still
    /// valid.
    pub fn find_own_keys(&mut self, account: AccountId) -> Result<Option<OwnKeys>> {
        let now = self.now().millis();
        let query = keys::table
            .filter(keys::account_id.eq(account.0))
            .filter(keys::private_pem.is_not_null().or(keys::expires_at.gt(now)))
            .order((keys::created_at.desc(), keys::uri))
            .select((keys::uri, keys::public_pem, keys::private_pem, keys::purpose, keys::expires_at));
        type OwnKeyRow = (String, String, Option<String>, String, Option<i64>);
        let rows: Vec<OwnKeyRow> = query.load(self.conn())?;
        let (mut http, mut proof, mut retired) = (None, None, Vec::new());
        for (uri, public_pem, private_pem, purpose, expires_at) in rows {
            match (private_pem, expires_at.map(Timestamp::from_millis)) {
                (Some(private_pem), _) => {
                    let place = if purpose == PROOF { &mut proof } else { &mut http };
                    place.get_or_insert(KeyPair { uri, public_pem, private_pem });
                }
                (None, expires_at) => retired.push(RemoteKey { uri, public_pem, expires_at }),
            }
        }
        Ok(http.map(|http| OwnKeys { http, proof, retired }))
    }

    fn newest_pair(&mut self, account: AccountId, purpose: &str) -> Result<Option<KeyPair>> {
        let query = keys::table
            .filter(keys::account_id.eq(account.0))
            .filter(keys::private_pem.is_not_null())
            .filter(keys::purpose.eq(purpose))
            .order(keys::created_at.desc())
            .select((keys::uri, keys::public_pem, keys::private_pem.assume_not_null()));
        let row = query.first::<(String, String, String)>(self.conn()).optional()?;
        Ok(row.map(|(uri, public_pem, private_pem)| KeyPair { uri, public_pem, private_pem }))
    }
}

/// The defaults for new posts of a local author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingDefaults {
    /// The default reach; `None` follows the instance's default.
    pub reach: Option<Reach>,
    /// Whether media is marked sensitive by default.
    pub sensitive: bool,
    /// The default language (BCP 47).
    pub language: Option<String>,
    /// The accounts that may quote the posts.
    pub quotable: QuoteAudience,
    /// The author's role.
    pub role: Role,
}

/// The values of the column `purpose` of a key.
const HTTP: &str = "http";
const PROOF: &str = "proof";

impl Tx<'_> {
    /// Inserts an account. Returns false if its actor id, or its local username, is already taken.
    pub fn insert_account(&mut self, account: &Account) -> Result<bool> {
        let row = AccountRow::from(account);
        let added = on_both!(self.conn(), |c| diesel::insert_into(accounts::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        if added == 0 {
            return Ok(false);
        }
        // Only an account that was erased still has a state when its row is new.
        if row.rest != AccountStateRow::default() {
            diesel::update(account_states::table.find(row.id)).set(&row.rest).execute(self.conn())?;
        }
        self.note_person(account)?;
        Ok(true)
    }

    /// Updates an account's row; keeps its state: the counts, the date of the last post, the flags that
    /// moderators have set and the date of its last move.
    pub fn update_account(&mut self, account: &Account) -> Result<()> {
        let row = AccountRow::from(account);
        let updated =
            on_both!(self.conn(), |c| diesel::update(accounts::table.find(row.id)).set(&row).execute(c))?;
        if updated == 0 {
            return Err(Error::Corrupt { what: "account" });
        }
        self.note_person(account)
    }

    /// Deletes an account and all its dependent rows; corrects the counts of other accounts' statuses first.
    pub fn delete_account(&mut self, id: AccountId) -> Result<()> {
        self.discount_statuses(id)?;
        diesel::delete(accounts::table.find(id.0)).execute(self.conn())?;
        Ok(())
    }

    /// Subtracts an account's favourites, replies and boosts from the counts of other statuses, and the
    /// boosts of its own statuses from the status counts of the accounts that boosted them.
    fn discount_statuses(&mut self, id: AccountId) -> Result<()> {
        let favourited: Vec<i64> = favourites::table
            .filter(favourites::account_id.eq(id.0))
            .select(favourites::status_id)
            .load(self.conn())?;
        for some in favourited.chunks(CHUNK) {
            diesel::update(statuses::table.filter(statuses::id.eq_any(some)))
                .set(statuses::favourites_count.eq(statuses::favourites_count - 1))
                .execute(self.conn())?;
        }
        type StatusTargetsRow = (i64, Option<i64>, Option<i64>);
        let said: Vec<StatusTargetsRow> = statuses::table
            .filter(statuses::account_id.eq(id.0))
            .select((statuses::id, statuses::in_reply_to_id, statuses::reblog_of))
            .load(self.conn())?;
        for (status, by) in tally(said.iter().filter_map(|(_, answered, _)| *answered)) {
            diesel::update(statuses::table.find(status))
                .set(statuses::replies_count.eq(statuses::replies_count - by))
                .execute(self.conn())?;
        }
        for (status, by) in tally(said.iter().filter_map(|(_, _, boosted)| *boosted)) {
            diesel::update(statuses::table.find(status))
                .set(statuses::reblogs_count.eq(statuses::reblogs_count - by))
                .execute(self.conn())?;
        }
        let own: Vec<i64> = said.into_iter().map(|(id, _, _)| id).collect();
        for some in own.chunks(CHUNK) {
            let boosters: Vec<i64> = statuses::table
                .filter(statuses::reblog_of.eq_any(some))
                .select(statuses::account_id)
                .load(self.conn())?;
            for (booster, by) in tally(boosters.into_iter()) {
                diesel::update(account_states::table.find(booster))
                    .set(account_states::statuses_count.eq(account_states::statuses_count - by))
                    .execute(self.conn())?;
            }
        }
        Ok(())
    }

    /// Adds `by` to the following count of the follower and to the follower count of the target.
    pub fn count_follow(&mut self, follower: AccountId, target: AccountId, by: i64) -> Result<()> {
        diesel::update(account_states::table.find(follower.0))
            .set(account_states::following_count.eq(account_states::following_count + by))
            .execute(self.conn())?;
        diesel::update(account_states::table.find(target.0))
            .set(account_states::followers_count.eq(account_states::followers_count + by))
            .execute(self.conn())?;
        Ok(())
    }

    /// Suspends an account by a local decision, or lifts the suspension.
    pub fn set_suspended(&mut self, id: AccountId, at: Option<Timestamp>) -> Result<()> {
        diesel::update(accounts::table.find(id.0))
            .set((
                accounts::suspended_at.eq(at.map(Timestamp::millis)),
                accounts::suspended_by_origin.eq(false),
            ))
            .execute(self.conn())?;
        match self.find_account(id)? {
            Some(account) => self.note_person(&account),
            None => Ok(()),
        }
    }

    /// Records that an account's followers were moved just now.
    pub fn set_moved(&mut self, id: AccountId) -> Result<()> {
        let now = self.now().millis();
        diesel::update(account_states::table.find(id.0))
            .set(account_states::moved_at.eq(Some(now)))
            .execute(self.conn())?;
        Ok(())
    }

    /// Inserts the key pair that a local account signs requests with.
    pub fn insert_key_pair(&mut self, account: AccountId, key: &KeyPair) -> Result<()> {
        self.insert_pair(account, key, HTTP)
    }

    /// Inserts the key pair that a local account signs objects with, unless it exists already.
    pub fn insert_proof_pair(&mut self, account: AccountId, key: &KeyPair) -> Result<()> {
        self.insert_pair(account, key, PROOF)
    }

    /// Deletes all keys of a local account, before new ones are inserted.
    pub fn delete_own_keys(&mut self, account: AccountId) -> Result<()> {
        diesel::delete(keys::table.filter(keys::account_id.eq(account.0))).execute(self.conn())?;
        Ok(())
    }

    /// Deletes the private halves of a local account's keys, before new ones are inserted. The public halves
    /// stay valid until `until`; keys that were replaced earlier keep their own expiry.
    pub fn retire_own_keys(&mut self, account: AccountId, until: Timestamp) -> Result<()> {
        let own = keys::table.filter(keys::account_id.eq(account.0)).filter(keys::private_pem.is_not_null());
        diesel::update(own)
            .set((keys::private_pem.eq(None::<String>), keys::expires_at.eq(Some(until.millis()))))
            .execute(self.conn())?;
        Ok(())
    }

    fn insert_pair(&mut self, account: AccountId, key: &KeyPair, purpose: &str) -> Result<()> {
        let row = (
            keys::purpose.eq(purpose),
            keys::uri.eq(&key.uri),
            keys::account_id.eq(account.0),
            keys::public_pem.eq(&key.public_pem),
            keys::private_pem.eq(Some(&key.private_pem)),
            keys::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(keys::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Replaces the public keys of a remote account. A key id that another account holds is reassigned, since
    /// its document was just fetched from the key's own origin.
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
                keys::expires_at.eq(key.expires_at.map(Timestamp::millis)),
            );
            on_both!(self.conn(), |c| diesel::insert_into(keys::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c))?;
        }
        Ok(())
    }
}
