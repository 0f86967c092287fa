//! Outgoing delivery: one lane per host, so that a peer which is down or slow delays no other.
//!
//! ```text
//! deliveries ──list_lanes──► dispatcher ──claim──► lane task of a host ─┬─ send ─┐
//!  (a row for each inbox)    (one per node)        (at most 16 sends)   └─ send ─┤
//!       ▲                                                                        ▼
//!       └───────────────── one write for many results ──────────────────── settler
//! ```
//!
//! A row is signed when it is sent, so keys may change while it waits. Within a lane, the order of one
//! account's activities to one inbox is kept. A failure of the host (network, 5xx) ends the lane's run and
//! leaves its other rows as they are; five in a row open the host's circuit breaker, which then lets one row
//! through at growing intervals. Rows that wait behind it lose no attempts. Rows for a failing host are given
//! up after a week, or after thirty days if they retract something; any activity from the host makes it
//! available again. The number of concurrent sends to a host adapts to its response times.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::StatusCode;
use quick_cache::sync::Cache;
use serde_json::Value;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::agreement_filter;
use super::followers::for_followers;
use super::{Error, Federation, Result};
use portico_domain::model::delivery::HostRule;
use portico_domain::model::peer::FederationMode;
use portico_domain::model::{AccountId, ActivityId, JobId, Timestamp};
use portico_domain::policy::Refusal;
use portico_http_signatures::{SigningKey, digest};
use portico_net::HttpReply;
use portico_service::partners::peers::HostAccess;
use portico_store::{Delivery, DeliveryOutcome, HostHealth, Lane, Queue, Tx};

/// Concurrent sends to one host: the initial number, and the maximum for a host that responds quickly.
const PER_HOST: usize = 4;
const MOST_PER_HOST: usize = 16;
/// The average time per send above which a lane's concurrency does not grow.
const SOON: Duration = Duration::from_millis(500);
/// Maximum number of hosts whose concurrency is remembered.
const WIDTHS: usize = 4096;
/// Seconds after which a row for a failing host is given up.
const UNAVAILABLE: i64 = 7 * 24 * 60 * 60;
/// Seconds after which a row that retracts something is given up.
const UNAVAILABLE_FAREWELLS: i64 = 30 * 24 * 60 * 60;
/// Maximum number of concurrent sends to all hosts.
const AT_ONCE: usize = 256;
/// Maximum number of rows claimed for one run of a lane.
const ROWS_PER_RUN: i64 = 32;
/// Number of rows claimed in one dispatcher round before it stops claiming.
const ROWS_PER_ROUND: usize = 1024;
/// How long a run may start new sends.
const RUN_LIMIT: Duration = Duration::from_secs(20);
/// Lease of a claimed row, in milliseconds: covers a run, its last send and a margin.
const LEASE: i64 = 45_000;
/// Polling interval of the dispatcher: back-offs end, and other nodes enqueue rows.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Seconds until the next try, by number of attempts so far.
const BACK_OFF: [i64; 10] = [60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 86_400, 86_400];
/// Attempts after which a 401 is final: the peer may be unable to fetch our key for a while.
const UNAUTHORISED_TRIES: i64 = 3;
/// Consecutive failures that open a host's circuit breaker.
const CIRCUIT: i64 = 5;
const SHORTEST_HOLD: i64 = 60;
const LONGEST_HOLD: i64 = 24 * 60 * 60;
/// Maximum number of outgoing activities cached with their bytes.
const PARCELS: usize = 512;

/// An outgoing activity: the bytes to send, their digest and the signing account.
struct PreparedActivity {
    account: AccountId,
    body: Bytes,
    digest: String,
    /// The followers collection, if the activity is addressed to followers and is not public.
    followers: Option<String>,
}

/// The activities that one account sends to one inbox, in order.
type Chain = Vec<(Delivery, Arc<PreparedActivity>)>;

/// The result of a lane's run, for the settler.
struct LaneReport {
    host: String,
    rows: Vec<(JobId, DeliveryOutcome)>,
    news: HostOutcome,
    strays: Vec<UndeliverableRecipient>,
}

/// An activity that reached an inbox which is gone. If the inbox was shared, its recipients are sent the
/// activity individually.
struct UndeliverableRecipient {
    activity: ActivityId,
    from: AccountId,
    inbox: String,
    /// The ids that the activity is addressed to.
    named: Vec<String>,
}

