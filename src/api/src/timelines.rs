//! Timelines, and the caller's favourites and bookmarks.

use aide::axum::ApiRouter;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{CurrentUser, OptionalUser};
use super::pages::{StatusesPage, statuses_page};
use super::scope;
use portico_html::normalise_tag;
use portico_http::paging::StatusPaging;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::reading::timelines::{self, Origin, TagFilter};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/timelines/home", get(home))
        .endpoint("/api/v1/timelines/public", get(public))
        .endpoint("/api/v1/timelines/tag/{name}", get(tagged))
        .endpoint("/api/v1/favourites", get(favourites))
        .endpoint("/api/v1/bookmarks", get(bookmarks))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct TimelineQuery {
    local: Option<bool>,
    remote: Option<bool>,
    only_media: Option<bool>,
    any: Vec<String>,
    all: Vec<String>,
    none: Vec<String>,
}

impl TimelineQuery {
    fn origin(&self) -> Origin {
        match (self.local, self.remote) {
            (Some(true), _) => Origin::Local,
            (_, Some(true)) => Origin::Remote,
            _ => Origin::Any,
        }
    }
}

async fn home(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    paging: StatusPaging,
) -> ApiResult<StatusesPage> {
    let page = timelines::home(&here, me.id, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}

async fn public(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    paging: StatusPaging,
    Params(narrow): Params<TimelineQuery>,
) -> ApiResult<StatusesPage> {
    let only_media = narrow.only_media.unwrap_or(false);
    let page = timelines::public(&here, who.viewer(), narrow.origin(), only_media, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}

async fn tagged(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(name): Path<String>,
    paging: StatusPaging,
    Params(narrow): Params<TimelineQuery>,
) -> ApiResult<StatusesPage> {
    let origin = narrow.origin();
    let plain = |names: Vec<String>| names.iter().map(|name| normalise_tag(name)).collect();
    let filter = TagFilter {
        any: plain(std::iter::once(name).chain(narrow.any).collect()),
        all: plain(narrow.all),
        none: plain(narrow.none),
        only_media: narrow.only_media.unwrap_or(false),
    };
    let page = timelines::tagged(&here, who.viewer(), filter, origin, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}

async fn favourites(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFavourites>,
    paging: StatusPaging,
) -> ApiResult<StatusesPage> {
    let page = timelines::favourites(&here, me.id, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}

async fn bookmarks(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadBookmarks>,
    paging: StatusPaging,
) -> ApiResult<StatusesPage> {
    let page = timelines::bookmarks(&here, me.id, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}
