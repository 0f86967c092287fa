//! Annotations of posts on pages: must-read posts, their readers, accepted answers and praise.

use std::io;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};

use portico_domain::model::StatusId;
use portico_domain::model::annotations::{MustReadProgress, ReaderFilter, ReaderView};
use portico_domain::model::urls::Urls;
use portico_domain::model::view::StatusView;
use portico_http::CurrentInstance;
use portico_http::csv::CsvFile;
use portico_service::Error;
use portico_service::publishing::{answers, must_reads, praise, statuses};

use crate::extract::{Path, SignedIn, Visitor};
use crate::forms::{CsrfForm, EmptyForm};
use crate::labels;
use crate::page::{PageResult, Shell, redirect, render_page, render_with, send_csv};
use crate::view::{Person, Post};
use crate::{ErrorPage, icons};

/// Readers per page, readers per query of the export, and readers per exported file at most.
const PAGE: i64 = 50;
const FILE_CHUNK: i64 = 500;
const MOST_IN_FILE: i64 = 200_000;

/// The annotations of a post, as pages show them.
#[derive(Default)]
pub(crate) struct AnnotationsView {
    /// `Must be read by 2 July 2026`; empty for posts without this mark.
    pub must_read: String,
    /// Whether to show the button that acknowledges it.
    pub asks: bool,
    /// The delegate who posted it on behalf of its author, if the viewer may see that.
    pub posted_by: Option<Person>,
    /// People it praises.
    pub praised: Vec<Person>,
}

impl AnnotationsView {
    pub(crate) fn from_view(view: &StatusView, urls: &Urls) -> Self {
        let marks = &view.annotations;
        let praised =
            marks.praised.iter().map(|praised| Person::from_account(&praised.account, urls)).collect();
        let posted_by = marks.posted_by.as_ref().map(|account| Person::from_account(account, urls));
        let Some(shown) = &marks.must_read else { return Self { posted_by, praised, ..Self::default() } };
        let mark = &shown.must_read;
        let own = view.viewer_id == Some(view.account.id);
        let mut line = match (mark.ended_at, mark.require.acknowledge_by) {
            (Some(_), _) => "Was must-read".to_owned(),
            (None, Some(by)) => format!("Must be read by {}", labels::moment(by)),
            (None, None) => "Must be read".to_owned(),
        };
        if !mark.require.department.is_empty() {
            line = format!("{line} · {}", mark.require.department);
        }
        if shown.acknowledged == Some(true) {
            line = format!("{line} · you have read it");
        }
        let asks = shown.acknowledged == Some(false) && mark.ended_at.is_none() && !own;
        Self { must_read: line, asks, posted_by, praised }
    }
}

/// A reply on the page of a question.
pub(crate) struct ReplyView {
    pub post: Post,
    /// Whether it is the accepted answer.
    pub is_accepted: bool,
    /// Whether the viewer is the author of the question, and may accept or unaccept it.
    pub is_mine_to_judge: bool,
}

/// Sorts the replies to a question: the accepted answer first.
pub(crate) fn replies(question: &StatusView, posts: Vec<Post>) -> Vec<ReplyView> {
    let accepted = question.annotations.accepted.as_ref().filter(|accepted| accepted.is_visible);
    let accepted = accepted.and_then(|accepted| accepted.id);
    let mine = question.viewer_id == Some(question.account.id);
    let reply =
        |post: Post| ReplyView { is_accepted: Some(post.id) == accepted, is_mine_to_judge: mine, post };
    let (mut first, rest): (Vec<ReplyView>, Vec<ReplyView>) =
        posts.into_iter().map(reply).partition(|reply| reply.is_accepted);
    first.extend(rest);
    first
}

/// Redirects to the page of a post.
async fn redirect_to_status(here: &CurrentInstance, who: &SignedIn, id: StatusId) -> PageResult {
    let view = statuses::show(here, who.viewer(), id).await?;
    redirect(StatusCode::SEE_OTHER, &Post::from_view(&view, &here.urls, here.now()).href)
}

/// Acknowledges a must-read post, then redirects to the page with the button: the home page or the post.
pub(crate) async fn acknowledge(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<StatusId>,
    headers: HeaderMap,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    must_reads::acknowledge(&here, who.account.id, id).await?;
    let from = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = from.strip_prefix(here.urls.origin()).unwrap_or_default();
    if path == "/" || path.starts_with("/?") {
        return redirect(StatusCode::SEE_OTHER, "/");
    }
    redirect_to_status(&here, &who, id).await
}

/// Accepts an answer and redirects to the question.
pub(crate) async fn accept(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<StatusId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    let question = answers::accept(&here, who.account.id, id).await?;
    redirect_to_status(&here, &who, question.status.id).await
}

