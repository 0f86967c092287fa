//! Reports, and their resolution.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::auth::CurrentUser;
use super::super::pages::Paged;
use super::super::{entities, scope};
use super::{AdminPaging, moderator, paged};
use crate::reports::category;
use portico_domain::model::report::ReportFilter;
use portico_domain::model::{AccountId, ReportId};
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::moderation::{self, ReportChange};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/admin/reports", get(list))
        .endpoint("/api/v1/admin/reports/{id}", get(show).put(update))
        .endpoint("/api/v1/admin/reports/{id}/assign_to_self", post(assign))
        .endpoint("/api/v1/admin/reports/{id}/unassign", post(unassign))
        .endpoint("/api/v1/admin/reports/{id}/resolve", post(resolve))
        .endpoint("/api/v1/admin/reports/{id}/reopen", post(reopen))
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AdminReportsQuery {
    /// List resolved reports instead of open ones.
    resolved: bool,
    /// Only reports by this account.
    account_id: Option<AccountId>,
    /// Only reports about this account.
    target_account_id: Option<AccountId>,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AdminReportParams {
    /// `spam`, `legal`, `violation` or `other`.
    category: Option<String>,
    rule_ids: Option<Vec<String>>,
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadReports>,
    paging: AdminPaging,
    Params(which): Params<AdminReportsQuery>,
) -> ApiResult<Paged<entities::AdminReport>> {
    let filter = ReportFilter { resolved: which.resolved, by: which.account_id, of: which.target_account_id };
    let page = moderation::list_reports(&here, &moderator(&me), filter, paging.request).await?;
    Ok(paged(&here, &paging, &page, |view| {
        entities::AdminReport::render(view, &here.settings.about.rules, &here.urls)
    }))
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadReports>,
    Path(id): Path<ReportId>,
) -> ApiResult<Json<entities::AdminReport>> {
    let view = moderation::show_report(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminReport::render(&view, &here.settings.about.rules, &here.urls)))
}

async fn change(
    here: &CurrentInstance,
    me: &CurrentUser<scope::AdminWriteReports>,
    id: ReportId,
    change: ReportChange,
) -> ApiResult<Json<entities::AdminReport>> {
    let view = moderation::change_report(here, &moderator(me), id, change).await?;
    Ok(Json(entities::AdminReport::render(&view, &here.settings.about.rules, &here.urls)))
}

async fn update(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteReports>,
    Path(id): Path<ReportId>,
    Params(about): Params<AdminReportParams>,
) -> ApiResult<Json<entities::AdminReport>> {
    let category = category(about.category.as_deref())?;
    change(&here, &me, id, ReportChange::About { category, rule_ids: about.rule_ids }).await
}

async fn assign(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteReports>,
    Path(id): Path<ReportId>,
) -> ApiResult<Json<entities::AdminReport>> {
    change(&here, &me, id, ReportChange::Assign).await
}

async fn unassign(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteReports>,
    Path(id): Path<ReportId>,
) -> ApiResult<Json<entities::AdminReport>> {
    change(&here, &me, id, ReportChange::Unassign).await
}

async fn resolve(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteReports>,
    Path(id): Path<ReportId>,
) -> ApiResult<Json<entities::AdminReport>> {
    change(&here, &me, id, ReportChange::Resolve).await
}

async fn reopen(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteReports>,
    Path(id): Path<ReportId>,
) -> ApiResult<Json<entities::AdminReport>> {
    change(&here, &me, id, ReportChange::Reopen).await
}
