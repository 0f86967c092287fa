//! Endpoints of Mastodon that Portico does not support: annual reports and background refreshes. They answer
//! in the documented empty form, so that clients keep working.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

use super::auth::CurrentUser;
use super::scope;
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, Path, Problem};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/annual_reports", get(no_reviews))
        .endpoint("/api/v1/annual_reports/{year}", get(no_review))
        .endpoint("/api/v1/annual_reports/{year}/state", get(not_reviewed))
        .endpoint("/api/v1/annual_reports/{year}/read", post(nothing_to_change))
        .endpoint("/api/v1/annual_reports/{year}/generate", post(nothing_to_change))
}

/// Annual reports, with the accounts and statuses that they mention; always empty.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct AnnualReports {
    annual_reports: [(); 0],
    accounts: [(); 0],
    statuses: [(); 0],
}

/// Whether an annual report exists or can be generated.
#[derive(Debug, Serialize, JsonSchema)]
struct AnnualReportState {
    state: &'static str,
}

async fn no_reviews(_: CurrentUser<scope::ReadAccounts>) -> Json<AnnualReports> {
    Json(AnnualReports::default())
}

async fn not_reviewed(_: CurrentUser<scope::ReadAccounts>, _: Path<String>) -> Json<AnnualReportState> {
    Json(AnnualReportState { state: "ineligible" })
}

async fn no_review(_: CurrentUser<scope::ReadAccounts>, _: Path<String>) -> ApiResult<Json<AnnualReports>> {
    Err(Problem::not_found())
}

async fn nothing_to_change(
    _: CurrentUser<scope::WriteAccounts>,
    _: Path<String>,
) -> ApiResult<Json<AnnualReports>> {
    Err(Problem::not_found())
}
