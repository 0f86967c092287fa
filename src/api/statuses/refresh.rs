//! Whether more of what was shown is on its way: `AsyncRefresh` of the API, and the header that names one. A
//! refresh is named after the status whose thread is looked for.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Documented};
use axum::Json;
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::auth::Staff;
use crate::api::scope;
use crate::http::{Answer, Here, Path};
use crate::model::StatusId;
use crate::service::contexts::{self, Progress};

const HEADER: HeaderName = HeaderName::from_static("mastodon-async-refresh");
/// After how many seconds a client asks again.
const RETRY: u32 = 3;

/// An answer of which more may come.
pub(super) struct Refreshed<T> {
    /// The status whose thread it is.
    pub id: StatusId,
    /// What there is.
    pub body: T,
    /// How far the look for the rest is, if there is one.
    pub progress: Option<Progress>,
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
pub(super) struct Envelope {
    async_refresh: AsyncRefresh,
}

/// Whether a refresh goes on, and what it brought.
#[derive(Debug, Serialize, JsonSchema)]
struct AsyncRefresh {
    id: String,
    status: &'static str,
    result_count: i64,
}

/// Shows how far a refresh is.
pub(super) async fn show(
    here: Here,
    me: Staff<scope::Read>,
    Path(id): Path<StatusId>,
) -> Answer<Json<Envelope>> {
    let progress = contexts::progress(&here, me.viewer(), id).await?;
    let status = if progress.is_running { "running" } else { "finished" };
    Ok(Json(Envelope {
        async_refresh: AsyncRefresh { id: id.to_string(), status, result_count: progress.found },
    }))
}
