//! Moderation of accounts, and the moderation log.

use std::collections::HashMap;

use crate::prelude::*;
use diesel::dsl::exists;
use diesel::sql_types::Text;

use super::accounts::lower;
use super::connection::Db;
use super::like_pattern::{self, ESCAPE};
use super::rows::{AccountRow, UserRow};
use super::schema::{account_states, accounts, moderation_log, notifications, users};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::account::Account;
use portico_domain::model::live::Live;
use portico_domain::model::moderation::{LogEntry, ModeratedPerson, Moderator};
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::user::Role;
use portico_domain::model::{AccountId, LogId, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = moderation_log)]
struct ModerationLogRow {
    id: i64,
    actor_id: Option<i64>,
    actor: String,
    action: String,
    target_id: Option<i64>,
    target: String,
    note: String,
    created_at: i64,
}

impl From<ModerationLogRow> for LogEntry {
    fn from(row: ModerationLogRow) -> Self {
        Self {
            id: LogId(row.id),
            actor_id: row.actor_id.map(AccountId),
            actor: row.actor,
            action: row.action,
            target_id: row.target_id.map(AccountId),
            target: row.target,
            note: row.note,
            created_at: Timestamp::from_millis(row.created_at),
        }
    }
}

/// The moderation state of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PersonState {
    /// Not restricted.
    Active,
    /// Cannot sign in.
    Disabled,
    /// Left out of public lists and timelines.
    Silenced,
    /// Media is marked sensitive.
    Sensitized,
    /// Hidden everywhere.
    Suspended,
}

/// A filter for a list of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonFilter {
    /// Only local accounts (true), or only remote ones (false).
    pub local: Option<bool>,
    /// Only accounts in this state.
    pub state: Option<PersonState>,
    /// Only accounts with one of these roles.
    pub roles: Option<Vec<Role>>,
    /// The beginning of the username.
    pub username: Option<String>,
    /// A part of the display name.
    pub display_name: Option<String>,
    /// Only accounts of this host.
    pub domain: Option<String>,
    /// A part of the e-mail address.
    pub email: Option<String>,
    /// Matches no account: the request has a criterion that no account here can meet.
    pub nobody: bool,
}

impl Reader<'_> {
    /// Returns a page of accounts as moderators see them, newest first.
    pub fn person_page(
        &mut self,
        filter: &PersonFilter,
        page: &PageRequest,
    ) -> Result<Page<ModeratedPerson>> {
        if filter.nobody {
            return Ok(Page::from_rows(page, Vec::new()));
        }
        let mut query = accounts::table
            .left_join(users::table.on(users::account_id.eq(accounts::id)))
            .filter(accounts::is_instance_actor.eq(false))
            .select((AccountRow::as_select(), Option::<UserRow>::as_select()))
            .into_boxed::<Db>();
        query = match filter.local {
            Some(true) => query.filter(accounts::domain.is_null()),
            Some(false) => query.filter(accounts::domain.is_not_null()),
            None => query,
        };
        let disabled = users::disabled_at.is_not_null();
        query = match filter.state {
            None => query,
            Some(PersonState::Active) => query
                .filter(accounts::suspended_at.is_null())
                .filter(account_states::silenced_at.is_null())
                .filter(users::disabled_at.is_null()),
            Some(PersonState::Disabled) => query.filter(disabled),
            Some(PersonState::Silenced) => query.filter(account_states::silenced_at.is_not_null()),
            Some(PersonState::Sensitized) => query.filter(account_states::sensitized_at.is_not_null()),
            Some(PersonState::Suspended) => query.filter(accounts::suspended_at.is_not_null()),
        };
        if let Some(roles) = &filter.roles {
            let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            query = query.filter(users::role.nullable().assume_not_null().eq_any(words));
        }
        if let Some(name) = &filter.username {
            // Both sides are lowered by the database, since it and Rust differ for some letters.
            let begins = like_pattern::prefix(name).into_sql::<Text>();
            query = query.filter(lower(accounts::username).like(lower(begins)).escape(ESCAPE));
        }
        if let Some(name) = &filter.display_name {
            let contains = like_pattern::substring(name).into_sql::<Text>();
            query = query.filter(lower(accounts::display_name).like(lower(contains)).escape(ESCAPE));
        }
        if let Some(domain) = &filter.domain {
            query = query.filter(accounts::domain.eq(domain.to_lowercase()));
        }
        if let Some(email) = &filter.email {
            let contains = like_pattern::substring(&email.to_lowercase());
            let email = users::email.nullable().assume_not_null();
            query = query.filter(email.like(contains).escape(ESCAPE));
        }
        let rows: Vec<(AccountRow, Option<UserRow>)> = cut!(query, accounts::id, page).load(self.conn())?;
        let views: Result<Vec<(i64, ModeratedPerson)>> = rows.into_iter().map(person).collect();
        Ok(Page::from_rows(page, views?))
    }

    /// Returns accounts as moderators see them, by account id.
    pub fn person_views(&mut self, ids: &[i64]) -> Result<HashMap<i64, ModeratedPerson>> {
        let rows: Vec<(AccountRow, Option<UserRow>)> = accounts::table
            .left_join(users::table.on(users::account_id.eq(accounts::id)))
            .filter(accounts::id.eq_any(ids))
            .select((AccountRow::as_select(), Option::<UserRow>::as_select()))
            .load(self.conn())?;
        rows.into_iter().map(person).collect()
    }

    /// Returns an account as moderators see it.
    pub fn find_person(&mut self, id: AccountId) -> Result<Option<ModeratedPerson>> {
        Ok(self.person_views(&[id.0])?.remove(&id.0))
    }

    /// Returns a page of the moderation log, newest first.
    pub fn log_page(&mut self, page: &PageRequest) -> Result<Page<LogEntry>> {
        let query = moderation_log::table.select(ModerationLogRow::as_select()).into_boxed::<Db>();
        let rows: Vec<ModerationLogRow> = cut!(query, moderation_log::id, page).load(self.conn())?;
        Ok(Page::from_rows(page, rows.into_iter().map(|row| (row.id, row.into())).collect()))
    }

    /// Returns entries of the moderation log, by id.
    pub fn log_entries(&mut self, ids: &[LogId]) -> Result<HashMap<i64, LogEntry>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let raw: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let query = moderation_log::table
            .filter(moderation_log::id.eq_any(raw))
            .select(ModerationLogRow::as_select());
        let rows: Vec<ModerationLogRow> = query.load(self.conn())?;
        Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
    }
}

