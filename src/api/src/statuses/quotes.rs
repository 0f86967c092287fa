//! The quotes of a status, and its quote policy.

use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::auth::{MaybeStaff, Staff};
use crate::pages::{StatusesPage, statuses_page};
use crate::{entities, scope};
use portico_domain::model::StatusId;
use portico_domain::model::quote::QuoteAudience;
use portico_http::paging::StatusPaging;
use portico_http::{Answer, Here, Params, Path, Problem};
use portico_service::quotes;

type Shown = Answer<Json<entities::Status>>;

/// The new quote policy of a status.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Policy {
    /// `public`, `followers` or `nobody`.
    quote_approval_policy: Option<String>,
}

/// Parses a quote policy; empty counts as absent.
///
/// # Errors
/// 422 for an unknown word.
pub(crate) fn circle(word: Option<&str>) -> Answer<Option<QuoteAudience>> {
    let Some(word) = word.filter(|word| !word.is_empty()) else { return Ok(None) };
    let fault = || Problem::invalid(&["Quote approval policy is not included in the list".to_owned()]);
    QuoteAudience::choose(word).map(Some).ok_or_else(fault)
}

/// Lists the statuses that quote a status, as far as the caller may see them.
pub(super) async fn list(
    here: Here,
    who: MaybeStaff<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
    paging: StatusPaging,
) -> Answer<StatusesPage> {
    let page = quotes::list(&here, who.viewer(), id, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}

/// Revokes the consent to a quote of the caller's status; returns the quoting status.
pub(super) async fn revoke(
    here: Here,
    me: Staff<scope::WriteStatuses>,
    Path((id, quoting)): Path<(StatusId, StatusId)>,
) -> Shown {
    let view = quotes::revoke(&here, &me, id, quoting).await?;
    Ok(Json(entities::Status::render(&view, &here.urls)))
}

/// Changes who may quote a status of the caller.
pub(super) async fn set_policy(
    here: Here,
    me: Staff<scope::WriteStatuses>,
    Path(id): Path<StatusId>,
    Params(policy): Params<Policy>,
) -> Shown {
    let missing = || Problem::invalid(&["Quote approval policy can't be blank".to_owned()]);
    let chosen = circle(policy.quote_approval_policy.as_deref())?.ok_or_else(missing)?;
    let view = quotes::set_policy(&here, me.id, id, chosen).await?;
    Ok(Json(entities::Status::render(&view, &here.urls)))
}
