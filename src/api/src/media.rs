//! Media uploads. A body may be large, so it is not parsed with the other parameters: the handler streams it
//! to a file, and only for an authenticated caller.

use aide::OperationInput;
use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, ReferenceOr, RequestBody, SchemaObject};
use axum::Json;
use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use schemars::{JsonSchema, json_schema};
use serde::Deserialize;

use super::auth::{CurrentUser, RateLimitCounters, allow};
use super::entities::{Empty, MediaAttachment};
use super::scope;
use portico_domain::model::MediaId;
use portico_domain::model::media::{FOCUS_UNIT, Focus, Media, MediaState};
use portico_http::limits::{RateLimit, Subject};
use portico_http::params::{ClearableText, Files};
use portico_http::routing::{Documented as _, post};
use portico_http::upload::{collect, fault, spool, text};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::publishing::media::{self, MAX_IMAGE_SIZE, MAX_VIDEO_SIZE, MediaChange, NewMedia};

/// The most bytes of text in an upload.
const MAX_TEXT: usize = 64 * 1024;
/// The most parts of an upload.
const MAX_PARTS: usize = 32;

pub(super) fn routes() -> ApiRouter {
    ApiRouter::new()
        .api_route(
            "/api/v2/media",
            post_with(upload, |op| {
                op.response::<200, Json<MediaAttachment>>().response::<202, Json<MediaAttachment>>()
            }),
        )
        .endpoint("/api/v1/media", post(upload_and_wait))
        .api_route(
            "/api/v1/media/{id}",
            get_with(show, |op| {
                op.response::<200, Json<MediaAttachment>>().response::<206, Json<MediaAttachment>>()
            })
            .put(change)
            .delete(remove),
        )
}

/// Counts an upload against the caller's rate limit, before the body is read.
struct UploadRateLimit;

impl OperationInput for UploadRateLimit {}

impl<S: Send + Sync> FromRequestParts<S> for UploadRateLimit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let here = CurrentInstance::from_request_parts(parts, state).await?;
        let me = <CurrentUser<scope::WriteMedia>>::from_request_parts(parts, state).await?;
        let counters = RateLimitCounters::from_request_parts(parts, state).await?;
        allow(&here, &counters, RateLimit::MEDIA, Subject::Caller(me.user.id.0)).map(|()| Self)
    }
}

/// An upload, streamed from a multipart body to a file.
struct MediaUpload(NewMedia);

impl OperationInput for MediaUpload {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        let file = || json_schema!({ "type": "string", "format": "binary" });
        let json_schema = json_schema!({
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": file(),
                "thumbnail": file(),
                "description": { "type": "string" },
                "focus": { "type": "string" },
            },
        });
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        let content = [("multipart/form-data".to_owned(), media)].into_iter().collect();
        operation.request_body = Some(ReferenceOr::Item(RequestBody { content, ..RequestBody::default() }));
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, aide::openapi::Response)> {
        portico_http::openapi::problems(ctx, &[400, 413, 415, 422, 429])
    }
}

impl<S: Send + Sync> FromRequest<S> for MediaUpload {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &S) -> ApiResult<Self> {
        let here = request.extensions().get().cloned().map(CurrentInstance);
        let here = here.ok_or_else(|| Problem::internal(&"the request carries no instance"))?;
        let most = MAX_VIDEO_SIZE + MAX_IMAGE_SIZE + MAX_TEXT as u64;
        DefaultBodyLimit::max(usize::try_from(most).unwrap_or(usize::MAX)).apply(&mut request);
        let mut parts = Multipart::from_request(request, state).await.map_err(|_| {
            Problem::invalid(&["File can't be blank: it must be sent as multipart/form-data".to_owned()])
        })?;
        let (mut file, mut thumbnail) = (None, None);
        let (mut description, mut focal) = (None, None);
        let mut left = MAX_PARTS;
        while let Some(part) = parts.next_field().await.map_err(|error| fault(&error, MAX_VIDEO_SIZE))? {
            left =
                left.checked_sub(1).ok_or_else(|| Problem::bad_request("The upload has too many parts"))?;
            match part.name().unwrap_or_default() {
                "file" => file = Some(spool(&here, part, MAX_VIDEO_SIZE).await?),
                "thumbnail" => thumbnail = Some(collect(part, MAX_IMAGE_SIZE as usize).await?),
                "description" => description = Some(text(part, MAX_TEXT).await?),
                "focus" => focal = Some(text(part, MAX_TEXT).await?),
                _ => drop(collect(part, MAX_TEXT).await?),
            }
        }
        let file = file.ok_or_else(|| Problem::invalid(&["File can't be blank".to_owned()]))?;
        let focus = focal.as_deref().and_then(focus);
        let thumbnail = thumbnail.filter(|bytes| !bytes.is_empty());
        Ok(Self(NewMedia { file, thumbnail, description, focus }))
    }
}

