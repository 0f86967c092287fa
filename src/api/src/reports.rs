//! Reports to the moderators.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{CurrentUser, RateLimitCounters, allow};
use super::{entities, scope};
use portico_domain::model::report::Category;
use portico_domain::model::{AccountId, StatusId};
use portico_http::limits::{RateLimit, Subject};
use portico_http::routing::{Documented as _, post};
use portico_http::{ApiResult, CurrentInstance, Params, Problem};
use portico_service::moderation::reports::{self, NewReport};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().endpoint("/api/v1/reports", post(create))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ReportParams {
    /// The reported account.
    account_id: AccountId,
    /// The reported posts of the account.
    #[serde(default)]
    status_ids: Vec<StatusId>,
    /// A description of the problem, up to 1000 characters.
    #[serde(default)]
    comment: String,
    /// Whether to forward the report to the account's own host. The instance sends it; the caller is not
    /// named.
    #[serde(default)]
    forward: bool,
    /// `spam`, `legal`, `violation` or `other`.
    #[serde(default)]
    category: Option<String>,
    /// The ids of the violated rules.
    #[serde(default)]
    rule_ids: Vec<String>,
}

/// Parses the category of a report.
pub(super) fn category(word: Option<&str>) -> ApiResult<Option<Category>> {
    let fault = || Problem::invalid(&["Category is not included in the list".to_owned()]);
    word.map(|word| word.parse::<Category>().map_err(|_| fault())).transpose()
}

async fn create(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteReports>,
    counters: RateLimitCounters,
    Params(complaint): Params<ReportParams>,
) -> ApiResult<Json<entities::Report>> {
    allow(&here, &counters, RateLimit::REPORTS, Subject::Caller(me.user.id.0))?;
    let new = NewReport {
        target: complaint.account_id,
        statuses: complaint.status_ids,
        comment: complaint.comment,
        category: category(complaint.category.as_deref())?,
        rule_ids: complaint.rule_ids,
        forward: complaint.forward,
    };
    let view = reports::create(&here, &me, new).await?;
    Ok(Json(entities::Report::render(&view, &here.urls)))
}
