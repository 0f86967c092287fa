//! Posting, editing and deleting statuses.

use axum::Json;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quotes::circle;
use crate::auth::{CurrentUser, RateLimitCounters, allow};
use crate::media::focus;
use crate::scheduled::moment;
use crate::{entities, scope};
use portico_domain::model::annotations::Require;
use portico_domain::model::status::ContentType;
use portico_domain::model::urls::Urls;
use portico_domain::model::{AccountId, CircleId, MediaId, Reach, StatusId, Timestamp};
use portico_http::limits::{RateLimit, Subject};
use portico_http::params::ClearableText;
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::RequestedReach;
use portico_service::publishing::polls::NewPoll;
use portico_service::publishing::statuses::{self, AttachmentEdit, NewStatus, StatusEditInput};
use portico_service::publishing::{PostAuthor, Submitted, preview_delivery, submit};

/// The attributes of a status to post or edit.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct StatusParams {
    status: String,
    /// The format of `status`: `text/plain` (the default), `text/markdown` or `text/html`.
    content_type: Option<String>,
    spoiler_text: String,
    sensitive: Option<bool>,
    language: Option<String>,
    in_reply_to_id: Option<StatusId>,
    visibility: Option<String>,
    /// The reach of the status. An edit can only make it narrower.
    reach: Option<String>,
    /// With `reach=partners`: the domain of the only partner that receives the status.
    partner: Option<String>,
    /// The circle to address the status to. Only its members and mentioned accounts receive it.
    circle_id: Option<CircleId>,
    /// An extension of Portico, for a reply to a status that was addressed to a circle: address the reply to
    /// all recipients of that status, and to no others.
    to_addressed: Option<bool>,
    local_only: Option<bool>,
    /// The id of the group to post to. Without `reach`, the status has the reach of the group.
    group_id: Option<AccountId>,
    /// Uploads to attach, in this order.
    media_ids: Vec<MediaId>,
    /// Changes of attachments, when editing.
    media_attributes: Vec<MediaAttributeParams>,
    poll: Option<PollParams>,
    scheduled_at: Option<String>,
    /// The status to quote; an edit does not change it.
    quoted_status_id: Option<String>,
    /// The accounts that may quote the status: `public`, `followers` or `nobody`.
    quote_approval_policy: Option<String>,
    /// An extension of Portico: whether the status is a must-read, which recipients acknowledge; needs the
    /// right to announce.
    must_read: Option<bool>,
    /// The deadline for acknowledging: a date or a time.
    acknowledge_by: Option<String>,
    /// Limits the must-read to the members of this department.
    must_read_department: Option<String>,
    /// Limits the must-read to the members of this group.
    must_read_group_id: Option<AccountId>,
    /// An extension of Portico: the accounts that the status praises. It also mentions them.
    praise: Vec<AccountId>,
    /// An extension of Portico: the account in whose name the caller posts, as its delegate.
    on_behalf_of: Option<AccountId>,
}

/// Changes of one attachment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MediaAttributeParams {
    id: Option<MediaId>,
    description: ClearableText,
    focus: Option<String>,
}

impl MediaAttributeParams {
    fn note(self) -> Option<AttachmentEdit> {
        let focus = self.focus.as_deref().and_then(focus);
        Some(AttachmentEdit { id: self.id?, description: self.description.0, focus })
    }
}

/// Options for deleting a status.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct DeleteStatusParams {
    delete_media: Option<bool>,
}

/// The attributes of a poll.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PollParams {
    /// The options.
    options: Vec<String>,
    /// The duration of the poll, in seconds.
    expires_in: Option<i64>,
    /// Whether a voter may choose more than one option.
    multiple: bool,
    /// Whether the counts are hidden until the poll ends.
    hide_totals: bool,
}

impl PollParams {
    /// Returns the poll. Some clients send an empty one, which counts as absent.
    fn wish(self) -> Option<NewPoll> {
        let Self { options, expires_in, multiple, hide_totals } = self;
        let empty = options.is_empty() && expires_in.is_none();
        (!empty).then_some(NewPoll { options, expires_in, multiple, hide_totals })
    }
}

impl StatusParams {
    fn content_type(&self) -> ApiResult<Option<ContentType>> {
        let fault = || {
            let known = ContentType::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
            Problem::invalid(&[format!("Content type must be one of {known}")])
        };
        let word = self.content_type.as_deref().filter(|word| !word.is_empty());
        word.map(|word| word.parse::<ContentType>().map_err(|_| fault())).transpose()
    }

    /// Returns the quoted status. A malformed id answers 404, like an unknown one.
    fn quoted(&self) -> ApiResult<Option<StatusId>> {
        let Some(id) = self.quoted_status_id.as_deref().filter(|id| !id.is_empty()) else { return Ok(None) };
        id.parse().map(Some).map_err(|_| Problem::not_found())
    }

    /// The audience and the deadline of a must-read.
    fn require(&self) -> ApiResult<Option<Require>> {
        if self.must_read != Some(true) {
            return Ok(None);
        }
        let fault = || Problem::invalid(&["Acknowledge by must be a date or a time".to_owned()]);
        let by = self.acknowledge_by.as_deref().filter(|text| !text.is_empty());
        let acknowledge_by = by.map(|text| Timestamp::parse(text).ok_or_else(fault)).transpose()?;
        let department = self.must_read_department.clone().unwrap_or_default();
        Ok(Some(Require { acknowledge_by, department, group: self.must_read_group_id }))
    }

