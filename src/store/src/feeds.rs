//! Syndication feeds, looked up by the hash of their secret.

use crate::prelude::*;

use super::rows::{AccountRow, UserRow};
use super::schema::{accounts, feeds, users};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::account::Account;
use portico_domain::model::feed::{Feed, FeedKind};
use portico_domain::model::user::User;
use portico_domain::model::{AccountId, FeedId, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = feeds)]
struct FeedRow {
    id: i64,
    account_id: i64,
    kind: String,
    target: String,
    title: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl FeedRow {
    fn into_model(self) -> Result<Feed> {
        Ok(Feed {
            id: FeedId(self.id),
            account_id: AccountId(self.account_id),
            kind: FeedKind::parse(&self.kind, &self.target).ok_or(Error::Corrupt { what: "feed" })?,
            title: self.title,
            created_at: Timestamp::from_millis(self.created_at),
            last_used_at: self.last_used_at.map(Timestamp::from_millis),
        })
    }
}

impl Reader<'_> {
    /// Returns the feeds of an account, newest first.
    pub fn list_feeds(&mut self, account: AccountId) -> Result<Vec<Feed>> {
        let rows: Vec<FeedRow> = feeds::table
            .filter(feeds::account_id.eq(account.0))
            .order(feeds::id.desc())
            .select(FeedRow::as_select())
            .load(self.conn())?;
        rows.into_iter().map(FeedRow::into_model).collect()
    }

    /// Returns the feed whose secret has this hash, with its owner's user and account.
    pub fn find_feed(&mut self, secret_hash: &str) -> Result<Option<(Feed, User, Account)>> {
        let found: Option<(FeedRow, UserRow, AccountRow)> = feeds::table
            .inner_join(accounts::table.on(accounts::id.eq(feeds::account_id)))
            .inner_join(users::table.on(users::account_id.eq(feeds::account_id)))
            .filter(feeds::secret_hash.eq(secret_hash))
            .select((FeedRow::as_select(), UserRow::as_select(), AccountRow::as_select()))
            .first(self.conn())
            .optional()?;
        let whole = |(feed, user, account): (FeedRow, UserRow, AccountRow)| {
            Ok((feed.into_model()?, user.into_model()?, account.into_model()?))
        };
        found.map(whole).transpose()
    }
}

impl Tx<'_> {
    /// Inserts a feed with the hash of its secret.
    pub fn insert_feed(&mut self, feed: &Feed, secret_hash: &str) -> Result<()> {
        let row = (
            feeds::id.eq(feed.id.0),
            feeds::account_id.eq(feed.account_id.0),
            feeds::secret_hash.eq(secret_hash),
            feeds::kind.eq(feed.kind.as_str()),
            feeds::target.eq(feed.kind.target()),
            feeds::title.eq(&feed.title),
            feeds::created_at.eq(feed.created_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(feeds::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Records that a feed was read now.
    pub fn mark_feed_used(&mut self, id: FeedId) -> Result<()> {
        let now = self.now().millis();
        diesel::update(feeds::table.find(id.0)).set(feeds::last_used_at.eq(now)).execute(self.conn())?;
        Ok(())
    }

    /// Deletes a feed of an account. Returns false if it does not exist.
    pub fn delete_feed(&mut self, account: AccountId, id: FeedId) -> Result<bool> {
        let own = feeds::table.filter(feeds::id.eq(id.0)).filter(feeds::account_id.eq(account.0));
        Ok(diesel::delete(own).execute(self.conn())? == 1)
    }
}
