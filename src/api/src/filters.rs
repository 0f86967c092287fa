//! Filters, in the newer form (v2) and as single keywords (v1).

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::CurrentUser;
use super::{entities, scope};
use portico_domain::model::filter::{FilterAction, FilterContext};
use portico_domain::model::{FilterId, RelationId, StatusId};
use portico_http::params::ClearableText;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::reading::filters::{self, FilterInput, KeywordInput};

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v2/filters", get(all).post(create))
        .endpoint("/api/v2/filters/{id}", get(show).put(change).delete(delete))
        .endpoint("/api/v2/filters/{id}/keywords", get(keywords).post(add_keyword))
        .endpoint("/api/v2/filters/{id}/statuses", get(statuses).post(add_status))
        .endpoint("/api/v2/filters/keywords/{id}", get(keyword).put(change_keyword).delete(delete_keyword))
        .endpoint("/api/v2/filters/statuses/{id}", get(status).delete(delete_status))
        .endpoint("/api/v1/filters", get(old_all).post(old_create))
        .endpoint("/api/v1/filters/{id}", get(old_show).put(old_change).delete(old_delete))
}

/// The attributes of a filter.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct FilterParams {
    /// The name of the filter.
    title: Option<String>,
    /// The places where the filter applies: `home`, `notifications`, `public`, `thread`, `account`.
    context: Option<Vec<String>>,
    /// The treatment of matching posts by clients: `warn`, `hide` or `blur`.
    filter_action: Option<String>,
    /// Seconds until the filter expires; empty for never.
    expires_in: ClearableText,
    /// Keywords to add, and changes to keywords that have an id.
    keywords_attributes: Vec<FilterKeywordParams>,
}

/// The attributes of a keyword.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct FilterKeywordParams {
    id: Option<RelationId>,
    /// The word or phrase.
    keyword: Option<String>,
    /// Whether to match only whole words.
    whole_word: Option<bool>,
    /// Whether to remove the keyword.
    #[serde(rename = "_destroy")]
    destroy: Option<bool>,
}

/// A status to add to a filter.
#[derive(Debug, Deserialize, JsonSchema)]
struct FilterStatusParams {
    status_id: StatusId,
}

/// The attributes of a filter in the older form (v1).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct V1FilterParams {
    /// The word or phrase.
    phrase: Option<String>,
    /// The places where the filter applies.
    context: Option<Vec<String>>,
    /// Whether matching posts are dropped, rather than hidden behind a warning.
    irreversible: Option<bool>,
    /// Whether to match only whole words.
    whole_word: Option<bool>,
    /// Seconds until the filter expires; empty for never.
    expires_in: ClearableText,
}

fn contexts(words: Option<Vec<String>>) -> ApiResult<Option<Vec<FilterContext>>> {
    let Some(words) = words else { return Ok(None) };
    let known: Option<Vec<FilterContext>> =
        words.iter().map(|word| word.parse::<FilterContext>().ok()).collect();
    let mut known =
        known.ok_or_else(|| Problem::invalid(&["Context None or invalid context supplied".to_owned()]))?;
    let mut seen = Vec::new();
    known.retain(|context| {
        !seen.contains(context) && {
            seen.push(*context);
            true
        }
    });
    Ok(Some(known))
}

fn expiry(given: &ClearableText) -> ApiResult<Option<Option<i64>>> {
    match given.0.as_deref() {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => {
            let seconds = text.parse().ok().filter(|seconds: &i64| *seconds >= 0);
            let fault = || Problem::invalid(&["Expires in is not a number of seconds".to_owned()]);
            Ok(Some(Some(seconds.ok_or_else(fault)?)))
        }
    }
}

impl FilterKeywordParams {
    fn wish(self) -> KeywordInput {
        KeywordInput {
            id: self.id,
            text: self.keyword,
            whole_word: self.whole_word,
            remove: self.destroy == Some(true),
        }
    }
}

