//! Writing a post: the form, and what becomes of it.
//!
//! The form works without script: files are sent with it, and whatever is wrong, it comes back with all
//! that was typed and every file that was taken in. With script (`assets/portico.js`) files go ahead of it,
//! one by one, to [`upload`].

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse as _;
use serde::Deserialize;

use crate::http::Here;
use crate::http::limits::{Limits, Rule, Subject};
use crate::http::problem::Problem;
use crate::model::marks::Require;
use crate::model::media::Media;
use crate::model::view::StatusView;
use crate::model::{AccountId, DraftId, MediaId, StatusId, Timestamp};
use crate::service::media::{self, MediaChange, NewMedia};
use crate::service::sessions::SignedIn;
use crate::service::statuses::{self, HostGets, NewStatus, Preview};
use crate::service::{Asked, Error, Viewer, accounts, delegates, drafts, praise, scheduled};

use super::composer::{self, Composer, Uploaded};
use super::draft::{Draft, Kept, Wish};
use super::forms::Posted;
use super::page::{Answer, Shell, redirect, render_fragment, render_with};
use super::quote::Excerpt;
use super::view::{Person, Post};
use super::visitor::{Visitor, to_sign_in};
use super::words;
use super::{ErrorPage, icons};

#[derive(Template)]
#[template(path = "compose.html")]
struct Page {
    shell: Shell,
    title: &'static str,
    form: Composer,
    answered: Option<Excerpt>,
    quoted: Option<Excerpt>,
    foreseen: Option<Foreseen>,
}

/// Who would get what is written.
struct Foreseen {
    label: String,
    /// `Everybody here: 12 people`.
    here: String,
    hosts: Vec<(String, String)>,
    left_out: Vec<Person>,
    /// `Sales: 12 people here`.
    calls: Vec<String>,
}

impl Foreseen {
    fn of(preview: &Preview, here: &Here) -> Self {
        let people = words::count(preview.people_here, "person", "people");
        let host = |host: &HostGets| {
            let handles: Vec<String> =
                host.named.iter().map(|account| format!("@{}", account.acct())).collect();
            let mut why = Vec::new();
            if host.everyone {
                why.push("everybody there".to_owned());
            } else if host.follows {
                why.push("your followers there".to_owned());
            }
            why.extend(handles);
            (host.domain.clone(), why.join(", "))
        };
        Self {
            label: match preview.addressed {
                true => words::addressed(preview.circle.as_ref().map(|circle| circle.title.as_str())),
                false => words::extent(preview.reach, preview.partner.as_deref()),
            },
            here: match preview.everyone_here {
                true => format!("Everybody on {}: {people}", here.settings.domain),
                false => format!("On {}: {people}", here.settings.domain),
            },
            hosts: preview.hosts.iter().map(host).collect(),
            calls: preview
                .calls
                .iter()
                .map(|call| {
                    let number = i64::try_from(call.people.len()).unwrap_or(i64::MAX);
                    format!("{}: {} here", call.unit.name, words::count(number, "person", "people"))
                })
                .collect(),
            left_out: preview.left_out.iter().map(|account| Person::of(account, &here.urls)).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "parts/upload.html")]
struct Row {
    upload: Uploaded,
}

/// What to answer or to quote.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    reply: Option<StatusId>,
    quote: Option<StatusId>,
    draft: Option<DraftId>,
}

/// The page of the form.
pub(super) async fn show(
    here: Here,
    visitor: Visitor,
    uri: Uri,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let Query(wanted) = wanted.map_err(|_| ErrorPage::not_found())?;
    let draft = match wanted.draft {
        Some(id) => Draft::of(&here, &drafts::show(&here, who.account.id, id).await?),
        None => Draft { reply: wanted.reply, quote: wanted.quote, ..Draft::new(&here) },
    };
    page(&here, who, draft, StatusCode::OK, None).await
}

/// Takes in the form.
pub(super) async fn submit(
    State(limits): State<Arc<Limits>>,
    here: Here,
    visitor: Visitor,
    request: Request,
) -> Answer {
    let Some(who) = visitor.who() else { return Err(ErrorPage::forged()) };
    let (subject, now) = (Subject::Caller(who.user.id.0), here.now());
    let verdict = limits.count(here.urls.domain(), Rule::API, subject, now);
    if !verdict.allowed {
        return Err(ErrorPage::too_many(verdict.retry_after(now)));
    }
    let mut draft = Draft::read(&here, who, &limits, request).await?;
    if let Wish::Remove(id) = draft.wish {
        // What is gone already need not be removed.
        let _ = media::remove(&here, who.account.id, id).await;
        draft.kept.retain(|kept| kept.id != id);
    }
    take_in(&here, who, &mut draft).await?;
    describe(&here, who, &mut draft).await?;
    if draft.wish == Wish::Foresee && draft.problem.is_none() {
        match foresee(&here, who, &draft).await {
            Ok(preview) => {
                return page(&here, who, draft, StatusCode::OK, Some(Foreseen::of(&preview, &here))).await;
            }
            Err(error) => draft.fault(sentence(error)?),
        }
    }
    if draft.wish == Wish::Keep && draft.problem.is_none() {
        match keep(&here, who, &draft).await {
            Ok(()) => return redirect(StatusCode::SEE_OTHER, "/drafts"),
            Err(error) => draft.fault(sentence(error)?),
        }
    }
    if matches!(draft.wish, Wish::Attach | Wish::Remove(_)) && draft.problem.is_none() {
        return page(&here, who, draft, StatusCode::OK, None).await;
    }
    if draft.wish == Wish::Post && draft.problem.is_none() {
        match publish(&here, who, &draft).await {
            Ok(path) => return redirect(StatusCode::SEE_OTHER, &path),
            Err(error) => draft.fault(sentence(error)?),
        }
    }
    page(&here, who, draft, StatusCode::UNPROCESSABLE_ENTITY, None).await
}

