//! Threads across servers: the collections of a thread that other servers may fetch, and when missing posts
//! of a thread are fetched.

use std::collections::HashMap;

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, setting};
use lookup::find_visible_status;
use portico_domain::model::status::Status;
use portico_domain::model::{StatusId, Timestamp};
use portico_domain::policy::reach::{Viewer, may_list_in_thread, may_see};
use portico_store::{Payload, Reader, ThreadFetch, Tx};

/// The fetch of a thread's missing posts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ThreadBackfill {
    /// The first status of the thread.
    pub thread: StatusId,
}

impl Payload for ThreadBackfill {
    const QUEUE: &'static str = "threads";
}

/// The minimum interval between two fetches of a thread, in seconds.
const COOL_DOWN: i64 = 15 * 60;
/// After how many seconds an unfinished fetch counts as aborted.
const LONGEST_LOOK: i64 = 120;
/// How many statuses one page examines.
const PAGE: i64 = 40;

/// A part of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadPart {
    /// The direct replies to a status.
    Answers,
    /// The whole thread that starts with a status.
    Whole,
}

/// A page of a thread for another server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadUriPage {
    /// The object ids that the viewer may get.
    pub uris: Vec<String>,
    /// The status after which the next page starts.
    pub next: Option<StatusId>,
}

/// Returns a page of a local status's thread, for another server or a visitor.
///
/// # Errors
/// `NotFound` for a status that the viewer may not see, or that does not start a thread if the whole thread
/// is requested.
pub async fn list_uris(
    instance: &Instance,
    viewer: Viewer,
    id: StatusId,
    part: ThreadPart,
    after: Option<StatusId>,
) -> Result<ThreadUriPage> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let missing = Error::NotFound("status");
            let Some(facts) = reader.reach_facts(&viewer, id)? else { return Err(missing) };
            may_see(&viewer, &setting, &facts)?;
            let candidates = match part {
                ThreadPart::Answers => reader.list_answers(id, after, PAGE)?,
                ThreadPart::Whole => {
                    let root = reader.find_status(id)?.ok_or(missing)?;
                    if !begins_thread(&root) {
                        return Err(Error::NotFound("thread"));
                    }
                    reader.list_thread(id, after, PAGE)?
                }
            };
            let full = i64::try_from(candidates.len()).is_ok_and(|count| count >= PAGE);
            let next = candidates.last().map(|(id, _)| *id).filter(|_| full);
            let mut uris = Vec::new();
            for (id, uri) in candidates {
                let facts = reader.reach_facts(&viewer, id)?;
                if facts.is_some_and(|facts| may_list_in_thread(&viewer, &setting, &facts).is_ok()) {
                    uris.push(uri);
                }
            }
            Ok(ThreadUriPage { uris, next })
        })
        .await
}

fn begins_thread(status: &Status) -> bool {
    status.local && status.in_reply_to_uri.is_none() && status.boost_of.is_none()
}

/// Returns the collection URI of the thread that a local status starts.
pub fn context_of_root(uri: &str) -> String {
    format!("{uri}/context")
}

/// Returns the collection URIs of these statuses' threads, by thread: a local one if the thread started here,
/// otherwise the one that the server of the first status declares.
pub fn list_context_uris(reader: &mut Reader<'_>, statuses: &[&Status]) -> Result<HashMap<StatusId, String>> {
    let threads: Vec<StatusId> = statuses.iter().map(|status| status.conversation_id).collect();
    let roots = reader.roots_of(&threads)?;
    let named = roots.into_iter().filter_map(|(thread, (root, sources))| {
        let context = if begins_thread(&root) { Some(context_of_root(&root.uri)) } else { sources.context };
        Some((thread, context?))
    });
    Ok(named.collect())
}

/// The progress of fetching a thread's missing posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadFetchProgress {
    /// Whether the fetch is still running.
    pub is_running: bool,
    /// How many statuses it has found.
    pub found: i64,
}

impl ThreadFetchProgress {
    const BEGUN: Self = Self { is_running: true, found: 0 };

    fn from_lookup(look: &ThreadFetch, now: Timestamp) -> Self {
        let is_running = !look.is_done && look.began_at.plus_seconds(LONGEST_LOOK) > now;
        Self { is_running, found: look.found }
    }
}

/// Returns the progress of the latest fetch of a status's thread.
///
/// # Errors
/// `NotFound` for a status that the viewer may not see, and for a thread that was never fetched.
pub async fn progress(instance: &Instance, viewer: Viewer, id: StatusId) -> Result<ThreadFetchProgress> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let status = find_visible_status(reader, &viewer, &setting, id)?;
            let look = reader.find_thread_fetch(status.conversation_id)?.filter(has_begun);
            Ok(ThreadFetchProgress::from_lookup(&look.ok_or(Error::NotFound("look"))?, reader.now()))
        })
        .await
}

/// Enqueues a fetch of a thread's missing posts when a local user opens it. `look` is the latest fetch; at
/// most one fetch starts per quarter of an hour.
pub(crate) async fn fetch_missing(
    instance: &Instance,
    thread: StatusId,
    look: &ThreadFetch,
) -> Result<ThreadFetchProgress> {
    if !is_due(look, instance.now()) {
        return Ok(ThreadFetchProgress::from_lookup(look, instance.now()));
    }
    instance.store.write(move |tx| enqueue_fetch(tx, thread)).await
}

fn enqueue_fetch(tx: &mut Tx<'_>, thread: StatusId) -> Result<ThreadFetchProgress> {
    // Checked again in the transaction, so that two concurrent requests enqueue one job.
    let now = tx.now();
    match tx.find_thread_fetch(thread)? {
        Some(look) if !is_due(&look, now) => Ok(ThreadFetchProgress::from_lookup(&look, now)),
        _ => {
            tx.start_thread_fetch(thread)?;
            tx.enqueue(&ThreadBackfill { thread })?;
            Ok(ThreadFetchProgress::BEGUN)
        }
    }
}

fn has_begun(look: &ThreadFetch) -> bool {
    look.began_at.millis() > 0
}

fn is_due(look: &ThreadFetch, now: Timestamp) -> bool {
    look.began_at <= now.plus_seconds(-COOL_DOWN)
}
