//! Statistics about the instance, and the review of trends.

use aide::axum::ApiRouter;
use axum::Json;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::auth::CurrentUser;
use super::super::{entities, scope};
use super::moderator;
use portico_domain::model::admin_metrics::{Dimension, Frequency, Metric, Span};
use portico_domain::model::{CardId, StatusId, Timestamp};
use portico_http::paging::{Offset, limit_of};
use portico_http::routing::{Documented as _, get, post};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::moderation;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .endpoint("/api/v1/admin/measures", post(measures))
        .endpoint("/api/v1/admin/dimensions", post(dimensions))
        .endpoint("/api/v1/admin/retention", post(retention))
        .endpoint("/api/v1/admin/trends/links", get(links))
        .endpoint("/api/v1/admin/trends/links/{id}/approve", post(approve_link))
        .endpoint("/api/v1/admin/trends/links/{id}/reject", post(reject_link))
        .endpoint("/api/v1/admin/trends/statuses", get(posts))
        .endpoint("/api/v1/admin/trends/statuses/{id}/approve", post(approve_post))
        .endpoint("/api/v1/admin/trends/statuses/{id}/reject", post(reject_post))
        .endpoint("/api/v1/admin/trends/tags", get(tags))
        .endpoint("/api/v1/admin/trends/tags/{id}/approve", post(approve_tag))
        .endpoint("/api/v1/admin/trends/tags/{id}/reject", post(reject_tag))
}

/// A period of days.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MetricsPeriod {
    /// The first day: a date or a time.
    start_at: Option<String>,
    /// The last day: a date or a time.
    end_at: Option<String>,
}

impl MetricsPeriod {
    fn span(&self, here: &CurrentInstance) -> ApiResult<Span> {
        let moment = |name: &str, text: &Option<String>| match text.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => {
                let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
                let read = Timestamp::parse(&whole).map(Some);
                read.ok_or_else(|| Problem::bad_request(format!("{name} is not a date")))
            }
        };
        let until = moment("end_at", &self.end_at)?.unwrap_or_else(|| here.now());
        let from = moment("start_at", &self.start_at)?.unwrap_or_else(|| until.plus_seconds(-30 * 86_400));
        Ok(Span { from, until })
    }
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct TagMetricParams {
    /// The hashtag's id.
    id: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct HostMetricParams {
    /// The host's domain.
    domain: Option<String>,
}

impl TagMetricParams {
    fn name(&self, key: &str) -> ApiResult<String> {
        let missing = || Problem::missing(&format!("{key}[id]"));
        self.id.as_deref().map(str::to_lowercase).filter(|id| !id.is_empty()).ok_or_else(missing)
    }
}

impl HostMetricParams {
    fn name(&self, key: &str) -> ApiResult<String> {
        let missing = || Problem::missing(&format!("{key}[domain]"));
        self.domain.as_deref().map(str::to_lowercase).filter(|name| !name.is_empty()).ok_or_else(missing)
    }
}

/// The measures to return.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MetricsParams {
    /// The keys of the measures; see Mastodon's API documentation.
    keys: Vec<String>,
    tag_accounts: TagMetricParams,
    tag_uses: TagMetricParams,
    tag_servers: TagMetricParams,
    tag_languages: TagMetricParams,
    instance_accounts: HostMetricParams,
    instance_media_attachments: HostMetricParams,
    instance_reports: HostMetricParams,
    instance_statuses: HostMetricParams,
    instance_follows: HostMetricParams,
    instance_followers: HostMetricParams,
    instance_languages: HostMetricParams,
    limit: Option<String>,
}

impl MetricsParams {
    fn measure(&self, key: &str) -> ApiResult<Metric> {
        Ok(match key {
            "active_users" => Metric::ActiveUsers,
            "new_users" => Metric::NewUsers,
            "interactions" => Metric::Interactions,
            "opened_reports" => Metric::OpenedReports,
            "resolved_reports" => Metric::ResolvedReports,
            "tag_accounts" => Metric::TagAccounts(self.tag_accounts.name(key)?),
            "tag_uses" => Metric::TagUses(self.tag_uses.name(key)?),
            "tag_servers" => Metric::TagServers(self.tag_servers.name(key)?),
            "instance_accounts" => Metric::HostAccounts(self.instance_accounts.name(key)?),
            "instance_media_attachments" => Metric::HostMedia(self.instance_media_attachments.name(key)?),
            "instance_reports" => Metric::HostReports(self.instance_reports.name(key)?),
            "instance_statuses" => Metric::HostStatuses(self.instance_statuses.name(key)?),
            "instance_follows" => Metric::HostFollows(self.instance_follows.name(key)?),
            "instance_followers" => Metric::HostFollowers(self.instance_followers.name(key)?),
            _ => return Err(Problem::bad_request("keys contains an unknown key")),
        })
    }

    fn dimension(&self, key: &str) -> ApiResult<Dimension> {
        Ok(match key {
            "languages" => Dimension::Languages,
            "sources" => Dimension::Sources,
            "servers" => Dimension::Servers,
            "space_usage" => Dimension::Space,
            "software_versions" => Dimension::Software,
            "tag_servers" => Dimension::TagServers(self.tag_servers.name(key)?),
            "tag_languages" => Dimension::TagLanguages(self.tag_languages.name(key)?),
            "instance_accounts" => Dimension::HostAccounts(self.instance_accounts.name(key)?),
            "instance_languages" => Dimension::HostLanguages(self.instance_languages.name(key)?),
            _ => return Err(Problem::bad_request("keys contains an unknown key")),
        })
    }
}

