//! The caller's feeds: listing, creating and revoking them. Feed readers fetch them at their own addresses,
//! outside this module.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_domain::model::FeedId;
use portico_domain::model::feed::FeedKind;
use portico_http::routing::{Documented as _, delete, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::reading::feeds::{self, FeedInput};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/portico/v1/feeds", get(list).post(create))
        .endpoint("/api/portico/v1/feeds/{id}", delete(revoke))
}

/// The timeline or account that a feed is for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct FeedParams {
    /// `home`, `notifications`, `list`, `tag` or `account`.
    kind: String,
    /// The id of a list, a hashtag, or the id of an account.
    target: String,
}

impl FeedParams {
    fn wish(&self) -> ApiResult<FeedInput> {
        match FeedKind::parse(&self.kind, &self.target) {
            Some(kind) => Ok(FeedInput::Kind(kind)),
            None if self.kind.is_empty() => Err(Problem::missing("kind")),
            None if matches!(self.kind.as_str(), "list" | "tag" | "account") => {
                Err(Problem::invalid(&[format!("Target must name the {}", self.kind)]))
            }
            None => {
                let known = "Kind must be one of home, notifications, list, tag, account".to_owned();
                Err(Problem::invalid(&[known]))
            }
        }
    }
}

/// Lists the caller's feeds.
async fn list(here: CurrentInstance, me: CurrentUser<scope::Read>) -> ApiResult<Json<Vec<entities::Feed>>> {
    let found = feeds::list(&here, me.id).await?;
    Ok(Json(found.iter().map(|feed| entities::Feed::render(feed, None, &here.urls)).collect()))
}

/// Creates a feed. Only this response contains its addresses. Anyone who has them can read what the caller
/// may read, even after the token is revoked, so this also needs all of `read`.
async fn create(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Params(form): Params<FeedParams>,
) -> ApiResult<Json<entities::Feed>> {
    if !me.token().scopes.grants("read") {
        return Err(Problem::forbidden("This action is outside the authorized scopes"));
    }
    let (feed, secret) = feeds::create(&here, me.id, form.wish()?).await?;
    Ok(Json(entities::Feed::render(&feed, Some(&secret), &here.urls)))
}

/// Revokes a feed.
async fn revoke(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<FeedId>,
) -> ApiResult<Json<entities::Empty>> {
    feeds::revoke(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}
