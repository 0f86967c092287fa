//! Conversations: the threads of direct posts that an account takes part in.

use crate::prelude::*;

use super::connection::Db;
use super::schema::{conversations, mentions, statuses, users};
use super::timelines::cut;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::live::Live;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::status::Status;
use portico_domain::model::{AccountId, Reach, RequestId, StatusId};

/// A conversation: its id, its newest post, and whether that is unread.
pub type ConversationRow = (RequestId, StatusId, bool);

impl Reader<'_> {
    /// Returns a page of an account's conversations, newest first, paged by their newest posts.
    pub fn conversation_page(
        &mut self,
        account: AccountId,
        page: &PageRequest,
    ) -> Result<Page<ConversationRow>> {
        let query = conversations::table
            .filter(conversations::account_id.eq(account.0))
            .select((conversations::id, conversations::last_status_id, conversations::unread))
            .into_boxed::<Db>();
        let rows: Vec<(i64, i64, bool)> =
            cut!(query, conversations::last_status_id, page).load(self.conn())?;
        let cut = |(id, status, unread)| (status, (RequestId(id), StatusId(status), unread));
        Ok(Page::from_rows(page, rows.into_iter().map(cut).collect()))
    }

    /// Returns a conversation of an account.
    pub fn find_conversation(
        &mut self,
        account: AccountId,
        id: RequestId,
    ) -> Result<Option<ConversationRow>> {
        let query = conversations::table.find(id.0).filter(conversations::account_id.eq(account.0)).select((
            conversations::id,
            conversations::last_status_id,
            conversations::unread,
        ));
        let row: Option<(i64, i64, bool)> = query.first(self.conn()).optional()?;
        Ok(row.map(|(id, status, unread)| (RequestId(id), StatusId(status), unread)))
    }

    /// Returns the newest direct post of a thread, other than `gone`, that an account wrote or is mentioned
    /// in.
    fn former_direct(&mut self, account: AccountId, thread: i64, gone: StatusId) -> Result<Option<i64>> {
        let named = mentions::table
            .filter(mentions::account_id.eq(account.0))
            .filter(mentions::silent.eq(false))
            .select(mentions::status_id);
        let query = statuses::table
            .filter(statuses::conversation_id.eq(thread))
            .filter(statuses::reach.eq(Reach::Direct.as_str()))
            .filter(statuses::id.ne(gone.0))
            .filter(statuses::account_id.eq(account.0).or(statuses::id.eq_any(named)))
            .order(statuses::id.desc())
            .select(statuses::id);
        Ok(query.first(self.conn()).optional()?)
    }
}

impl Tx<'_> {
    /// Updates the conversations of a direct post's local participants: its author and the accounts it
    /// mentions. The post is unread for all but its author.
    pub fn update_conversations(&mut self, status: &Status, named: &[AccountId]) -> Result<()> {
        if status.reach != Reach::Direct || status.boost_of.is_some() {
            return Ok(());
        }
        let everybody: Vec<i64> = std::iter::once(&status.account_id).chain(named).map(|id| id.0).collect();
        let here: Vec<i64> = users::table
            .filter(users::account_id.eq_any(everybody))
            .select(users::account_id)
            .load(self.conn())?;
        for account in here {
            let unread = account != status.account_id.0;
            let row = (
                conversations::id.eq(self.next_id::<RequestId>().0),
                conversations::account_id.eq(account),
                conversations::thread_id.eq(status.conversation_id.0),
                conversations::last_status_id.eq(status.id.0),
                conversations::unread.eq(unread),
            );
            let added = on_both!(self.conn(), |c| diesel::insert_into(conversations::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c))?;
            let theirs = conversations::table
                .filter(conversations::account_id.eq(account))
                .filter(conversations::thread_id.eq(status.conversation_id.0));
            if added == 0 {
                // A post that arrives late is not the newest.
                diesel::update(theirs.filter(conversations::last_status_id.lt(status.id.0)))
                    .set((conversations::last_status_id.eq(status.id.0), conversations::unread.eq(unread)))
                    .execute(self.conn())?;
            }
            let id: i64 = theirs.select(conversations::id).first(self.conn())?;
            self.publish(Live::Conversation { account: AccountId(account), conversation: id })?;
        }
        Ok(())
    }

    /// Sets conversations that end with a post back to their previous post, before the post is deleted.
    pub fn remove_from_conversations(&mut self, gone: &Status) -> Result<()> {
        if gone.reach != Reach::Direct {
            return Ok(());
        }
        let ending: Vec<(i64, i64, i64)> = conversations::table
            .filter(conversations::last_status_id.eq(gone.id.0))
            .select((conversations::id, conversations::account_id, conversations::thread_id))
            .load(self.conn())?;
        for (id, account, thread) in ending {
            // Without a previous post, the row is deleted with this one by cascade.
            if let Some(former) = self.former_direct(AccountId(account), thread, gone.id)? {
                diesel::update(conversations::table.find(id))
                    .set(conversations::last_status_id.eq(former))
                    .execute(self.conn())?;
            }
        }
        Ok(())
    }

    /// Marks a conversation as read or unread.
    pub fn set_conversation_unread(&mut self, id: RequestId, unread: bool) -> Result<()> {
        let row = conversations::table.find(id.0);
        diesel::update(row).set(conversations::unread.eq(unread)).execute(self.conn())?;
        Ok(())
    }

    /// Removes a conversation from its owner's list; a new post brings it back.
    pub fn delete_conversation(&mut self, id: RequestId) -> Result<()> {
        diesel::delete(conversations::table.find(id.0)).execute(self.conn())?;
        Ok(())
    }
}
