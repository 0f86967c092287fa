//! Hashtags: single, followed, featured on profiles, and trending.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{CurrentUser, OptionalUser};
use super::pages::Paged;
use super::{entities, scope};
use portico_domain::model::{AccountId, RelationId};
use portico_http::paging::{Newer, Offset, Paging};
use portico_http::routing::{Documented as _, delete, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::reading::tags;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/tags/{name}", get(show))
        .endpoint("/api/v1/tags/{name}/follow", post(follow))
        .endpoint("/api/v1/tags/{name}/unfollow", post(unfollow))
        .endpoint("/api/v1/tags/{name}/feature", post(feature))
        .endpoint("/api/v1/tags/{name}/unfeature", post(unfeature))
        .endpoint("/api/v1/followed_tags", get(followed))
        .endpoint("/api/v1/featured_tags", get(own_featured).post(add_featured))
        .endpoint("/api/v1/featured_tags/suggestions", get(suggestions))
        .endpoint("/api/v1/featured_tags/{id}", delete(remove_featured))
        .endpoint("/api/v1/accounts/{id}/featured_tags", get(featured))
        .endpoint("/api/v1/trends", get(trending))
        .endpoint("/api/v1/trends/tags", get(trending))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct FeaturedTagParams {
    /// The hashtag, with or without #.
    name: String,
}

/// Returns a hashtag; any word is one.
async fn show(
    here: CurrentInstance,
    who: OptionalUser<scope::Read>,
    Path(name): Path<String>,
) -> ApiResult<Json<entities::Tag>> {
    let tag = tags::show(&here, who.viewer(), &name).await?;
    Ok(Json(entities::Tag::render(&tag, &here.urls)))
}

async fn follow(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path(name): Path<String>,
) -> ApiResult<Json<entities::Tag>> {
    Ok(Json(entities::Tag::render(&tags::follow(&here, me.id, &name, true).await?, &here.urls)))
}

async fn unfollow(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Path(name): Path<String>,
) -> ApiResult<Json<entities::Tag>> {
    Ok(Json(entities::Tag::render(&tags::follow(&here, me.id, &name, false).await?, &here.urls)))
}

async fn feature(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(name): Path<String>,
) -> ApiResult<Json<entities::Tag>> {
    Ok(Json(entities::Tag::render(&tags::set_featured(&here, me.id, &name, true).await?, &here.urls)))
}

async fn unfeature(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(name): Path<String>,
) -> ApiResult<Json<entities::Tag>> {
    Ok(Json(entities::Tag::render(&tags::set_featured(&here, me.id, &name, false).await?, &here.urls)))
}

async fn followed(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFollows>,
    paging: Paging<100, 200>,
) -> ApiResult<Paged<entities::Tag>> {
    let page = tags::followed(&here, me.id, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::SinceId);
    Ok(Paged(links, Json(entities::Tag::render_all(&page.items, &here.urls))))
}

async fn own_featured(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
) -> ApiResult<Json<Vec<entities::FeaturedTag>>> {
    let found = tags::featured(&here, me.viewer(), me.id).await?;
    Ok(Json(entities::FeaturedTag::render_all(&found, &here.urls)))
}

async fn add_featured(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Params(FeaturedTagParams { name }): Params<FeaturedTagParams>,
) -> ApiResult<Json<entities::FeaturedTag>> {
    let tag = tags::feature(&here, me.id, &name).await?;
    Ok(Json(entities::FeaturedTag::render(&tag, &here.urls)))
}

async fn remove_featured(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<RelationId>,
) -> ApiResult<Json<entities::Empty>> {
    tags::unfeature(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

async fn suggestions(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
) -> ApiResult<Json<Vec<entities::Tag>>> {
    let found = tags::list_suggestions(&here, me.id).await?;
    Ok(Json(entities::Tag::render_all(&found, &here.urls)))
}

async fn featured(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadAccounts>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<Vec<entities::FeaturedTag>>> {
    let found = tags::featured(&here, who.viewer(), id).await?;
    Ok(Json(entities::FeaturedTag::render_all(&found, &here.urls)))
}

async fn trending(
    here: CurrentInstance,
    who: OptionalUser<scope::Read>,
    page: Offset<10, 20>,
) -> ApiResult<Json<Vec<entities::Tag>>> {
    let found = tags::trending(&here, who.viewer(), page.limit, page.offset).await?;
    Ok(Json(entities::Tag::render_all(&found, &here.urls)))
}
