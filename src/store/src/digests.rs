//! Mail digests: the candidates, the preferences and the state of each digest.

use std::collections::HashMap;

use crate::prelude::*;
use diesel::dsl::max;

use super::rows::{AccountRow, UserRow};
use super::schema::{accounts, digest_wishes, digests, markers, oauth_tokens, sessions, users};
use super::{DigestMail, Error, Reader, Result, Tx, on_both};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::digest::{Candidate, Digest, DigestState, Period};
use portico_domain::model::session::LIFETIME_SECONDS;
use portico_domain::model::user::User;
use portico_domain::model::{AccountId, DigestId, Timestamp, UserId};

type DigestRow = (i64, i64, i64, String);

fn digest((id, user, since, state): DigestRow) -> Result<Digest> {
    Ok(Digest {
        id: DigestId(id),
        user_id: UserId(user),
        since: Timestamp::from_millis(since),
        state: state.parse::<DigestState>().map_err(|_| Error::Corrupt { what: "state of a digest" })?,
    })
}

impl Reader<'_> {
    /// Returns every enabled user with a person's account and the time of their last visit, in a fixed number
    /// of queries.
    pub fn digest_candidates(&mut self) -> Result<Vec<Candidate>> {
        type DigestCandidateRow = (i64, i64, i64, Option<i64>);
        let people: Vec<DigestCandidateRow> = users::table
            .inner_join(accounts::table)
            .filter(users::disabled_at.is_null())
            .filter(accounts::suspended_at.is_null())
            .filter(accounts::kind.eq(ActorKind::Person.as_str()))
            .order(users::id)
            .select((users::id, users::account_id, users::created_at, users::last_sign_in_at))
            .load(self.conn())?;
        let wishes: HashMap<i64, String> = digest_wishes::table
            .select((digest_wishes::user_id, digest_wishes::period))
            .load::<(i64, String)>(self.conn())?
            .into_iter()
            .collect();
        let ends: HashMap<i64, Option<i64>> = sessions::table
            .group_by(sessions::user_id)
            .select((sessions::user_id, max(sessions::expires_at)))
            .load::<(i64, Option<i64>)>(self.conn())?
            .into_iter()
            .collect();
        let used: HashMap<Option<i64>, Option<i64>> = oauth_tokens::table
            .group_by(oauth_tokens::user_id)
            .select((oauth_tokens::user_id, max(oauth_tokens::last_used_at)))
            .load::<(Option<i64>, Option<i64>)>(self.conn())?
            .into_iter()
            .collect();
        let read: HashMap<i64, Option<i64>> = markers::table
            .group_by(markers::account_id)
            .select((markers::account_id, max(markers::updated_at)))
            .load::<(i64, Option<i64>)>(self.conn())?
            .into_iter()
            .collect();
        let ids: Vec<i64> = people.iter().map(|(_, account, ..)| *account).collect();
        let mut profiles = self.profiles_of(&ids)?;
        let candidate = |(user, account, created, signed_in): DigestCandidateRow| {
            let session = ends.get(&user).copied().flatten().map(|end| end - LIFETIME_SECONDS * 1000);
            let token = used.get(&Some(user)).copied().flatten();
            let marker = read.get(&account).copied().flatten();
            let looked = [Some(created), signed_in, session, token, marker].into_iter().flatten().max();
            Candidate {
                user_id: UserId(user),
                account_id: AccountId(account),
                wish: wishes.get(&user).and_then(|word| word.parse::<Period>().ok()),
                looked_at: Timestamp::from_millis(looked.unwrap_or(created)),
                time_zone: profiles
                    .remove(&account)
                    .map(|known| known.attributes.time_zone)
                    .unwrap_or_default(),
            }
        };
        Ok(people.into_iter().map(candidate).collect())
    }

    /// Returns a user's digest period, if they have set one.
    pub fn find_digest_period(&mut self, user: UserId) -> Result<Option<Period>> {
        let query = digest_wishes::table.find(user.0).select(digest_wishes::period);
        let word: Option<String> = query.first(self.conn()).optional()?;
        Ok(word.and_then(|word| word.parse::<Period>().ok()))
    }

    /// Returns a digest with its recipient's user and account.
    pub fn find_digest(&mut self, id: DigestId) -> Result<Option<(Digest, User, Account)>> {
        let found: Option<(DigestRow, UserRow, AccountRow)> = digests::table
            .inner_join(users::table.on(users::id.eq(digests::user_id)))
            .inner_join(accounts::table.on(accounts::id.eq(users::account_id)))
            .filter(digests::id.eq(id.0))
            .select((
                (digests::id, digests::user_id, digests::since, digests::state),
                UserRow::as_select(),
                AccountRow::as_select(),
            ))
            .first(self.conn())
            .optional()?;
        found
            .map(|(row, user, account)| Ok((digest(row)?, user.into_model()?, account.into_model()?)))
            .transpose()
    }

    /// Returns the recipient of the digest whose unsubscribe secret has this hash.
    pub fn find_digest_reader(&mut self, secret_hash: &str) -> Result<Option<UserId>> {
        let query = digests::table.filter(digests::secret_hash.eq(secret_hash)).select(digests::user_id);
        Ok(query.first::<i64>(self.conn()).optional()?.map(UserId))
    }
}

impl Tx<'_> {
    /// Sets a user's digest period.
    pub fn set_digest_period(&mut self, user: UserId, period: Period) -> Result<()> {
        let row = (digest_wishes::user_id.eq(user.0), digest_wishes::period.eq(period.as_str()));
        on_both!(self.conn(), |c| diesel::insert_into(digest_wishes::table)
            .values(&row)
            .on_conflict(digest_wishes::user_id)
            .do_update()
            .set(digest_wishes::period.eq(period.as_str()))
            .execute(c))?;
        Ok(())
    }

    /// Creates and enqueues a digest for a user and period. Returns false if there is one already.
    pub fn begin_digest(&mut self, user: UserId, period: &str, since: Timestamp) -> Result<bool> {
        let id: DigestId = self.next_id();
        let row = (
            digests::id.eq(id.0),
            digests::user_id.eq(user.0),
            digests::period.eq(period),
            digests::since.eq(since.millis()),
            digests::state.eq(DigestState::Waiting.as_str()),
            digests::created_at.eq(self.now().millis()),
        );
        let made = on_both!(self.conn(), |c| diesel::insert_into(digests::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        if made == 1 {
            self.enqueue(&DigestMail { id })?;
        }
        Ok(made == 1)
    }

    /// Changes the state of a digest. Returns false if it is not in the state `from`.
    pub fn move_digest(&mut self, id: DigestId, from: DigestState, to: DigestState) -> Result<bool> {
        let there = digests::table.filter(digests::id.eq(id.0)).filter(digests::state.eq(from.as_str()));
        Ok(diesel::update(there).set(digests::state.eq(to.as_str())).execute(self.conn())? == 1)
    }

    /// Stores the hash of the secret with which the recipient can unsubscribe from digests.
    pub fn set_digest_secret(&mut self, id: DigestId, secret_hash: &str) -> Result<()> {
        diesel::update(digests::table.find(id.0))
            .set(digests::secret_hash.eq(secret_hash))
            .execute(self.conn())?;
        Ok(())
    }

    /// Deletes digests created before a moment.
    pub fn forget_digests(&mut self, before: Timestamp) -> Result<()> {
        diesel::delete(digests::table.filter(digests::created_at.lt(before.millis())))
            .execute(self.conn())?;
        Ok(())
    }
}