/// Unaccepts an answer and redirects to the question.
pub(crate) async fn unaccept(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<StatusId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    let question = answers::take_back(&here, who.account.id, id).await?;
    redirect_to_status(&here, &who, question.status.id).await
}

/// Hides a praise post from the praised person's own profile.
pub(crate) async fn hide_praise(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<StatusId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    set_praise_hidden(&here, &who, id, true).await
}

/// Shows a hidden praise post on the profile again.
pub(crate) async fn show_praise(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<StatusId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    set_praise_hidden(&here, &who, id, false).await
}

async fn set_praise_hidden(here: &CurrentInstance, who: &SignedIn, id: StatusId, hidden: bool) -> PageResult {
    praise::set_hidden(here, who.account.id, id, hidden).await?;
    redirect(StatusCode::SEE_OTHER, &Person::from_account(&who.account, &here.urls).href)
}

/// A praise post on a profile.
pub(crate) struct PraiseView {
    pub post: Post,
    /// Whether the owner of the profile hides it; then only the owner sees it.
    pub is_hidden: bool,
}

/// Lists the praise that a profile shows to the viewer.
pub(crate) async fn praise_for(
    here: &CurrentInstance,
    visitor: &Visitor,
    account: portico_domain::model::AccountId,
) -> Result<Vec<PraiseView>, ErrorPage> {
    /// Number of praise posts on a profile.
    const SHOWN: i64 = 5;
    let request = portico_domain::model::page::PageRequest::first(SHOWN);
    let page = praise::list(here, visitor.viewer(), account, request).await?;
    let hidden = |view: &StatusView| {
        let own = view.annotations.praised.iter().find(|praised| praised.account.id == account);
        own.is_some_and(|praised| praised.hidden)
    };
    let shown = page.items.iter().map(|view| PraiseView {
        is_hidden: hidden(view),
        post: Post::from_view(view, &here.urls, here.now()),
    });
    Ok(shown.collect())
}

#[derive(Template)]
#[template(path = "readers.html")]
struct ReadersPage {
    shell: Shell,
    href: String,
    id: StatusId,
    /// `12 of 30 people have read it`.
    summary: String,
    notes: Vec<String>,
    instances: Vec<InstanceReadersRow>,
    which: &'static str,
    readers: Vec<ReaderRow>,
    older: Option<String>,
    can_remind: bool,
    is_ended: bool,
    problem: Option<String>,
}

struct InstanceReadersRow {
    domain: String,
    summary: String,
}

struct ReaderRow {
    person: Person,
    acknowledged: String,
}

/// Renders the author's page about a must-read post: how many people have read it, and who.
pub(crate) async fn readers(
    here: CurrentInstance,
    who: SignedIn,
    Path((_, id)): Path<(String, StatusId)>,
    RawQuery(query): RawQuery,
) -> PageResult {
    let page = page(&here, &who, id, query.as_deref(), None).await?;
    render_page(&page)
}

async fn page(
    here: &CurrentInstance,
    who: &SignedIn,
    id: StatusId,
    query: Option<&str>,
    problem: Option<String>,
) -> Result<ReadersPage, ErrorPage> {
    let parameter = |name: &str| {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        pairs.into_iter().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    };
    let (which, word) = match parameter("who").as_deref() {
        Some("acknowledged") => (ReaderFilter::Acknowledged, "acknowledged"),
        _ => (ReaderFilter::Missing, "missing"),
    };
    let from: i64 = parameter("from").and_then(|text| text.parse().ok()).unwrap_or(0).clamp(0, 1_000_000);
    let me = who.account.id;
    let standings = must_reads::show_standings(here, me, id).await?;
    let mut readers = must_reads::readers(here, me, id, which, PAGE + 1, from).await?;
    let more = i64::try_from(readers.len()).is_ok_and(|length| length > PAGE);
    readers.truncate(usize::try_from(PAGE).unwrap_or(0));
    let href = format!("{}/{id}", Person::from_account(&who.account, &here.urls).href);
    let older = more.then(|| format!("{href}/readers?who={word}&from={}", from + PAGE));
    Ok(ReadersPage {
        shell: Shell::new(here, Some(who)),
        id,
        summary: summary(&standings),
        notes: notes(&standings),
        instances: instances(&standings, here.urls.domain()),
        which: word,
        readers: readers.iter().map(|view| line(view, &here.urls)).collect(),
        older,
        can_remind: standings.remind_after.is_none() && standings.must_read.ended_at.is_none(),
        is_ended: standings.must_read.ended_at.is_some(),
        href,
        problem,
    })
}

