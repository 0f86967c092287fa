//! Showing statuses.

use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::refresh::Refreshed;
use crate::api::auth::{MaybeStaff, Staff};
use crate::api::pages::{AccountsPage, accounts_page};
use crate::api::{entities, scope};
use crate::http::paging::AccountPaging;
use crate::http::{Answer, Here, Params, Path};
use crate::model::StatusId;
use crate::service::{statuses, translations};

type Reader = MaybeStaff<scope::ReadStatuses>;

/// Most statuses that one call may name.
const MOST: usize = 40;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Ids {
    id: Vec<String>,
}

/// Shows a status.
pub(super) async fn show(
    here: Here,
    who: Reader,
    Path(id): Path<StatusId>,
) -> Answer<Json<entities::Status>> {
    let view = statuses::show(&here, who.viewer(), id).await?;
    Ok(Json(entities::Status::render(&view, &here.urls)))
}

/// Shows several statuses; those that the caller may not see, or that are not there, are left out.
pub(super) async fn show_many(
    here: Here,
    who: Reader,
    Params(Ids { id }): Params<Ids>,
) -> Answer<Json<Vec<entities::Status>>> {
    let ids = id.iter().take(MOST).filter_map(|id| id.parse().ok()).collect();
    let views = statuses::show_many(&here, who.viewer(), ids).await?;
    Ok(Json(entities::Status::render_all(&views, &here.urls)))
}

/// Shows the thread around a status. A header tells staff whether more of it is being looked for.
pub(super) async fn context(
    here: Here,
    who: Reader,
    Path(id): Path<StatusId>,
) -> Answer<Refreshed<entities::Context>> {
    let (view, progress) = statuses::context(&here, who.viewer(), id).await?;
    Ok(Refreshed { id, body: entities::Context::render(&view, &here.urls), progress })
}

/// Shows every version of a status, the oldest first.
pub(super) async fn history(
    here: Here,
    who: Reader,
    Path(id): Path<StatusId>,
) -> Answer<Json<Vec<entities::StatusEdit>>> {
    let (author, edits, media, quote) = statuses::history(&here, who.viewer(), id).await?;
    let shown = edits
        .iter()
        .map(|edit| entities::StatusEdit::render(edit, &author, &media, quote.as_ref(), &here.urls));
    Ok(Json(shown.collect()))
}

/// Shows what was typed.
pub(super) async fn source(
    here: Here,
    me: Staff<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> Answer<Json<entities::StatusSource>> {
    let source = statuses::source(&here, me.id, id).await?;
    Ok(Json(entities::StatusSource::render(&source)))
}

/// Lists who favourited a status.
pub(super) async fn favourited_by(
    here: Here,
    who: Reader,
    Path(id): Path<StatusId>,
    paging: AccountPaging,
) -> Answer<AccountsPage> {
    let page = statuses::favourited_by(&here, who.viewer(), id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Lists who boosted a status.
pub(super) async fn reblogged_by(
    here: Here,
    who: Reader,
    Path(id): Path<StatusId>,
    paging: AccountPaging,
) -> Answer<AccountsPage> {
    let page = statuses::boosted_by(&here, who.viewer(), id, paging.request).await?;
    Ok(accounts_page(&here, &paging, &page))
}

/// Into which language a status is to be translated.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Target {
    /// BCP 47; the caller's own if it is left out.
    lang: Option<String>,
}

/// Translates a status.
pub(super) async fn translate(
    here: Here,
    me: Staff<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
    Params(target): Params<Target>,
) -> Answer<Json<entities::Translation>> {
    let translation = translations::translate(&here, &me.user, id, target.lang.as_deref()).await?;
    Ok(Json(entities::Translation::render(translation)))
}

/// What of the delivery log is wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Wanted {
    /// Also the hosts from which it was kept.
    withheld: Option<bool>,
}

/// Shows which inboxes one's own post was to go to, and what came of each: taken, waiting, refused or given up. With
/// `withheld`, also the hosts of followers and of people it names from which it was kept, and by which rule.
pub(super) async fn deliveries(
    here: Here,
    me: Staff<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
    Params(wanted): Params<Wanted>,
) -> Answer<Json<Vec<entities::DeliveryRecord>>> {
    let evidence = statuses::deliveries(&here, me.account.id, id).await?;
    let kept = evidence.withheld.iter().filter(|_| wanted.withheld == Some(true));
    let kept = kept.map(entities::DeliveryRecord::render_withheld);
    Ok(Json(evidence.log.iter().map(entities::DeliveryRecord::render).chain(kept).collect()))
}
