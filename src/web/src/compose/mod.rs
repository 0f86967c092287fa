//! The compose page: shows the form of a post, and publishes, schedules, saves or previews what is sent.
//!
//! The form works without script: files are sent with it. On an error it is shown again with all that was
//! typed and every file that was uploaded. With script (`assets/portico.js`) each file is uploaded
//! beforehand, one by one, to [`upload`].

pub(crate) mod compose_form;
pub(crate) mod compose_view;
pub(crate) mod drafts_page;
pub(crate) mod scheduled_page;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde::Deserialize;

use portico_domain::model::annotations::Require;
use portico_domain::model::media::Media;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, DraftId, MediaId, StatusId, Timestamp};
use portico_http::CurrentInstance;
use portico_http::limits::{Limits, RateLimit, Subject};
use portico_service::people::accounts;
use portico_service::publishing::media::{self, MediaChange, NewMedia};
use portico_service::publishing::statuses::{self, DeliveryPreview, HostPreview, NewStatus};
use portico_service::publishing::{self, Submitted, When, drafts, praise};
use portico_service::{Error, RequestedReach, Viewer};

use self::compose_form::{ComposeAction, ComposeForm, StoredUpload};
use self::compose_view::{ComposeView, UploadView};
use crate::error::form_error_text;
use crate::extract::{Path, SignedIn};
use crate::forms::{CsrfForm, EmptyForm};
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_fragment, render_with};
use crate::statuses::quote::PostExcerpt;
use crate::view::{Person, Post};
use crate::{ErrorPage, icons};

#[derive(Template)]
#[template(path = "compose.html")]
struct ComposePage {
    shell: Shell,
    title: &'static str,
    form: ComposeView,
    answered: Option<PostExcerpt>,
    quoted: Option<PostExcerpt>,
    foreseen: Option<DeliveryPreviewView>,
}

/// The preview of the recipients.
struct DeliveryPreviewView {
    label: String,
    /// Local recipients, as `Everyone on social.acme.example: 12 people`.
    here: String,
    hosts: Vec<(String, String)>,
    left_out: Vec<Person>,
    /// Mentioned departments, as `Sales: 12 people here`.
    calls: Vec<String>,
}

impl DeliveryPreviewView {
    fn from_preview(preview: &DeliveryPreview, here: &CurrentInstance) -> Self {
        let people = labels::count(preview.people_here, "person", "people");
        let host = |host: &HostPreview| {
            let handles: Vec<String> =
                host.named.iter().map(|account| format!("@{}", account.acct())).collect();
            let mut why = Vec::new();
            if host.everyone {
                why.push("everyone there".to_owned());
            } else if host.follows {
                why.push("your followers there".to_owned());
            }
            why.extend(handles);
            (host.domain.clone(), why.join(", "))
        };
        Self {
            label: match preview.addressed {
                true => labels::addressed(preview.circle.as_ref().map(|circle| circle.title.as_str())),
                false => labels::audience_label(preview.reach, preview.partner.as_deref()),
            },
            here: match preview.everyone_here {
                true => format!("Everyone on {}: {people}", here.settings.domain),
                false => format!("On {}: {people}", here.settings.domain),
            },
            hosts: preview.hosts.iter().map(host).collect(),
            calls: preview
                .calls
                .iter()
                .map(|call| {
                    let number = i64::try_from(call.people.len()).unwrap_or(i64::MAX);
                    format!("{}: {} here", call.department.name, labels::count(number, "person", "people"))
                })
                .collect(),
            left_out: preview
                .left_out
                .iter()
                .map(|account| Person::from_account(account, &here.urls))
                .collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "parts/upload.html")]
struct UploadPart {
    upload: UploadView,
}

/// Query parameters: the post to reply to or to quote, or the draft to continue.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ComposeQuery {
    reply: Option<StatusId>,
    quote: Option<StatusId>,
    draft: Option<DraftId>,
}

