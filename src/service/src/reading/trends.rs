//! Trending posts and links, as far as each viewer may see them. For hashtags see [`tags`](crate::reading::tags).

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::view::{LinkView, StatusView};
use portico_domain::policy::reach::scope;

/// Lists the recent posts with most reactions.
pub async fn statuses(
    instance: &Instance,
    viewer: Viewer,
    limit: i64,
    offset: i64,
) -> Result<Vec<StatusView>> {
    let scope = scope(&viewer, &setting(instance));
    instance
        .store
        .read(move |reader| {
            let ids = reader.trending_statuses(viewer.local_account(), &scope, false, limit, offset)?;
            Ok::<_, Error>(reader.status_views(viewer.local_account(), &ids)?)
        })
        .await
}

/// Lists the links in most recent posts.
pub async fn links(instance: &Instance, viewer: Viewer, limit: i64, offset: i64) -> Result<Vec<LinkView>> {
    let scope = scope(&viewer, &setting(instance));
    instance
        .store
        .read(move |reader| {
            Ok(reader.trending_links(viewer.local_account(), &scope, false, limit, offset)?)
        })
        .await
}
