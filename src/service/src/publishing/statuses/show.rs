//! Reading statuses: one, its thread, its history, and who favourited or boosted it.

use std::collections::HashSet;

use crate::instance::Instance;
use crate::lookup::find_visible_status;
use crate::publishing::threads::{self, ThreadFetchProgress};
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::account::Account;
use portico_domain::model::agreement_grants::{Grant, GrantSet};
use portico_domain::model::media::Media;
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::status::{Status, StatusEdit};
use portico_domain::model::view::{ContextView, QuoteView, SourceView, StatusView};
use portico_domain::model::{AccountId, Reach, StatusId};
use portico_domain::policy::interaction;
use portico_domain::policy::reach::scope;
use portico_store::Reader;

/// Returns one status as the viewer sees it.
pub async fn show(instance: &Instance, viewer: Viewer, id: StatusId) -> Result<StatusView> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            find_visible_status(reader, &viewer, &setting, id)?;
            reader.status_view(viewer.local_account(), id)?.ok_or(Error::NotFound("status"))
        })
        .await
}

/// Filters a status for a host by the granted `granted`: removes attachments if media may not flow. Returns
/// `None` if nothing else is left.
pub fn filter_by_grants(mut view: StatusView, granted: GrantSet) -> Option<StatusView> {
    if granted.has(Grant::Media) || view.media.is_empty() {
        return Some(view);
    }
    view.media.clear();
    let status = &view.status;
    let says = !status.content.trim().is_empty()
        || !status.spoiler_text.is_empty()
        || view.poll.is_some()
        || view.quote.is_some();
    says.then_some(view)
}

/// Finds a local post by the address of its page or object, if it can be embedded: public, and visible to the
/// viewer.
pub async fn embeddable(instance: &Instance, viewer: Viewer, url: &str) -> Result<StatusView> {
    let path = url.strip_prefix(instance.urls.origin()).unwrap_or_default();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let id = match segments.as_slice() {
        [name, id] if name.starts_with('@') => id.parse().ok(),
        ["users", _, "statuses", id] => id.parse().ok(),
        _ => None,
    };
    let view = show(instance, viewer, id.ok_or(Error::NotFound("status"))?).await?;
    let fits = view.status.local
        && view.status.reach == Reach::Public
        && view.boosted.is_none()
        && [view.status.url.as_deref(), Some(&view.status.uri)].contains(&Some(url));
    if fits { Ok(view) } else { Err(Error::NotFound("status")) }
}

/// Returns several statuses; leaves out those that the viewer may not see.
pub async fn show_many(instance: &Instance, viewer: Viewer, ids: Vec<StatusId>) -> Result<Vec<StatusView>> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let visible = reader.visible_whole(&scope(&viewer, &setting), &ids)?;
            Ok::<_, Error>(reader.status_views(viewer.local_account(), &visible)?)
        })
        .await
}

/// Returns the thread around a status. When a local user looks, missing remote posts are fetched in the
/// background; the returned progress says how far that is.
pub async fn context(
    instance: &Instance,
    viewer: Viewer,
    id: StatusId,
) -> Result<(ContextView, Option<ThreadFetchProgress>)> {
    let setting = setting(instance);
    let (view, thread, look) = instance
        .store
        .read(move |reader| {
            let status = find_visible_status(reader, &viewer, &setting, id)?;
            let scope = scope(&viewer, &setting);
            let ancestors = reader.ancestors(&scope, &status)?;
            let descendants = reader.descendants(&scope, &status)?;
            let thread = status.conversation_id;
            let look =
                if viewer.local_account().is_some() { reader.find_thread_fetch(thread)? } else { None };
            let mut view = ContextView {
                ancestors: reader.status_views(viewer.local_account(), &ancestors)?,
                descendants: reader.status_views(viewer.local_account(), &descendants)?,
            };
            attach_below(&status, &mut view.descendants);
            Ok::<_, Error>((view, thread, look))
        })
        .await?;
    // Missing posts arrive later; a repeated request shows them.
    let progress = match look {
        Some(look) => Some(threads::fetch_missing(instance, thread, &look).await?),
        None => None,
    };
    Ok((view, progress))
}

