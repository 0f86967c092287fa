//! The delivery log of a user's own post, as a page and as a CSV file.

use askama::Template;
use axum::http::{HeaderValue, Uri, header};
use axum::response::IntoResponse as _;

use portico_domain::model::delivery::{Delivered, DeliveryState, Evidence, HostRule, Withheld};
use portico_domain::model::{StatusId, Timestamp};
use portico_http::problem::Problem;
use portico_http::{Here, Path};
use portico_service::statuses;

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
    /// Numbers of inboxes that received it, are pending, and have failed.
    summary: String,
    /// Hosts that it was withheld from.
    kept: Vec<Kept>,
}

struct Row {
    host: String,
    inbox: String,
    state: &'static str,
    moment: String,
    iso: String,
    fault: String,
    /// The rule of this instance that stopped the delivery, in words; empty if the host refused it.
    rule: &'static str,
    /// Time at which its host was asked to delete it, for display and as RFC 3339.
    recalled: Option<(String, String)>,
}

/// A host that the post was withheld from.
struct Kept {
    host: String,
    rule: &'static str,
}

impl Kept {
    fn of(kept: &Withheld) -> Self {
        Self { host: kept.host.clone(), rule: in_words(kept.rule) }
    }
}

/// Describes a rule in a sentence.
const fn in_words(rule: HostRule) -> &'static str {
    match rule {
        HostRule::Agreement => "The agreement with it does not allow this, or no agreement is in force.",
        HostRule::Reach => "The reach of the post excludes it.",
        HostRule::Host => "This instance does not federate with it.",
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
                DeliveryState::Taken => "Delivered",
                DeliveryState::Waiting => "Waiting; will be retried",
                DeliveryState::Refused => "Refused",
                DeliveryState::GivenUp => "Given up",
                DeliveryState::Withheld => "Not sent",
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
    let waiting = words::count(number(&[DeliveryState::Waiting]), "waiting", "waiting");
    let lost = number(&[DeliveryState::Refused, DeliveryState::GivenUp]);
    let lost = words::count(lost, "failed", "failed");
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

/// Renders the delivery log.
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

/// Exports the delivery log as CSV (RFC 4180).
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

/// Columns of the CSV file.
const HEAD: [&str; 9] =
    ["host", "inbox", "state", "queued_at", "taken_at", "attempts", "error", "rule", "recalled_at"];

/// Returns the CSV line of an inbox.
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

/// Returns the CSV line of a host that the post was withheld from.
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
