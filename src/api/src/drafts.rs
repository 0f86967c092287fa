//! The caller's drafts: saving, changing, deleting and posting them.

use aide::axum::ApiRouter;
use axum::Json;

use super::auth::CurrentUser;
use super::pages::Paged;
use super::statuses::StatusParams;
use super::{entities, scope};
use portico_domain::model::DraftId;
use portico_http::paging::{Newer, StatusPaging};
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::publishing::drafts;
use portico_service::publishing::statuses::NewStatus;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/portico/v1/drafts", get(list).post(create))
        .endpoint("/api/portico/v1/drafts/{id}", get(show).put(change).delete(remove))
        .endpoint("/api/portico/v1/drafts/{id}/post", post(publish))
}

/// Lists the caller's drafts.
async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    paging: StatusPaging,
) -> ApiResult<Paged<entities::Draft>> {
    let page = drafts::list(&here, me.id, paging.request).await?;
    let shown = page.items.iter().map(|view| entities::Draft::render(view, &here.urls)).collect();
    Ok(Paged(paging.links(&here.urls, &page, Newer::MinId), Json(shown)))
}

/// Saves a draft. It need not be valid as a post yet.
async fn create(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Params(form): Params<StatusParams>,
) -> ApiResult<Json<entities::Draft>> {
    let new = NewStatus { app: me.token().app_id, ..form.wish()? };
    let view = drafts::save(&here, me.id, None, new).await?;
    Ok(Json(entities::Draft::render(&view, &here.urls)))
}

/// Returns a draft.
async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Path(id): Path<DraftId>,
) -> ApiResult<Json<entities::Draft>> {
    let view = drafts::show(&here, me.id, id).await?;
    Ok(Json(entities::Draft::render(&view, &here.urls)))
}

/// Replaces the content of a draft.
async fn change(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<DraftId>,
    Params(form): Params<StatusParams>,
) -> ApiResult<Json<entities::Draft>> {
    let new = NewStatus { app: me.token().app_id, ..form.wish()? };
    let view = drafts::save(&here, me.id, Some(id), new).await?;
    Ok(Json(entities::Draft::render(&view, &here.urls)))
}

/// Deletes a draft.
async fn remove(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<DraftId>,
) -> ApiResult<Json<entities::Empty>> {
    drafts::delete(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

/// Posts a draft as it is, and deletes the draft.
async fn publish(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<DraftId>,
) -> ApiResult<Json<entities::Status>> {
    let view = drafts::post(&here, &me, id).await?;
    Ok(Json(entities::Status::render(&view, &here.urls)))
}