/// The outcome of a lane's run for its host.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HostOutcome {
    /// No change.
    None,
    /// The host responds again.
    Recovered,
    /// The host failed; with the seconds of its Retry-After, if it sent one.
    Failed(String, Option<u64>),
    /// The host asked for a pause of so many seconds.
    Hold(u64),
}

/// Sends queued deliveries until `stop`; then finishes the sends in progress and releases the other rows.
pub async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let (reports, reported) = mpsc::unbounded_channel();
    let settler = tokio::spawn(settle(Arc::clone(&federation), reported));
    let courier = Arc::new(Dispatcher {
        federation,
        reports,
        grants: Semaphore::new(AT_ONCE),
        parcels: Cache::new(PARCELS),
        running: Mutex::default(),
        lane_ended: Notify::new(),
        widths: Cache::new(WIDTHS),
        stop,
    });
    courier.dispatch().await;
    drop(courier);
    let _ = settler.await;
}

struct Dispatcher {
    federation: Arc<Federation>,
    reports: mpsc::UnboundedSender<(LaneReport, oneshot::Sender<()>)>,
    grants: Semaphore,
    parcels: Cache<ActivityId, Arc<PreparedActivity>>,
    running: Mutex<HashSet<String>>,
    lane_ended: Notify,
    /// Concurrent sends per host, where that differs from the initial number.
    widths: Cache<String, usize>,
    stop: CancellationToken,
}

impl Dispatcher {
    async fn dispatch(self: &Arc<Self>) {
        let store = &self.federation.instance.store;
        let mut lanes = tokio::task::JoinSet::new();
        while !self.stop.is_cancelled() {
            match self.claim().await {
                Ok(claimed) => {
                    for (lane, rows) in claimed {
                        lanes.spawn(Arc::clone(self).run_lane(lane, rows));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "delivery.claim_failed");
                    portico_jobs::rest(&self.stop).await;
                }
            }
            while lanes.try_join_next().is_some() {}
            tokio::select! {
                () = self.stop.cancelled() => break,
                () = self.lane_ended.notified(), if !lanes.is_empty() => {
                    // Lanes often end together; one round serves them all.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                () = store.waited(Queue::Deliveries, LOOK_EVERY) => {}
            }
        }
        while lanes.join_next().await.is_some() {}
    }

    /// Claims due rows for every host without a running lane.
    async fn claim(&self) -> Result<Vec<(Lane, Vec<Delivery>)>> {
        let lanes = self.federation.instance.store.read(|reader| reader.list_lanes(4096)).await?;
        let idle: Vec<Lane> = {
            let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            lanes.into_iter().filter(|lane| !running.contains(&lane.host)).collect()
        };
        if idle.is_empty() {
            return Ok(Vec::new());
        }
        let mode = self.federation.instance.settings.federation;
        let claimed = self
            .federation
            .instance
            .store
            .write(move |tx| {
                let mut claimed = Vec::new();
                let mut rows = 0;
                for lane in &idle {
                    if rows >= ROWS_PER_ROUND {
                        break;
                    }
                    rows += claim_lane(tx, mode, lane, &mut claimed)?;
                }
                Ok::<_, Error>(claimed)
            })
            .await?;
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.extend(claimed.iter().map(|(lane, _)| lane.host.clone()));
        Ok(claimed)
    }

    /// Runs a host's lane once.
    async fn run_lane(self: Arc<Self>, lane: Lane, rows: Vec<Delivery>) {
        let report = self.send_all(&lane, rows).await;
        let failed = matches!(report.news, HostOutcome::Failed(..) | HostOutcome::Hold(_));
        let (written, settled) = oneshot::channel();
        let _ = self.reports.send((report, written));
        if failed {
            // The settler must update the circuit breaker before the dispatcher's next round.
            let _ = settled.await;
        }
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&lane.host);
        self.lane_ended.notify_one();
    }

