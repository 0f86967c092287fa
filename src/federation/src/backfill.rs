//! Thread backfill: when a local user opens a thread, fetches the missing statuses in the background, within
//! limits.
//!
//! Reads the thread's collection (`context`) first, then each status's `replies`. Collections only supply
//! ids: every status is fetched from its own server under the usual checks, and is stored only if it replies
//! to a status of the thread that is already here. Nobody is notified, and each status keeps the reach that
//! its own addressing gives it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Error, Federation, Result};
use portico_activitystreams::{collection, note, value};
use portico_domain::model::StatusId;
use portico_domain::model::urls::{host_of, same_origin};
use portico_service::publishing::threads::QUEUE;
use portico_store::{Job, Queue};

/// Maximum number of requests for one thread.
const MOST_REQUESTS: usize = 100;
/// Maximum number of requests to one host for one thread.
const MOST_PER_HOST: usize = 50;
/// Maximum number of hosts contacted for one thread.
const MOST_HOSTS: usize = 20;
/// Maximum number of pages read of one collection.
const MOST_PAGES: usize = 5;
/// Maximum number of collections that a thread starts with.
const MOST_SOURCES: i64 = 20;
/// Maximum depth to which replies are followed from the statuses already here.
const DEEPEST: u32 = 5;
/// Time limit for one thread.
const LIMIT: Duration = Duration::from_secs(30);
const LEASE: i64 = 60_000;
const LOOK_EVERY: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, serde::Deserialize)]
struct WantedReplies {
    thread: StatusId,
}

/// The remaining request budget for one thread.
#[derive(Debug, Default)]
struct Budget {
    requests: usize,
    hosts: HashMap<String, usize>,
    seen: HashSet<String>,
}

impl Budget {
    /// Whether this URI may be requested; if so, counts it. Each URI is requested at most once.
    fn takes(&mut self, uri: &str) -> bool {
        let Some(host) = url::Url::parse(uri).ok().map(|url| host_of(&url)) else { return false };
        let known = self.hosts.get(&host).copied();
        let within = self.requests < MOST_REQUESTS
            && known.map_or(self.hosts.len() < MOST_HOSTS, |count| count < MOST_PER_HOST);
        if !within || !self.seen.insert(uri.to_owned()) {
            return false;
        }
        self.requests += 1;
        *self.hosts.entry(host).or_default() += 1;
        true
    }
}

impl Federation {
    async fn fill_in(&self, job: Job) {
        let mut found = 0;
        let wanted = serde_json::from_str::<WantedReplies>(&job.payload).ok().map(|wanted| wanted.thread);
        if let Some(thread) = wanted {
            match tokio::time::timeout(LIMIT, self.walk(thread, &mut found)).await {
                Ok(Ok(())) => tracing::debug!(%thread, found, "thread_backfill.done"),
                Ok(Err(error)) => tracing::info!(%error, "thread_backfill.failed"),
                Err(_) => tracing::info!(%thread, "thread_backfill.timed_out"),
            }
        }
        // The job always ends: a later visit to the thread enqueues a new one.
        let settled = self.instance.store.write(move |tx| {
            if let Some(thread) = wanted {
                tx.finish_thread_fetch(thread, found)?;
            }
            tx.finish_job(job.id).map(drop)
        });
        if let Err(error) = settled.await {
            tracing::warn!(%error, "thread_backfill.settle_failed");
        }
    }

    /// Fetches the missing statuses of a thread. `found` counts the new ones, also if the walk is cancelled.
    async fn walk(&self, thread: StatusId, found: &mut usize) -> Result<()> {
        let sources =
            self.instance.store.read(move |reader| reader.thread_sources(thread, MOST_SOURCES)).await?;
        let mut budget = Budget::default();
        let mut answers: VecDeque<(String, u32)> = VecDeque::new();
        // The `context` collections first: they make most `replies` requests unnecessary. The budget skips
        // duplicates.
        answers.extend(sources.iter().filter_map(|source| source.context.clone()).map(|uri| (uri, 0)));
        answers.extend(sources.into_iter().filter_map(|source| source.replies).map(|uri| (uri, 0)));
        while let Some((collection, depth)) = answers.pop_front() {
            for member in self.listed(&collection, &mut budget).await {
                match self.bring_in(thread, &member, &mut budget).await {
                    Ok(Some(replies)) => {
                        *found += 1;
                        answers.extend(replies.filter(|_| depth < DEEPEST).map(|uri| (uri, depth + 1)));
                    }
                    Ok(None) => {}
                    Err(error) => tracing::debug!(member, %error, "thread_backfill.status_failed"),
                }
            }
        }
        Ok(())
    }

