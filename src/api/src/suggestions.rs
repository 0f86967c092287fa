//! Suggestions of accounts to follow.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_domain::model::AccountId;
use portico_http::paging::limit_of;
use portico_http::routing::{Documented as _, delete, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path};

use portico_service::social::suggestions;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/suggestions", get(list_v1))
        .endpoint("/api/v2/suggestions", get(list))
        .endpoint("/api/v1/suggestions/{id}", delete(dismiss))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SuggestionsQuery {
    limit: Option<String>,
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::Read>,
    Params(limit): Params<SuggestionsQuery>,
) -> ApiResult<Json<Vec<entities::Suggestion>>> {
    let limit = limit_of(limit.limit.as_deref(), 40, 80)?;
    let found = suggestions::for_person(&here, me.id, limit).await?;
    Ok(Json(found.iter().map(|one| entities::Suggestion::render(one, &here.urls)).collect()))
}

async fn list_v1(
    here: CurrentInstance,
    me: CurrentUser<scope::Read>,
    Params(limit): Params<SuggestionsQuery>,
) -> ApiResult<Json<Vec<entities::Account>>> {
    let limit = limit_of(limit.limit.as_deref(), 40, 80)?;
    let found = suggestions::for_person(&here, me.id, limit).await?;
    Ok(Json(found.iter().map(|one| entities::Account::render(&one.account, &here.urls)).collect()))
}

async fn dismiss(
    here: CurrentInstance,
    me: CurrentUser<scope::Read>,
    Path(id): Path<AccountId>,
) -> ApiResult<Json<entities::Empty>> {
    suggestions::dismiss(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}
