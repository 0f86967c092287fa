//! Scheduled posts.

use schemars::JsonSchema;
use serde::Serialize;

use super::{MediaAttachment, visibility};
use portico_domain::model::quote::QuoteAudience;
use portico_domain::model::urls::Urls;
use portico_domain::model::{AppId, MediaId, Reach, StatusId};
use portico_domain::policy::reach::RequestedReach;
use portico_service::publishing::scheduled::ScheduledView;
use portico_service::publishing::statuses::NewStatus;

/// A scheduled post.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ScheduledStatus {
    id: String,
    scheduled_at: String,
    params: ScheduledStatusSource,
    media_attachments: Vec<MediaAttachment>,
}

/// The parameters of a scheduled post.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct ScheduledStatusSource {
    text: String,
    content_type: &'static str,
    poll: Option<ScheduledPoll>,
    media_ids: Option<Vec<MediaId>>,
    sensitive: bool,
    spoiler_text: Option<String>,
    visibility: &'static str,
    /// The requested reach, if the client set Portico's own parameter.
    reach: Option<Reach>,
    in_reply_to_id: Option<StatusId>,
    quoted_status_id: Option<StatusId>,
    quote_approval_policy: Option<&'static str>,
    language: Option<String>,
    application_id: Option<AppId>,
    scheduled_at: Option<String>,
    idempotency: Option<String>,
    with_rate_limit: bool,
}

/// The poll of a scheduled post.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ScheduledPoll {
    options: Vec<String>,
    expires_in: Option<i64>,
    multiple: bool,
    hide_totals: bool,
}

impl ScheduledStatus {
    /// Renders a scheduled post.
    pub fn render(view: &ScheduledView, urls: &Urls) -> Self {
        Self {
            id: view.scheduled.id.to_string(),
            scheduled_at: view.scheduled.scheduled_at.rfc3339(),
            params: ScheduledStatusSource::render(&view.new),
            media_attachments: view
                .scheduled
                .media
                .iter()
                .map(|media| MediaAttachment::render(media, urls))
                .collect(),
        }
    }
}

impl ScheduledStatusSource {
    /// Renders the parameters of a scheduled post.
    pub(super) fn render(new: &NewStatus) -> Self {
        let poll = new.poll.as_ref().map(|poll| ScheduledPoll {
            options: poll.options.clone(),
            expires_in: poll.expires_in,
            multiple: poll.multiple,
            hide_totals: poll.hide_totals,
        });
        let reach = match new.asked {
            Some(RequestedReach::Reach(reach)) => Some(reach),
            Some(RequestedReach::LocalOnly) => Some(Reach::Instance),
            _ => None,
        };
        Self {
            text: new.text.clone(),
            content_type: new.content_type.as_str(),
            poll,
            media_ids: (!new.media.is_empty()).then(|| new.media.clone()),
            sensitive: new.sensitive,
            spoiler_text: Some(new.spoiler_text.clone()).filter(|text| !text.is_empty()),
            visibility: word(new.asked),
            reach,
            in_reply_to_id: new.in_reply_to,
            quoted_status_id: new.quoted,
            quote_approval_policy: new.quotable.map(QuoteAudience::as_str),
            language: new.language.clone(),
            application_id: new.app,
            scheduled_at: None,
            idempotency: new.idempotency_key.clone(),
            with_rate_limit: false,
        }
    }
}

fn word(asked: Option<RequestedReach>) -> &'static str {
    match asked {
        None | Some(RequestedReach::Public | RequestedReach::LocalOnly) => "public",
        Some(RequestedReach::Unlisted) => "unlisted",
        Some(RequestedReach::Private) => "private",
        Some(RequestedReach::Direct) => "direct",
        Some(RequestedReach::Reach(reach)) => visibility(reach, true),
    }
}
