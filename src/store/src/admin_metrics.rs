//! Admin metrics: counts by day, breakdowns by dimension, and retention. Days are counted by the database;
//! the service bounds the number of days, parts and periods.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::prelude::*;
use diesel::dsl::{count_star, sql};
use diesel::sql_types::{BigInt, Text};

use super::connection::{AnyConnection, Db};
use super::schema::{
    accounts, favourites, follows, media_attachments, reports, status_tags, statuses, tags, users,
};
use super::{Reader, Result};
use portico_domain::model::AccountId;
use portico_domain::model::admin_metrics::{BreakdownPart, Dimension, Metric, Span};

/// Counts by day; the key is the day's number since 1970.
pub type CountsByDay = BTreeMap<i64, i64>;

/// Counts the rows of a query by the day of a time column.
macro_rules! by_day {
    ($reader:expr, $span:expr, $query:expr, $column:expr, $day:literal) => {{
        let query = $query
            .filter($column.ge($span.from.millis()))
            .filter($column.lt($span.until.millis()))
            .group_by(sql::<BigInt>($day))
            .select((sql::<BigInt>($day), count_star()));
        let rows: Vec<(i64, i64)> = query.load($reader.conn())?;
        rows.into_iter().collect::<CountsByDay>()
    }};
}

/// Returns the distinct subjects of a query's rows for each day.
macro_rules! seen_by_day {
    ($reader:expr, $span:expr, $query:expr, $column:expr, $day:literal, $who:expr) => {{
        let query = $query
            .filter($column.ge($span.from.millis()))
            .filter($column.lt($span.until.millis()))
            .select((sql::<BigInt>($day), $who))
            .distinct();
        query.load($reader.conn())?
    }};
}

/// Counts the distinct values for each day, and in all.
fn distinct<T: Ord>(rows: Vec<(i64, T)>) -> (CountsByDay, i64) {
    let mut days: BTreeMap<i64, BTreeSet<&T>> = BTreeMap::new();
    let mut all = BTreeSet::new();
    for (day, who) in &rows {
        days.entry(*day).or_default().insert(who);
        all.insert(who);
    }
    let count = |len: usize| i64::try_from(len).unwrap_or(i64::MAX);
    (days.into_iter().map(|(day, who)| (day, count(who.len()))).collect(), count(all.len()))
}

fn summed(days: CountsByDay) -> (CountsByDay, i64) {
    let total = days.values().sum();
    (days, total)
}

