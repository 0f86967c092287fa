//! Bots and their webhooks, which are looked up by the hash of their secret.

use crate::prelude::*;

use super::rows::{AccountRow, UserRow};
use super::schema::{accounts, bots, hooks, users};
use super::{Error, Reader, Result, Tx, on_both};
use portico_domain::model::account::Account;
use portico_domain::model::bot::{Bot, Hook};
use portico_domain::model::live::Live;
use portico_domain::model::user::User;
use portico_domain::model::{AccountId, HookId, Timestamp, UserId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = bots)]
struct BotRow {
    account_id: i64,
    owner_id: i64,
    ceiling: String,
    created_at: i64,
}

impl BotRow {
    fn into_model(self) -> Result<Bot> {
        Ok(Bot {
            account_id: AccountId(self.account_id),
            owner_id: AccountId(self.owner_id),
            ceiling: self.ceiling.parse().map_err(|_| Error::Corrupt { what: "ceiling of a bot" })?,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = hooks)]
struct HookRow {
    id: i64,
    bot_id: i64,
    title: String,
    reach: String,
    named: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl HookRow {
    fn into_model(self) -> Result<Hook> {
        Ok(Hook {
            id: HookId(self.id),
            bot_id: AccountId(self.bot_id),
            title: self.title,
            reach: self.reach.parse().map_err(|_| Error::Corrupt { what: "reach of a webhook" })?,
            named: self.named.split_whitespace().map(str::to_owned).collect(),
            created_at: Timestamp::from_millis(self.created_at),
            last_used_at: self.last_used_at.map(Timestamp::from_millis),
        })
    }
}

impl Reader<'_> {
    /// Returns the bot data of an account; `None` if it is not a bot of this instance.
    pub fn find_bot(&mut self, account: AccountId) -> Result<Option<Bot>> {
        let query = bots::table.find(account.0).select(BotRow::as_select());
        query.first(self.conn()).optional()?.map(BotRow::into_model).transpose()
    }

    /// Returns a bot with its user, and the account of the bot.
    pub fn find_bot_with_user(&mut self, account: AccountId) -> Result<Option<(Bot, User, Account)>> {
        let found: Option<(BotRow, UserRow, AccountRow)> = bots::table
            .inner_join(accounts::table.on(accounts::id.eq(bots::account_id)))
            .inner_join(users::table.on(users::account_id.eq(bots::account_id)))
            .filter(bots::account_id.eq(account.0))
            .select((BotRow::as_select(), UserRow::as_select(), AccountRow::as_select()))
            .first(self.conn())
            .optional()?;
        found
            .map(|(bot, user, account)| Ok((bot.into_model()?, user.into_model()?, account.into_model()?)))
            .transpose()
    }

    /// Returns the bots of an owner, or all bots, that are not disabled, each with its account, by username.
    pub fn list_bots(&mut self, owner: Option<AccountId>) -> Result<Vec<(Bot, Account)>> {
        let query = bots::table
            .inner_join(accounts::table.on(accounts::id.eq(bots::account_id)))
            .inner_join(users::table.on(users::account_id.eq(bots::account_id)))
            .filter(users::disabled_at.is_null())
            .order(accounts::username)
            .select((BotRow::as_select(), AccountRow::as_select()));
        let rows: Vec<(BotRow, AccountRow)> = match owner {
            Some(owner) => query.filter(bots::owner_id.eq(owner.0)).load(self.conn())?,
            None => query.load(self.conn())?,
        };
        rows.into_iter().map(|(bot, account)| Ok((bot.into_model()?, account.into_model()?))).collect()
    }

    /// Returns the webhooks of a bot, newest first.
    pub fn list_hooks(&mut self, bot: AccountId) -> Result<Vec<Hook>> {
        let query = hooks::table.filter(hooks::bot_id.eq(bot.0)).order(hooks::id.desc());
        let rows: Vec<HookRow> = query.select(HookRow::as_select()).load(self.conn())?;
        rows.into_iter().map(HookRow::into_model).collect()
    }

    /// Returns the webhook whose secret has this hash.
    pub fn find_hook(&mut self, secret_hash: &str) -> Result<Option<Hook>> {
        let query = hooks::table.filter(hooks::secret_hash.eq(secret_hash)).select(HookRow::as_select());
        query.first(self.conn()).optional()?.map(HookRow::into_model).transpose()
    }
}

impl Tx<'_> {
    /// Marks an account that has a user as a bot.
    pub fn insert_bot(&mut self, bot: &Bot) -> Result<()> {
        let row = (
            bots::account_id.eq(bot.account_id.0),
            bots::owner_id.eq(bot.owner_id.0),
            bots::ceiling.eq(bot.ceiling.as_str()),
            bots::created_at.eq(bot.created_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(bots::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Updates the owner of a bot and the widest reach it may post with.
    pub fn update_bot(&mut self, bot: &Bot) -> Result<()> {
        diesel::update(bots::table.find(bot.account_id.0))
            .set((bots::owner_id.eq(bot.owner_id.0), bots::ceiling.eq(bot.ceiling.as_str())))
            .execute(self.conn())?;
        Ok(())
    }

    /// Inserts a webhook with the hash of its secret.
    pub fn insert_hook(&mut self, hook: &Hook, secret_hash: &str) -> Result<()> {
        let row = (
            hooks::id.eq(hook.id.0),
            hooks::bot_id.eq(hook.bot_id.0),
            hooks::secret_hash.eq(secret_hash),
            hooks::title.eq(&hook.title),
            hooks::reach.eq(hook.reach.as_str()),
            hooks::named.eq(hook.named.join(" ")),
            hooks::created_at.eq(hook.created_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(hooks::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Records that a webhook was used now.
    pub fn mark_hook_used(&mut self, id: HookId) -> Result<()> {
        let now = self.now().millis();
        diesel::update(hooks::table.find(id.0)).set(hooks::last_used_at.eq(now)).execute(self.conn())?;
        Ok(())
    }

    /// Deletes a webhook of a bot. Returns false if it does not exist.
    pub fn delete_hook(&mut self, bot: AccountId, id: HookId) -> Result<bool> {
        let own = hooks::table.filter(hooks::id.eq(id.0)).filter(hooks::bot_id.eq(bot.0));
        Ok(diesel::delete(own).execute(self.conn())? == 1)
    }

    /// Deletes every webhook of a bot.
    pub fn delete_hooks(&mut self, bot: AccountId) -> Result<()> {
        diesel::delete(hooks::table.filter(hooks::bot_id.eq(bot.0))).execute(self.conn())?;
        Ok(())
    }

    /// Closes the open streams of the bots that a user owns.
    pub(super) fn end_streams_of_bots(&mut self, owner: UserId) -> Result<()> {
        let answered = bots::table
            .inner_join(users::table.on(users::account_id.eq(bots::owner_id)))
            .filter(users::id.eq(owner.0))
            .select(bots::account_id);
        // The query above already joins `users`, so this is a second query.
        let answered: Vec<i64> = answered.load(self.conn())?;
        let theirs: Vec<i64> =
            users::table.filter(users::account_id.eq_any(answered)).select(users::id).load(self.conn())?;
        for user in theirs {
            self.publish(Live::UserEnded { user: UserId(user) })?;
        }
        Ok(())
    }
}
