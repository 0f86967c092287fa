//! What the instance says of itself, before anybody signs in. Always open: clients read it to find out
//! how to sign in.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use axum::Json;
use serde_json::{Value, json};

use super::auth::MaybeStaff;
use super::{entities, scope};
use crate::http::{Answer, Here};
use crate::service::figures;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route("/api/v1/instance", get(v1))
        .api_route("/api/v2/instance", get(v2))
        .api_route("/api/v1/instance/rules", get(nothing))
        .api_route("/api/v1/instance/peers", get(hidden))
        .api_route("/api/v1/instance/activity", get(hidden))
        .api_route("/api/v1/instance/domain_blocks", get(hidden))
        .api_route("/api/v1/instance/extended_description", get(description))
        .api_route("/api/v1/instance/translation_languages", get(no_translations))
        .api_route("/api/v1/instance/languages", get(languages))
        .api_route("/api/v1/custom_emojis", get(nothing))
}

async fn v1(here: Here) -> Answer<Json<entities::V1Instance>> {
    let figures = figures::count(&here).await?;
    Ok(Json(entities::V1Instance::render(&here.settings, figures, &here.urls)))
}

async fn v2(here: Here) -> Answer<Json<entities::Instance>> {
    let figures = figures::count(&here).await?;
    Ok(Json(entities::Instance::render(&here.settings, figures, &here.urls, here.push.public())))
}

async fn nothing() -> Json<[(); 0]> {
    Json([])
}

/// With whom a company federates is not told to anybody.
async fn hidden(_: MaybeStaff<scope::Read>) -> Json<[(); 0]> {
    Json([])
}

async fn description(here: Here) -> Json<entities::ExtendedDescription> {
    Json(entities::ExtendedDescription {
        updated_at: here.now().midnight().rfc3339(),
        content: ammonia::clean_text(&here.settings.description),
    })
}

async fn no_translations() -> Json<Value> {
    Json(json!({}))
}

async fn languages() -> Json<Value> {
    Json(json!([{ "code": "en", "name": "English" }]))
}
