//! Information about the instance. Always public: clients read it before sign-in.

use std::collections::BTreeMap;

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::{OptionalUser, RequestViewer};
use super::{entities, scope};
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::publishing::{emojis, translations};
use portico_service::{about, instance_stats};

/// The most hosts that a search returns.
const MOST_FOUND: usize = 10;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/instance", get(v1))
        .endpoint("/api/v2/instance", get(v2))
        .endpoint("/api/v1/instance/rules", get(rules))
        .endpoint("/api/v1/instance/peers", get(peers))
        .endpoint("/api/v1/peers/search", get(find_peers))
        .endpoint("/api/v1/instance/activity", get(activity))
        .endpoint("/api/v1/instance/domain_blocks", get(domain_blocks))
        .endpoint("/api/v1/instance/extended_description", get(description))
        .endpoint("/api/v1/instance/privacy_policy", get(privacy_policy))
        .endpoint("/api/v1/instance/terms_of_service", get(terms_of_service))
        .endpoint("/api/v1/instance/terms_of_service/{date}", get(terms_of_a_day))
        .endpoint("/api/v1/instance/translation_languages", get(translation_languages))
        .endpoint("/api/v1/instance/languages", get(languages))
        .endpoint("/api/v1/custom_emojis", get(custom_emojis))
        .endpoint("/health", get(health))
}

async fn v1(here: CurrentInstance, who: RequestViewer) -> ApiResult<Json<entities::V1Instance>> {
    let (figures, contact) = (instance_stats::count(&here, &who.0).await?, about::contact(&here).await?);
    Ok(Json(entities::V1Instance::render(&here.settings, figures, contact.as_ref(), &here.urls)))
}

async fn v2(here: CurrentInstance, who: RequestViewer) -> ApiResult<Json<entities::Instance>> {
    let (figures, contact) = (instance_stats::count(&here, &who.0).await?, about::contact(&here).await?);
    let key = here.push.public();
    Ok(Json(entities::Instance::render(&here.settings, figures, contact.as_ref(), &here.urls, key)))
}

async fn rules(here: CurrentInstance) -> Json<Vec<entities::Rule>> {
    Json(entities::Rule::render_all(&here.settings.about.rules))
}

/// Lists the hosts with which the instance federates, for staff.
async fn peers(here: CurrentInstance, who: OptionalUser<scope::Read>) -> ApiResult<Json<Vec<String>>> {
    Ok(Json(about::peers(&here, &who.viewer()).await?.into_iter().map(|host| host.domain).collect()))
}

/// The beginning of a domain.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PeersSearchQuery {
    q: String,
}

/// Lists the federated hosts whose domain begins with the given text, for staff.
async fn find_peers(
    here: CurrentInstance,
    who: OptionalUser<scope::Read>,
    Params(wanted): Params<PeersSearchQuery>,
) -> ApiResult<Json<Vec<String>>> {
    let Json(mut found) = peers(here, who).await?;
    let begin = wanted.q.trim().to_lowercase();
    found.retain(|domain| !begin.is_empty() && domain.starts_with(&begin));
    found.truncate(MOST_FOUND);
    Ok(Json(found))
}

/// Returns the activity of each of the last weeks, for staff.
async fn activity(
    here: CurrentInstance,
    who: OptionalUser<scope::Read>,
) -> ApiResult<Json<Vec<entities::Activity>>> {
    Ok(Json(about::activity(&here, &who.viewer()).await?.iter().map(entities::Activity::render).collect()))
}

/// Lists the blocked hosts, for staff.
async fn domain_blocks(
    here: CurrentInstance,
    who: OptionalUser<scope::Read>,
) -> ApiResult<Json<Vec<entities::DomainBlock>>> {
    Ok(Json(
        about::blocked_hosts(&here, &who.viewer()).await?.iter().map(entities::DomainBlock::render).collect(),
    ))
}

/// Returns the long description of the instance, or else the short one.
async fn description(here: CurrentInstance) -> Json<entities::ExtendedDescription> {
    let document = here.settings.about.description.as_ref();
    let short = || format!("<p>{}</p>", ammonia::clean_text(&here.settings.description));
    Json(entities::ExtendedDescription {
        updated_at: document.map_or(here.now().midnight(), |document| document.changed_at).rfc3339(),
        content: document.map_or_else(short, about::html),
    })
}

async fn privacy_policy(here: CurrentInstance) -> ApiResult<Json<entities::PrivacyPolicy>> {
    let document = here.settings.about.privacy_policy.as_ref().ok_or_else(Problem::not_found)?;
    Ok(Json(entities::PrivacyPolicy {
        updated_at: document.changed_at.rfc3339(),
        content: about::html(document),
    }))
}

async fn terms_of_service(here: CurrentInstance) -> ApiResult<Json<entities::TermsOfService>> {
    let document = here.settings.about.terms_of_service.as_ref().ok_or_else(Problem::not_found)?;
    Ok(Json(entities::TermsOfService {
        effective_date: document.changed_at.date(),
        effective: true,
        content: about::html(document),
        succeeded_by: None,
    }))
}

/// Returns the terms of service that took effect on the given date. Only the current ones are kept.
async fn terms_of_a_day(
    here: CurrentInstance,
    Path(date): Path<String>,
) -> ApiResult<Json<entities::TermsOfService>> {
    let Json(terms) = terms_of_service(here).await?;
    if terms.effective_date == date { Ok(Json(terms)) } else { Err(Problem::not_found()) }
}

/// Lists the custom emoji. Public, because clients fetch it before sign-in.
async fn custom_emojis(here: CurrentInstance) -> ApiResult<Json<Vec<entities::CustomEmoji>>> {
    let own = emojis::list(&here).await?;
    Ok(Json(own.iter().map(|emoji| entities::CustomEmoji::render(emoji, &here.urls)).collect()))
}

/// Lists the languages from which posts can be translated, and the target languages of each.
async fn translation_languages(here: CurrentInstance) -> ApiResult<Json<BTreeMap<String, Vec<String>>>> {
    Ok(Json(translations::languages(&here).await?))
}

async fn languages() -> Json<Value> {
    Json(json!([{ "code": "en", "name": "English" }]))
}

/// Returns 200 if the instance is reachable, without further details.
async fn health(here: CurrentInstance) -> ApiResult<Json<Value>> {
    about::reachable(&here).await?;
    Ok(Json(json!({ "status": "UP" })))
}
