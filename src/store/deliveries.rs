//! Activities to send: the body once, and one row for each inbox it goes to.

use diesel::dsl::min;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::connection::AnyConnection;
use super::schema::{accounts, activities, delivered, deliveries, follows};
use super::{Error, Queue, Reader, Result, Tx, on_both};
use crate::model::peer::Tier;
use crate::model::{AccountId, ActivityId, JobId, Timestamp};

/// Where something goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// The inbox.
    pub inbox: String,
    /// Its host.
    pub host: String,
}

/// A host with something to send to it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The host.
    pub host: String,
    /// How often it failed in a row.
    pub failures: i64,
    /// When the present row of failures began.
    pub failing_since: Option<Timestamp>,
    /// What it is to us.
    pub tier: Tier,
}

/// A delivery that this node has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Our id.
    pub id: JobId,
    /// What to send.
    pub activity: ActivityId,
    /// Where to.
    pub inbox: String,
    /// How often it was tried before.
    pub attempts: i64,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingActivity {
    /// Who signs.
    pub account: AccountId,
    /// The bytes; the same for every inbox.
    pub body: String,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The peer has it, or will never take it.
    Done,
    /// To be tried again.
    Again {
        /// When.
        at: Timestamp,
        /// What happened.
        error: String,
    },
    /// Given up after many tries; kept for an administrator to see.
    Dead {
        /// What happened.
        error: String,
    },
    /// Not tried.
    Untouched,
}

#[derive(QueryableByName)]
struct LaneRow {
    #[diesel(sql_type = Text)]
    host: String,
    #[diesel(sql_type = BigInt)]
    failures: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    failing_since: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    tier: Option<String>,
}

