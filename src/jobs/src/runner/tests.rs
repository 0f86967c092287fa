use std::fmt::Debug;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use portico_config::DatabaseUrl;
use portico_store::{Error, Payload};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
/// Deadline of a condition. It only ends a broken run.
const PATIENCE: Duration = Duration::from_secs(120);

/// A job that ends as its payload says.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Sample {
    Succeed(u32),
    RemoveItself,
    FailOnce { after: Option<i64> },
    FailTemporarily,
    FailForGood,
    Panic,
}

impl Payload for Sample {
    const QUEUE: &'static str = "kept";
}

/// The same job in a queue whose failed jobs are removed, with a shorter back-off table.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Optional(Sample);

impl Payload for Optional {
    const QUEUE: &'static str = "optional";
}

/// Records the attempts.
struct Context {
    store: Store,
    seen: Mutex<Vec<(String, i64)>>,
}

impl Context {
    fn seen(&self) -> Vec<(String, i64)> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Job<Context> for Sample {
    async fn run(&self, context: &Arc<Context>, attempt: Attempt) -> Result<Done, JobError> {
        context.seen.lock().unwrap().push((format!("{self:?}"), attempt.earlier));
        match self {
            Self::FailOnce { after } if attempt.earlier == 0 => {
                Err(JobError::Retry { error: "once".into(), after: *after })
            }
            Self::Succeed(_) | Self::FailOnce { .. } => Ok(Done::Finished),
            Self::RemoveItself => {
                context.store.write(move |tx| tx.finish_job(attempt.job).map(drop)).await?;
                Ok(Done::Removed)
            }
            Self::FailTemporarily => Err(JobError::retry("not yet")),
            Self::FailForGood => Err(JobError::failed("never")),
            Self::Panic => panic!("a job that panics"),
        }
    }
}

impl Job<Context> for Optional {
    const CONCURRENCY: Concurrency = Concurrency::UpTo(4);
    const BATCH: i64 = 4;
    const AFTER_FAILURE: AfterFailure = AfterFailure::Drop;

    fn back_off(&self) -> &'static [i64] {
        &[60]
    }

    async fn run(&self, context: &Arc<Context>, attempt: Attempt) -> Result<Done, JobError> {
        self.0.run(context, attempt).await
    }
}

/// The log of the workers, which tests wait on. A settled job is a line at debug level.
#[derive(Clone, Default)]
struct Log(Arc<watch::Sender<Vec<u8>>>);

impl Log {
    /// Returns the lines of an event, except those at debug level.
    fn lines(&self, event: &str) -> Vec<String> {
        let text = String::from_utf8(self.0.borrow().clone()).unwrap();
        let lines = text.lines().filter(|line| line.contains(event) && !line.contains("DEBUG"));
        lines.map(str::to_owned).collect()
    }