async fn measures(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminRead>,
    Params(wanted): Params<MetricsParams>,
    Params(when): Params<MetricsPeriod>,
) -> ApiResult<Json<Vec<entities::AdminMeasure>>> {
    let asked = wanted.keys.iter().map(|key| wanted.measure(key)).collect::<ApiResult<Vec<_>>>()?;
    let counted = moderation::measure(&here, &moderator(&me), asked, when.span(&here)?).await?;
    let shown = wanted.keys.iter().zip(&counted);
    Ok(Json(shown.map(|(key, counted)| entities::AdminMeasure::render(key, counted)).collect()))
}

async fn dimensions(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminRead>,
    Params(wanted): Params<MetricsParams>,
    Params(when): Params<MetricsPeriod>,
) -> ApiResult<Json<Vec<entities::AdminDimension>>> {
    let asked = wanted.keys.iter().map(|key| wanted.dimension(key)).collect::<ApiResult<Vec<_>>>()?;
    let limit = limit_of(wanted.limit.as_deref(), 10, 50)?;
    let parts = moderation::dimensions(&here, &moderator(&me), asked, when.span(&here)?, limit).await?;
    let shown = wanted.keys.iter().zip(&parts);
    Ok(Json(shown.map(|(key, parts)| entities::AdminDimension::render(key, parts)).collect()))
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RetentionParams {
    /// `day` or `month`.
    frequency: Option<String>,
}

async fn retention(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminRead>,
    Params(often): Params<RetentionParams>,
    Params(when): Params<MetricsPeriod>,
) -> ApiResult<Json<Vec<entities::AdminCohort>>> {
    let frequency = match often.frequency.as_deref() {
        None | Some("" | "day") => Frequency::Day,
        Some("month") => Frequency::Month,
        Some(_) => return Err(Problem::bad_request("frequency must be day or month")),
    };
    let cohorts = moderation::retention(&here, &moderator(&me), when.span(&here)?, frequency).await?;
    Ok(Json(cohorts.iter().map(|cohort| entities::AdminCohort::render(cohort, frequency)).collect()))
}

async fn links(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminRead>,
    page: Offset<10, 20>,
) -> ApiResult<Json<Vec<entities::AdminLink>>> {
    let found = moderation::trending_links(&here, &moderator(&me), me.id, page.limit, page.offset).await?;
    Ok(Json(found.iter().map(|link| entities::AdminLink::render(link, &here.urls)).collect()))
}

async fn judge_link(
    here: &CurrentInstance,
    me: &CurrentUser<scope::AdminWrite>,
    id: CardId,
    trends: bool,
) -> ApiResult<Json<entities::AdminLink>> {
    let link = moderation::judge_link(here, &moderator(me), me.id, id, trends).await?;
    Ok(Json(entities::AdminLink::render(&link, &here.urls)))
}

async fn approve_link(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWrite>,
    Path(id): Path<CardId>,
) -> ApiResult<Json<entities::AdminLink>> {
    judge_link(&here, &me, id, true).await
}

async fn reject_link(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWrite>,
    Path(id): Path<CardId>,
) -> ApiResult<Json<entities::AdminLink>> {
    judge_link(&here, &me, id, false).await
}

async fn posts(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminRead>,
    page: Offset<20, 40>,
) -> ApiResult<Json<Vec<entities::Status>>> {
    let found = moderation::trending_statuses(&here, &moderator(&me), me.id, page.limit, page.offset).await?;
    Ok(Json(entities::Status::render_all(&found, &here.urls)))
}

async fn judge_post(
    here: &CurrentInstance,
    me: &CurrentUser<scope::AdminWrite>,
    id: StatusId,
    trends: bool,
) -> ApiResult<Json<entities::Status>> {
    let view = moderation::judge_status(here, &moderator(me), me.id, id, trends).await?;
    Ok(Json(entities::Status::render(&view, &here.urls)))
}

async fn approve_post(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWrite>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    judge_post(&here, &me, id, true).await
}

async fn reject_post(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWrite>,
    Path(id): Path<StatusId>,
) -> ApiResult<Json<entities::Status>> {
    judge_post(&here, &me, id, false).await
}

async fn tags(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminRead>,
    page: Offset<10, 20>,
) -> ApiResult<Json<Vec<entities::AdminTag>>> {
    let found = moderation::trending_tags(&here, &moderator(&me), me.id, page.limit, page.offset).await?;
    Ok(Json(found.iter().map(|(tag, judged)| entities::AdminTag::render(tag, *judged, &here.urls)).collect()))
}

async fn judge(
    here: &CurrentInstance,
    me: &CurrentUser<scope::AdminWrite>,
    name: &str,
    trends: bool,
) -> ApiResult<Json<entities::AdminTag>> {
    let (tag, judged) = moderation::judge_tag(here, &moderator(me), me.id, name, trends).await?;
    Ok(Json(entities::AdminTag::render(&tag, judged, &here.urls)))
}

async fn approve_tag(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWrite>,
    Path(name): Path<String>,
) -> ApiResult<Json<entities::AdminTag>> {
    judge(&here, &me, &name, true).await
}

async fn reject_tag(
    here: CurrentInstance,
    me: CurrentUser<scope::AdminWrite>,
    Path(name): Path<String>,
) -> ApiResult<Json<entities::AdminTag>> {
    judge(&here, &me, &name, false).await
}
