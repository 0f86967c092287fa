//! Search: accounts, hashtags, statuses, and the object behind a pasted URL.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::OptionalUser;
use super::{entities, scope};
use portico_domain::model::AccountId;
use portico_domain::model::view::SearchView;
use portico_http::paging::Offset;
use portico_http::params::ClearableText;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Problem};
use portico_service::reading::search::{self, SearchKind, SearchQuery};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v2/search", get(all))
        .endpoint("/api/v1/search", get(all))
        .endpoint("/api/v1/accounts/search", get(accounts))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SearchParams {
    q: ClearableText,
    r#type: Option<String>,
    resolve: Option<bool>,
    following: Option<bool>,
    account_id: Option<String>,
    max_id: Option<String>,
    min_id: Option<String>,
}

impl SearchParams {
    fn query(self, limit: i64, offset: i64) -> ApiResult<SearchQuery> {
        Ok(SearchQuery {
            text: self.q.0.ok_or_else(|| Problem::missing("q"))?,
            only: None,
            resolve: self.resolve.unwrap_or(false),
            following: self.following.unwrap_or(false),
            limit,
            offset,
            author: self.account_id.map(|id| number("account_id", &id)).transpose()?.map(AccountId),
            max_id: self.max_id.map(|id| number("max_id", &id)).transpose()?,
            min_id: self.min_id.map(|id| number("min_id", &id)).transpose()?,
        })
    }
}

fn number(name: &str, id: &str) -> ApiResult<i64> {
    id.parse().map_err(|_| Problem::bad_request(format!("{name} is not an id")))
}

async fn all(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadSearch>,
    page: Offset<20, 40>,
    Params(asked): Params<SearchParams>,
) -> ApiResult<Json<entities::SearchResults>> {
    if who.0.is_none() {
        let refused = |what: &str| format!("Search queries {what} not supported without authentication");
        if asked.resolve == Some(true) {
            return Err(Problem::unauthorized(refused("that resolve remote resources are")));
        }
        if page.offset > 0 {
            return Err(Problem::unauthorized(refused("pagination is")));
        }
    }
    let only = match asked.r#type.as_deref() {
        None => None,
        Some("accounts") => Some(SearchKind::Accounts),
        Some("statuses") => Some(SearchKind::Statuses),
        Some("hashtags") => Some(SearchKind::Hashtags),
        // A type that later versions of the API have: it never has results here.
        Some(_) => return Ok(Json(entities::SearchResults::render(&SearchView::default(), &here.urls))),
    };
    let query = SearchQuery { only, ..asked.query(page.limit, page.offset)? };
    let found = search::search(&here, who.viewer(), query).await?;
    Ok(Json(entities::SearchResults::render(&found, &here.urls)))
}

async fn accounts(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadAccounts>,
    page: Offset<40, 80>,
    Params(asked): Params<SearchParams>,
) -> ApiResult<Json<Vec<entities::Account>>> {
    let query = asked.query(page.limit, page.offset)?;
    let found = search::accounts(&here, who.viewer(), query).await?;
    Ok(Json(entities::Account::render_all(&found, &here.urls)))
}