    /// Looks at a value now and after each new line, until it is `wanted`.
    async fn until<T: Debug>(&self, what: &str, wanted: impl Fn(&T) -> bool, look: impl AsyncFn() -> T) {
        let mut lines = self.0.subscribe();
        loop {
            lines.mark_unchanged();
            let seen = look().await;
            if wanted(&seen) {
                return;
            }
            let next = tokio::time::timeout(PATIENCE, lines.changed()).await;
            assert!(next.is_ok(), "{what}: still {seen:?}");
        }
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.send_modify(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A database with the workers of both queues.
struct Scene {
    store: Store,
    clock: Arc<Clock>,
    context: Arc<Context>,
    log: Log,
    stop: CancellationToken,
    url: DatabaseUrl,
    _folder: tempfile::TempDir,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Scene {
    /// Creates the database without its tables.
    fn without_tables() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Clock::fixed(START));
        let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
        let store = Store::connect(&url, Arc::clone(&clock), 1).unwrap();
        let context = Arc::new(Context { store: store.clone(), seen: Mutex::default() });
        let (log, stop) = (Log::default(), CancellationToken::new());
        Self { store, clock, context, log, stop, url, _folder: folder }
    }

    fn new() -> Self {
        let scene = Self::without_tables();
        scene.store.migrate().unwrap();
        scene
    }

    fn start(&self) {
        let runner =
            Runner::new(self.store.clone(), Arc::clone(&self.clock), TaskTracker::new(), self.stop.clone());
        let subscriber = || {
            let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_ansi(false);
            lines.with_writer(self.log.clone()).finish()
        };
        let kept = runner.clone().work::<Sample, Context>(Arc::clone(&self.context));
        tokio::spawn(kept.with_subscriber(subscriber()));
        let optional = runner.work::<Optional, Context>(Arc::clone(&self.context));
        tokio::spawn(optional.with_subscriber(subscriber()));
    }

    /// Moves the clock, and wakes the workers.
    async fn advance(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
        let woken: Result<(), Error> = self
            .store
            .write(|tx| {
                tx.wake(Queue::Jobs);
                Ok(())
            })
            .await;
        woken.unwrap();
    }

    async fn enqueue<P: Payload + Clone>(&self, payloads: &[P]) {
        let payloads = payloads.to_vec();
        let written = self.store.write(move |tx| payloads.iter().try_for_each(|payload| tx.enqueue(payload)));
        written.await.unwrap();
    }

    /// Returns the waiting and the dead jobs of a queue.
    async fn count(&self, queue: &'static str) -> (i64, i64) {
        let counted: Result<_, Error> = self.store.read(move |reader| reader.count_jobs(queue)).await;
        counted.unwrap()
    }

    async fn counts_become(&self, queue: &'static str, wanted: (i64, i64)) {
        self.log.until(queue, |seen: &(i64, i64)| *seen == wanted, async || self.count(queue).await).await;
    }

    async fn logs(&self, event: &str, lines: usize) {
        self.log.until(event, |seen: &Vec<String>| seen.len() >= lines, async || self.log.lines(event)).await;
    }
}

#[tokio::test]
async fn jobs_run_in_order_and_are_removed() {
    let scene = Scene::new();
    scene.enqueue(&[Sample::Succeed(1), Sample::RemoveItself, Sample::Succeed(2)]).await;
    scene.start();
    scene.counts_become("kept", (0, 0)).await;
    // A job that is enqueued later wakes the worker.
    scene.enqueue(&[Sample::Succeed(3)]).await;
    scene.counts_become("kept", (0, 0)).await;
    let seen: Vec<String> = scene.context.seen().into_iter().map(|(job, _)| job).collect();
    assert_eq!(seen, ["Succeed(1)", "RemoveItself", "Succeed(2)", "Succeed(3)"]);
    assert!(scene.log.lines("job.").is_empty());
}

#[tokio::test]
async fn idle_workers_write_nothing() {
    let scene = Scene::new();
    scene.start();
    let before = scene.store.count_writes();
    // Each is a write of the test, after which both workers look for jobs.
    for _ in 0..20 {
        scene.advance(1).await;
    }
    // Another node enqueues, and does not wake this one.
    let other = Store::connect(&scene.url, Arc::clone(&scene.clock), 2).unwrap();
    let enqueued: Result<(), Error> = other.write(|tx| tx.enqueue(&Sample::Succeed(1))).await;
    enqueued.unwrap();
    scene.log.until("the job", |seen: &usize| *seen == 1, async || scene.context.seen().len()).await;
    scene.counts_become("kept", (0, 0)).await;
    assert_eq!(scene.store.count_writes() - before, 20 + 2, "20 of the test, one claim and one settlement");
}

#[tokio::test]
async fn a_temporary_failure_is_retried_after_the_back_off() {
    let scene = Scene::new();
    scene.enqueue(&[Sample::FailOnce { after: None }, Sample::Succeed(1)]).await;
    scene.start();
    // The failed job holds up nothing, and is not due until the clock says so.
    scene.counts_become("kept", (1, 0)).await;
    scene.logs("job.attempt_failed", 1).await;
    let waits: Result<_, Error> = scene.store.write(|tx| Ok(tx.claim_jobs(Sample::QUEUE, 1, 0)?.len())).await;
    assert_eq!(waits.unwrap(), 0, "not before a second has passed");
    scene.advance(1).await;
    scene.counts_become("kept", (0, 0)).await;
    let attempts: Vec<i64> = scene.context.seen().into_iter().map(|(_, earlier)| earlier).collect();
    assert_eq!(attempts, [0, 0, 1]);
    let line = scene.log.lines("job.attempt_failed").remove(0);
    assert!(line.contains("queue=\"kept\"") && line.contains("error=once"), "{line}");
}

#[tokio::test]
async fn a_job_is_retried_until_its_table_ends() {
    let scene = Scene::new();
    scene.enqueue(&[Sample::FailTemporarily]).await;
    scene.enqueue(&[Optional(Sample::FailTemporarily)]).await;
    scene.start();
    scene.logs("queue=\"optional\"", 1).await;
    for (earlier, seconds) in crate::BACK_OFF.into_iter().enumerate() {
        scene.logs("queue=\"kept\"", earlier + 1).await;
        scene.advance(seconds).await;
    }
    scene.counts_become("kept", (0, 1)).await;
    scene.counts_become("optional", (0, 0)).await;
    assert_eq!(scene.log.lines("job.failed").len(), 1);
    let dropped = scene.log.lines("job.dropped");
    assert!(dropped.len() == 1 && dropped[0].contains("FailTemporarily"), "{dropped:?}");
}

#[tokio::test]
async fn a_job_may_ask_for_a_longer_pause() {
    let scene = Scene::new();
    scene.enqueue(&[Sample::FailOnce { after: Some(600) }]).await;
    scene.start();
    scene.logs("job.attempt_failed", 1).await;
    scene.clock.advance_seconds(599);
    let waits: Result<_, Error> = scene.store.write(|tx| Ok(tx.claim_jobs(Sample::QUEUE, 1, 0)?.len())).await;
    assert_eq!(waits.unwrap(), 0);
    scene.advance(1).await;
    scene.counts_become("kept", (0, 0)).await;
}

#[tokio::test]
async fn a_final_failure_is_kept_or_dropped_at_once() {
    let scene = Scene::new();
    scene.enqueue(&[Sample::FailForGood, Sample::Panic, Sample::Succeed(1)]).await;
    scene.enqueue(&[Optional(Sample::FailForGood)]).await;
    scene.start();
    scene.counts_become("kept", (0, 2)).await;
    scene.counts_become("optional", (0, 0)).await;
    let failed = scene.log.lines("job.failed");
    assert!(failed.len() == 2 && failed[0].contains("never") && failed[1].contains("panicked"), "{failed:?}");
    assert!(scene.context.seen().iter().all(|(_, earlier)| *earlier == 0));
}

#[tokio::test]
async fn an_unreadable_payload_fails_once_with_one_line() {
    let scene = Scene::new();
    #[derive(Clone, Serialize, Deserialize)]
    struct Unknown(String);
    impl Payload for Unknown {
        const QUEUE: &'static str = Optional::QUEUE;
    }
    scene.enqueue(&[Unknown("from another release".into())]).await;
    scene.enqueue(&[Optional(Sample::Succeed(1))]).await;
    scene.start();
    // Kept, although this queue drops its failed jobs.
    scene.counts_become("optional", (0, 1)).await;
    scene.clock.advance_seconds(24 * 3600);
    scene.enqueue(&[Optional(Sample::Succeed(2))]).await;
    scene.counts_become("optional", (0, 1)).await;
    assert_eq!(scene.context.seen().len(), 2);
    let lines = scene.log.lines("job.");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let parts = ["job.failed", "queue=\"optional\"", "id=", "error=\"unreadable payload: "];
    assert!(parts.iter().all(|part| lines[0].contains(part)), "{lines:?}");
}

#[tokio::test]
async fn after_a_database_error_at_claiming_the_worker_waits() {
    let scene = Scene::without_tables();
    let begun = Instant::now();
    scene.start();
    scene.logs("job.claim_failed", 2).await;
    // New rows wake a worker that waits for work, but not one that rests.
    for _ in 0..200 {
        let woken: Result<(), Error> = scene
            .store
            .write(|tx| {
                tx.wake(Queue::Jobs);
                Ok(())
            })
            .await;
        woken.unwrap();
    }
    scene.logs("job.claim_failed", 4).await;
    let (lines, rests) =
        (scene.log.lines("job.claim_failed").len(), begun.elapsed().as_secs() / REST.as_secs());
    assert!(lines <= 2 * (usize::try_from(rests).unwrap() + 1), "{lines} lines in {rests} pauses");
    // The worker goes on once the database answers.
    scene.store.migrate().unwrap();
    scene.enqueue(&[Sample::Succeed(1)]).await;
    scene.counts_become("kept", (0, 0)).await;
    assert_eq!(scene.context.seen().len(), 1);
}
