//! Outgoing deliveries: each activity's body is stored once, with one row for each inbox it is sent to.

use std::collections::BTreeMap;

use crate::prelude::*;
use diesel::dsl::min;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::connection::AnyConnection;
use super::schema::{accounts, activities, delivered, deliveries, follows, withheld};
use super::{Error, Queue, Reader, Result, Tx, on_both};
use portico_domain::model::delivery::{DeliveryLogEntry, HostRule, Waiting, Withheld};
use portico_domain::model::peer::Tier;
use portico_domain::model::{AccountId, ActivityId, JobId, Timestamp};

/// The maximum number of recipients behind a dead shared inbox that are redirected to personal inboxes.
const MOST_IN_PERSON: i64 = 1000;

/// The destination of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// The inbox URL.
    pub inbox: String,
    /// The host of the inbox.
    pub host: String,
}

/// A host with deliveries that can be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The host.
    pub host: String,
    /// The number of consecutive failures.
    pub failures: i64,
    /// The host's tier.
    pub tier: Tier,
}

/// A delivery claimed by this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The local id.
    pub id: JobId,
    /// The activity to send.
    pub activity: ActivityId,
    /// The inbox URL.
    pub inbox: String,
    /// The number of earlier attempts.
    pub attempts: i64,
}

/// The content of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingActivity {
    /// The account that signs the request.
    pub account: AccountId,
    /// The request body; identical for every inbox.
    pub body: String,
}

/// The outcome of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The peer accepted it.
    Done,
    /// The peer rejected it permanently, or a local rule forbids sending it.
    Refused {
        /// The reason.
        error: String,
        /// The local rule that forbade it, if any.
        rule: Option<HostRule>,
    },
    /// To be retried.
    Again {
        /// The time of the next attempt.
        at: Timestamp,
        /// The error of this attempt.
        error: String,
    },
    /// Given up after many attempts; kept for an administrator to see.
    Dead {
        /// The error of the last attempt.
        error: String,
    },
    /// Not attempted.
    Untouched,
}

#[derive(QueryableByName)]
struct LaneRow {
    #[diesel(sql_type = Text)]
    host: String,
    #[diesel(sql_type = BigInt)]
    failures: i64,
    #[diesel(sql_type = Nullable<Text>)]
    tier: Option<String>,
}