/// Renders the form.
pub(crate) async fn show(
    here: CurrentInstance,
    who: SignedIn,
    wanted: Result<Query<ComposeQuery>, axum::extract::rejection::QueryRejection>,
) -> PageResult {
    let Query(wanted) = wanted.map_err(|_| ErrorPage::not_found())?;
    let draft = match wanted.draft {
        Some(id) => ComposeForm::from_draft(&here, &drafts::show(&here, who.account.id, id).await?),
        None => ComposeForm { reply: wanted.reply, quote: wanted.quote, ..ComposeForm::new(&here) },
    };
    page(&here, &who, draft, StatusCode::OK, None).await
}

/// Processes the form according to the button that was pressed.
pub(crate) async fn submit(
    State(limits): State<Arc<Limits>>,
    here: CurrentInstance,
    who: SignedIn,
    request: Request,
) -> PageResult {
    let (subject, now) = (Subject::Caller(who.user.id.0), here.now());
    let verdict = limits.count(here.urls.domain(), RateLimit::API, subject, now);
    if !verdict.allowed {
        return Err(ErrorPage::too_many(verdict.retry_after(now)));
    }
    let mut draft = ComposeForm::read(&here, &who, &limits, request).await?;
    if let ComposeAction::RemoveUpload(id) = draft.wish {
        // An upload that no longer exists is no error here.
        let _ = media::remove(&here, who.account.id, id).await;
        draft.kept.retain(|kept| kept.id != id);
    }
    upload_files(&here, &who, &mut draft).await?;
    save_descriptions(&here, &who, &mut draft).await?;
    if draft.wish == ComposeAction::Preview && draft.problem.is_none() {
        match preview_delivery(&here, &who, &draft).await {
            Ok(preview) => {
                return page(
                    &here,
                    &who,
                    draft,
                    StatusCode::OK,
                    Some(DeliveryPreviewView::from_preview(&preview, &here)),
                )
                .await;
            }
            Err(error) => draft.fault(compose_error_text(error)?),
        }
    }
    if draft.wish == ComposeAction::SaveDraft && draft.problem.is_none() {
        match save_draft(&here, &who, &draft).await {
            Ok(()) => return redirect(StatusCode::SEE_OTHER, "/drafts"),
            Err(error) => draft.fault(compose_error_text(error)?),
        }
    }
    if matches!(draft.wish, ComposeAction::Attach | ComposeAction::RemoveUpload(_)) && draft.problem.is_none()
    {
        return page(&here, &who, draft, StatusCode::OK, None).await;
    }
    if draft.wish == ComposeAction::Post && draft.problem.is_none() {
        match publish(&here, &who, &draft).await {
            Ok(path) => return redirect(StatusCode::SEE_OTHER, &path),
            Err(error) => draft.fault(compose_error_text(error)?),
        }
    }
    page(&here, &who, draft, StatusCode::UNPROCESSABLE_ENTITY, None).await
}

/// Uploads one file before the form is sent. Returns its row of the form as HTML, or 422 with an error text.
pub(crate) async fn upload(
    State(limits): State<Arc<Limits>>,
    here: CurrentInstance,
    who: SignedIn,
    request: Request,
) -> PageResult {
    let mut draft = ComposeForm::read(&here, &who, &limits, request).await?;
    upload_files(&here, &who, &mut draft).await?;
    match (draft.problem, draft.kept.first()) {
        (None, Some(kept)) => {
            let media = media::show(&here, who.account.id, kept.id).await?;
            render_fragment(&UploadPart { upload: UploadView::from_media(&media, String::new()) })
        }
        (problem, _) => {
            let text = problem.unwrap_or_else(|| "No file was chosen.".to_owned());
            Ok((StatusCode::UNPROCESSABLE_ENTITY, text).into_response())
        }
    }
}

