//! Must-read posts, accepted answers and praise. An extension of Portico, under its own namespace; for
//! signed-in staff.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::{CurrentUser, OptionalUser, RateLimitCounters, allow};
use super::entities::{Acknowledgements, MustReadReader, Status};
use super::pages::{StatusesPage, statuses_page};
use super::scope;
use portico_domain::model::annotations::ReaderFilter;
use portico_domain::model::{AccountId, StatusId};
use portico_http::limits::{RateLimit, Subject};
use portico_http::paging::{Offset, StatusPaging};
use portico_http::routing::{Documented as _, delete, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::publishing::{answers, must_reads, praise};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/portico/v1/must_reads", get(list))
        .endpoint("/api/portico/v1/statuses/{id}/acknowledge", post(acknowledge))
        .endpoint("/api/portico/v1/statuses/{id}/acknowledgements", get(standings))
        .endpoint("/api/portico/v1/statuses/{id}/acknowledgements/people", get(people))
        .endpoint("/api/portico/v1/statuses/{id}/remind", post(remind))
        .endpoint("/api/portico/v1/statuses/{id}/must_read", delete(end))
        .endpoint("/api/portico/v1/statuses/{id}/accept_answer", post(accept).delete(take_back))
        .endpoint("/api/portico/v1/statuses/{id}/praise/hide", post(hide))
        .endpoint("/api/portico/v1/statuses/{id}/praise/show", post(show))
        .endpoint("/api/portico/v1/accounts/{id}/praise", get(praise_of))
}

/// Lists the must-read posts that the caller has not acknowledged, newest first.
async fn list(here: CurrentInstance, me: CurrentUser<scope::ReadStatuses>) -> ApiResult<Json<Vec<Status>>> {
    let unread = must_reads::list(&here, &me.account).await?;
    Ok(Json(Status::render_all(&unread, &here.urls)))
}

/// Acknowledges a must-read post. Favouriting it has the same effect.
async fn acknowledge(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Status>> {
    let view = must_reads::acknowledge(&here, me.id, id).await?;
    Ok(Json(Status::render(&view, &here.urls)))
}

/// Returns how many recipients have acknowledged a must-read post, by instance; for its author.
async fn standings(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Acknowledgements>> {
    let standings = must_reads::show_standings(&here, me.id, id).await?;
    Ok(Json(Acknowledgements::render(&standings, &here.urls)))
}

/// A filter for the recipients.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ReadersQuery {
    /// `all`, `acknowledged` or `missing`.
    state: String,
}

/// Lists the recipients who have or have not acknowledged a must-read post; for its author.
async fn people(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Path(id): Path<StatusId>,
    page: Offset<40, 80>,
    Params(wanted): Params<ReadersQuery>,
) -> ApiResult<Json<Vec<MustReadReader>>> {
    let fault = || Problem::invalid(&["State must be all, acknowledged or missing".to_owned()]);
    let which = ReaderFilter::parse(&wanted.state).ok_or_else(fault)?;
    let mark = must_reads::show_standings(&here, me.id, id).await?.must_read;
    let readers = must_reads::readers(&here, me.id, id, which, page.limit, page.offset).await?;
    let shown = readers.iter().map(|view| MustReadReader::render(view, &mark, here.now(), &here.urls));
    Ok(Json(shown.collect()))
}

/// Reminds the recipients who have not acknowledged a post; at most once a day.
async fn remind(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    counters: RateLimitCounters,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Acknowledgements>> {
    allow(&here, &counters, RateLimit::DELETIONS, Subject::Caller(me.user.id.0))?;
    let standings = must_reads::remind(&here, me.id, id).await?;
    Ok(Json(Acknowledgements::render(&standings, &here.urls)))
}

/// Ends the must-read request of a post.
async fn end(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Acknowledgements>> {
    let standings = must_reads::end(&here, me.id, id).await?;
    Ok(Json(Acknowledgements::render(&standings, &here.urls)))
}

/// Accepts a reply as the answer to a question of the caller; returns the question.
async fn accept(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Status>> {
    let question = answers::accept(&here, me.id, id).await?;
    Ok(Json(Status::render(&question, &here.urls)))
}

/// Withdraws the acceptance of an answer; returns the question.
async fn take_back(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Status>> {
    let question = answers::take_back(&here, me.id, id).await?;
    Ok(Json(Status::render(&question, &here.urls)))
}

/// Hides a post that praises the caller from the caller's profile.
async fn hide(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Status>> {
    let view = praise::set_hidden(&here, me.id, id, true).await?;
    Ok(Json(Status::render(&view, &here.urls)))
}

/// Shows a hidden post that praises the caller on the profile again.
async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteAccounts>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<Status>> {
    let view = praise::set_hidden(&here, me.id, id, false).await?;
    Ok(Json(Status::render(&view, &here.urls)))
}

/// Lists the posts that praise an account, as far as the caller may see them.
async fn praise_of(
    here: CurrentInstance,
    who: OptionalUser<scope::ReadStatuses>,
    Path(id): Path<AccountId>,
    paging: StatusPaging,
) -> ApiResult<StatusesPage> {
    let page = praise::list(&here, who.viewer(), id, paging.request).await?;
    Ok(statuses_page(&here, &paging, &page))
}
