//! Annotations of posts on pages: must-read posts, their readers, accepted answers and praise.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::IntoResponse as _;

use portico_domain::model::StatusId;
use portico_domain::model::annotations::{MustReadProgress, ReaderFilter, ReaderView};
use portico_domain::model::urls::Urls;
use portico_domain::model::view::StatusView;
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::sessions::SignedIn;
use portico_service::{Error, answers, must_reads, praise, statuses};

use super::compose::Nothing;
use super::forms::Posted;
use super::page::{Answer, Shell, redirect, render, render_with};
use super::view::{Person, Post};
use super::visitor::{Visitor, to_sign_in};
use super::{ErrorPage, icons, words};

/// Readers per page, readers per query of the export, and readers per exported file at most.
const PAGE: i64 = 50;
const FILE_CHUNK: i64 = 500;
const MOST_IN_FILE: i64 = 200_000;
/// Characters that make a spreadsheet read a cell as a formula (S73).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The annotations of a post, as pages show them.
#[derive(Default)]
pub(super) struct Marked {
    /// `Must be read by 2 July 2026`; empty for posts without this mark.
    pub must_read: String,
    /// Whether to show the button that acknowledges it.
    pub asks: bool,
    /// The delegate who posted it on behalf of its author, if the viewer may see that.
    pub posted_by: Option<Person>,
    /// People it praises.
    pub praised: Vec<Person>,
}

