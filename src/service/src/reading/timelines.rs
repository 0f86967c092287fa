//! Timelines: pages of statuses as the viewer sees them.

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::page::{Page, PageRequest};
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, StatusId};
use portico_domain::policy::reach::{Scope, scope};
use portico_store::Reader;

pub use portico_store::{AccountFilter, Origin, TagFilter};

/// A page of statuses.
pub type StatusViewPage = Page<StatusView>;

async fn page<F>(instance: &Instance, viewer: Viewer, ids: F) -> Result<StatusViewPage>
where
    F: FnOnce(&mut Reader<'_>, &Scope) -> portico_store::Result<Page<StatusId>> + Send + 'static,
{
    let scope = scope(&viewer, &setting(instance));
    instance
        .store
        .read(move |reader| {
            let page = ids(reader, &scope)?;
            let views = reader.status_views(viewer.local_account(), &page.items)?;
            Ok::<_, Error>(page.with_items(views))
        })
        .await
}

/// Returns the home timeline: posts and boosts of followed accounts.
pub async fn home(instance: &Instance, me: AccountId, request: PageRequest) -> Result<StatusViewPage> {
    page(instance, Viewer::Local(me), move |reader, scope| reader.home_page(me, scope, &request)).await
}

/// Returns the public timeline, as far as the viewer may see it: local posts, remote ones, or both.
pub async fn public(
    instance: &Instance,
    viewer: Viewer,
    origin: Origin,
    only_media: bool,
    request: PageRequest,
) -> Result<StatusViewPage> {
    let me = viewer.local_account();
    page(instance, viewer, move |reader, scope| reader.public_page(me, scope, origin, only_media, &request))
        .await
}

/// Returns the timeline of hashtags (normalised names).
pub async fn tagged(
    instance: &Instance,
    viewer: Viewer,
    filter: TagFilter,
    origin: Origin,
    request: PageRequest,
) -> Result<StatusViewPage> {
    let me = viewer.local_account();
    page(instance, viewer, move |reader, scope| reader.tag_page(me, scope, &filter, origin, &request)).await
}

/// Returns the posts that link to a page.
pub async fn linking(
    instance: &Instance,
    viewer: Viewer,
    url: &str,
    request: PageRequest,
) -> Result<StatusViewPage> {
    let me = viewer.local_account();
    let Some(url) = crate::publishing::cards::normalise_link(url) else {
        return Ok(Page::from_rows(&request, Vec::new()));
    };
    page(instance, viewer, move |reader, scope| reader.link_page(me, scope, &url, &request)).await
}

/// Returns the posts and boosts of one account.
pub async fn of_account(
    instance: &Instance,
    viewer: Viewer,
    account: AccountId,
    filter: AccountFilter,
    request: PageRequest,
) -> Result<StatusViewPage> {
    page(instance, viewer, move |reader, scope| reader.account_page(scope, account, &filter, &request)).await
}

/// Returns the caller's favourites.
pub async fn favourites(instance: &Instance, me: AccountId, request: PageRequest) -> Result<StatusViewPage> {
    page(instance, Viewer::Local(me), move |reader, scope| reader.favourites_page(me, scope, &request)).await
}

/// Returns the caller's bookmarks.
pub async fn bookmarks(instance: &Instance, me: AccountId, request: PageRequest) -> Result<StatusViewPage> {
    page(instance, Viewer::Local(me), move |reader, scope| reader.bookmarks_page(me, scope, &request)).await
}
