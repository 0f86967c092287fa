//! The frequency of the caller's e-mail digests of missed posts.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_domain::model::digest::Period;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Problem};
use portico_service::reading::digests;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new().endpoint("/api/portico/v1/digest", get(show).put(choose))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct DigestParams {
    /// `daily`, `weekly` or `off`.
    period: String,
}

/// Returns how often the caller receives an e-mail digest.
async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadAccounts>,
) -> ApiResult<Json<entities::Digest>> {
    Ok(Json(entities::Digest::render(digests::show_settings(&here, me.user.id).await?)))
}

/// Changes how often the caller receives an e-mail digest.
async fn choose(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Params(form): Params<DigestParams>,
) -> ApiResult<Json<entities::Digest>> {
    let fault = || Problem::invalid(&["Period must be one of daily, weekly, off".to_owned()]);
    let period = form.period.parse::<Period>().map_err(|_| fault())?;
    Ok(Json(entities::Digest::render(digests::set_period(&here, me.user.id, period).await?)))
}