    async fn send_all(&self, lane: &Lane, rows: Vec<Delivery>) -> LaneReport {
        let run = Run {
            halted: AtomicBool::new(false),
            news: Mutex::new(HostOutcome::None),
            strays: Mutex::default(),
            deadline: Instant::now() + RUN_LIMIT,
            troubled: lane.failures > 0,
            down: lane.failures >= CIRCUIT,
        };
        let mut chains: BTreeMap<(AccountId, String), Chain> = BTreeMap::new();
        let mut settled = Vec::with_capacity(rows.len());
        for row in rows {
            match self.parcel(row.activity).await {
                Ok(Some(parcel)) => {
                    chains.entry((parcel.account, row.inbox.clone())).or_default().push((row, parcel));
                }
                Ok(None) => settled.push((row.id, DeliveryOutcome::Done)),
                Err(error) => {
                    tracing::warn!(%error, "delivery.load_failed");
                    settled.push((row.id, DeliveryOutcome::Untouched));
                }
            }
        }
        // A failing host gets one send at a time, so that it occupies no more than that.
        let usual = self.width_of(&lane.host);
        let width = if run.troubled { 1 } else { usual };
        let (begun, sends) = (Instant::now(), chains.values().map(Vec::len).sum::<usize>());
        let mut sent = futures_util::stream::iter(chains.into_values())
            .map(|chain| self.send_chain(&lane.host, chain, &run))
            .buffer_unordered(width);
        while let Some(rows) = sent.next().await {
            settled.extend(rows);
        }
        drop(sent);
        let news = run.news.into_inner().unwrap_or_else(PoisonError::into_inner);
        let strays = run.strays.into_inner().unwrap_or_else(PoisonError::into_inner);
        let each =
            begun.elapsed() * u32::try_from(width).unwrap_or(1) / u32::try_from(sends.max(1)).unwrap_or(1);
        self.remember_width(&lane.host, next_width(usual, &news, each, sends > width));
        LaneReport { host: lane.host.clone(), rows: settled, news, strays }
    }

    fn width_of(&self, host: &str) -> usize {
        self.widths.get(host).unwrap_or(PER_HOST)
    }

    fn remember_width(&self, host: &str, width: usize) {
        if width == PER_HOST {
            self.widths.remove(host);
        } else {
            self.widths.insert(host.to_owned(), width);
        }
    }

    /// Sends one account's activities to one inbox, in order.
    async fn send_chain(&self, host: &str, chain: Chain, run: &Run) -> Vec<(JobId, DeliveryOutcome)> {
        let mut settled = Vec::with_capacity(chain.len());
        // The host may have been blocked since the rows were claimed, and the rows deleted.
        let Ok(there) = self.federation.admit(host).await else {
            return chain.into_iter().map(|(row, _)| (row.id, DeliveryOutcome::Untouched)).collect();
        };
        for (row, parcel) in chain {
            let over = run.halted.load(Ordering::Relaxed) || Instant::now() >= run.deadline;
            let how = if over || self.stop.is_cancelled() {
                DeliveryOutcome::Untouched
            } else if !agreement_filter::still_given(there.grants.gives, &parcel.body)
                && !self.is_for_guest(host, &row, &parcel).await
            {
                // The agreement may have changed since the row was enqueued.
                DeliveryOutcome::Refused {
                    error: Refusal::Agreement.to_string(),
                    rule: Some(HostRule::Agreement),
                }
            } else {
                let _permit = self.grants.acquire().await;
                self.send(&row, &parcel, run).await
            };
            settled.push((row.id, how));
        }
        settled
    }

    /// Whether the row carries a room's activity to a guest, which needs no agreement with the guest's host.
    async fn is_for_guest(&self, host: &str, row: &Delivery, parcel: &PreparedActivity) -> bool {
        let (host, inbox, from) = (host.to_owned(), row.inbox.clone(), parcel.account);
        let posted = agreement_filter::is_for_members(&parcel.body);
        let found = self.federation.instance.store.read(move |reader| {
            let of_room = posted || reader.find_group(from)?.is_some_and(|group| group.room);
            Ok::<_, Error>(of_room && reader.is_inbox_of_guest(&host, &inbox)?)
        });
        found.await.unwrap_or(false)
    }