/// Parses `x,y`, each from -1 to 1; returns `None` for anything else.
pub(super) fn focus(text: &str) -> Option<Focus> {
    let (x, y) = text.split_once(',')?;
    let unit = |text: &str| {
        let value: f64 = text.trim().parse().ok()?;
        value.is_finite().then(|| (value.clamp(-1.0, 1.0) * FOCUS_UNIT).round() as i64)
    };
    Some((unit(x)?, unit(y)?))
}

/// Uploads a file. Images are ready immediately; for video and audio the response is 202, and `GET
/// /api/v1/media/{id}` reports when processing has finished.
async fn upload(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteMedia>,
    _: UploadRateLimit,
    MediaUpload(new): MediaUpload,
) -> ApiResult<Response> {
    let media = media::upload(&here, me.id, new, false).await?;
    Ok(media_response(&here, &media, StatusCode::ACCEPTED))
}

/// Uploads a file, and waits until it can be attached.
async fn upload_and_wait(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteMedia>,
    _: UploadRateLimit,
    MediaUpload(new): MediaUpload,
) -> ApiResult<Json<MediaAttachment>> {
    let media = media::upload(&here, me.id, new, true).await?;
    Ok(Json(MediaAttachment::render(&media, &here.urls)))
}

/// Renders an attachment, with the status `unfinished` while it is being processed.
fn media_response(here: &CurrentInstance, media: &Media, unfinished: StatusCode) -> Response {
    let status = if media.state == MediaState::Waiting { unfinished } else { StatusCode::OK };
    (status, Json(MediaAttachment::render(media, &here.urls))).into_response()
}

/// Returns an upload of the caller: 206 while it is being processed, 422 if processing failed.
async fn show(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteMedia>,
    Path(id): Path<MediaId>,
) -> ApiResult<Response> {
    let media = media::show(&here, me.id, id).await?;
    if media.state == MediaState::Failed {
        return Err(Problem::unprocessable("Error processing thumbnail for uploaded media"));
    }
    Ok(media_response(&here, &media, StatusCode::PARTIAL_CONTENT))
}

/// The attributes to change; absent ones keep their value.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MediaParams {
    /// A description (alt text).
    description: ClearableText,
    /// The focal point: `x,y`, each from -1 to 1.
    focus: Option<String>,
}

/// Changes the description or focal point of an upload that is not attached yet.
async fn change(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteMedia>,
    Path(id): Path<MediaId>,
    Files(files): Files,
    Params(change): Params<MediaParams>,
) -> ApiResult<Json<MediaAttachment>> {
    let thumbnail = files.into_iter().find(|file| file.name == "thumbnail" && !file.bytes.is_empty());
    let change = MediaChange {
        description: change.description.0,
        focus: change.focus.as_deref().and_then(focus),
        thumbnail: thumbnail.map(|file| file.bytes.to_vec()),
    };
    let media = media::change(&here, me.id, id, change).await?;
    Ok(Json(MediaAttachment::render(&media, &here.urls)))
}

/// Deletes an upload that is not attached.
async fn remove(
    here: CurrentInstance,
    me: CurrentUser<scope::WriteMedia>,
    Path(id): Path<MediaId>,
) -> ApiResult<Json<Empty>> {
    media::remove(&here, me.id, id).await?;
    Ok(Json(Empty {}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn focal_points_are_clamped() {
        assert_eq!(focus("0.5,-0.25"), Some((5000, -2500)));
        assert_eq!(focus("7, -1e300"), Some((10_000, -10_000)));
        for bad in ["", "1", "a,b", "NaN,1", "inf,0"] {
            assert_eq!(focus(bad), None, "{bad}");
        }
    }
}