/// Takes in one file ahead of the form; answers its row of the form, or what is wrong in a sentence.
pub(super) async fn upload(
    State(limits): State<Arc<Limits>>,
    here: Here,
    visitor: Visitor,
    request: Request,
) -> Answer {
    let Some(who) = visitor.who() else { return Err(ErrorPage::forged()) };
    let mut draft = Draft::read(&here, who, &limits, request).await?;
    take_in(&here, who, &mut draft).await?;
    match (draft.problem, draft.kept.first()) {
        (None, Some(kept)) => {
            let media = media::show(&here, who.account.id, kept.id).await?;
            render_fragment(&Row { upload: Uploaded::of(&media, String::new()) })
        }
        (problem, _) => {
            let sentence = problem.unwrap_or_else(|| "No file was chosen.".to_owned());
            Ok((StatusCode::UNPROCESSABLE_ENTITY, sentence).into_response())
        }
    }
}

/// A form of buttons alone.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// Takes an upload off that went ahead of the form.
pub(super) async fn remove(
    here: Here,
    visitor: Visitor,
    id: Result<crate::http::Path<MediaId>, Problem>,
    _: Posted<Nothing>,
) -> Answer {
    let (Some(who), crate::http::Path(id)) = (visitor.who(), id?) else { return Err(ErrorPage::forged()) };
    media::remove(&here, who.account.id, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Keeps the files that came with the form as uploads.
async fn take_in(here: &Here, who: &SignedIn, draft: &mut Draft) -> Result<(), ErrorPage> {
    for (file, words) in draft.take_files() {
        let new = NewMedia { file, thumbnail: None, description: Some(words.clone()), focus: None };
        match media::upload(here, who.account.id, new, true).await {
            Ok(media) => draft.kept.push(Kept { id: media.id, words }),
            Err(error) => draft.fault(sentence(error)?),
        }
    }
    Ok(())
}

/// Gives uploads the descriptions of the form; those that are gone are left out.
async fn describe(here: &Here, who: &SignedIn, draft: &mut Draft) -> Result<(), ErrorPage> {
    for kept in std::mem::take(&mut draft.kept) {
        let change = MediaChange { description: Some(kept.words.clone()), ..MediaChange::default() };
        match media::change(here, who.account.id, kept.id, change).await {
            Ok(_) => draft.kept.push(kept),
            Err(Error::NotFound(_)) => {
                draft.fault("A file is gone: it waited too long, or is posted already.")
            }
            Err(error) => {
                draft.fault(sentence(error)?);
                draft.kept.push(kept);
            }
        }
    }
    Ok(())
}

/// Whom it would reach.
async fn foresee(here: &Here, who: &SignedIn, draft: &Draft) -> Result<Preview, Error> {
    let new = wanted(here, who, draft).await?;
    match draft.leader {
        Some(leader) => delegates::preview(here, who.account.id, leader, new).await,
        None => statuses::preview(here, &who.account, new).await,
    }
}

/// The people whom the form praises, by their handles.
async fn praised(here: &Here, who: &SignedIn, typed: &str) -> Result<Vec<AccountId>, Error> {
    let mut found = Vec::new();
    let handles = typed.split([',', ' ']).map(str::trim).filter(|handle| !handle.is_empty());
    for handle in handles.take(praise::MOST + 1) {
        match accounts::lookup(here, Viewer::Staff(who.account.id), handle).await {
            Ok(account) => found.push(account.id),
            Err(Error::NotFound(_) | Error::Refused(_)) => {
                return Err(Error::invalid(format!("Nobody called {handle} is known here")));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// That it must be read, if the form says so.
fn required(draft: &Draft) -> Result<Option<Require>, Error> {
    if !draft.must_read {
        return Ok(None);
    }
    let by = Some(draft.acknowledge_by.as_str()).filter(|text| !text.is_empty());
    let parse =
        |text: &str| Timestamp::parse(text).ok_or_else(|| Error::invalid("The day to read it by is none"));
    Ok(Some(Require {
        acknowledge_by: by.map(parse).transpose()?,
        department: draft.department.clone(),
        group: None,
    }))
}

/// What the form wants to be posted.
async fn wanted(here: &Here, who: &SignedIn, draft: &Draft) -> Result<NewStatus, Error> {
    Ok(NewStatus {
        must_read: required(draft)?,
        praise: praised(here, who, &draft.praise).await?,
        text: draft.text.clone(),
        spoiler_text: draft.warning.clone(),
        sensitive: draft.sensitive,
        poll: draft.poll(),
        in_reply_to: draft.reply,
        // What is posted to a group goes as far as the group.
        asked: draft.reach.filter(|_| draft.group.is_none()).map(Asked::Reach),
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

/// Puts it aside.
async fn keep(here: &Here, who: &SignedIn, draft: &Draft) -> Result<(), Error> {
    let new = wanted(here, who, draft).await?;
    drafts::save(here, who.account.id, draft.stored, new).await.map(drop)
}

/// Posts it, now or later; answers the page to go on to.
async fn publish(here: &Here, who: &SignedIn, draft: &Draft) -> Result<String, Error> {
    let new = wanted(here, who, draft).await?;
    if let Some(leader) = draft.leader {
        if !draft.at.is_empty() {
            return Err(Error::invalid("What is posted in somebody's name cannot wait"));
        }
        let view = delegates::post(here, who.account.id, leader, new).await?;
        return Ok(Post::of(&view, &here.urls, here.now()).href);
    }
    if draft.at.is_empty() {
        let view = statuses::post(here, &who.account, new).await?;
        return Ok(Post::of(&view, &here.urls, here.now()).href);
    }
    let at = moment(&draft.at).ok_or_else(|| Error::invalid("The moment to post it is none"))?;
    scheduled::schedule(here, &who.account, new, at).await?;
    Ok("/scheduled".to_owned())
}

/// `2026-07-02T12:00`, which is meant as UTC.
fn moment(typed: &str) -> Option<Timestamp> {
    let seconds = if typed.len() == "2026-07-02T12:00".len() { ":00Z" } else { "Z" };
    Timestamp::parse(&format!("{typed}{seconds}"))
}

/// What is wrong with what was sent, in one sentence; a fault that is not the writer's is a page.
pub(super) fn sentence(error: Error) -> Result<String, ErrorPage> {
    match error {
        Error::Invalid(faults) => Ok(format!("{}.", faults.join("; "))),
        Error::Refused(why) => Ok(format!("It was refused: {why}.")),
        Error::NotFound(_) | Error::Gone(_) => {
            Ok("What this answers, quotes or is addressed to is gone, or is not shared with you.".to_owned())
        }
        Error::Conflict(what) => Ok(format!("{what}.")),
        error => Err(error.into()),
    }
}

async fn page(
    here: &Here,
    who: &SignedIn,
    draft: Draft,
    status: StatusCode,
    foreseen: Option<Foreseen>,
) -> Answer {
    let answered = found(here, who, draft.reply, status).await?;
    let quoted = found(here, who, draft.quote, status).await?;
    let mut uploads: Vec<(Media, String)> = Vec::with_capacity(draft.kept.len());
    for kept in &draft.kept {
        uploads.push((media::show(here, who.account.id, kept.id).await?, kept.words.clone()));
    }
    let id = |view: &Option<StatusView>| view.as_ref().map(|view| view.status.id);
    let offer = statuses::offer(here, &who.user, id(&answered), id(&quoted)).await?;
    let title = if draft.quote.is_some() {
        "Quote a post"
    } else if draft.reply.is_some() {
        "Reply"
    } else {
        "Write a post"
    };
    let excerpt = |view: &StatusView| Excerpt::of(view, &here.urls, here.now());
    let mut form = Composer::of(here, who, &draft, &offer);
    if let (StatusCode::OK, Some(view), true) = (status, &answered, draft.text.is_empty()) {
        form.address(view, who);
    }
    form.leaders = composer::leaders(here, who, draft.leader).await?;
    form.uploads = uploads.into_iter().map(|(media, words)| Uploaded::of(&media, words)).collect();
    let page = Page {
        shell: Shell::new(here, Some(who)),
        title,
        answered: answered.as_ref().map(excerpt),
        quoted: quoted.as_ref().map(excerpt),
        foreseen,
        form,
    };
    render_with(status, &page)
}

/// What is answered or quoted. A form that comes back is shown without what is gone meanwhile.
async fn found(
    here: &Here,
    who: &SignedIn,
    id: Option<StatusId>,
    status: StatusCode,
) -> Result<Option<StatusView>, ErrorPage> {
    let Some(id) = id else { return Ok(None) };
    match statuses::show(here, Viewer::Staff(who.account.id), id).await {
        Ok(StatusView { reblog: Some(boosted), .. }) => Ok(Some(*boosted)),
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