    async fn send(&self, row: &Delivery, parcel: &PreparedActivity, run: &Run) -> DeliveryOutcome {
        let now = self.federation.instance.now();
        let key = match self.federation.signing_key(parcel.account).await {
            Ok(key) => key,
            Err(error) if error.is_temporary() => return DeliveryOutcome::Untouched,
            // The account is gone and its key with it, so no peer could verify the activity.
            Err(_) => {
                return DeliveryOutcome::Refused { error: "the author is deleted".to_owned(), rule: None };
            }
        };
        let answer = self.post(row, parcel, &key, now).await;
        let noise = self.federation.instance.rng.noise();
        let (how, news) = judge(&answer, row.attempts, run.down, now, noise);
        match &how {
            DeliveryOutcome::Done => tracing::debug!(inbox = row.inbox, "delivery.sent"),
            DeliveryOutcome::Refused { error, .. } => {
                tracing::info!(inbox = row.inbox, error, "delivery.rejected");
            }
            DeliveryOutcome::Dead { error } => tracing::warn!(inbox = row.inbox, error, "delivery.given_up"),
            DeliveryOutcome::Again { error, .. } => {
                tracing::info!(inbox = row.inbox, error, "delivery.failed")
            }
            DeliveryOutcome::Untouched => {}
        }
        if answer.as_ref().is_ok_and(|answer| answer.status == StatusCode::GONE) {
            self.federation.inbox_is_gone(&row.inbox);
            let (activity, inbox) = (row.activity, row.inbox.clone());
            let named = named_by(&parcel.body);
            let mut strays = run.strays.lock().unwrap_or_else(PoisonError::into_inner);
            strays.push(UndeliverableRecipient { activity, from: parcel.account, inbox, named });
        }
        run.report(news);
        how
    }

    async fn post(
        &self,
        row: &Delivery,
        parcel: &PreparedActivity,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<HttpReply> {
        let synchronization = match &parcel.followers {
            Some(followers) => {
                // On an error the header is omitted; a later delivery carries it.
                self.federation.synchronization(parcel.account, followers, &row.inbox).await.ok()
            }
            None => None,
        };
        let (body, synchronization) = (parcel.body.clone(), synchronization.as_deref());
        let net = &self.federation.net;
        let answer = net.post(&row.inbox, body, &parcel.digest, synchronization, key, now).await;
        self.federation.keep_forms().await;
        Ok(answer?)
    }

    async fn parcel(&self, id: ActivityId) -> Result<Option<Arc<PreparedActivity>>> {
        if let Some(parcel) = self.parcels.get(&id) {
            return Ok(Some(parcel));
        }
        let found = self.federation.instance.store.read(move |reader| reader.find_activity(id)).await?;
        let Some(activity) = found else { return Ok(None) };
        let digest = digest::digest_header(activity.body.as_bytes());
        let followers = for_followers(&activity.body);
        let body = Bytes::from(activity.body);
        let parcel = Arc::new(PreparedActivity { account: activity.account, body, digest, followers });
        self.parcels.insert(id, Arc::clone(&parcel));
        Ok(Some(parcel))
    }
}

/// State shared by the sends of one run.
struct Run {
    halted: AtomicBool,
    news: Mutex<HostOutcome>,
    strays: Mutex<Vec<UndeliverableRecipient>>,
    deadline: Instant,
    troubled: bool,
    /// Whether the host's circuit breaker is open.
    down: bool,
}

impl Run {
    fn report(&self, news: HostOutcome) {
        let mut known = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            HostOutcome::None => {}
            HostOutcome::Recovered if !self.troubled || *known != HostOutcome::None => {}
            HostOutcome::Recovered => *known = news,
            HostOutcome::Failed(..) | HostOutcome::Hold(_) => {
                self.halted.store(true, Ordering::Relaxed);
                if !matches!(*known, HostOutcome::Hold(_) | HostOutcome::Failed(_, Some(_))) {
                    *known = news;
                }
            }
        }
    }
}