impl Marked {
    pub(super) fn of(view: &StatusView, urls: &Urls) -> Self {
        let marks = &view.annotations;
        let praised = marks.praised.iter().map(|praised| Person::of(&praised.account, urls)).collect();
        let posted_by = marks.posted_by.as_ref().map(|account| Person::of(account, urls));
        let Some(shown) = &marks.must_read else { return Self { posted_by, praised, ..Self::default() } };
        let mark = &shown.must_read;
        let own = view.viewer_id == Some(view.account.id);
        let mut line = match (mark.ended_at, mark.require.acknowledge_by) {
            (Some(_), _) => "Was must-read".to_owned(),
            (None, Some(by)) => format!("Must be read by {}", words::moment(by)),
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
pub(super) struct Reply {
    pub post: Post,
    /// Whether it is the accepted answer.
    pub is_accepted: bool,
    /// Whether the viewer is the author of the question, and may accept or unaccept it.
    pub is_mine_to_judge: bool,
}

/// Sorts the replies to a question: the accepted answer first.
pub(super) fn replies(question: &StatusView, posts: Vec<Post>) -> Vec<Reply> {
    let accepted = question.annotations.accepted.as_ref().filter(|accepted| accepted.is_visible);
    let accepted = accepted.and_then(|accepted| accepted.id);
    let mine = question.viewer_id == Some(question.account.id);
    let reply = |post: Post| Reply { is_accepted: Some(post.id) == accepted, is_mine_to_judge: mine, post };
    let (mut first, rest): (Vec<Reply>, Vec<Reply>) =
        posts.into_iter().map(reply).partition(|reply| reply.is_accepted);
    first.extend(rest);
    first
}

/// Redirects to the page of a post.
async fn back_to(here: &Here, visitor: &Visitor, id: StatusId) -> Answer {
    let view = statuses::show(here, visitor.viewer(), id).await?;
    redirect(StatusCode::SEE_OTHER, &Post::of(&view, &here.urls, here.now()).href)
}

type Id = Result<Path<StatusId>, Problem>;

/// Acknowledges a must-read post, then redirects to the page with the button: the home page or the post.
pub(super) async fn acknowledge(
    here: Here,
    visitor: Visitor,
    id: Id,
    headers: HeaderMap,
    _: Posted<Nothing>,
) -> Answer {
    let Path(id) = id?;
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    must_reads::acknowledge(&here, who.account.id, id).await?;
    let from = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = from.strip_prefix(here.urls.origin()).unwrap_or_default();
    if path == "/" || path.starts_with("/?") {
        return redirect(StatusCode::SEE_OTHER, "/");
    }
    back_to(&here, &visitor, id).await
}

/// Accepts an answer and redirects to the question.
pub(super) async fn accept(here: Here, visitor: Visitor, id: Id, _: Posted<Nothing>) -> Answer {
    let Path(id) = id?;
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    let question = answers::accept(&here, who.account.id, id).await?;
    back_to(&here, &visitor, question.status.id).await
}

/// Unaccepts an answer and redirects to the question.
pub(super) async fn take_back(here: Here, visitor: Visitor, id: Id, _: Posted<Nothing>) -> Answer {
    let Path(id) = id?;
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    let question = answers::take_back(&here, who.account.id, id).await?;
    back_to(&here, &visitor, question.status.id).await
}

/// Hides a praise post from the praised person's own profile.
pub(super) async fn hide_praise(here: Here, visitor: Visitor, id: Id, _: Posted<Nothing>) -> Answer {
    show_or_hide(&here, &visitor, id, true).await
}

/// Shows a hidden praise post on the profile again.
pub(super) async fn show_praise(here: Here, visitor: Visitor, id: Id, _: Posted<Nothing>) -> Answer {
    show_or_hide(&here, &visitor, id, false).await
}

async fn show_or_hide(here: &Here, visitor: &Visitor, id: Id, hidden: bool) -> Answer {
    let Path(id) = id?;
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    praise::set_hidden(here, who.account.id, id, hidden).await?;
    redirect(StatusCode::SEE_OTHER, &Person::of(&who.account, &here.urls).href)
}

/// A praise post on a profile.
pub(super) struct Praise {
    pub post: Post,
    /// Whether the owner of the profile hides it; then only the owner sees it.
    pub is_hidden: bool,
}

/// Lists the praise that a profile shows to the viewer.
pub(super) async fn praise_for(
    here: &Here,
    visitor: &Visitor,
    account: portico_domain::model::AccountId,
) -> Result<Vec<Praise>, ErrorPage> {
    /// Number of praise posts on a profile.
    const SHOWN: i64 = 5;
    let request = portico_domain::model::page::PageRequest::first(SHOWN);
    let page = praise::list(here, visitor.viewer(), account, request).await?;
    let hidden = |view: &StatusView| {
        let own = view.annotations.praised.iter().find(|praised| praised.account.id == account);
        own.is_some_and(|praised| praised.hidden)
    };
    let shown = page
        .items
        .iter()
        .map(|view| Praise { is_hidden: hidden(view), post: Post::of(view, &here.urls, here.now()) });
    Ok(shown.collect())
}

#[derive(Template)]
#[template(path = "readers.html")]
struct Page {
    shell: Shell,
    href: String,
    id: StatusId,
    /// `12 of 30 people have read it`.
    summary: String,
    notes: Vec<String>,
    instances: Vec<Row>,
    which: &'static str,
    readers: Vec<Line>,
    older: Option<String>,
    can_remind: bool,
    is_ended: bool,
    problem: Option<String>,
}

struct Row {
    domain: String,
    told: String,
}

struct Line {
    person: Person,
    told: String,
}

type Place = Result<Path<(String, String)>, Problem>;

fn id_of(place: Place) -> Result<StatusId, ErrorPage> {
    let Path((_, id)) = place?;
    id.parse().map_err(|_| ErrorPage::not_found())
}

/// Renders the author's page about a must-read post: how many people have read it, and who.
pub(super) async fn readers(
    here: Here,
    visitor: Visitor,
    place: Place,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let id = id_of(place)?;
    let page = page(&here, who, id, query.as_deref(), None).await?;
    render(&page)
}

async fn page(
    here: &Here,
    who: &SignedIn,
    id: StatusId,
    query: Option<&str>,
    problem: Option<String>,
) -> Result<Page, ErrorPage> {
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
    let standings = must_reads::standings(here, me, id).await?;
    let mut readers = must_reads::readers(here, me, id, which, PAGE + 1, from).await?;
    let more = i64::try_from(readers.len()).is_ok_and(|length| length > PAGE);
    readers.truncate(usize::try_from(PAGE).unwrap_or(0));
    let href = format!("{}/{id}", Person::of(&who.account, &here.urls).href);
    let older = more.then(|| format!("{href}/readers?who={word}&from={}", from + PAGE));
    Ok(Page {
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
    format!("{read} of {} have read it", words::count(expected, "person", "people"))
}

fn notes(standings: &MustReadProgress) -> Vec<String> {
    let mark = &standings.must_read;
    let mut notes = Vec::new();
    if let Some(by) = mark.require.acknowledge_by {
        let over = if standings.is_overdue { " (overdue)" } else { "" };
        notes.push(format!("Due by {}{over}.", words::moment(by)));
    }
    if !mark.require.department.is_empty() {
        notes.push(format!("For the department {}.", mark.require.department));
    }
    if standings.others > 0 {
        let others = words::count(standings.others, "other person", "other people");
        notes.push(format!("Also read by {others} who did not have to."));
    }
    if let Some(at) = mark.reminded_at {
        notes.push(format!("Reminder sent on {}. You can send one a day.", words::moment(at)));
    }
    if let Some(at) = mark.ended_at {
        notes.push(format!("No longer must-read since {}.", words::moment(at)));
    }
    notes
}

fn instances(standings: &MustReadProgress, own: &str) -> Vec<Row> {
    let row = |one: &portico_domain::model::annotations::ReadProgress| {
        let missing = one.expected.saturating_sub(one.acknowledged);
        let late = if standings.is_overdue { "overdue" } else { "missing" };
        let arrived = if one.delivered { "" } else { " · not delivered yet" };
        Row {
            domain: one.domain.clone().unwrap_or_else(|| own.to_owned()),
            told: format!("{} of {} have read it, {missing} {late}{arrived}", one.acknowledged, one.expected),
        }
    };
    standings.instances.iter().map(row).collect()
}

fn line(view: &ReaderView, urls: &Urls) -> Line {
    let told = view.acknowledged_at.map(|at| format!("read it on {}", words::moment(at)));
    Line { person: Person::of(&view.account, urls), told: told.unwrap_or_default() }
}

/// Sends a reminder to the people who have not read it, and redirects to the page.
pub(super) async fn remind(here: Here, visitor: Visitor, id: Id, _: Posted<Nothing>) -> Answer {
    let Path(id) = id?;
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    let outcome = must_reads::remind(&here, who.account.id, id).await;
    settle(&here, who, id, outcome).await
}

/// Ends the must-read mark, and redirects to the page.
pub(super) async fn end(here: Here, visitor: Visitor, id: Id, _: Posted<Nothing>) -> Answer {
    let Path(id) = id?;
    let who = visitor.who().ok_or_else(ErrorPage::forged)?;
    let outcome = must_reads::end(&here, who.account.id, id).await;
    settle(&here, who, id, outcome).await
}

async fn settle(
    here: &Here,
    who: &SignedIn,
    id: StatusId,
    outcome: Result<MustReadProgress, Error>,
) -> Answer {
    let problem = match outcome {
        Ok(_) => {
            let href = format!("{}/{id}/readers", Person::of(&who.account, &here.urls).href);
            return redirect(StatusCode::SEE_OTHER, &href);
        }
        Err(Error::TooMany { .. }) => "The last reminder was less than a day ago.".to_owned(),
        Err(Error::Invalid(faults)) => format!("{}.", faults.join("; ")),
        Err(error) => return Err(error.into()),
    };
    let page = page(here, who, id, None, Some(problem)).await?;
    render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Escapes a text so that no spreadsheet reads it as a formula.
fn plain(text: &str) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}

/// Exports the expected readers of a post and when each read it, as CSV (RFC 4180).
pub(super) async fn export(here: Here, visitor: Visitor, place: Place, uri: Uri) -> Answer {
    let Some(who) = visitor.who() else { return to_sign_in(&uri.to_string()) };
    let (id, me) = (id_of(place)?, who.account.id);
    let mut file = csv::Writer::from_writer(Vec::new());
    let mut written = file.write_record(["instance", "user", "name", "acknowledged_at"]);
    let mut from = 0;
    while from < MOST_IN_FILE {
        let readers = must_reads::readers(&here, me, id, ReaderFilter::All, FILE_CHUNK, from).await?;
        for view in &readers {
            let account = &view.account;
            let host = account.domain.as_deref().unwrap_or(here.urls.domain());
            let at = view.acknowledged_at.map(|at| at.rfc3339()).unwrap_or_default();
            let cells = [plain(host), plain(&account.username), plain(account.name()), at];
            written = written.and_then(|()| file.write_record(&cells));
        }
        if i64::try_from(readers.len()).is_ok_and(|length| length < FILE_CHUNK) {
            break;
        }
        from += FILE_CHUNK;
    }
    let whole = written.ok().and_then(|()| file.into_inner().ok());
    let bytes = whole.ok_or_else(ErrorPage::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"readers.csv\"")),
    ];
    Ok((headers, bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s73_no_cell_is_a_formula() {
        for (text, cell) in [("=1+1", "'=1+1"), ("@x", "'@x"), ("-1", "'-1"), ("Ann", "Ann"), ("", "")] {
            assert_eq!(plain(text), cell);
        }
    }
}