    /// Returns the ids in a collection, as far as the budget allows; empty if it cannot be read.
    async fn listed(&self, uri: &str, budget: &mut Budget) -> Vec<String> {
        let mut found = Vec::new();
        let mut next = Some(uri.to_owned());
        let mut pages = 0;
        while let Some(page) = next.take().filter(|page| same_origin(page, uri)) {
            if pages > MOST_PAGES || same_origin(&page, self.instance.urls.origin()) || !budget.takes(&page) {
                break;
            }
            pages += 1;
            match self.dereference(&page).await {
                Ok(document) => next = collection::read(&document, &mut found),
                Err(error) => tracing::debug!(page, %error, "thread_backfill.collection_failed"),
            }
        }
        found
    }

    /// Fetches and stores a status of a thread, unless it is known. Returns its `replies` collection if it
    /// was new and belongs to the thread.
    async fn bring_in(
        &self,
        thread: StatusId,
        uri: &str,
        budget: &mut Budget,
    ) -> Result<Option<std::option::IntoIter<String>>> {
        if same_origin(uri, self.instance.urls.origin()) || self.fruitless.has(uri, self.now()) {
            return Ok(None);
        }
        let named = uri.to_owned();
        let here = self.instance.store.read(move |reader| {
            Ok::<_, Error>(reader.find_status_by_uri(&named)?.is_some() || reader.is_deleted(&named)?)
        });
        if here.await? || !budget.takes(uri) {
            return Ok(None);
        }
        let fetched = self.dereference(uri).await;
        let object = self.note_failure(uri, fetched)?;
        if !note::is_shown(&object) {
            return Ok(None);
        }
        let parent = value::first_reference(&object, "inReplyTo").map(str::to_owned);
        let belongs = match parent {
            Some(parent) => {
                let read = move |reader: &mut portico_store::Reader<'_>| reader.find_status_by_uri(&parent);
                self.instance.store.read(read).await?.is_some_and(|parent| parent.conversation_id == thread)
            }
            None => false,
        };
        if !belongs {
            return Err(Error::permanent("the status does not reply to anything in the thread"));
        }
        let replies = note::sources(&object).replies;
        Ok(self.take_note(&object, 0).await?.map(|_| replies.into_iter()))
    }
}

/// Processes backfill jobs until `stop`, one at a time.
pub(super) async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let store = &federation.instance.store;
    while !stop.is_cancelled() {
        let jobs = store.write(|tx| tx.claim_jobs(QUEUE, 1, LEASE)).await.unwrap_or_default();
        if jobs.is_empty() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = store.waited(Queue::Jobs, LOOK_EVERY) => {}
            }
        }
        for job in jobs {
            federation.fill_in(job).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s58_a_thread_costs_so_much_and_no_more() {
        let mut budget = Budget::default();
        assert!(budget.takes("https://a.example/1") && !budget.takes("https://a.example/1"), "once each");
        assert!(!budget.takes("no url"));
        let one_host = (0..1000).filter(|n| budget.takes(&format!("https://a.example/x{n}"))).count();
        assert_eq!(one_host, MOST_PER_HOST - 1);
        let hosts = (0..1000).filter(|n| budget.takes(&format!("https://h{n}.example/1"))).count();
        assert_eq!(hosts, MOST_HOSTS - 1);
        let all = (0..1000).filter(|n| budget.takes(&format!("https://h{}.example/y{n}", n % 19))).count();
        assert_eq!(MOST_PER_HOST + hosts + all, MOST_REQUESTS);
    }
}