fn person((account, user): (AccountRow, Option<UserRow>)) -> Result<(i64, ModeratedPerson)> {
    let id = account.id;
    let user = user.map(UserRow::into_model).transpose()?;
    Ok((id, ModeratedPerson { account: account.into_model()?, user }))
}

impl Tx<'_> {
    /// Records a moderation action, its target and its moderator.
    pub fn log(
        &mut self,
        by: &Moderator,
        action: &str,
        target: &str,
        account: Option<AccountId>,
        note: &str,
    ) -> Result<LogId> {
        let id: LogId = self.next_id();
        let row = (
            moderation_log::id.eq(id.0),
            moderation_log::actor_id.eq(by.account.map(|id| id.0)),
            moderation_log::actor.eq(&by.name),
            moderation_log::action.eq(action),
            moderation_log::target_id.eq(account.map(|id| id.0)),
            moderation_log::target.eq(target),
            moderation_log::note.eq(note),
            moderation_log::created_at.eq(self.now().millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(moderation_log::table).values(&row).execute(c))?;
        Ok(id)
    }

    /// Silences an account, or lifts that.
    pub fn set_silenced(&mut self, id: AccountId, at: Option<Timestamp>) -> Result<()> {
        diesel::update(account_states::table.find(id.0))
            .set(account_states::silenced_at.eq(at.map(Timestamp::millis)))
            .execute(self.conn())?;
        Ok(())
    }

    /// Marks an account's media as sensitive, or lifts that.
    pub fn set_sensitized(&mut self, id: AccountId, at: Option<Timestamp>) -> Result<()> {
        diesel::update(account_states::table.find(id.0))
            .set(account_states::sensitized_at.eq(at.map(Timestamp::millis)))
            .execute(self.conn())?;
        Ok(())
    }

    /// Notifies a local account of a moderation action against it. Does nothing for a remote account.
    pub fn notify_of_warning(&mut self, recipient: AccountId, warning: LogId) -> Result<()> {
        let local = users::table.filter(users::account_id.eq(recipient.0));
        if !diesel::select(exists(local)).get_result::<bool>(self.conn())? {
            return Ok(());
        }
        let now = self.now();
        let id = self.ids().next_notification(now);
        let kind = NotificationKind::ModerationWarning;
        let row = (
            notifications::id.eq(id.0),
            notifications::account_id.eq(recipient.0),
            notifications::kind.eq(kind.as_str()),
            // Names the recipient, not the moderator: the instance is the sender.
            notifications::from_id.eq(recipient.0),
            notifications::warning_id.eq(warning.0),
            notifications::created_at.eq(now.millis()),
            notifications::filtered.eq(false),
        );
        on_both!(self.conn(), |c| diesel::insert_into(notifications::table).values(&row).execute(c))?;
        self.publish(Live::Notified { account: recipient, notification: id })
    }

    /// Closes the open streams of an account's user, since their access has changed.
    pub fn end_streams_of(&mut self, account: &Account) -> Result<()> {
        match self.find_user_by_account(account.id)? {
            Some(user) => self.publish(Live::UserEnded { user: user.id }),
            None => Ok(()),
        }
    }
}
