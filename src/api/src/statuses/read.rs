//! Reading statuses.

use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::refresh::Refreshed;
use crate::auth::{CurrentUser, OptionalUser};
use crate::pages::{AccountsPage, accounts_page};
use crate::{entities, scope};
use portico_domain::model::StatusId;
use portico_http::paging::AccountPaging;
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::publishing::{statuses, translations};

/// The most statuses that one call may name.
const MOST: usize = 40;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct StatusIdsQuery {
    id: Vec<String>,
}

/// Returns a status.
pub(super) async fn show(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    let view = statuses::show(&here, who.viewer(), id).await?;
    Ok(Json(entities::Status::render(&view, &here.urls)))
}

/// Returns several statuses; unknown ids and statuses that the caller may not see are skipped.
pub(super) async fn show_many(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Params(StatusIdsQuery { id }): Params<StatusIdsQuery>,
) -> ApiResult<Json<Vec<entities::Status>>> {
    let ids = id.iter().take(MOST).filter_map(|id| id.parse().ok()).collect();
    let views = statuses::show_many(&here, who.viewer(), ids).await?;
    Ok(Json(entities::Status::render_all(&views, &here.urls)))
}

/// Returns the thread around a status. For staff, a header says whether more replies are being fetched.
pub(super) async fn context(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Refreshed<entities::Context>> {
    let (view, progress) = statuses::context(&here, who.viewer(), id).await?;
    Ok(Refreshed { id, body: entities::Context::render(&view, &here.urls), progress })
}

/// Lists every version of a status, oldest first.
pub(super) async fn history(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Vec<entities::StatusEdit>>> {
    let (author, edits, media, quote) = statuses::history(&here, who.viewer(), id).await?;
    let shown = edits
        .iter()
        .map(|edit| entities::StatusEdit::render(edit, &author, &media, quote.as_ref(), &here.urls));
    Ok(Json(shown.collect()))
}

/// Returns the source text of a status of the caller.
pub(super) async fn source(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::StatusSource>> {
    let source = statuses::source(&here, me.id, id).await?;
    Ok(Json(entities::StatusSource::render(&source)))
}

/// Lists the accounts that favourited a status.
pub(super) async fn favourited_by(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
    paging: AccountPaging,
) -> ApiResult<AccountsPage> {
    let page = statuses::favourited_by(&here, who.viewer(), id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Lists the accounts that boosted a status.
pub(super) async fn reblogged_by(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
    paging: AccountPaging,
) -> ApiResult<AccountsPage> {
    let page = statuses::boosted_by(&here, who.viewer(), id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// The target language of a translation.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct TranslateParams {
    /// A BCP 47 tag; default is the caller's own language.
    lang: Option<String>,
}

/// Translates a status.
pub(super) async fn translate(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
    Params(target): Params<TranslateParams>,
) -> ApiResult<Json<entities::Translation>> {
    let translation = translations::translate(&here, &me.user, id, target.lang.as_deref()).await?;
    Ok(Json(entities::Translation::render(translation)))
}

/// Options for the delivery log.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct DeliveriesQuery {
    /// Whether to include hosts to which the post was not sent.
    withheld: Option<bool>,
}

/// Returns the delivery log of a status of the caller: each inbox, and whether the delivery is done, pending,
/// rejected or given up. With `withheld`, also the hosts of followers and mentioned accounts to which the
/// status was not sent, and the rule that prevented it.
pub(super) async fn deliveries(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
    Params(wanted): Params<DeliveriesQuery>,
) -> ApiResult<Json<Vec<entities::DeliveryRecord>>> {
    let evidence = statuses::deliveries(&here, me.account.id, id).await?;
    let kept = evidence.withheld.iter().filter(|_| wanted.withheld == Some(true));
    let kept = kept.map(entities::DeliveryRecord::render_withheld);
    Ok(Json(evidence.log.iter().map(entities::DeliveryRecord::render).chain(kept).collect()))
}