/// Deletes an upload that was sent before the form.
pub(crate) async fn remove(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<MediaId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    media::remove(&here, who.account.id, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Uploads the files that were sent with the form.
async fn upload_files(
    here: &CurrentInstance,
    who: &SignedIn,
    draft: &mut ComposeForm,
) -> Result<(), ErrorPage> {
    for (file, words) in draft.take_files() {
        let new = NewMedia { file, thumbnail: None, description: Some(words.clone()), focus: None };
        match media::upload(here, who.account.id, new, true).await {
            Ok(media) => draft.kept.push(StoredUpload { id: media.id, words }),
            Err(error) => draft.fault(compose_error_text(error)?),
        }
    }
    Ok(())
}

/// Saves the descriptions of the uploads. Drops uploads that no longer exist.
async fn save_descriptions(
    here: &CurrentInstance,
    who: &SignedIn,
    draft: &mut ComposeForm,
) -> Result<(), ErrorPage> {
    for kept in std::mem::take(&mut draft.kept) {
        let change = MediaChange { description: Some(kept.words.clone()), ..MediaChange::default() };
        match media::change(here, who.account.id, kept.id, change).await {
            Ok(_) => draft.kept.push(kept),
            Err(Error::NotFound(_)) => {
                draft.fault("A file no longer exists: it has expired, or is posted already.")
            }
            Err(error) => {
                draft.fault(compose_error_text(error)?);
                draft.kept.push(kept);
            }
        }
    }
    Ok(())
}

/// Computes who would receive the post.
async fn preview_delivery(
    here: &CurrentInstance,
    who: &SignedIn,
    draft: &ComposeForm,
) -> Result<DeliveryPreview, Error> {
    let new = new_status(here, who, draft).await?;
    publishing::preview_delivery(here, draft.author(who), new).await
}

/// Looks up the handles of the people that the form praises.
async fn find_praised(here: &CurrentInstance, who: &SignedIn, typed: &str) -> Result<Vec<AccountId>, Error> {
    let mut found = Vec::new();
    let handles = typed.split([',', ' ']).map(str::trim).filter(|handle| !handle.is_empty());
    for handle in handles.take(praise::MOST + 1) {
        match accounts::lookup(here, Viewer::Local(who.account.id), handle).await {
            Ok(account) => found.push(account.id),
            Err(Error::NotFound(_) | Error::Refused(_)) => {
                return Err(Error::invalid(format!("No account with the handle {handle} was found")));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Parses the must-read mark of the form.
fn parse_must_read(draft: &ComposeForm) -> Result<Option<Require>, Error> {
    if !draft.must_read {
        return Ok(None);
    }
    let by = Some(draft.acknowledge_by.as_str()).filter(|text| !text.is_empty());
    let parse =
        |text: &str| Timestamp::parse(text).ok_or_else(|| Error::invalid("\"Read by\" is not a valid date"));
    Ok(Some(Require {
        acknowledge_by: by.map(parse).transpose()?,
        department: draft.department.clone(),
        group: None,
    }))
}

/// Converts the form to a new status.
async fn new_status(here: &CurrentInstance, who: &SignedIn, draft: &ComposeForm) -> Result<NewStatus, Error> {
    Ok(NewStatus {
        must_read: parse_must_read(draft)?,
        praise: find_praised(here, who, &draft.praise).await?,
        text: draft.text.clone(),
        spoiler_text: draft.warning.clone(),
        sensitive: draft.sensitive,
        poll: draft.poll(),
        in_reply_to: draft.reply,
        // A post in a group has the reach of the group.
        asked: draft.reach.filter(|_| draft.group.is_none()).map(RequestedReach::Reach),
        partner: draft.partner.clone().filter(|_| draft.group.is_none()),
        circle: draft.circle.filter(|_| draft.group.is_none()),
        to_addressed: draft.to_addressed && draft.group.is_none(),
        group: draft.group,
        media: draft.kept.iter().map(|kept| kept.id).collect(),
        quoted: draft.quote,
        quotable: draft.quotable,
        draft: draft.stored,
        idempotency_key: Some(draft.key.clone()).filter(|key| !key.is_empty()),
        ..NewStatus::default()
    })
}

/// Saves the form as a draft.
async fn save_draft(here: &CurrentInstance, who: &SignedIn, draft: &ComposeForm) -> Result<(), Error> {
    let new = new_status(here, who, draft).await?;
    drafts::save(here, who.account.id, draft.stored, new).await.map(drop)
}

/// Publishes or schedules the post. Returns the path to redirect to.
async fn publish(here: &CurrentInstance, who: &SignedIn, draft: &ComposeForm) -> Result<String, Error> {
    let new = new_status(here, who, draft).await?;
    match publishing::submit(here, draft.author(who), new, parse_when(&draft.at)?).await? {
        Submitted::Posted(view) => Ok(Post::from_view(&view, &here.urls, here.now()).href),
        Submitted::Scheduled(_) => Ok("/scheduled".to_owned()),
    }
}

/// Parses the field "Post later", which is empty for a post that is published at once.
fn parse_when(typed: &str) -> Result<When, Error> {
    if typed.is_empty() {
        return Ok(When::Now);
    }
    let at = moment(typed).ok_or_else(|| Error::invalid("\"Post later\" is not a valid time"))?;
    Ok(When::At(at))
}

/// Parses the value of a `datetime-local` field, `2026-07-02T12:00`, as UTC.
fn moment(typed: &str) -> Option<Timestamp> {
    let seconds = if typed.len() == "2026-07-02T12:00".len() { ":00Z" } else { "Z" };
    Timestamp::parse(&format!("{typed}{seconds}"))
}

/// Returns the error text to show with the form. Errors that the user cannot correct become an error page.
fn compose_error_text(error: Error) -> Result<String, ErrorPage> {
    match error {
        Error::NotFound(_) | Error::Gone(_) => {
            Ok("A post, group or circle named here was deleted, or is not shared with you.".to_owned())
        }
        error => form_error_text(error),
    }
}

async fn page(
    here: &CurrentInstance,
    who: &SignedIn,
    draft: ComposeForm,
    status: StatusCode,
    foreseen: Option<DeliveryPreviewView>,
) -> PageResult {
    let answered = find_parent(here, who, draft.reply, status).await?;
    let quoted = find_parent(here, who, draft.quote, status).await?;
    let mut uploads: Vec<(Media, String)> = Vec::with_capacity(draft.kept.len());
    for kept in &draft.kept {
        uploads.push((media::show(here, who.account.id, kept.id).await?, kept.words.clone()));
    }
    let id = |view: &Option<StatusView>| view.as_ref().map(|view| view.status.id);
    let offer = statuses::list_reach_options(here, &who.user, id(&answered), id(&quoted)).await?;
    let title = if draft.quote.is_some() {
        "Quote a post"
    } else if draft.reply.is_some() {
        "Reply"
    } else {
        "New post"
    };
    let excerpt = |view: &StatusView| PostExcerpt::from_view(view, &here.urls, here.now());
    let mut form = ComposeView::from_form(here, who, &draft, &offer);
    if let (StatusCode::OK, Some(view), true) = (status, &answered, draft.text.is_empty()) {
        form.address(view, who);
    }
    form.leaders = compose_view::leaders(here, who, draft.leader).await?;
    form.uploads = uploads.into_iter().map(|(media, words)| UploadView::from_media(&media, words)).collect();
    let page = ComposePage {
        shell: Shell::new(here, Some(who)),
        title,
        answered: answered.as_ref().map(excerpt),
        quoted: quoted.as_ref().map(excerpt),
        foreseen,
        form,
    };
    render_with(status, &page)
}

/// Finds the post to reply to or to quote. When the form is shown again after an error, a post that no
/// longer exists is left out.
async fn find_parent(
    here: &CurrentInstance,
    who: &SignedIn,
    id: Option<StatusId>,
    status: StatusCode,
) -> Result<Option<StatusView>, ErrorPage> {
    let Some(id) = id else { return Ok(None) };
    match statuses::show(here, Viewer::Local(who.account.id), id).await {
        Ok(StatusView { boosted: Some(boosted), .. }) => Ok(Some(*boosted)),
        Ok(view) => Ok(Some(view)),
        Err(_) if status != StatusCode::OK => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_browsers_are_read() {
        let noon = Timestamp::parse("2026-07-02T12:00:00Z");
        assert_eq!(moment("2026-07-02T12:00"), noon);
        assert_eq!(moment("2026-07-02T12:00:00"), noon);
        for bad in ["", "tomorrow", "2026-07-02", "2026-07-02T25:00"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }
}
