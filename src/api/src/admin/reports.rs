//! Reports, and their resolution.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::auth::Staff;
use super::super::pages::Paged;
use super::super::{entities, scope};
use super::{AdminPaging, moderator, paged};
use crate::reports::category;
use portico_domain::model::report::ReportFilter;
use portico_domain::model::{AccountId, ReportId};
use portico_http::{Answer, Here, Params, Path};
use portico_service::moderation::{self, ReportChange};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/v1/admin/reports", get(list))
        .api_route("/api/v1/admin/reports/{id}", get(show).put(update))
        .api_route("/api/v1/admin/reports/{id}/assign_to_self", post(assign))
        .api_route("/api/v1/admin/reports/{id}/unassign", post(unassign))
        .api_route("/api/v1/admin/reports/{id}/resolve", post(resolve))
        .api_route("/api/v1/admin/reports/{id}/reopen", post(reopen))
}

type Reader = Staff<scope::AdminReadReports>;
type Writer = Staff<scope::AdminWriteReports>;
type Shown = Answer<Json<entities::AdminReport>>;

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Which {
    /// List resolved reports instead of open ones.
    resolved: bool,
    /// Only reports by this account.
    account_id: Option<AccountId>,
    /// Only reports about this account.
    target_account_id: Option<AccountId>,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct About {
    /// `spam`, `legal`, `violation` or `other`.
    category: Option<String>,
    rule_ids: Option<Vec<String>>,
}

async fn list(
    here: Here,
    me: Reader,
    paging: AdminPaging,
    Params(which): Params<Which>,
) -> Answer<Paged<entities::AdminReport>> {
    let filter = ReportFilter { resolved: which.resolved, by: which.account_id, of: which.target_account_id };
    let page = moderation::list_reports(&here, &moderator(&me), filter, paging.request).await?;
    Ok(paged(&here, &paging, &page, |view| {
        entities::AdminReport::render(view, &here.settings.about.rules, &here.urls)
    }))
}

async fn show(here: Here, me: Reader, Path(id): Path<ReportId>) -> Shown {
    let view = moderation::show_report(&here, &moderator(&me), id).await?;
    Ok(Json(entities::AdminReport::render(&view, &here.settings.about.rules, &here.urls)))
}

async fn change(here: &Here, me: &Writer, id: ReportId, change: ReportChange) -> Shown {
    let view = moderation::change_report(here, &moderator(me), id, change).await?;
    Ok(Json(entities::AdminReport::render(&view, &here.settings.about.rules, &here.urls)))
}

async fn update(here: Here, me: Writer, Path(id): Path<ReportId>, Params(about): Params<About>) -> Shown {
    let category = category(about.category.as_deref())?;
    change(&here, &me, id, ReportChange::About { category, rule_ids: about.rule_ids }).await
}

async fn assign(here: Here, me: Writer, Path(id): Path<ReportId>) -> Shown {
    change(&here, &me, id, ReportChange::Assign).await
}

async fn unassign(here: Here, me: Writer, Path(id): Path<ReportId>) -> Shown {
    change(&here, &me, id, ReportChange::Unassign).await
}

async fn resolve(here: Here, me: Writer, Path(id): Path<ReportId>) -> Shown {
    change(&here, &me, id, ReportChange::Resolve).await
}

async fn reopen(here: Here, me: Writer, Path(id): Path<ReportId>) -> Shown {
    change(&here, &me, id, ReportChange::Reopen).await
}