impl Reader<'_> {
    /// Returns the delivery log of an object: each inbox it was ever queued for, by host.
    pub fn delivery_log(&mut self, object_uri: &str) -> Result<Vec<DeliveryLogEntry>> {
        type DeliveryLogRow = (String, String, i64, Option<i64>, Option<String>, Option<String>, Option<i64>);
        let log: Vec<DeliveryLogRow> = delivered::table
            .filter(delivered::object_uri.eq(object_uri))
            .order((delivered::host, delivered::inbox_url))
            .select((
                delivered::inbox_url,
                delivered::host,
                delivered::created_at,
                delivered::taken_at,
                delivered::refusal,
                delivered::rule,
                delivered::recalled_at,
            ))
            .load(self.conn())?;
        type QueuedDeliveryRow = (String, i64, i64, bool, Option<String>);
        let left: Vec<QueuedDeliveryRow> = deliveries::table
            .inner_join(activities::table.on(activities::id.eq(deliveries::activity_id)))
            .filter(activities::brings.eq(object_uri))
            .order(deliveries::id)
            .select((
                deliveries::inbox_url,
                deliveries::attempts,
                deliveries::run_at,
                deliveries::dead,
                deliveries::last_error,
            ))
            .load(self.conn())?;
        let mut left: BTreeMap<String, Waiting> = left
            .into_iter()
            .map(|(inbox, attempts, run_at, dead, last_error)| {
                let next_at = (!dead).then(|| Timestamp::from_millis(run_at));
                (inbox, Waiting { attempts, next_at, last_error })
            })
            .collect();
        let entry =
            |(inbox, host, queued, taken, refusal, rule, recalled): DeliveryLogRow| DeliveryLogEntry {
                waiting: left.remove(&inbox),
                inbox,
                host,
                queued_at: Timestamp::from_millis(queued),
                taken_at: taken.map(Timestamp::from_millis),
                refusal,
                rule: rule.and_then(|word| word.parse::<HostRule>().ok()),
                recalled_at: recalled.map(Timestamp::from_millis),
            };
        Ok(log.into_iter().map(entry).collect())
    }

    /// Returns the hosts that an object was withheld from since its publication, by host.
    pub fn list_withheld(&mut self, object_uri: &str) -> Result<Vec<Withheld>> {
        let rows: Vec<(String, String, i64)> = withheld::table
            .filter(withheld::object_uri.eq(object_uri))
            .order(withheld::host)
            .select((withheld::host, withheld::rule, withheld::created_at))
            .load(self.conn())?;
        let kept = |(host, rule, at): (String, String, i64)| {
            let rule = rule.parse::<HostRule>().map_err(|_| Error::Corrupt { what: "rule of a delivery" })?;
            Ok(Withheld { host, rule, at: Timestamp::from_millis(at) })
        };
        rows.into_iter().map(kept).collect()
    }

    /// Returns the hosts that can be sent to now, at most `limit`. Steps through the index from host to host,
    /// so a long queue for one host costs no more than a short one.
    pub fn list_lanes(&mut self, limit: i64) -> Result<Vec<Lane>> {
        let now = self.now().millis();
        let text = format!(
            "WITH RECURSIVE lane(host) AS (
                 SELECT min(host) FROM deliveries WHERE dead = false
                 UNION ALL
                 SELECT (SELECT min(d.host) FROM deliveries d WHERE d.dead = false AND d.host > lane.host)
                 FROM lane WHERE lane.host IS NOT NULL
             )
             SELECT lane.host AS host, coalesce(health.failures, 0) AS failures, hosts.tier AS tier
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
                let tier = match tier(row.tier)? {
                    Tier::Partner => self.tier_of(&row.host)?,
                    other => other,
                };
                Ok(Lane { host: row.host, failures: row.failures, tier })
            })
            .collect()
    }

    /// Returns the content of an activity.
    pub fn find_activity(&mut self, id: ActivityId) -> Result<Option<OutgoingActivity>> {
        let query = activities::table.find(id.0).select((activities::account_id, activities::body));
        let row = query.first::<(i64, String)>(self.conn()).optional()?;
        Ok(row.map(|(account, body)| OutgoingActivity { account: AccountId(account), body }))
    }

    /// Returns the inboxes of an account's accepted remote followers; shared inboxes where they exist.
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

    /// Returns an inbox of a host with known accounts; the shared inbox if there is one.
    pub fn inbox_of_host(&mut self, domain: &str) -> Result<Option<Destination>> {
        let query = accounts::table
            .filter(accounts::domain.eq(domain))
            .filter(accounts::suspended_at.is_null())
            .select((min(accounts::shared_inbox_url), min(accounts::inbox_url)));
        let (shared, personal): (Option<String>, Option<String>) = query.first(self.conn())?;
        Ok(shared.or(personal).map(|inbox| Destination { inbox, host: domain.to_owned() }))
    }

    /// Returns one inbox for each host with known accounts; the shared inbox if there is one.
    pub fn list_known_inboxes(&mut self) -> Result<Vec<Destination>> {
        let query = accounts::table
            .filter(accounts::domain.is_not_null())
            .group_by(accounts::domain)
            .order(accounts::domain)
            .select((accounts::domain, min(accounts::shared_inbox_url), min(accounts::inbox_url)));
        type KnownInboxRow = (Option<String>, Option<String>, Option<String>);
        let rows: Vec<KnownInboxRow> = query.load(self.conn())?;
        let destination = |(host, shared, personal): KnownInboxRow| {
            Some(Destination { inbox: shared.or(personal)?, host: host? })
        };
        Ok(rows.into_iter().filter_map(destination).collect())
    }

    /// Counts the waiting and the dead deliveries.
    pub fn count_deliveries(&mut self) -> Result<(i64, i64)> {
        let waiting = deliveries::table.filter(deliveries::dead.eq(false)).count().get_result(self.conn())?;
        let dead = deliveries::table.filter(deliveries::dead.eq(true)).count().get_result(self.conn())?;
        Ok((waiting, dead))
    }
}

