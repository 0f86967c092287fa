//! The first-day guide: suggests accounts and hashtags to follow, in one step each.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::Staff;
use super::{entities, scope};
use portico_http::{Answer, Here, Params};
use portico_service::people::first_day::{self, ColleaguesInput};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/portico/v1/first_day", get(show))
        .api_route("/api/portico/v1/first_day/follow", post(follow))
        .api_route("/api/portico/v1/first_day/topics", post(topics))
        .api_route("/api/portico/v1/first_day/done", post(done))
}

type Shown = Answer<Json<entities::FirstDay>>;
type Follower = Staff<scope::WriteFollows>;

/// The groups of accounts to follow.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Form {
    /// Follow the caller's manager.
    manager: Option<bool>,
    /// Follow the members of the caller's department.
    department: Option<bool>,
    /// Follow the most recently active members of the caller's division.
    division: Option<bool>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Topics {
    /// Hashtags to follow.
    tags: Vec<String>,
}

async fn now(here: &Here, me: portico_domain::model::AccountId) -> Shown {
    Ok(Json(entities::FirstDay::render(&first_day::show(here, me).await?, &here.urls)))
}

/// Returns the caller's progress in the first-day guide.
async fn show(here: Here, me: Staff<scope::Read>) -> Shown {
    now(&here, me.id).await
}

/// Follows the manager, the department and the division in one step.
async fn follow(here: Here, me: Follower, Params(form): Params<Form>) -> Shown {
    let wish = ColleaguesInput {
        manager: form.manager.unwrap_or(false),
        department: form.department.unwrap_or(false),
        division: form.division.unwrap_or(false),
    };
    first_day::follow(&here, &me, wish).await?;
    now(&here, me.id).await
}

/// Follows hashtags.
async fn topics(here: Here, me: Follower, Params(form): Params<Topics>) -> Shown {
    first_day::follow_topics(&here, me.id, &form.tags).await?;
    now(&here, me.id).await
}

/// Ends the guide, whether completed or dismissed.
async fn done(here: Here, me: Staff<scope::WriteAccounts>) -> Shown {
    first_day::finish(&here, me.id).await?;
    now(&here, me.id).await
}
