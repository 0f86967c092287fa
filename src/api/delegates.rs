//! Delegates: who may post and answer in somebody's name, and what they did. Portico's own, under a namespace of its
//! own; for signed-in staff.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, get};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::Staff;
use super::entities::{DelegatedStatus, Delegation, Empty};
use super::pages::Paged;
use super::scope;
use crate::http::paging::{Newer, StatusPaging};
use crate::http::{Answer, Here, Params, Path, Problem};
use crate::model::{AccountId, Timestamp};
use crate::service::delegates::{self, Appointment};

type Reader = Staff<scope::ReadAccounts>;
type Writer = Staff<scope::WriteAccounts>;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/portico/v1/delegates", get(list).post(appoint))
        .api_route("/api/portico/v1/delegates/leaders", get(leaders))
        .api_route("/api/portico/v1/delegates/record", get(record))
        .api_route("/api/portico/v1/delegates/{id}", delete(dismiss))
}

/// Whom to let do what.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Form {
    /// The delegate.
    account_id: Option<AccountId>,
    /// Whether they may post.
    post: bool,
    /// Whether they may answer.
    answer: bool,
    /// Until when: a date, or a moment; until it is taken back if nothing is said.
    until: Option<String>,
}

/// Lists the caller's delegates.
async fn list(here: Here, me: Reader) -> Answer<Json<Vec<Delegation>>> {
    let found = delegates::list(&here, me.id).await?;
    Ok(Json(found.iter().map(|view| Delegation::render(view, &here.urls)).collect()))
}

/// Makes somebody the caller's delegate, in place of what they were before.
async fn appoint(here: Here, me: Writer, Params(form): Params<Form>) -> Answer<Json<Delegation>> {
    let account = form.account_id.ok_or_else(|| Problem::missing("account_id"))?;
    let fault = || Problem::invalid(&["Until is neither a date nor a moment".to_owned()]);
    let until = form.until.filter(|text| !text.is_empty());
    let until = until.map(|text| Timestamp::parse(&text).ok_or_else(fault)).transpose()?;
    let wish = Appointment { may_post: form.post, may_answer: form.answer, until };
    let view = delegates::appoint(&here, me.id, account, wish).await?;
    Ok(Json(Delegation::render(&view, &here.urls)))
}

/// Takes a delegation back, at once.
async fn dismiss(here: Here, me: Writer, Path(id): Path<AccountId>) -> Answer<Json<Empty>> {
    delegates::dismiss(&here, me.id, id).await?;
    Ok(Json(Empty {}))
}

/// Lists those in whose name the caller may post or answer.
async fn leaders(here: Here, me: Reader) -> Answer<Json<Vec<Delegation>>> {
    let found = delegates::leaders(&here, me.id).await?;
    Ok(Json(found.iter().map(|view| Delegation::render(view, &here.urls)).collect()))
}

/// Whose record is wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Whose {
    /// For moderators: in whose name; the caller's own if nothing is said.
    account_id: Option<AccountId>,
}

/// Lists what delegates posted in the caller's name, the newest first.
async fn record(
    here: Here,
    me: Reader,
    paging: StatusPaging,
    Params(whose): Params<Whose>,
) -> Answer<Paged<DelegatedStatus>> {
    let leader = whose.account_id.unwrap_or(me.id);
    let page = delegates::record(&here, me.id, leader, paging.request).await?;
    let shown = page.items.iter().map(|entry| DelegatedStatus::render(entry, &here.urls)).collect();
    Ok(Paged(paging.links(&here.urls, &page, Newer::MinId), Json(shown)))
}
