//! The first-day guide: suggests accounts and hashtags to follow, in one step each.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params};
use portico_service::people::first_day::{self, ColleaguesInput};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/portico/v1/first_day", get(show))
        .endpoint("/api/portico/v1/first_day/follow", post(follow))
        .endpoint("/api/portico/v1/first_day/topics", post(topics))
        .endpoint("/api/portico/v1/first_day/done", post(done))
}

/// The groups of accounts to follow.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct FollowColleaguesParams {
    /// Follow the caller's manager.
    manager: Option<bool>,
    /// Follow the members of the caller's department.
    department: Option<bool>,
    /// Follow the most recently active members of the caller's division.
    division: Option<bool>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct FollowTopicsParams {
    /// Hashtags to follow.
    tags: Vec<String>,
}

async fn now(
    here: &CurrentInstance,
    me: portico_domain::model::AccountId,
) -> ApiResult<Json<entities::FirstDay>> {
    Ok(Json(entities::FirstDay::render(&first_day::show(here, me).await?, &here.urls)))
}

/// Returns the caller's progress in the first-day guide.
async fn show(here: CurrentInstance, me: CurrentUser<scope::Read>) -> ApiResult<Json<entities::FirstDay>> {
    now(&here, me.id).await
}

/// Follows the manager, the department and the division in one step.
async fn follow(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Params(form): Params<FollowColleaguesParams>,
) -> ApiResult<Json<entities::FirstDay>> {
    let wish = ColleaguesInput {
        manager: form.manager.unwrap_or(false),
        department: form.department.unwrap_or(false),
        division: form.division.unwrap_or(false),
    };
    first_day::follow(&here, &me, wish).await?;
    now(&here, me.id).await
}

/// Follows hashtags.
async fn topics(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFollows>,
    Params(form): Params<FollowTopicsParams>,
) -> ApiResult<Json<entities::FirstDay>> {
    first_day::follow_topics(&here, me.id, &form.tags).await?;
    now(&here, me.id).await
}

/// Ends the guide, whether completed or dismissed.
async fn done(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
) -> ApiResult<Json<entities::FirstDay>> {
    first_day::finish(&here, me.id).await?;
    now(&here, me.id).await
}
