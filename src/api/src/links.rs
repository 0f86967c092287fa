//! Links: preview cards, posts with a link, trending links, and oEmbed for posts of this instance.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::OptionalUser;
use super::pages::{StatusesPage, statuses_page};
use super::{entities, scope};
use portico_domain::model::StatusId;
use portico_http::paging::{Offset, StatusPaging};
use portico_http::params::ClearableText;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::publishing::{cards, statuses};
use portico_service::reading::{timelines, trends};

/// The default width of an embedded post.
const WIDTH: u32 = 400;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/statuses/{id}/card", get(card))
        .endpoint("/api/v1/timelines/link", get(timeline))
        .endpoint("/api/v1/trends/statuses", get(trending_statuses))
        .endpoint("/api/v1/trends/links", get(trending_links))
        .endpoint("/api/oembed", get(oembed))
}

/// Returns the preview card of a status; null if it has none.
async fn card(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Option<entities::PreviewCard>>> {
    let card = cards::show(&here, who.viewer(), id).await?;
    Ok(Json(card.map(|card| entities::PreviewCard::render(&card, &here.urls))))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct LinkTimelineQuery {
    /// The address of the page.
    url: ClearableText,
}

/// Lists the posts that link to a page. The list is empty for an unknown page, so it does not reveal whether
/// posts exist that the caller may not see.
async fn timeline(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    paging: StatusPaging,
    Params(asked): Params<LinkTimelineQuery>,
) -> ApiResult<StatusesPage> {
    let url = asked.url.0.ok_or_else(|| Problem::missing("url"))?;
    let page = timelines::linking(&here, who.viewer(), &url, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}

async fn trending_statuses(
    here: CurrentInstance,
    who: OptionalUser<scope::Read>,
    page: Offset<20, 40>,
) -> ApiResult<Json<Vec<entities::Status>>> {
    let found = trends::statuses(&here, who.viewer(), page.limit, page.offset).await?;
    Ok(Json(entities::Status::render_all(&found, &here.urls)))
}

async fn trending_links(
    here: CurrentInstance,
    who: OptionalUser<scope::Read>,
    page: Offset<10, 20>,
) -> ApiResult<Json<Vec<entities::TrendsLink>>> {
    let found = trends::links(&here, who.viewer(), page.limit, page.offset).await?;
    Ok(Json(entities::TrendsLink::render_all(&found, &here.urls)))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct OEmbedQuery {
    /// The address of a post of this instance.
    url: ClearableText,
    /// The maximum width of the embedded post.
    maxwidth: Option<u32>,
    /// The response format; only `json` is supported.
    format: Option<String>,
}

/// Returns the oEmbed representation of a public post of this instance.
async fn oembed(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Params(asked): Params<OEmbedQuery>,
) -> ApiResult<Json<entities::OEmbed>> {
    let url = asked.url.0.ok_or_else(|| Problem::missing("url"))?;
    if asked.format.is_some_and(|format| format != "json") {
        return Err(Problem::not_found());
    }
    let view = statuses::embeddable(&here, who.viewer(), &url).await?;
    let width = asked.maxwidth.map_or(WIDTH, |most| most.clamp(1, WIDTH));
    Ok(Json(entities::OEmbed::render(&view, &here.settings, &here.urls, width)))
}