impl Tx<'_> {
    /// Queues an activity for each destination. `object_uri` is the object it carries, so that a later Delete
    /// can follow it. Writes nothing if there are no destinations.
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
            activities::brings.eq(object_uri),
        );
        on_both!(self.conn(), |c| diesel::insert_into(activities::table).values(&row).execute(c))?;
        self.queue(activity, object_uri, to)
    }

    fn queue(&mut self, activity: ActivityId, object_uri: Option<&str>, to: &[Destination]) -> Result<()> {
        let now = self.now().millis();
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
                .execute_batch(c))?;
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
            .execute_batch(c))?;
        Ok(())
    }

    /// Records the hosts that an object is withheld from, with the rule; earlier records stay.
    pub fn log_withheld(&mut self, object_uri: &str, kept: &[(String, HostRule)]) -> Result<()> {
        let now = self.now().millis();
        for some in kept.chunks(200) {
            let rows: Vec<_> = some
                .iter()
                .map(|(host, rule)| {
                    (
                        withheld::object_uri.eq(object_uri),
                        withheld::host.eq(host),
                        withheld::rule.eq(rule.as_str()),
                        withheld::created_at.eq(now),
                    )
                })
                .collect();
            on_both!(self.conn(), |c| diesel::insert_into(withheld::table)
                .values(&rows)
                .on_conflict_do_nothing()
                .execute_batch(c))?;
        }
        Ok(())
    }

    /// Records that inboxes which received, or were queued for, an object are asked to delete it. Idempotent.
    pub fn mark_deliveries_recalled(&mut self, object_uri: &str, from: &[Destination]) -> Result<()> {
        let now = self.now().millis();
        for some in from.chunks(200) {
            let inboxes: Vec<&str> = some.iter().map(|to| to.inbox.as_str()).collect();
            let theirs = delivered::table
                .filter(delivered::object_uri.eq(object_uri))
                .filter(delivered::inbox_url.eq_any(inboxes))
                .filter(delivered::refusal.is_null())
                .filter(delivered::recalled_at.is_null());
            diesel::update(theirs).set(delivered::recalled_at.eq(now)).execute(self.conn())?;
        }
        Ok(())
    }

    /// Requeues an activity for the personal inboxes of its recipients behind a host's shared inbox that is
    /// gone: the sender's followers and the `named` accounts. From now on these accounts are delivered to
    /// their personal inboxes, until their actor document is fetched again. Returns the number of recipients.
    pub fn deliver_to_personal_inboxes(
        &mut self,
        activity: ActivityId,
        from: AccountId,
        named: &[String],
        shared: &str,
        host: &str,
    ) -> Result<usize> {
        let sharing = || {
            accounts::table.filter(accounts::domain.eq(host)).filter(accounts::shared_inbox_url.eq(shared))
        };
        let followers = follows::table
            .filter(follows::target_id.eq(from.0))
            .filter(follows::accepted.eq(true))
            .select(follows::account_id);
        let behind: Vec<String> = sharing()
            .filter(accounts::suspended_at.is_null())
            .filter(accounts::inbox_url.ne(shared))
            .filter(accounts::uri.eq_any(named.to_vec()).or(accounts::id.eq_any(followers)))
            .select(accounts::inbox_url)
            .distinct()
            .order(accounts::inbox_url)
            .limit(MOST_IN_PERSON)
            .load(self.conn())?;
        diesel::update(sharing()).set(accounts::shared_inbox_url.eq(None::<String>)).execute(self.conn())?;
        let to: Vec<Destination> =
            behind.into_iter().map(|inbox| Destination { inbox, host: host.to_owned() }).collect();
        let brings = activities::table.find(activity.0).select(activities::brings);
        let brings = brings.first::<Option<String>>(self.conn()).optional()?.flatten();
        self.queue(activity, brings.as_deref(), &to)?;
        Ok(to.len())
    }

    /// Claims up to `limit` due deliveries to a host for `lease` milliseconds, oldest first.
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

    /// Records the outcomes of deliveries.
    pub fn settle_deliveries(&mut self, sent: &[(JobId, DeliveryOutcome)]) -> Result<()> {
        let ids_of = |kind: &DeliveryOutcome| -> Vec<i64> {
            sent.iter().filter(|(_, how)| how == kind).map(|(id, _)| id.0).collect()
        };
        for some in ids_of(&DeliveryOutcome::Done).chunks(500) {
            self.log_end(some, None)?;
            diesel::delete(deliveries::table.filter(deliveries::id.eq_any(some))).execute(self.conn())?;
        }
        for some in ids_of(&DeliveryOutcome::Untouched).chunks(500) {
            diesel::update(deliveries::table.filter(deliveries::id.eq_any(some)))
                .set(deliveries::claimed_until.eq(0))
                .execute(self.conn())?;
        }
        for (id, how) in sent {
            let (dead, run_at, error) = match how {
                DeliveryOutcome::Done | DeliveryOutcome::Untouched => continue,
                DeliveryOutcome::Refused { error, rule } => {
                    self.log_end(&[id.0], Some((error.as_str(), *rule)))?;
                    diesel::delete(deliveries::table.find(id.0)).execute(self.conn())?;
                    continue;
                }
                DeliveryOutcome::Again { at, error } => (false, *at, error),
                DeliveryOutcome::Dead { error } => (true, self.now(), error),
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

    /// Drops deliveries to a host that have waited since before `old`. Deletes, Undos, Blocks and updates of
    /// an account (which carry its keys) are kept until they have waited since before `older`. Skips claimed
    /// deliveries. Returns the number dropped.
    pub fn give_up_deliveries(&mut self, host: &str, old: Timestamp, older: Timestamp) -> Result<usize> {
        let now = self.now().millis();
        let takes_back = activities::table
            .filter(
                activities::uri
                    .like("%#delete")
                    .or(activities::uri.like("%undo"))
                    .or(activities::uri.like("%#blocks/%"))
                    // Updates of an account; the ids of status updates have one segment less.
                    .or(activities::uri.like("%#updates/%/%")),
            )
            .select(activities::id);
        let stale = deliveries::created_at
            .lt(older.millis())
            .or(deliveries::created_at.lt(old.millis()).and(deliveries::activity_id.ne_all(takes_back)));
        let waiting = deliveries::table
            .filter(deliveries::dead.eq(false))
            .filter(deliveries::host.eq(host))
            .filter(deliveries::claimed_until.le(now))
            .filter(stale);
        let ids: Vec<i64> = waiting.select(deliveries::id).load(self.conn())?;
        self.drop_deliveries(&ids, "given up: the host did not answer for days", None)
    }

    /// Drops every waiting delivery to a host, because of a rule.
    pub fn drop_deliveries_to(&mut self, host: &str, rule: HostRule) -> Result<usize> {
        let to = deliveries::table.filter(deliveries::dead.eq(false)).filter(deliveries::host.eq(host));
        let ids: Vec<i64> = to.select(deliveries::id).load(self.conn())?;
        let why = "dropped from the queue: federation with the host is not allowed";
        self.drop_deliveries(&ids, why, Some(rule))
    }

    fn drop_deliveries(&mut self, ids: &[i64], why: &str, rule: Option<HostRule>) -> Result<usize> {
        let mut gone = 0;
        for some in ids.chunks(500) {
            self.log_end(some, Some((why, rule)))?;
            gone +=
                diesel::delete(deliveries::table.filter(deliveries::id.eq_any(some))).execute(self.conn())?;
        }
        Ok(gone)
    }

    /// Records the outcomes in the delivery log: accepted now, or refused. An accepted delivery stays
    /// accepted.
    fn log_end(&mut self, ids: &[i64], refusal: Option<(&str, Option<HostRule>)>) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let taken = if refusal.is_some() { "NULL".to_owned() } else { self.now().millis().to_string() };
        let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
        // Uses one statement, however many posts and inboxes end together.
        let text = format!(
            "UPDATE delivered SET taken_at = {taken}, refusal = $1, rule = $2
             WHERE taken_at IS NULL AND (object_uri, inbox_url) IN (
                 SELECT activities.brings, deliveries.inbox_url
                 FROM deliveries JOIN activities ON activities.id = deliveries.activity_id
                 WHERE deliveries.id IN ({}) AND activities.brings IS NOT NULL)",
            ids.join(", ")
        );
        let (why, rule) = match refusal {
            Some((why, rule)) => (Some(why), rule.map(HostRule::as_str)),
            None => (None, None),
        };
        on_both!(self.conn(), |c| diesel::sql_query(text)
            .bind::<Nullable<Text>, _>(why)
            .bind::<Nullable<Text>, _>(rule)
            .execute(c))?;
        Ok(())
    }
}
