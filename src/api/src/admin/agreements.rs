//! Agreements with partners, for administrators. An extension of Portico.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::auth::CurrentUser;
use super::super::{entities, scope};
use super::moderator;
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path};
use portico_service::partners::agreements::{self, AgreementDraft};

pub(super) fn routes() -> ApiRouter {
    const ONE: &str = "/api/portico/v1/admin/agreements/{domain}";
    ApiRouter::new()
        .endpoint("/api/portico/v1/admin/agreements", get(list))
        .endpoint(ONE, get(show).post(propose).put(set).delete(end))
        .endpoint(&format!("{ONE}/accept"), post(accept))
        .endpoint(&format!("{ONE}/reject"), post(reject))
        .endpoint(&format!("{ONE}/stop"), post(stop))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AgreementNoteParams {
    /// The reason, for this instance's own record.
    note: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct AgreementDigestParams {
    /// The digest of the text that the caller has read. A different current text is not accepted.
    digest: String,
}

async fn list(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadDomainAllows>,
) -> ApiResult<Json<Vec<entities::Agreement>>> {
    let all = agreements::list(&here, &moderator(&me)).await?;
    Ok(Json(all.iter().map(entities::Agreement::render).collect()))
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminReadDomainAllows>,
    Path(domain): Path<String>,
) -> ApiResult<Json<entities::AgreementDealings>> {
    let dealings = agreements::show(&here, &moderator(&me), &domain).await?;
    Ok(Json(entities::AgreementDealings::render(&dealings)))
}

async fn propose(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainAllows>,
    Path(domain): Path<String>,
    Params(draft): Params<AgreementDraft>,
) -> ApiResult<Json<entities::Agreement>> {
    let proposed = agreements::propose(&here, &moderator(&me), &domain, draft).await?;
    Ok(Json(entities::Agreement::render(&proposed)))
}

async fn set(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainAllows>,
    Path(domain): Path<String>,
    Params(draft): Params<AgreementDraft>,
) -> ApiResult<Json<entities::Agreement>> {
    let set = agreements::set(&here, &moderator(&me), &domain, draft).await?;
    Ok(Json(entities::Agreement::render(&set)))
}

async fn accept(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainAllows>,
    Path(domain): Path<String>,
    Params(read): Params<AgreementDigestParams>,
) -> ApiResult<Json<entities::Agreement>> {
    let accepted = agreements::accept(&here, &moderator(&me), &domain, &read.digest).await?;
    Ok(Json(entities::Agreement::render(&accepted)))
}

async fn reject(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainAllows>,
    Path(domain): Path<String>,
    Params(why): Params<AgreementNoteParams>,
) -> ApiResult<Json<entities::Agreement>> {
    let rejected = agreements::reject(&here, &moderator(&me), &domain, &why.note).await?;
    Ok(Json(entities::Agreement::render(&rejected)))
}

async fn end(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainAllows>,
    Path(domain): Path<String>,
    Params(why): Params<AgreementNoteParams>,
) -> ApiResult<Json<entities::Agreement>> {
    let ended = agreements::end(&here, &moderator(&me), &domain, &why.note).await?;
    Ok(Json(entities::Agreement::render(&ended)))
}

async fn stop(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWriteDomainAllows>,
    Path(domain): Path<String>,
    Params(why): Params<AgreementNoteParams>,
) -> ApiResult<Json<entities::Agreement>> {
    let stopped = agreements::stop(&here, &moderator(&me), &domain, &why.note).await?;
    Ok(Json(entities::Agreement::render(&stopped)))
}