impl Reader<'_> {
    /// The hosts that something could be sent to now, up to `limit`. Steps
    /// through the index from host to host, so a long queue for one costs no more than a short one.
    ///
    /// # Errors
    /// Any database error.
    pub fn list_lanes(&mut self, limit: i64) -> Result<Vec<Lane>> {
        let now = self.now().millis();
        let text = format!(
            "WITH RECURSIVE lane(host) AS (
                 SELECT min(host) FROM deliveries WHERE dead = false
                 UNION ALL
                 SELECT (SELECT min(d.host) FROM deliveries d WHERE d.dead = false AND d.host > lane.host)
                 FROM lane WHERE lane.host IS NOT NULL
             )
             SELECT lane.host AS host, coalesce(health.failures, 0) AS failures,
                    health.first_failure_at AS failing_since, hosts.tier AS tier
             FROM lane
             LEFT JOIN host_health health ON health.domain = lane.host
             LEFT JOIN hosts ON hosts.domain = lane.host
             WHERE lane.host IS NOT NULL
               AND (health.held_until IS NULL OR health.held_until <= {now})
               AND EXISTS (SELECT 1 FROM deliveries d WHERE d.dead = false AND d.host = lane.host
                           AND d.run_at <= {now} AND d.claimed_until <= {now})
             LIMIT {limit}"
        );
        let rows: Vec<LaneRow> = on_both!(self.conn(), |c| diesel::sql_query(text).load(c))?;
        let tier = |word: Option<String>| match word {
            Some(word) => word.parse().map_err(|_| Error::Corrupt { what: "tier" }),
            None => Ok(Tier::Open),
        };
        rows.into_iter()
            .map(|row| {
                let failing_since = row.failing_since.map(Timestamp::from_millis);
                Ok(Lane { host: row.host, failures: row.failures, failing_since, tier: tier(row.tier)? })
            })
            .collect()
    }

    /// What to send for an activity.
    ///
    /// # Errors
    /// Any database error.
    pub fn find_activity(&mut self, id: ActivityId) -> Result<Option<OutgoingActivity>> {
        let query = activities::table.find(id.0).select((activities::account_id, activities::body));
        let row = query.first::<(i64, String)>(self.conn()).optional()?;
        Ok(row.map(|(account, body)| OutgoingActivity { account: AccountId(account), body }))
    }

    /// Where the accepted remote followers of an account are reached: shared inboxes where there are any.
    ///
    /// # Errors
    /// Any database error.
    pub fn list_follower_inboxes(&mut self, account: AccountId) -> Result<Vec<Destination>> {
        let query = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
            .filter(follows::target_id.eq(account.0))
            .filter(follows::accepted.eq(true))
            .filter(accounts::domain.is_not_null())
            .filter(accounts::suspended_at.is_null())
            .select((accounts::shared_inbox_url, accounts::inbox_url, accounts::domain))
            .distinct();
        let rows: Vec<(Option<String>, String, Option<String>)> = query.load(self.conn())?;
        let mut found: Vec<Destination> = rows
            .into_iter()
            .filter_map(|(shared, personal, host)| {
                Some(Destination { inbox: shared.unwrap_or(personal), host: host? })
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// One inbox of each host that we know somebody of: the shared one where there is one.
    ///
    /// # Errors
    /// Any database error.
    pub fn list_known_inboxes(&mut self) -> Result<Vec<Destination>> {
        let query = accounts::table
            .filter(accounts::domain.is_not_null())
            .group_by(accounts::domain)
            .order(accounts::domain)
            .select((accounts::domain, min(accounts::shared_inbox_url), min(accounts::inbox_url)));
        type Row = (Option<String>, Option<String>, Option<String>);
        let rows: Vec<Row> = query.load(self.conn())?;
        let destination =
            |(host, shared, personal): Row| Some(Destination { inbox: shared.or(personal)?, host: host? });
        Ok(rows.into_iter().filter_map(destination).collect())
    }

    /// How many deliveries wait, and how many were given up.
    ///
    /// # Errors
    /// Any database error.
    pub fn count_deliveries(&mut self) -> Result<(i64, i64)> {
        let waiting = deliveries::table.filter(deliveries::dead.eq(false)).count().get_result(self.conn())?;
        let dead = deliveries::table.filter(deliveries::dead.eq(true)).count().get_result(self.conn())?;
        Ok((waiting, dead))
    }
}

impl Tx<'_> {
    /// Puts an activity into the queue of each destination. `object_uri` is what it brings, so that what
    /// takes it back later can follow it. Nothing is written where there is nowhere to send.
    ///
    /// # Errors
    /// Any database error.
    pub fn insert_deliveries(
        &mut self,
        account: AccountId,
        uri: &str,
        body: &str,
        object_uri: Option<&str>,
        to: &[Destination],
    ) -> Result<()> {
        if to.is_empty() {
            return Ok(());
        }
        let now = self.now().millis();
        let activity: ActivityId = self.next_id();
        let row = (
            activities::id.eq(activity.0),
            activities::uri.eq(uri),
            activities::account_id.eq(account.0),
            activities::body.eq(body),
            activities::created_at.eq(now),
        );
        on_both!(self.conn(), |c| diesel::insert_into(activities::table).values(&row).execute(c))?;
        for some in to.chunks(200) {
            let rows: Vec<_> = some
                .iter()
                .map(|to| {
                    (
                        deliveries::id.eq(self.next_id::<JobId>().0),
                        deliveries::activity_id.eq(activity.0),
                        deliveries::inbox_url.eq(&to.inbox),
                        deliveries::host.eq(&to.host),
                        deliveries::run_at.eq(now),
                        deliveries::created_at.eq(now),
                    )
                })
                .collect();
            on_both!(self.conn(), |c| diesel::insert_into(deliveries::table)
                .values(&rows)
                .on_conflict_do_nothing()
                .execute(c))?;
            if let Some(object_uri) = object_uri {
                self.log_delivered(object_uri, some)?;
            }
        }
        self.wake(Queue::Deliveries);
        Ok(())
    }

    fn log_delivered(&mut self, object_uri: &str, to: &[Destination]) -> Result<()> {
        let now = self.now().millis();
        let rows: Vec<_> = to
            .iter()
            .map(|to| {
                (
                    delivered::object_uri.eq(object_uri),
                    delivered::inbox_url.eq(&to.inbox),
                    delivered::host.eq(&to.host),
                    delivered::created_at.eq(now),
                )
            })
            .collect();
        on_both!(self.conn(), |c| diesel::insert_into(delivered::table)
            .values(&rows)
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(())
    }

    /// Claims up to `limit` due deliveries to a host for `lease` milliseconds, the oldest first.
    ///
    /// # Errors
    /// Any database error.
    pub fn claim_deliveries(&mut self, host: &str, limit: i64, lease: i64) -> Result<Vec<Delivery>> {
        let now = self.now().millis();
        let due = || {
            deliveries::table
                .filter(deliveries::dead.eq(false))
                .filter(deliveries::host.eq(host))
                .filter(deliveries::run_at.le(now))
                .filter(deliveries::claimed_until.le(now))
                .order((deliveries::run_at, deliveries::id))
                .limit(limit)
                .select((
                    deliveries::id,
                    deliveries::activity_id,
                    deliveries::inbox_url,
                    deliveries::attempts,
                ))
        };
        let rows: Vec<(i64, i64, String, i64)> = match self.conn() {
            AnyConnection::Sqlite(conn) => due().load(conn)?,
            AnyConnection::Postgres(conn) => due().for_update().skip_locked().load(conn)?,
        };
        let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
        diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids)))
            .set(deliveries::claimed_until.eq(now + lease))
            .execute(self.conn())?;
        let claimed = rows.into_iter().map(|(id, activity, inbox, attempts)| Delivery {
            id: JobId(id),
            activity: ActivityId(activity),
            inbox,
            attempts,
        });
        Ok(claimed.collect())
    }

    /// Records how deliveries ended.
    ///
    /// # Errors
    /// Any database error.
    pub fn settle_deliveries(&mut self, sent: &[(JobId, Sent)]) -> Result<()> {
        let ids_of = |kind: &Sent| -> Vec<i64> {
            sent.iter().filter(|(_, how)| how == kind).map(|(id, _)| id.0).collect()
        };
        for some in ids_of(&Sent::Done).chunks(500) {
            diesel::delete(deliveries::table.filter(deliveries::id.eq_any(some))).execute(self.conn())?;
        }
        for some in ids_of(&Sent::Untouched).chunks(500) {
            diesel::update(deliveries::table.filter(deliveries::id.eq_any(some)))
                .set(deliveries::claimed_until.eq(0))
                .execute(self.conn())?;
        }
        for (id, how) in sent {
            let (dead, run_at, error) = match how {
                Sent::Done | Sent::Untouched => continue,
                Sent::Again { at, error } => (false, *at, error),
                Sent::Dead { error } => (true, self.now(), error),
            };
            diesel::update(deliveries::table.find(id.0))
                .set((
                    deliveries::dead.eq(dead),
                    deliveries::run_at.eq(run_at.millis()),
                    deliveries::attempts.eq(deliveries::attempts + 1),
                    deliveries::claimed_until.eq(0),
                    deliveries::last_error.eq(error),
                ))
                .execute(self.conn())?;
        }
        Ok(())
    }

    /// Gives up what has waited for a host since before `old`; what takes something back, since before
    /// `older`. Nothing that is in hand. Returns how much.
    ///
    /// # Errors
    /// Any database error.
    pub fn give_up_deliveries(&mut self, host: &str, old: Timestamp, older: Timestamp) -> Result<usize> {
        let now = self.now().millis();
        let takes_back = activities::table
            .filter(activities::uri.like("%#delete").or(activities::uri.like("%undo")))
            .select(activities::id);
        let stale = deliveries::created_at
            .lt(older.millis())
            .or(deliveries::created_at.lt(old.millis()).and(deliveries::activity_id.ne_all(takes_back)));
        let waiting = deliveries::table
            .filter(deliveries::dead.eq(false))
            .filter(deliveries::host.eq(host))
            .filter(deliveries::claimed_until.le(now))
            .filter(stale);
        Ok(diesel::delete(waiting).execute(self.conn())?)
    }

    /// Removes everything that waits to be sent to a host.
    ///
    /// # Errors
    /// Any database error.
    pub fn drop_deliveries_to(&mut self, host: &str) -> Result<usize> {
        let to = deliveries::table.filter(deliveries::dead.eq(false)).filter(deliveries::host.eq(host));
        Ok(diesel::delete(to).execute(self.conn())?)
    }
}