    /// Converts the form into a new status.
    pub(crate) fn wish(self) -> ApiResult<NewStatus> {
        Ok(NewStatus {
            must_read: self.require()?,
            asked: self.asked()?,
            partner: self.partner.clone().filter(|domain| !domain.is_empty()),
            circle: self.circle_id,
            to_addressed: self.to_addressed == Some(true),
            content_type: self.content_type()?.unwrap_or_default(),
            quoted: self.quoted()?,
            quotable: circle(self.quote_approval_policy.as_deref())?,
            text: self.status,
            spoiler_text: self.spoiler_text,
            sensitive: self.sensitive.unwrap_or(false),
            language: self.language,
            poll: self.poll.and_then(PollParams::wish),
            in_reply_to: self.in_reply_to_id,
            group: self.group_id,
            media: self.media_ids,
            praise: self.praise,
            ..NewStatus::default()
        })
    }

    /// The requested reach: Portico's `reach` takes precedence over Mastodon's `visibility`.
    fn asked(&self) -> ApiResult<Option<RequestedReach>> {
        if let Some(reach) = &self.reach {
            return Ok(Some(RequestedReach::Reach(self::reach(reach)?)));
        }
        if self.local_only == Some(true) {
            return Ok(Some(RequestedReach::LocalOnly));
        }
        Ok(match self.visibility.as_deref() {
            None => None,
            Some("public") => Some(RequestedReach::Public),
            Some("unlisted") => Some(RequestedReach::Unlisted),
            Some("private") => Some(RequestedReach::Private),
            Some("direct") => Some(RequestedReach::Direct),
            Some(_) => return Err(Problem::invalid(&["Visibility is not included in the list".to_owned()])),
        })
    }
}

fn reach(word: &str) -> ApiResult<Reach> {
    Reach::choice(word).map_err(|fault| Problem::invalid(&[format!("Reach {fault}")]))
}

/// Returns the recipients of a status, without posting it.
pub(super) async fn preview(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Params(draft): Params<StatusParams>,
) -> ApiResult<Json<entities::Audience>> {
    let author = PostAuthor::on_behalf_of(&me, draft.on_behalf_of);
    let preview = preview_delivery(&here, author, draft.wish()?).await?;
    Ok(Json(entities::Audience::render(&preview, &here.urls)))
}

/// The result of posting: a status, or a scheduled status.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum PostedStatus {
    /// A posted status.
    Now(Box<entities::Status>),
    /// A scheduled status.
    Later(Box<entities::ScheduledStatus>),
}

impl PostedStatus {
    fn render(submitted: &Submitted, urls: &Urls) -> Self {
        match submitted {
            Submitted::Posted(view) => Self::Now(Box::new(entities::Status::render(view, urls))),
            Submitted::Scheduled(view) => {
                Self::Later(Box::new(entities::ScheduledStatus::render(view, urls)))
            }
        }
    }
}

/// Posts or schedules a status. Repeating a request with the same Idempotency-Key within an hour returns the
/// first status.
pub(super) async fn post(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    headers: HeaderMap,
    Params(draft): Params<StatusParams>,
) -> ApiResult<Json<PostedStatus>> {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let at = moment(draft.scheduled_at.as_deref())?;
    let author = PostAuthor::on_behalf_of(&me, draft.on_behalf_of);
    let new = NewStatus {
        app: me.token().app_id,
        idempotency_key: key.filter(|key| !key.is_empty()).map(str::to_owned),
        ..draft.wish()?
    };
    let submitted = submit(&here, author, new, at.into()).await?;
    Ok(Json(PostedStatus::render(&submitted, &here.urls)))
}

/// Edits a status of the caller.
pub(super) async fn edit(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    Path(id): Path<StatusId>,
    Params(draft): Params<StatusParams>,
) -> ApiResult<Json<entities::Status>> {
    let reach = match draft.reach.as_deref().filter(|word| !word.is_empty()) {
        Some(word) => Some(reach(word)?),
        None => None,
    };
    let edit = StatusEditInput {
        reach,
        partner: draft.partner.clone().filter(|domain| !domain.is_empty()),
        content_type: draft.content_type()?,
        quotable: circle(draft.quote_approval_policy.as_deref())?,
        text: draft.status,
        spoiler_text: draft.spoiler_text,
        sensitive: draft.sensitive.unwrap_or(false),
        language: draft.language,
        notes: draft.media_attributes.into_iter().filter_map(MediaAttributeParams::note).collect(),
        media: draft.media_ids,
        poll: draft.poll.and_then(PollParams::wish),
    };
    let view = statuses::edit(&here, &me, id, edit).await?;
    Ok(Json(entities::Status::render(&view, &here.urls)))
}

/// Deletes a status of the caller; returns it with its source text, for redrafting.
pub(super) async fn delete(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteStatuses>,
    counters: RateLimitCounters,
    Path(id): Path<StatusId>,
    Params(deletion): Params<DeleteStatusParams>,
) -> ApiResult<Json<entities::Status>> {
    allow(&here, &counters, RateLimit::DELETIONS, Subject::Caller(me.user.id.0))?;
    let (view, source) = match deletion.delete_media {
        Some(true) => statuses::delete_with_media(&here, &me, id).await?,
        _ => statuses::delete(&here, &me, id).await?,
    };
    Ok(Json(entities::Status::render_with_text(&view, source.text, &here.urls)))
}
