//! Background refreshes: `AsyncRefresh` of the API, and the header that names one. The id of a refresh is
//! that of the status whose thread is being fetched.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Documented};
use axum::Json;
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::auth::CurrentUser;
use crate::scope;
use portico_domain::model::StatusId;
use portico_http::{ApiResult, CurrentInstance, Path};
use portico_service::publishing::threads::{self, ThreadFetchProgress};

const HEADER: HeaderName = HeaderName::from_static("mastodon-async-refresh");
/// Seconds after which a client should ask again.
const RETRY: u32 = 3;

/// A response that may grow while more of the thread is fetched.
pub(super) struct Refreshed<T> {
    /// The status whose thread it is.
    pub id: StatusId,
    /// The response body.
    pub body: T,
    /// The progress of fetching the rest, if it has been started.
    pub progress: Option<ThreadFetchProgress>,
}

impl<T: Serialize> IntoResponse for Refreshed<T> {
    fn into_response(self) -> Response {
        let Self { id, body, progress } = self;
        let running = progress.filter(|progress| progress.is_running);
        let header = running
            .map(|progress| format!("id=\"{id}\", retry={RETRY}, result_count={}", progress.found))
            .map(|value| [(HEADER, value)]);
        (header, Json(body)).into_response()
    }
}

impl<T: JsonSchema> OperationOutput for Refreshed<T> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Documented> {
        <Json<T>>::operation_response(ctx, operation)
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Documented)> {
        <Json<T>>::inferred_responses(ctx, operation)
    }
}

/// <https://docs.joinmastodon.org/entities/AsyncRefresh/>, in its envelope.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AsyncRefreshResponse {
    async_refresh: AsyncRefresh,
}

/// The state of a refresh, and the number of statuses it found.
#[derive(Debug, Serialize, JsonSchema)]
struct AsyncRefresh {
    id: String,
    status: &'static str,
    result_count: i64,
}

/// Returns the progress of a refresh.
pub(super) async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::Read>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<AsyncRefreshResponse>> {
    let progress = threads::progress(&here, me.viewer(), id).await?;
    let status = if progress.is_running { "running" } else { "finished" };
    Ok(Json(AsyncRefreshResponse {
        async_refresh: AsyncRefresh { id: id.to_string(), status, result_count: progress.found },
    }))
}
