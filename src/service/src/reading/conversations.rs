//! Conversations: the threads of direct posts in which an account takes part.

use crate::instance::Instance;
use crate::reading::timelines::StatusViewPage;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::notification_policy::ConversationView;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, RequestId, StatusId};
use portico_domain::policy::reach::{Scope, scope};
use portico_store::{ConversationRow, Reader};

/// Lists the account's conversations, the newest first.
pub async fn list(instance: &Instance, me: AccountId, page: PageRequest) -> Result<Page<ConversationView>> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let rows = reader.conversation_page(me, &page)?;
            let views = views(reader, me, &scope, &rows.items)?;
            Ok(rows.with_items(views))
        })
        .await
}

/// Returns a conversation of the account.
pub async fn show(instance: &Instance, me: AccountId, id: RequestId) -> Result<ConversationView> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance.store.read(move |reader| one(reader, me, &scope, id)).await
}

fn one(reader: &mut Reader<'_>, me: AccountId, scope: &Scope, id: RequestId) -> Result<ConversationView> {
    let row = reader.find_conversation(me, id)?.ok_or(Error::NotFound("conversation"))?;
    views(reader, me, scope, &[row])?.pop().ok_or(Error::NotFound("conversation"))
}

/// Loads conversations with their participants. The last status is left out if the account may not see it.
fn views(
    reader: &mut Reader<'_>,
    me: AccountId,
    scope: &Scope,
    rows: &[ConversationRow],
) -> Result<Vec<ConversationView>> {
    let ids: Vec<StatusId> = rows.iter().map(|(_, status, _)| *status).collect();
    let seen = reader.filter_visible(scope, &ids)?;
    let statuses = reader.status_views(Some(me), &seen)?;
    let of = |view: &StatusView| {
        let named = view.mentions.iter().map(|mention| mention.account_id.0);
        std::iter::once(view.account.id.0).chain(named).filter(|id| *id != me.0).collect::<Vec<_>>()
    };
    let everybody: Vec<i64> = statuses.iter().flat_map(of).collect();
    let people = reader.accounts_by_id(&everybody)?;
    let view = |(id, status, unread): &ConversationRow| {
        let last_status = statuses.iter().find(|view| view.status.id == *status).cloned();
        let mut taking_part = last_status.as_ref().map(of).unwrap_or_default();
        let mut known = std::collections::HashSet::new();
        taking_part.retain(|id| known.insert(*id));
        // A conversation without other participants shows the author.
        if taking_part.is_empty() {
            taking_part.extend(last_status.as_ref().map(|view| view.account.id.0));
        }
        let account = |id: &i64| {
            let own = last_status.as_ref().filter(|view| view.account.id.0 == *id);
            people.get(id).cloned().or_else(|| own.map(|view| view.account.clone()))
        };
        let accounts = taking_part.iter().filter_map(account).collect();
        ConversationView { id: *id, unread: *unread, accounts, last_status }
    };
    Ok(rows.iter().map(view).collect())
}

/// Marks a conversation as read or unread.
pub async fn mark(
    instance: &Instance,
    me: AccountId,
    id: RequestId,
    unread: bool,
) -> Result<ConversationView> {
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .write(move |tx| {
            tx.find_conversation(me, id)?.ok_or(Error::NotFound("conversation"))?;
            tx.set_conversation_unread(id, unread)?;
            one(tx, me, &scope, id)
        })
        .await
}

/// Removes a conversation from the account's list; a new post brings it back.
pub async fn delete(instance: &Instance, me: AccountId, id: RequestId) -> Result<()> {
    instance
        .store
        .write(move |tx| {
            tx.find_conversation(me, id)?.ok_or(Error::NotFound("conversation"))?;
            Ok(tx.delete_conversation(id)?)
        })
        .await
}

/// Returns the latest status of each conversation as a timeline.
pub async fn timeline(instance: &Instance, me: AccountId, page: PageRequest) -> Result<StatusViewPage> {
    let found = list(instance, me, page).await?;
    let statuses = found.items.iter().filter_map(|view| view.last_status.clone()).collect();
    Ok(found.with_items(statuses))
}