fn summary(standings: &MustReadProgress) -> String {
    let (expected, read) = standings.instances.iter().fold((0_i64, 0_i64), |(expected, read), one| {
        (expected.saturating_add(one.expected), read.saturating_add(one.acknowledged))
    });
    format!("{read} of {} have read it", labels::count(expected, "person", "people"))
}

fn notes(standings: &MustReadProgress) -> Vec<String> {
    let mark = &standings.must_read;
    let mut notes = Vec::new();
    if let Some(by) = mark.require.acknowledge_by {
        let over = if standings.is_overdue { " (overdue)" } else { "" };
        notes.push(format!("Due by {}{over}.", labels::moment(by)));
    }
    if !mark.require.department.is_empty() {
        notes.push(format!("For the department {}.", mark.require.department));
    }
    if standings.others > 0 {
        let others = labels::count(standings.others, "other person", "other people");
        notes.push(format!("Also read by {others} who did not have to."));
    }
    if let Some(at) = mark.reminded_at {
        notes.push(format!("Reminder sent on {}. You can send one a day.", labels::moment(at)));
    }
    if let Some(at) = mark.ended_at {
        notes.push(format!("No longer must-read since {}.", labels::moment(at)));
    }
    notes
}

fn instances(standings: &MustReadProgress, own: &str) -> Vec<InstanceReadersRow> {
    let row = |one: &portico_domain::model::annotations::ReadProgress| {
        let missing = one.expected.saturating_sub(one.acknowledged);
        let late = if standings.is_overdue { "overdue" } else { "missing" };
        let arrived = if one.delivered { "" } else { " · not delivered yet" };
        InstanceReadersRow {
            domain: one.domain.clone().unwrap_or_else(|| own.to_owned()),
            summary: format!(
                "{} of {} have read it, {missing} {late}{arrived}",
                one.acknowledged, one.expected
            ),
        }
    };
    standings.instances.iter().map(row).collect()
}

fn line(view: &ReaderView, urls: &Urls) -> ReaderRow {
    let acknowledged = view.acknowledged_at.map(|at| format!("read it on {}", labels::moment(at)));
    ReaderRow {
        person: Person::from_account(&view.account, urls),
        acknowledged: acknowledged.unwrap_or_default(),
    }
}

/// Sends a reminder to the people who have not read it, and redirects to the page.
pub(crate) async fn remind(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<StatusId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    let outcome = must_reads::remind(&here, who.account.id, id).await;
    settle(&here, &who, id, outcome).await
}

/// Ends the must-read mark, and redirects to the page.
pub(crate) async fn end(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<StatusId>,
    _: CsrfForm<EmptyForm>,
) -> PageResult {
    let outcome = must_reads::end(&here, who.account.id, id).await;
    settle(&here, &who, id, outcome).await
}

async fn settle(
    here: &CurrentInstance,
    who: &SignedIn,
    id: StatusId,
    outcome: Result<MustReadProgress, Error>,
) -> PageResult {
    let problem = match outcome {
        Ok(_) => {
            let href = format!("{}/{id}/readers", Person::from_account(&who.account, &here.urls).href);
            return redirect(StatusCode::SEE_OTHER, &href);
        }
        Err(Error::TooMany { .. }) => "The last reminder was less than a day ago.".to_owned(),
        Err(Error::Invalid(faults)) => format!("{}.", faults.join("; ")),
        Err(error) => return Err(error.into()),
    };
    let page = page(here, who, id, None, Some(problem)).await?;
    render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Exports the expected readers of a post and when each read it, as CSV (RFC 4180).
pub(crate) async fn export(
    here: CurrentInstance,
    who: SignedIn,
    Path((_, id)): Path<(String, StatusId)>,
) -> PageResult {
    let me = who.account.id;
    let mut file = CsvFile::with_columns(&["instance", "user", "name", "acknowledged_at"]);
    let mut from = 0;
    while from < MOST_IN_FILE {
        let readers = must_reads::readers(&here, me, id, ReaderFilter::All, FILE_CHUNK, from).await?;
        file = file.and_then(|file| append_readers(file, &readers, here.urls.domain()));
        if i64::try_from(readers.len()).is_ok_and(|length| length < FILE_CHUNK) {
            break;
        }
        from += FILE_CHUNK;
    }
    send_csv("readers.csv", file.and_then(CsvFile::into_bytes))
}

fn append_readers(mut file: CsvFile, readers: &[ReaderView], own_domain: &str) -> io::Result<CsvFile> {
    for view in readers {
        let account = &view.account;
        let host = account.domain.as_deref().unwrap_or(own_domain);
        let at = view.acknowledged_at.map(|at| at.rfc3339()).unwrap_or_default();
        file.write_row(&[host, &account.username, account.name(), &at])?;
    }
    Ok(file)
}