/// Makes descendants whose parent is not shown replies to `status`: clients build the tree of a thread from
/// these ids, and a list does not name the ids and authors of hidden replies. A single status still names its
/// parent, as in Mastodon.
fn attach_below(status: &Status, descendants: &mut [StatusView]) {
    let shown: HashSet<StatusId> = descendants.iter().map(|view| view.status.id).collect();
    for view in descendants {
        let reply = &mut view.status;
        if reply.in_reply_to_id.is_none_or(|parent| parent != status.id && !shown.contains(&parent)) {
            reply.in_reply_to_id = Some(status.id);
            reply.in_reply_to_account_id = Some(status.account_id);
        }
    }
}

/// Returns all versions of a status, oldest first and the current one last, with the attachments and the
/// quote that it has now. Removed attachments are not shown, and edits never change the quote.
pub async fn history(
    instance: &Instance,
    viewer: Viewer,
    id: StatusId,
) -> Result<(Account, Vec<StatusEdit>, Vec<Media>, Option<QuoteView>)> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let status = find_visible_status(reader, &viewer, &setting, id)?;
            let author = reader.find_account(status.account_id)?.ok_or(Error::NotFound("account"))?;
            let media = reader.media_of(id)?;
            let mut versions = reader.list_edits(id)?;
            let poll_options = reader.poll_titles(id)?;
            versions.push(StatusEdit {
                created_at: status.edited_at.unwrap_or(status.created_at),
                content: status.content,
                spoiler_text: status.spoiler_text,
                sensitive: status.sensitive,
                media: media.iter().map(|media| (media.id, media.description.clone())).collect(),
                poll_options,
            });
            let quote = reader.status_view(viewer.local_account(), id)?.and_then(|view| view.quote);
            Ok((author, versions, media, quote))
        })
        .await
}

/// Returns the typed source of the caller's own status, for editing.
pub async fn source(instance: &Instance, me: AccountId, id: StatusId) -> Result<SourceView> {
    instance
        .store
        .read(move |reader| {
            let status = reader.find_status(id)?.ok_or(Error::NotFound("status"))?;
            interaction::may_edit(me, &status)?;
            Ok(SourceView {
                id,
                text: status.source.unwrap_or_default(),
                content_type: reader.content_type_of(id)?,
                spoiler_text: status.spoiler_text,
            })
        })
        .await
}

/// Lists the accounts that favourited a status.
pub async fn favourited_by(
    instance: &Instance,
    viewer: Viewer,
    id: StatusId,
    request: PageRequest,
) -> Result<Page<Account>> {
    list_people(instance, viewer, id, move |reader| Ok(reader.favourited_by(id, &request)?)).await
}

/// Lists the accounts that boosted a status.
pub async fn boosted_by(
    instance: &Instance,
    viewer: Viewer,
    id: StatusId,
    request: PageRequest,
) -> Result<Page<Account>> {
    list_people(instance, viewer, id, move |reader| Ok(reader.boosted_by(id, &request)?)).await
}

async fn list_people<F>(instance: &Instance, viewer: Viewer, id: StatusId, list: F) -> Result<Page<Account>>
where
    F: FnOnce(&mut Reader<'_>) -> Result<Page<AccountId>> + Send + 'static,
{
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            find_visible_status(reader, &viewer, &setting, id)?;
            let page = list(reader)?;
            let ids: Vec<i64> = page.items.iter().map(|id| id.0).collect();
            let mut accounts = reader.accounts_by_id(&ids)?;
            let people = ids.iter().filter_map(|id| accounts.remove(id)).collect();
            Ok(page.with_items(people))
        })
        .await
}
