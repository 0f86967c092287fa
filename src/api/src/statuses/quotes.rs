//! The quotes of a status, and its quote policy.

use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::auth::{CurrentUser, OptionalUser};
use crate::pages::{StatusesPage, statuses_page};
use crate::{entities, scope};
use portico_domain::model::StatusId;
use portico_domain::model::quote::QuoteAudience;
use portico_http::paging::StatusPaging;
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::publishing::quotes;

/// The new quote policy of a status.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct QuotePolicyParams {
    /// `public`, `followers` or `nobody`.
    quote_approval_policy: Option<String>,
}

/// Parses a quote policy; empty counts as absent.
///
/// # Errors
/// 422 for an unknown word.
pub(crate) fn circle(word: Option<&str>) -> ApiResult<Option<QuoteAudience>> {
    let Some(word) = word.filter(|word| !word.is_empty()) else { return Ok(None) };
    let fault = || Problem::invalid(&["Quote approval policy is not included in the list".to_owned()]);
    QuoteAudience::choose(word).map(Some).ok_or_else(fault)
}

/// Lists the statuses that quote a status, as far as the caller may see them.
pub(super) async fn list(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
    paging: StatusPaging,
) -> ApiResult<StatusesPage> {
    let page = quotes::list(&here, who.viewer(), id, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}

/// Revokes the consent to a quote of the caller's status; returns the quoting status.
pub(super) async fn revoke(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path((id, quoting)): Path<(StatusId, StatusId)>,
) -> ApiResult<Json<entities::Status>> {
    let view = quotes::revoke(&here, &me, id, quoting).await?;
    Ok(Json(entities::Status::render(&view, &here.urls)))
}

/// Changes who may quote a status of the caller.
pub(super) async fn set_policy(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<StatusId>,
    Params(policy): Params<QuotePolicyParams>,
) -> ApiResult<Json<entities::Status>> {
    let missing = || Problem::invalid(&["Quote approval policy can't be blank".to_owned()]);
    let chosen = circle(policy.quote_approval_policy.as_deref())?.ok_or_else(missing)?;
    let view = quotes::set_policy(&here, me.id, id, chosen).await?;
    Ok(Json(entities::Status::render(&view, &here.urls)))
}
