//! Agreements with partners, for administrators. An extension of Portico.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::auth::Staff;
use super::super::{entities, scope};
use super::moderator;
use portico_http::{Answer, Here, Params, Path};
use portico_service::partners::agreements::{self, AgreementDraft};

pub(super) fn routes() -> ApiRouter {
    const ONE: &str = "/api/portico/v1/admin/agreements/{domain}";
    ApiRouter::new()
        .api_route("/api/portico/v1/admin/agreements", get(list))
        .api_route(ONE, get(show).post(propose).put(set).delete(end))
        .api_route(&format!("{ONE}/accept"), post(accept))
        .api_route(&format!("{ONE}/reject"), post(reject))
        .api_route(&format!("{ONE}/stop"), post(stop))
}

type Reader = Staff<scope::AdminReadDomainAllows>;
type Writer = Staff<scope::AdminWriteDomainAllows>;
type Shown = Answer<Json<entities::Agreement>>;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Why {
    /// The reason, for this instance's own record.
    note: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Read {
    /// The digest of the text that the caller has read. A different current text is not accepted.
    digest: String,
}

async fn list(here: Here, me: Reader) -> Answer<Json<Vec<entities::Agreement>>> {
    let all = agreements::list(&here, &moderator(&me)).await?;
    Ok(Json(all.iter().map(entities::Agreement::render).collect()))
}

async fn show(
    here: Here,
    me: Reader,
    Path(domain): Path<String>,
) -> Answer<Json<entities::AgreementDealings>> {
    let dealings = agreements::show(&here, &moderator(&me), &domain).await?;
    Ok(Json(entities::AgreementDealings::render(&dealings)))
}

async fn propose(
    here: Here,
    me: Writer,
    Path(domain): Path<String>,
    Params(draft): Params<AgreementDraft>,
) -> Shown {
    let proposed = agreements::propose(&here, &moderator(&me), &domain, draft).await?;
    Ok(Json(entities::Agreement::render(&proposed)))
}

async fn set(
    here: Here,
    me: Writer,
    Path(domain): Path<String>,
    Params(draft): Params<AgreementDraft>,
) -> Shown {
    let set = agreements::set(&here, &moderator(&me), &domain, draft).await?;
    Ok(Json(entities::Agreement::render(&set)))
}

async fn accept(here: Here, me: Writer, Path(domain): Path<String>, Params(read): Params<Read>) -> Shown {
    let accepted = agreements::accept(&here, &moderator(&me), &domain, &read.digest).await?;
    Ok(Json(entities::Agreement::render(&accepted)))
}

async fn reject(here: Here, me: Writer, Path(domain): Path<String>, Params(why): Params<Why>) -> Shown {
    let rejected = agreements::reject(&here, &moderator(&me), &domain, &why.note).await?;
    Ok(Json(entities::Agreement::render(&rejected)))
}

async fn end(here: Here, me: Writer, Path(domain): Path<String>, Params(why): Params<Why>) -> Shown {
    let ended = agreements::end(&here, &moderator(&me), &domain, &why.note).await?;
    Ok(Json(entities::Agreement::render(&ended)))
}

async fn stop(here: Here, me: Writer, Path(domain): Path<String>, Params(why): Params<Why>) -> Shown {
    let stopped = agreements::stop(&here, &moderator(&me), &domain, &why.note).await?;
    Ok(Json(entities::Agreement::render(&stopped)))
}
