//! Admin metrics of the instance. All are counted on request, within a bounded time span.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::admin_metrics::{
    BreakdownPart, Cohort, Dimension, Frequency, Metric, MetricValues, Span,
};
use portico_domain::model::moderation::Moderator;
use portico_domain::model::{AccountId, Timestamp};
use portico_domain::policy::moderation::{Power, may};

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;
/// Maximum number of days counted; a longer span is cut to its end.
const MOST_DAYS: i64 = 366;
/// Maximum number of measures or dimensions per call.
const MOST_KEYS: usize = 20;
/// Maximum number of periods of a cohort.
const MOST_PERIODS: usize = 62;

fn bounded(span: Span) -> Result<Span> {
    if span.until < span.from {
        return Err(Error::invalid("End at is before start at"));
    }
    let first = span.until.plus_millis(-MOST_DAYS * DAY);
    let from = span.from.max(first).midnight();
    // The last day counts as a whole.
    Ok(Span { from, until: span.until.midnight().plus_millis(DAY) })
}

/// Counts measures per day.
///
/// # Errors
/// `Invalid` if the span ends before it begins.
pub async fn measure(
    instance: &Instance,
    by: &Moderator,
    wanted: Vec<Metric>,
    span: Span,
) -> Result<Vec<MetricValues>> {
    may(by.role, Power::Dashboard)?;
    let span = bounded(span)?;
    let length = span.until.millis() - span.from.millis();
    let former = Span { from: span.from.plus_millis(-length), until: span.from };
    instance
        .store
        .read(move |reader| {
            let mut counted = Vec::new();
            for measure in wanted.iter().take(MOST_KEYS) {
                let (days, total) = reader.count_by_day(measure, span)?;
                let before = match of_all_time(measure) {
                    true => None,
                    false => Some(reader.count_by_day(measure, former)?.1),
                };
                counted.push(MetricValues { total, before, days: every_day(span, &days) });
            }
            Ok(counted)
        })
        .await
}

/// Whether the total covers all time instead of the span.
const fn of_all_time(measure: &Metric) -> bool {
    matches!(
        measure,
        Metric::HostAccounts(_)
            | Metric::HostMedia(_)
            | Metric::HostReports(_)
            | Metric::HostStatuses(_)
            | Metric::HostFollows(_)
            | Metric::HostFollowers(_)
    )
}

fn every_day(span: Span, counts: &BTreeMap<i64, i64>) -> Vec<(Timestamp, i64)> {
    let (first, last) = (span.from.millis() / DAY, span.until.millis() / DAY);
    (first..last)
        .map(|day| (Timestamp::from_millis(day * DAY), counts.get(&day).copied().unwrap_or(0)))
        .collect()
}

/// Breaks dimensions down into parts, largest first.
///
/// # Errors
/// `Invalid` if the span ends before it begins.
pub async fn dimensions(
    instance: &Instance,
    by: &Moderator,
    wanted: Vec<Dimension>,
    span: Span,
    limit: i64,
) -> Result<Vec<Vec<BreakdownPart>>> {
    may(by.role, Power::Dashboard)?;
    let (span, own) = (bounded(span)?, instance.urls.domain().to_owned());
    instance
        .store
        .read(move |reader| {
            let mut parts = Vec::new();
            for dimension in wanted.iter().take(MOST_KEYS) {
                parts.push(reader.parts_of(dimension, &own, span, limit)?);
            }
            Ok(parts)
        })
        .await
}

/// Counts, for the users who joined in each period, how many were active later.
///
/// # Errors
/// `Invalid` if the span ends before it begins.
pub async fn retention(
    instance: &Instance,
    by: &Moderator,
    span: Span,
    frequency: Frequency,
) -> Result<Vec<Cohort>> {
    may(by.role, Power::Dashboard)?;
    let span = bounded(span)?;
    instance
        .store
        .read(move |reader| {
            let newcomers = reader.newcomers_by_day(span)?;
            let active = reader.active_by_day(span)?;
            Ok(cohorts(&periods(span, frequency), &newcomers, &active))
        })
        .await
}

/// Returns the first days of the periods of a span, as days since 1970, limited to the last periods.
fn periods(span: Span, frequency: Frequency) -> Vec<i64> {
    let (first, last) = (span.from.millis() / DAY, span.until.millis() / DAY);
    let begins = |day: &i64| match frequency {
        Frequency::Day => true,
        Frequency::Month => *day == first || Timestamp::from_millis(day * DAY).date().ends_with("-01"),
    };
    let all: Vec<i64> = (first..last).filter(begins).collect();
    let skip = all.len().saturating_sub(MOST_PERIODS);
    all.into_iter().skip(skip).collect()
}

fn cohorts(periods: &[i64], newcomers: &[(i64, AccountId)], active: &[(i64, i64)]) -> Vec<Cohort> {
    let period_of = |day: i64| periods.iter().copied().rev().find(|begin| *begin <= day);
    let mut came: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for (day, account) in newcomers {
        if let Some(period) = period_of(*day) {
            came.entry(period).or_default().insert(account.0);
        }
    }
    let mut there: HashMap<i64, BTreeSet<i64>> = HashMap::new();
    for (day, account) in active {
        if let Some(period) = period_of(*day) {
            there.entry(period).or_default().insert(*account);
        }
    }
    let nobody = BTreeSet::new();
    let moment = |day: i64| Timestamp::from_millis(day * DAY);
    periods
        .iter()
        .map(|begin| {
            let who = came.get(begin).unwrap_or(&nobody);
            let later = periods.iter().filter(|later| *later >= begin);
            let active = later.map(|later| {
                let seen = there.get(later).unwrap_or(&nobody);
                (moment(*later), who.intersection(seen).count())
            });
            Cohort { period: moment(*begin), size: who.len(), active: active.collect() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, until: &str) -> Span {
        let moment = |text: &str| Timestamp::parse(text).unwrap();
        bounded(Span { from: moment(from), until: moment(until) }).unwrap()
    }

    #[test]
    fn months_begin_on_their_first_day() {
        let span = span("2026-01-20T12:00:00Z", "2026-03-05T00:00:00Z");
        let days: Vec<String> = periods(span, Frequency::Month)
            .into_iter()
            .map(|day| Timestamp::from_millis(day * DAY).date())
            .collect();
        assert_eq!(days, ["2026-01-20", "2026-02-01", "2026-03-01"]);
        assert_eq!(periods(span, Frequency::Day).len(), 45);
    }

    #[test]
    fn cohorts_are_followed_from_their_own_period_on() {
        let found = cohorts(
            &[10, 20],
            &[(10, AccountId(1)), (12, AccountId(2)), (20, AccountId(3))],
            &[(11, 1), (25, 1), (25, 2), (25, 9)],
        );
        let counts: Vec<(usize, Vec<usize>)> = found
            .iter()
            .map(|cohort| (cohort.size, cohort.active.iter().map(|(_, count)| *count).collect()))
            .collect();
        assert_eq!(counts, [(2, vec![1, 2]), (1, vec![0])]);
    }

    #[test]
    fn a_span_is_no_longer_than_a_year() {
        let long = span("1990-01-01T00:00:00Z", "2026-03-05T10:00:00Z");
        assert_eq!((long.until.millis() - long.from.millis()) / DAY, MOST_DAYS + 1);
    }
}
