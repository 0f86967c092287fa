//! Conversations: direct statuses, grouped by their participants.

use aide::axum::ApiRouter;
use axum::Json;

use super::auth::CurrentUser;
use super::pages::{Paged, StatusesPage, statuses_page};
use super::{entities, scope};
use portico_domain::model::RequestId;
use portico_http::paging::{Newer, StatusPaging};
use portico_http::routing::{Documented as _, delete, get, post};
use portico_http::{ApiResult, CurrentInstance, Path};
use portico_service::reading::conversations;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/conversations", get(list))
        .endpoint("/api/v1/conversations/{id}", delete(remove))
        .endpoint("/api/v1/conversations/{id}/read", post(read))
        .endpoint("/api/v1/conversations/{id}/unread", post(unread))
        .endpoint("/api/v1/timelines/direct", get(direct))
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    paging: StatusPaging,
) -> ApiResult<Paged<entities::Conversation>> {
    let page = conversations::list(&here, me.id, paging.request).await?;
    let links = paging.links(&here.urls, &page, Newer::MinId);
    let shown = page.items.iter().map(|view| entities::Conversation::render(view, &here.urls));
    Ok(Paged(links, Json(shown.collect())))
}

async fn remove(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteConversations>,
    Path(id): Path<RequestId>,
) -> ApiResult<Json<entities::Empty>> {
    conversations::delete(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

async fn read(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteConversations>,
    Path(id): Path<RequestId>,
) -> ApiResult<Json<entities::Conversation>> {
    let view = conversations::mark(&here, me.id, id, false).await?;
    Ok(Json(entities::Conversation::render(&view, &here.urls)))
}

async fn unread(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteConversations>,
    Path(id): Path<RequestId>,
) -> ApiResult<Json<entities::Conversation>> {
    let view = conversations::mark(&here, me.id, id, true).await?;
    Ok(Json(entities::Conversation::render(&view, &here.urls)))
}

async fn direct(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    paging: StatusPaging,
) -> ApiResult<StatusesPage> {
    let page = conversations::timeline(&here, me.id, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}
