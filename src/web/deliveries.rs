//! Who got a post of one's own, and who did not: the delivery log, as a page and as a file.

use askama::Template;
use axum::http::{HeaderValue, Uri, header};
use axum::response::IntoResponse as _;

use crate::http::problem::Problem;
use crate::http::{Here, Path};
use crate::model::delivery::{Delivered, DeliveryState, Evidence, HostRule, Withheld};
use crate::model::{StatusId, Timestamp};
use crate::service::statuses;

use super::ErrorPage;
use super::page::{Answer, Shell, render};
use super::visitor::{Visitor, to_sign_in};
use super::words;

#[derive(Template)]
#[template(path = "deliveries.html")]
struct Page {
    shell: Shell,
    href: String,
    rows: Vec<Row>,
    /// How many took it, wait, and will not take it.
    summary: String,
    /// The hosts from which it was kept.
    kept: Vec<Kept>,
}

struct Row {
    host: String,
    inbox: String,
    state: &'static str,
    moment: String,
    iso: String,
    fault: String,
    /// The rule by which it was refused, in words; empty if it was none of ours.
    rule: &'static str,
    /// When its host was asked to delete it, in full and for machines.
    recalled: Option<(String, String)>,
}

/// A host from which the post was kept.
struct Kept {
    host: String,
    rule: &'static str,
}

impl Kept {
    fn of(kept: &Withheld) -> Self {
        Self { host: kept.host.clone(), rule: in_words(kept.rule) }
    }
}

/// A rule in a sentence.
const fn in_words(rule: HostRule) -> &'static str {
    match rule {
        HostRule::Agreement => "By the agreement with it, or because there is none in force.",
        HostRule::Reach => "By the reach of the post.",
        HostRule::Host => "Because nothing is exchanged with it.",
    }
}

impl Row {
    fn of(entry: &Delivered) -> Self {
        let state = entry.state();
        let next = entry.waiting.as_ref().and_then(|waiting| waiting.next_at);
        let moment = entry.taken_at.or(next).unwrap_or(entry.queued_at);
        Self {
            host: entry.host.clone(),
            inbox: entry.inbox.clone(),
            state: match state {
                DeliveryState::Taken => "Got it",
                DeliveryState::Waiting => "Waits; is tried again",
                DeliveryState::Refused => "Was refused",
                DeliveryState::GivenUp => "Was given up",
                DeliveryState::Withheld => "Was not sent",
            },
            moment: words::moment(moment),
            iso: moment.rfc3339(),
            fault: entry.fault().unwrap_or_default().to_owned(),
            rule: entry.rule.filter(|_| state == DeliveryState::Refused).map_or("", in_words),
            recalled: entry.recalled_at.map(|at| (words::moment(at), at.rfc3339())),
        }
    }
}

fn summary(log: &[Delivered]) -> String {
    let number = |wanted: &[DeliveryState]| -> i64 {
        let of_them = log.iter().filter(|entry| wanted.contains(&entry.state())).count();
        i64::try_from(of_them).unwrap_or(i64::MAX)
    };
    let taken = words::count(number(&[DeliveryState::Taken]), "inbox got it", "inboxes got it");
    let waiting = words::count(number(&[DeliveryState::Waiting]), "waits", "wait");
    let lost = number(&[DeliveryState::Refused, DeliveryState::GivenUp]);
    let lost = words::count(lost, "will not get it", "will not get it");
    let recalled = log.iter().filter(|entry| entry.recalled_at.is_some()).count();
    let recalled = match i64::try_from(recalled).unwrap_or(i64::MAX) {
        0 => String::new(),
        number => format!(", {}", words::count(number, "was asked to delete it", "were asked to delete it")),
    };
    format!("{taken}, {waiting}, {lost}{recalled}")
}

type Place = Result<Path<(String, String)>, Problem>;

async fn evidence(here: &Here, visitor: &Visitor, path: Place) -> Result<Option<Evidence>, ErrorPage> {
    let Path((_, id)) = path?;
    let Some(who) = visitor.who() else { return Ok(None) };
    let id: StatusId = id.parse().map_err(|_| ErrorPage::not_found())?;
    Ok(Some(statuses::deliveries(here, who.account.id, id).await?))
}

/// The page.
pub(super) async fn show(here: Here, visitor: Visitor, path: Place, uri: Uri) -> Answer {
    let Some(found) = evidence(&here, &visitor, path).await? else { return to_sign_in(&uri.to_string()) };
    let page = Page {
        shell: Shell::new(&here, visitor.who()),
        href: uri.path().trim_end_matches("/deliveries").to_owned(),
        summary: summary(&found.log),
        rows: found.log.iter().map(Row::of).collect(),
        kept: found.withheld.iter().map(Kept::of).collect(),
    };
    render(&page)
}

/// The same as comma-separated values (RFC 4180), to be kept as evidence.
pub(super) async fn export(here: Here, visitor: Visitor, path: Place, uri: Uri) -> Answer {
    let Some(found) = evidence(&here, &visitor, path).await? else { return to_sign_in(&uri.to_string()) };
    let mut file = csv::Writer::from_writer(Vec::new());
    let mut written = file.write_record(HEAD);
    let lines = found.log.iter().map(line).chain(found.withheld.iter().map(withheld_line));
    for line in lines {
        written = written.and_then(|()| file.write_record(&line));
    }
    let whole = written.ok().and_then(|()| file.into_inner().ok());
    let bytes = whole.ok_or_else(ErrorPage::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"deliveries.csv\"")),
    ];
    Ok((headers, bytes).into_response())
}

/// The columns of the file.
const HEAD: [&str; 9] =
    ["host", "inbox", "state", "queued_at", "taken_at", "attempts", "error", "rule", "recalled_at"];

/// An inbox as a line of the file.
fn line(entry: &Delivered) -> [String; 9] {
    let state = entry.state();
    let moment = |at: Option<Timestamp>| at.map(Timestamp::rfc3339).unwrap_or_default();
    let rule = entry.rule.filter(|_| state == DeliveryState::Refused);
    [
        entry.host.clone(),
        entry.inbox.clone(),
        state.as_str().to_owned(),
        entry.queued_at.rfc3339(),
        moment(entry.taken_at),
        entry.waiting.as_ref().map_or(0, |waiting| waiting.attempts).to_string(),
        entry.fault().unwrap_or_default().to_owned(),
        rule.map_or("", HostRule::as_str).to_owned(),
        moment(entry.recalled_at),
    ]
}

/// A host from which it was kept, as a line of the file.
fn withheld_line(kept: &Withheld) -> [String; 9] {
    let none = String::new;
    [
        kept.host.clone(),
        none(),
        DeliveryState::Withheld.as_str().to_owned(),
        kept.at.rfc3339(),
        none(),
        "0".to_owned(),
        none(),
        kept.rule.as_str().to_owned(),
        none(),
    ]
}