impl Reader<'_> {
    /// Counts a measure by day, and in all.
    pub fn count_by_day(&mut self, measure: &Metric, span: Span) -> Result<(CountsByDay, i64)> {
        let there = |domain: &str| {
            accounts::table.filter(accounts::domain.eq(domain.to_owned())).select(accounts::id)
        };
        let tagged = |name: &str| {
            status_tags::table
                .inner_join(tags::table)
                .filter(tags::name.eq(name.to_owned()))
                .select(status_tags::status_id)
        };
        Ok(match measure {
            Metric::ActiveUsers => {
                let mut rows: Vec<(i64, i64)> = self.active_by_day(span)?;
                rows.sort_unstable();
                distinct(rows)
            }
            Metric::NewUsers => {
                summed(by_day!(self, span, users::table, users::created_at, "users.created_at / 86400000"))
            }
            Metric::Interactions => {
                let mut days: CountsByDay = by_day!(
                    self,
                    span,
                    favourites::table,
                    favourites::created_at,
                    "favourites.created_at / 86400000"
                );
                let said = statuses::table
                    .filter(statuses::reblog_of.is_not_null().or(statuses::in_reply_to_id.is_not_null()));
                let said: CountsByDay =
                    by_day!(self, span, said, statuses::created_at, "statuses.created_at / 86400000");
                for (day, count) in said {
                    *days.entry(day).or_default() += count;
                }
                summed(days)
            }
            Metric::OpenedReports => summed(by_day!(
                self,
                span,
                reports::table,
                reports::created_at,
                "reports.created_at / 86400000"
            )),
            Metric::ResolvedReports => summed(by_day!(
                self,
                span,
                reports::table.filter(reports::resolved_at.is_not_null()),
                reports::resolved_at.assume_not_null(),
                "reports.resolved_at / 86400000"
            )),
            Metric::TagUses(name) => summed(by_day!(
                self,
                span,
                statuses::table.filter(statuses::id.eq_any(tagged(name))),
                statuses::created_at,
                "statuses.created_at / 86400000"
            )),
            Metric::TagAccounts(name) => {
                let rows: Vec<(i64, i64)> = seen_by_day!(
                    self,
                    span,
                    statuses::table.filter(statuses::id.eq_any(tagged(name))),
                    statuses::created_at,
                    "statuses.created_at / 86400000",
                    statuses::account_id
                );
                distinct(rows)
            }
            Metric::TagServers(name) => {
                let rows: Vec<(i64, Option<String>)> = seen_by_day!(
                    self,
                    span,
                    statuses::table
                        .inner_join(accounts::table.on(accounts::id.eq(statuses::account_id)))
                        .filter(statuses::id.eq_any(tagged(name))),
                    statuses::created_at,
                    "statuses.created_at / 86400000",
                    accounts::domain
                );
                distinct(rows)
            }
            Metric::HostAccounts(domain) => {
                let known = accounts::table.filter(accounts::domain.eq(domain));
                let total = known.count().get_result(self.conn())?;
                (by_day!(self, span, known, accounts::created_at, "accounts.created_at / 86400000"), total)
            }
            Metric::HostMedia(domain) => {
                let known =
                    media_attachments::table.filter(media_attachments::account_id.eq_any(there(domain)));
                let total = known.clone().count().get_result(self.conn())?;
                let column = media_attachments::created_at;
                (by_day!(self, span, known, column, "media_attachments.created_at / 86400000"), total)
            }
            Metric::HostReports(domain) => {
                let known = reports::table.filter(reports::target_id.eq_any(there(domain)));
                let total = known.clone().count().get_result(self.conn())?;
                (by_day!(self, span, known, reports::created_at, "reports.created_at / 86400000"), total)
            }
            Metric::HostStatuses(domain) => {
                let known = statuses::table.filter(statuses::account_id.eq_any(there(domain)));
                let total = known.clone().count().get_result(self.conn())?;
                (by_day!(self, span, known, statuses::created_at, "statuses.created_at / 86400000"), total)
            }
            Metric::HostFollows(domain) => {
                let known = follows::table
                    .filter(follows::accepted.eq(true))
                    .filter(follows::target_id.eq_any(there(domain)));
                let total = known.clone().count().get_result(self.conn())?;
                (by_day!(self, span, known, follows::created_at, "follows.created_at / 86400000"), total)
            }
            Metric::HostFollowers(domain) => {
                let known = follows::table
                    .filter(follows::accepted.eq(true))
                    .filter(follows::account_id.eq_any(there(domain)));
                let total = known.clone().count().get_result(self.conn())?;
                (by_day!(self, span, known, follows::created_at, "follows.created_at / 86400000"), total)
            }
        })
    }

    /// Returns the local accounts that posted, boosted or favourited, each with the day.
    pub fn active_by_day(&mut self, span: Span) -> Result<Vec<(i64, i64)>> {
        let staff = || users::table.select(users::account_id);
        let mut rows: Vec<(i64, i64)> = seen_by_day!(
            self,
            span,
            statuses::table.filter(statuses::account_id.eq_any(staff())),
            statuses::created_at,
            "statuses.created_at / 86400000",
            statuses::account_id
        );
        let liked: Vec<(i64, i64)> = seen_by_day!(
            self,
            span,
            favourites::table.filter(favourites::account_id.eq_any(staff())),
            favourites::created_at,
            "favourites.created_at / 86400000",
            favourites::account_id
        );
        rows.extend(liked);
        Ok(rows)
    }

    /// Returns the accounts created in the span, each with the day.
    pub fn newcomers_by_day(&mut self, span: Span) -> Result<Vec<(i64, AccountId)>> {
        let query = users::table
            .filter(users::created_at.ge(span.from.millis()))
            .filter(users::created_at.lt(span.until.millis()))
            .select((sql::<BigInt>("users.created_at / 86400000"), users::account_id));
        let rows: Vec<(i64, i64)> = query.load(self.conn())?;
        Ok(rows.into_iter().map(|(day, account)| (day, AccountId(account))).collect())
    }

    /// Returns the parts of a dimension, largest first.
    pub fn parts_of(
        &mut self,
        dimension: &Dimension,
        own: &str,
        span: Span,
        limit: i64,
    ) -> Result<Vec<BreakdownPart>> {
        let written = statuses::table
            .inner_join(accounts::table.on(accounts::id.eq(statuses::account_id)))
            .filter(statuses::created_at.ge(span.from.millis()))
            .filter(statuses::created_at.lt(span.until.millis()))
            .filter(statuses::reblog_of.is_null());
        let tagged = |name: &str| {
            status_tags::table
                .inner_join(tags::table)
                .filter(tags::name.eq(name.to_owned()))
                .select(status_tags::status_id)
        };
        let languages = (statuses::language, count_star());
        let servers = (accounts::domain, count_star());
        let most = count_star().desc();
        let rows: Vec<(Option<String>, i64)> = match dimension {
            Dimension::Languages => written
                .filter(statuses::local.eq(true))
                .group_by(statuses::language)
                .select(languages)
                .order((most, statuses::language))
                .limit(limit)
                .load(self.conn())?,
            Dimension::TagLanguages(name) => written
                .filter(statuses::id.eq_any(tagged(name)))
                .group_by(statuses::language)
                .select(languages)
                .order((most, statuses::language))
                .limit(limit)
                .load(self.conn())?,
            Dimension::HostLanguages(domain) => written
                .filter(accounts::domain.eq(domain))
                .group_by(statuses::language)
                .select(languages)
                .order((most, statuses::language))
                .limit(limit)
                .load(self.conn())?,
            Dimension::Servers => written
                .group_by(accounts::domain)
                .select(servers)
                .order((most, accounts::domain))
                .limit(limit)
                .load(self.conn())?,
            Dimension::TagServers(name) => written
                .filter(statuses::id.eq_any(tagged(name)))
                .group_by(accounts::domain)
                .select(servers)
                .order((most, accounts::domain))
                .limit(limit)
                .load(self.conn())?,
            Dimension::HostAccounts(domain) => return self.followed_of_host(domain, limit),
            Dimension::Sources => return self.sources(span),
            Dimension::Space => return self.space(),
            Dimension::Software => return self.software(),
        };
        let of_host = matches!(dimension, Dimension::Servers | Dimension::TagServers(_));
        let unnamed = if of_host { own } else { "und" };
        Ok(rows
            .into_iter()
            .map(|(key, count)| {
                let key = key.unwrap_or_else(|| unnamed.to_owned());
                BreakdownPart { name: key.clone(), key, value: count.to_string(), unit: None }
            })
            .collect())
    }

    fn followed_of_host(&mut self, domain: &str, limit: i64) -> Result<Vec<BreakdownPart>> {
        let rows: Vec<(String, i64)> = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::target_id)))
            .filter(accounts::domain.eq(domain))
            .filter(follows::accepted.eq(true))
            .group_by(accounts::username)
            .select((accounts::username, count_star()))
            .order((count_star().desc(), accounts::username))
            .limit(limit)
            .into_boxed::<Db>()
            .load(self.conn())?;
        let part = |(name, count): (String, i64)| BreakdownPart {
            key: name.clone(),
            name,
            value: count.to_string(),
            unit: None,
        };
        Ok(rows.into_iter().map(part).collect())
    }

    /// Every user is created by the operator, so this is the only source.
    fn sources(&mut self, span: Span) -> Result<Vec<BreakdownPart>> {
        let added: i64 = users::table
            .filter(users::created_at.ge(span.from.millis()))
            .filter(users::created_at.lt(span.until.millis()))
            .count()
            .get_result(self.conn())?;
        let part = BreakdownPart {
            key: "operator".to_owned(),
            name: "Operator".to_owned(),
            value: added.to_string(),
            unit: None,
        };
        Ok(if added > 0 { vec![part] } else { Vec::new() })
    }

    fn space(&mut self) -> Result<Vec<BreakdownPart>> {
        let files: i64 = media_attachments::table
            .filter(media_attachments::file_key.is_not_null())
            .select(sql::<BigInt>("CAST(COALESCE(SUM(media_attachments.size), 0) AS BIGINT)"))
            .get_result(self.conn())?;
        let (key, name, query) = match self.conn() {
            AnyConnection::Sqlite(_) => (
                "sqlite",
                "SQLite",
                "SELECT CAST(page_count * page_size AS BIGINT) AS size FROM pragma_page_count(), pragma_page_size()",
            ),
            AnyConnection::Postgres(_) => {
                ("postgresql", "PostgreSQL", "SELECT pg_database_size(current_database()) AS size")
            }
        };
        #[derive(QueryableByName)]
        struct SizeRow {
            #[diesel(sql_type = BigInt)]
            size: i64,
        }
        let row: SizeRow = diesel::sql_query(query).get_result(self.conn())?;
        let part = |key: &str, name: &str, size: i64| BreakdownPart {
            key: key.to_owned(),
            name: name.to_owned(),
            value: size.to_string(),
            unit: Some("bytes"),
        };
        Ok(vec![part(key, name, row.size), part("media", "Media", files)])
    }

    fn software(&mut self) -> Result<Vec<BreakdownPart>> {
        let (key, name, query) = match self.conn() {
            AnyConnection::Sqlite(_) => ("sqlite", "SQLite", "SELECT sqlite_version() AS version"),
            AnyConnection::Postgres(_) => {
                ("postgresql", "PostgreSQL", "SELECT current_setting('server_version') AS version")
            }
        };
        #[derive(QueryableByName)]
        struct VersionRow {
            #[diesel(sql_type = Text)]
            version: String,
        }
        let row: VersionRow = diesel::sql_query(query).get_result(self.conn())?;
        let part = |key: &str, name: &str, version: String| BreakdownPart {
            key: key.to_owned(),
            name: name.to_owned(),
            value: version,
            unit: None,
        };
        Ok(vec![
            part("portico", "Portico", env!("CARGO_PKG_VERSION").to_owned()),
            part(key, name, row.version),
        ])
    }

    /// Returns which of these hashtags may trend, as far as moderators have decided.
    pub fn trendable_tags(&mut self, names: &[String]) -> Result<HashMap<String, bool>> {
        let query = tags::table
            .filter(tags::name.eq_any(names))
            .filter(tags::trendable.is_not_null())
            .select((tags::name, tags::trendable.assume_not_null()));
        Ok(query.load::<(String, bool)>(self.conn())?.into_iter().collect())
    }
}

impl super::Tx<'_> {
    /// Sets whether a hashtag may trend. Returns whether the hashtag exists.
    pub fn set_trendable(&mut self, name: &str, may: bool) -> Result<bool> {
        let known = tags::table.filter(tags::name.eq(name));
        Ok(diesel::update(known).set(tags::trendable.eq(may)).execute(self.conn())? == 1)
    }
}