impl FilterParams {
    fn wish(self) -> ApiResult<FilterInput> {
        let action = self.filter_action.as_deref().map(|word| {
            let fault = || Problem::invalid(&["Filter action is not included in the list".to_owned()]);
            word.parse::<FilterAction>().map_err(|_| fault())
        });
        Ok(FilterInput {
            title: self.title,
            contexts: contexts(self.context)?,
            action: action.transpose()?,
            expires_in: expiry(&self.expires_in)?,
            keywords: self.keywords_attributes.into_iter().map(FilterKeywordParams::wish).collect(),
        })
    }
}

impl V1FilterParams {
    fn wish(self, id: Option<RelationId>) -> ApiResult<FilterInput> {
        let drops = |drop: bool| if drop { FilterAction::Hide } else { FilterAction::Warn };
        let keyword =
            KeywordInput { id, text: self.phrase.clone(), whole_word: self.whole_word, remove: false };
        Ok(FilterInput {
            title: self.phrase,
            contexts: contexts(self.context)?,
            action: self.irreversible.map(drops),
            expires_in: expiry(&self.expires_in)?,
            keywords: vec![keyword],
        })
    }
}

async fn all(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFilters>,
) -> ApiResult<Json<Vec<entities::Filter>>> {
    let found = filters::list_all(&here, me.id).await?;
    Ok(Json(found.iter().map(entities::Filter::render).collect()))
}

async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFilters>,
    Path(id): Path<FilterId>,
) -> ApiResult<Json<entities::Filter>> {
    Ok(Json(entities::Filter::render(&filters::show(&here, me.id, id).await?)))
}

async fn create(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Params(form): Params<FilterParams>,
) -> ApiResult<Json<entities::Filter>> {
    Ok(Json(entities::Filter::render(&filters::create(&here, me.id, form.wish()?).await?)))
}

async fn change(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Path(id): Path<FilterId>,
    Params(form): Params<FilterParams>,
) -> ApiResult<Json<entities::Filter>> {
    Ok(Json(entities::Filter::render(&filters::change(&here, me.id, id, form.wish()?).await?)))
}

async fn delete(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Path(id): Path<FilterId>,
) -> ApiResult<Json<entities::Empty>> {
    filters::delete(&here, me.id, id).await?;
    Ok(Json(entities::Empty {}))
}

async fn keywords(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFilters>,
    Path(id): Path<FilterId>,
) -> ApiResult<Json<Vec<entities::FilterKeyword>>> {
    let filter = filters::show(&here, me.id, id).await?;
    Ok(Json(filter.keywords.iter().map(entities::FilterKeyword::render).collect()))
}

async fn add_keyword(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Path(id): Path<FilterId>,
    Params(form): Params<FilterKeywordParams>,
) -> ApiResult<Json<entities::FilterKeyword>> {
    let keywords = vec![FilterKeywordParams { id: None, destroy: None, ..form }.wish()];
    let filter =
        filters::change(&here, me.id, id, FilterInput { keywords, ..FilterInput::default() }).await?;
    let added = filter.keywords.last().map(entities::FilterKeyword::render);
    added.map(Json).ok_or_else(Problem::not_found)
}

async fn keyword(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFilters>,
    Path(id): Path<RelationId>,
) -> ApiResult<Json<entities::FilterKeyword>> {
    let (_, keyword) = filters::keyword(&here, me.id, id).await?;
    Ok(Json(entities::FilterKeyword::render(&keyword)))
}

async fn change_keyword(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Path(id): Path<RelationId>,
    Params(form): Params<FilterKeywordParams>,
) -> ApiResult<Json<entities::FilterKeyword>> {
    let keywords = vec![FilterKeywordParams { id: Some(id), destroy: None, ..form }.wish()];
    let wish = FilterInput { keywords, ..FilterInput::default() };
    let filter = filters::change_keyword(&here, me.id, id, wish).await?;
    let changed = filter.keywords.iter().find(|keyword| keyword.id == id);
    changed.map(|keyword| Json(entities::FilterKeyword::render(keyword))).ok_or_else(Problem::not_found)
}