/// Returns the ids that an activity is addressed to.
fn named_by(body: &[u8]) -> Vec<String> {
    let Ok(Value::Object(activity)) = serde_json::from_slice(body) else { return Vec::new() };
    let lists = ["to", "cc"].into_iter().filter_map(|list| activity.get(list)?.as_array());
    lists.flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn claim_lane(
    tx: &mut Tx<'_>,
    mode: FederationMode,
    lane: &Lane,
    claimed: &mut Vec<(Lane, Vec<Delivery>)>,
) -> Result<usize> {
    if HostAccess::of(tx, mode, &lane.host, lane.tier)? == HostAccess::Nothing {
        let lapsed = tx.lapsed_agreements_among(std::slice::from_ref(&lane.host))?;
        let rule = if lapsed.is_empty() { HostRule::Host } else { HostRule::Agreement };
        let dropped = tx.drop_deliveries_to(&lane.host, rule)?;
        tracing::info!(host = lane.host, dropped, "delivery.dropped");
        return Ok(0);
    }
    let now = tx.now();
    // Uses the age of the rows, not how long the host has failed: a host that sometimes sends us something
    // but never accepts anything would otherwise keep its rows for ever.
    if lane.failures >= CIRCUIT {
        let (old, older) = (now.plus_seconds(-UNAVAILABLE), now.plus_seconds(-UNAVAILABLE_FAREWELLS));
        let given_up = tx.give_up_deliveries(&lane.host, old, older)?;
        if given_up > 0 {
            tracing::info!(host = lane.host, given_up, "host.unreachable");
        }
    }
    let limit = if lane.failures >= CIRCUIT { 1 } else { ROWS_PER_RUN };
    let rows = tx.claim_deliveries(&lane.host, limit, LEASE)?;
    let count = rows.len();
    if count > 0 {
        claimed.push((lane.clone(), rows));
    }
    Ok(count)
}

/// Computes a host's next number of concurrent sends: one more after a full and fast run, fewer after a slow
/// run, half after a failure or a request to pause.
fn next_width(width: usize, news: &HostOutcome, each: Duration, full: bool) -> usize {
    match news {
        HostOutcome::Failed(..) | HostOutcome::Hold(_) => (width / 2).max(1),
        HostOutcome::Recovered => PER_HOST,
        HostOutcome::None if full && each <= SOON => (width + 1).min(MOST_PER_HOST),
        HostOutcome::None if each > SOON => (width - width / 4).max(1),
        HostOutcome::None => width,
    }
}

/// Maps a response to the outcome for the row and for its host.
///
/// A row that fails alone is given up after its last try. If the whole host is down (`down`), the row keeps
/// waiting until it is old enough to be given up.
fn judge(
    answer: &Result<HttpReply>,
    attempts: i64,
    down: bool,
    now: Timestamp,
    noise: u32,
) -> (DeliveryOutcome, HostOutcome) {
    let again = |error: String| match delay(attempts, noise) {
        Some(seconds) => DeliveryOutcome::Again { at: now.plus_seconds(seconds), error },
        None if down => DeliveryOutcome::Again { at: now.plus_seconds(jittered(LONGEST_HOLD, noise)), error },
        None => DeliveryOutcome::Dead { error },
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(Error::Temporary { why, .. }) => {
            return (again(why.clone()), HostOutcome::Failed(why.clone(), None));
        }
        Err(error) => {
            return (DeliveryOutcome::Refused { error: error.to_string(), rule: None }, HostOutcome::None);
        }
    };
    let status = answer.status;
    let text = || format!("answers {status}");
    let refused = || (DeliveryOutcome::Refused { error: text(), rule: None }, HostOutcome::None);
    match status {
        _ if status.is_success() => (DeliveryOutcome::Done, HostOutcome::Recovered),
        StatusCode::UNAUTHORIZED if attempts < UNAUTHORISED_TRIES => (again(text()), HostOutcome::None),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => (again(text()), HostOutcome::None),
        StatusCode::TOO_MANY_REQUESTS => (again(text()), HostOutcome::Hold(answer.retry_after.unwrap_or(60))),
        StatusCode::NOT_IMPLEMENTED => refused(),
        _ if status.is_server_error() => (again(text()), HostOutcome::Failed(text(), answer.retry_after)),
        _ => refused(),
    }
}

/// Returns the seconds until the next try, with jitter; `None` after the last.
fn delay(attempts: i64, noise: u32) -> Option<i64> {
    let whole = *BACK_OFF.get(usize::try_from(attempts).ok()?)?;
    Some(jittered(whole, noise))
}

/// Returns a random number of seconds between half of `seconds` and all of it.
fn jittered(seconds: i64, noise: u32) -> i64 {
    let half = seconds / 2;
    half + i64::from(noise) * (seconds - half) / i64::from(u32::MAX)
}

/// Returns a host's health after one more failure. A pause is at least as long as its Retry-After.
fn after_failure(
    health: &HostHealth,
    error: &str,
    rest: Option<u64>,
    now: Timestamp,
    noise: u32,
) -> HostHealth {
    let failures = health.failures.saturating_add(1);
    let held_until = (failures >= CIRCUIT).then(|| {
        let doublings = u32::try_from(failures - CIRCUIT).unwrap_or(11).min(11);
        let hold = (SHORTEST_HOLD << doublings).min(LONGEST_HOLD);
        now.plus_seconds(jittered(hold, noise))
    });
    let rested = rest.map(|rest| now.plus_seconds(i64::try_from(rest).unwrap_or(LONGEST_HOLD)));
    HostHealth {
        failures,
        first_failure_at: health.first_failure_at.or(Some(now)),
        last_failure_at: Some(now),
        last_success_at: health.last_success_at,
        held_until: held_until.max(rested),
        last_error: Some(error.to_owned()),
    }
}

/// Writes reports to the database, all that are pending in one transaction, and then answers their senders.
async fn settle(
    federation: Arc<Federation>,
    mut reported: mpsc::UnboundedReceiver<(LaneReport, oneshot::Sender<()>)>,
) {
    let mut pending = Vec::new();
    while reported.recv_many(&mut pending, 256).await > 0 {
        let (reports, senders): (Vec<LaneReport>, Vec<_>) = pending.drain(..).unzip();
        let batch = Arc::new(reports);
        let mut tries = 0;
        loop {
            let work = Arc::clone(&batch);
            let noise = federation.instance.rng.noise();
            let written = federation.instance.store.write(move |tx| write_reports(tx, &work, noise)).await;
            match written {
                Ok(()) => break,
                // The leases expire and the activities are sent again; peers recognise them by id.
                Err(error) if tries >= 5 => {
                    tracing::error!(%error, "delivery.settle_failed");
                    break;
                }
                Err(_) => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
        for sender in senders {
            // A lane that did not fail does not wait.
            let _ = sender.send(());
        }
    }
}

fn write_reports(tx: &mut Tx<'_>, reports: &[LaneReport], noise: u32) -> Result<()> {
    let now = tx.now();
    let rows: Vec<(JobId, DeliveryOutcome)> = reports.iter().flat_map(|report| report.rows.clone()).collect();
    // First, while the rows settled below still refer to their activities.
    for (host, stray) in
        reports.iter().flat_map(|report| report.strays.iter().map(move |stray| (&report.host, stray)))
    {
        let found =
            tx.deliver_to_personal_inboxes(stray.activity, stray.from, &stray.named, &stray.inbox, host)?;
        if found > 0 {
            tracing::info!(inbox = stray.inbox, found, "shared_inbox.gone");
        }
    }
    tx.settle_deliveries(&rows)?;
    for report in reports {
        match &report.news {
            HostOutcome::None => {}
            HostOutcome::Recovered => {
                tx.release_host(&report.host)?;
            }
            HostOutcome::Failed(error, rest) => {
                let health = tx.find_host_health(&report.host)?.unwrap_or_default();
                tx.set_host_health(&report.host, &after_failure(&health, error, *rest, now, noise))?;
            }
            HostOutcome::Hold(seconds) => {
                let mut health = tx.find_host_health(&report.host)?.unwrap_or_default();
                health.held_until = Some(now.plus_seconds(i64::try_from(*seconds).unwrap_or(LONGEST_HOLD)));
                tx.set_host_health(&report.host, &health)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        Timestamp::parse("2026-07-02T12:00:00Z").unwrap()
    }

    fn answer(status: u16, retry_after: Option<u64>) -> Result<HttpReply> {
        Ok(HttpReply { status: StatusCode::from_u16(status).unwrap(), retry_after })
    }

    #[test]
    fn each_status_has_its_class() {
        for status in [200, 201, 202, 204] {
            assert_eq!(
                judge(&answer(status, None), 0, false, noon(), 0),
                (DeliveryOutcome::Done, HostOutcome::Recovered),
                "{status}"
            );
        }
        for status in [301, 308, 400, 403, 404, 405, 406, 410, 413, 415, 422, 451, 501] {
            let (how, news) = judge(&answer(status, None), 0, false, noon(), 0);
            assert!(matches!(how, DeliveryOutcome::Refused { .. }) && news == HostOutcome::None, "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(
                matches!(judge(&answer(status, None), 0, false, noon(), 0).0, DeliveryOutcome::Again { .. }),
                "{status}"
            );
        }
        assert!(matches!(judge(&answer(401, None), 2, false, noon(), 0).0, DeliveryOutcome::Again { .. }));
        assert!(matches!(judge(&answer(401, None), 3, false, noon(), 0).0, DeliveryOutcome::Refused { .. }));
        assert_eq!(
            judge(&answer(503, Some(90)), 0, false, noon(), 0).1,
            HostOutcome::Failed("answers 503 Service Unavailable".into(), Some(90))
        );
        assert_eq!(judge(&answer(429, Some(90)), 0, false, noon(), 0).1, HostOutcome::Hold(90));
        assert!(matches!(
            judge(&Err(Error::temporary("refused")), 0, false, noon(), 0).1,
            HostOutcome::Failed(..)
        ));
        let never = judge(&Err(Error::permanent("no such scheme")), 0, false, noon(), 0);
        assert!(
            matches!(never, (DeliveryOutcome::Refused { error, .. }, HostOutcome::None) if error.contains("no such scheme"))
        );
    }

    #[test]
    fn a_host_gets_as_much_at_once_as_it_bears() {
        let (soon, slow) = (Duration::from_millis(20), Duration::from_secs(3));
        let mut width = PER_HOST;
        for _ in 0..100 {
            width = next_width(width, &HostOutcome::None, soon, true);
        }
        assert_eq!(width, MOST_PER_HOST);
        assert_eq!(next_width(width, &HostOutcome::None, soon, false), width, "a short run proves nothing");
        assert!(next_width(width, &HostOutcome::None, slow, true) < width);
        for news in [HostOutcome::Failed("refused".into(), None), HostOutcome::Hold(60)] {
            assert_eq!(next_width(16, &news, soon, true), 8);
            assert_eq!(next_width(1, &news, slow, true), 1);
        }
        assert_eq!(next_width(1, &HostOutcome::Recovered, soon, true), PER_HOST);
    }

    #[test]
    fn tries_spread_out_and_end() {
        for (attempts, from, to) in [(0, 30, 60), (1, 150, 300), (9, 43_200, 86_400)] {
            for noise in [0, 1, u32::MAX / 2, u32::MAX] {
                let seconds = delay(attempts, noise).unwrap();
                assert!((from..=to).contains(&seconds), "{attempts} {noise} {seconds}");
            }
        }
        assert_eq!(delay(10, 0), None);
        assert!(matches!(judge(&answer(500, None), 10, false, noon(), 0).0, DeliveryOutcome::Dead { .. }));
        let waits = judge(&answer(500, None), 10, true, noon(), u32::MAX).0;
        assert!(
            matches!(waits, DeliveryOutcome::Again { at, .. } if at == noon().plus_seconds(86_400)),
            "{waits:?}"
        );
    }

    #[test]
    fn five_failures_in_a_row_open_the_circuit_breaker_for_longer_and_longer() {
        let mut health = HostHealth::default();
        for _ in 0..4 {
            health = after_failure(&health, "refused", None, noon(), u32::MAX);
            assert_eq!(health.held_until, None);
        }
        let mut holds = Vec::new();
        for _ in 0..13 {
            health = after_failure(&health, "refused", None, noon(), u32::MAX);
            holds.push(health.held_until.unwrap().seconds() - noon().seconds());
        }
        assert_eq!(holds[..4], [60, 120, 240, 480]);
        assert_eq!(holds.last(), Some(&86_400));
        assert_eq!(health.first_failure_at, Some(noon()));
    }

    #[test]
    fn a_host_that_asks_for_rest_gets_it_and_fails_all_the_same() {
        let first = after_failure(&HostHealth::default(), "503", Some(7200), noon(), 0);
        assert_eq!(first.held_until, Some(noon().plus_seconds(7200)));
        assert_eq!((first.failures, first.first_failure_at), (1, Some(noon())));
        let tired = HostHealth { failures: 20, ..first };
        let held = after_failure(&tired, "503", Some(60), noon(), u32::MAX).held_until;
        assert_eq!(held, Some(noon().plus_seconds(LONGEST_HOLD)), "the longer of both");
    }
}
