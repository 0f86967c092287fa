//! The delivery log of a user's own post, as a page and as a CSV file.

use std::io;

use askama::Template;
use axum::http::Uri;

use portico_domain::model::delivery::{DeliveryLogEntry, DeliveryState, Evidence, HostRule, Withheld};
use portico_domain::model::{StatusId, Timestamp};
use portico_http::CurrentInstance;
use portico_http::csv::CsvFile;
use portico_service::publishing::statuses;

use crate::extract::{Path, SignedIn};
use crate::labels;
use crate::page::{PageResult, Shell, render_page, send_csv};

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    shell: Shell,
    href: String,
    rows: Vec<DeliveryRow>,
    /// Numbers of inboxes that received it, are pending, and have failed.
    summary: String,
    /// Hosts that it was withheld from.
    withheld: Vec<WithheldHostRow>,
}

struct DeliveryRow {
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
struct WithheldHostRow {
    host: String,
    rule: &'static str,
}

impl WithheldHostRow {
    fn from_withheld(withheld: &Withheld) -> Self {
        Self { host: withheld.host.clone(), rule: rule_text(withheld.rule) }
    }
}

/// Describes a rule in a sentence.
const fn rule_text(rule: HostRule) -> &'static str {
    match rule {
        HostRule::Agreement => "The agreement with it does not allow this, or no agreement is in force.",
        HostRule::Reach => "The reach of the post excludes it.",
        HostRule::Host => "This instance does not federate with it.",
    }
}

impl DeliveryRow {
    fn from_delivery(entry: &DeliveryLogEntry) -> Self {
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
            moment: labels::moment(moment),
            iso: moment.rfc3339(),
            fault: entry.fault().unwrap_or_default().to_owned(),
            rule: entry.rule.filter(|_| state == DeliveryState::Refused).map_or("", rule_text),
            recalled: entry.recalled_at.map(|at| (labels::moment(at), at.rfc3339())),
        }
    }
}

fn summary(log: &[DeliveryLogEntry]) -> String {
    let number = |wanted: &[DeliveryState]| -> i64 {
        let of_them = log.iter().filter(|entry| wanted.contains(&entry.state())).count();
        i64::try_from(of_them).unwrap_or(i64::MAX)
    };
    let taken = labels::count(number(&[DeliveryState::Taken]), "inbox got it", "inboxes got it");
    let waiting = labels::count(number(&[DeliveryState::Waiting]), "waiting", "waiting");
    let lost = number(&[DeliveryState::Refused, DeliveryState::GivenUp]);
    let lost = labels::count(lost, "failed", "failed");
    let recalled = log.iter().filter(|entry| entry.recalled_at.is_some()).count();
    let recalled = match i64::try_from(recalled).unwrap_or(i64::MAX) {
        0 => String::new(),
        number => format!(", {}", labels::count(number, "was asked to delete it", "were asked to delete it")),
    };
    format!("{taken}, {waiting}, {lost}{recalled}")
}

/// Renders the delivery log.
pub(crate) async fn show(
    here: CurrentInstance,
    who: SignedIn,
    Path((_, id)): Path<(String, StatusId)>,
    uri: Uri,
) -> PageResult {
    let found = statuses::deliveries(&here, who.account.id, id).await?;
    let page = DeliveriesPage {
        shell: Shell::new(&here, Some(&who)),
        href: uri.path().trim_end_matches("/deliveries").to_owned(),
        summary: summary(&found.log),
        rows: found.log.iter().map(DeliveryRow::from_delivery).collect(),
        withheld: found.withheld.iter().map(WithheldHostRow::from_withheld).collect(),
    };
    render_page(&page)
}

/// Exports the delivery log as CSV (RFC 4180).
pub(crate) async fn export(
    here: CurrentInstance,
    who: SignedIn,
    Path((_, id)): Path<(String, StatusId)>,
) -> PageResult {
    let found = statuses::deliveries(&here, who.account.id, id).await?;
    send_csv("deliveries.csv", write_csv(&found))
}

fn write_csv(found: &Evidence) -> io::Result<Vec<u8>> {
    let mut file = CsvFile::with_columns(&COLUMNS)?;
    for line in found.log.iter().map(delivery_cells).chain(found.withheld.iter().map(withheld_cells)) {
        file.write_row(&line)?;
    }
    file.into_bytes()
}

/// Columns of the CSV file.
const COLUMNS: [&str; 9] =
    ["host", "inbox", "state", "queued_at", "taken_at", "attempts", "error", "rule", "recalled_at"];

/// Returns the CSV cells of an inbox.
fn delivery_cells(entry: &DeliveryLogEntry) -> [String; 9] {
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

/// Returns the CSV cells of a host that the post was withheld from.
fn withheld_cells(withheld: &Withheld) -> [String; 9] {
    let none = String::new;
    [
        withheld.host.clone(),
        none(),
        DeliveryState::Withheld.as_str().to_owned(),
        withheld.at.rfc3339(),
        none(),
        "0".to_owned(),
        none(),
        withheld.rule.as_str().to_owned(),
        none(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s73_no_error_of_a_remote_host_is_a_formula() {
        let at = Timestamp::from_millis(0);
        let refused = DeliveryLogEntry {
            inbox: "https://a.example/inbox".to_owned(),
            host: "a.example".to_owned(),
            queued_at: at,
            taken_at: None,
            refusal: Some("=HYPERLINK(1)".to_owned()),
            rule: None,
            recalled_at: None,
            waiting: None,
        };
        let withheld = Withheld { host: "b.example".to_owned(), rule: HostRule::Reach, at };
        let file = write_csv(&Evidence { log: vec![refused], withheld: vec![withheld] }).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert!(text.starts_with("host,inbox,state,"), "{text}");
        assert!(text.contains(",'=HYPERLINK(1),") && !text.contains(",=HYPERLINK(1)"), "{text}");
        assert!(text.contains("\nb.example,,"), "{text}");
    }
}