async fn delete_keyword(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Path(id): Path<RelationId>,
) -> ApiResult<Json<entities::Empty>> {
    let keywords = vec![KeywordInput { id: Some(id), remove: true, ..KeywordInput::default() }];
    filters::change_keyword(&here, me.id, id, FilterInput { keywords, ..FilterInput::default() }).await?;
    Ok(Json(entities::Empty {}))
}

async fn statuses(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFilters>,
    Path(id): Path<FilterId>,
) -> ApiResult<Json<Vec<entities::FilterStatus>>> {
    let filter = filters::show(&here, me.id, id).await?;
    Ok(Json(filter.statuses.iter().map(entities::FilterStatus::render).collect()))
}

async fn add_status(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Path(id): Path<FilterId>,
    Params(form): Params<FilterStatusParams>,
) -> ApiResult<Json<entities::FilterStatus>> {
    let named = filters::add_status(&here, me.id, id, form.status_id).await?;
    Ok(Json(entities::FilterStatus::render(&named)))
}

async fn status(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFilters>,
    Path(id): Path<RelationId>,
) -> ApiResult<Json<entities::FilterStatus>> {
    Ok(Json(entities::FilterStatus::render(&filters::show_status(&here, me.id, id).await?)))
}

async fn delete_status(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Path(id): Path<RelationId>,
) -> ApiResult<Json<entities::FilterStatus>> {
    Ok(Json(entities::FilterStatus::render(&filters::remove_status(&here, me.id, id).await?)))
}

async fn old_all(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFilters>,
) -> ApiResult<Json<Vec<entities::V1Filter>>> {
    let found = filters::list_all(&here, me.id).await?;
    Ok(Json(found.iter().flat_map(entities::V1Filter::render_all).collect()))
}

async fn old_show(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadFilters>,
    Path(id): Path<RelationId>,
) -> ApiResult<Json<entities::V1Filter>> {
    let (filter, keyword) = filters::keyword(&here, me.id, id).await?;
    Ok(Json(entities::V1Filter::render(&filter, &keyword)))
}

async fn old_create(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Params(form): Params<V1FilterParams>,
) -> ApiResult<Json<entities::V1Filter>> {
    if form.phrase.as_deref().unwrap_or_default().is_empty() {
        return Err(Problem::invalid(&["Phrase can't be blank".to_owned()]));
    }
    let filter = filters::create(&here, me.id, form.wish(None)?).await?;
    let made = entities::V1Filter::render_all(&filter).pop();
    made.map(Json).ok_or_else(Problem::not_found)
}

async fn old_change(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Path(id): Path<RelationId>,
    Params(form): Params<V1FilterParams>,
) -> ApiResult<Json<entities::V1Filter>> {
    let filter = filters::change_keyword(&here, me.id, id, form.wish(Some(id))?).await?;
    let keyword = filter.keywords.iter().find(|keyword| keyword.id == id);
    keyword.map(|keyword| Json(entities::V1Filter::render(&filter, keyword))).ok_or_else(Problem::not_found)
}

/// Removes the keyword, and its filter as well if that is now empty.
async fn old_delete(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteFilters>,
    Path(id): Path<RelationId>,
) -> ApiResult<Json<entities::Empty>> {
    let keywords = vec![KeywordInput { id: Some(id), remove: true, ..KeywordInput::default() }];
    let wish = FilterInput { keywords, ..FilterInput::default() };
    let filter = filters::change_keyword(&here, me.id, id, wish).await?;
    if filter.keywords.is_empty() && filter.statuses.is_empty() {
        filters::delete(&here, me.id, filter.id).await?;
    }
    Ok(Json(entities::Empty {}))
}
