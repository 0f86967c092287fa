//! Threads across servers: who is told what of one, and when the rest of one is looked for.

use std::collections::HashMap;

use super::statuses::seen;
use super::{Error, Result, setting};
use crate::instance::Instance;
use crate::model::status::Status;
use crate::model::{StatusId, Timestamp};
use crate::policy::reach::{Viewer, may_be_told_of, may_see};
use crate::store::{Look, Reader, Tx};

/// The queue of threads whose rest is wanted.
pub const QUEUE: &str = "threads";
/// How long a thread that was looked for is not looked for again, in seconds.
const COOL_DOWN: i64 = 15 * 60;
/// After how many seconds a look that has not said that it is done was broken off.
const LONGEST_LOOK: i64 = 120;
/// How many statuses are judged for one page.
const PAGE: i64 = 40;

/// Which statuses of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What answers a status directly.
    Answers,
    /// The whole thread that a status began.
    Whole,
}

/// A page of a thread for another server: the ids it may be told, and after which status the next begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Object ids.
    pub uris: Vec<String>,
    /// After which status the next page begins.
    pub next: Option<StatusId>,
}

/// What another server, or a visitor, may be told of the thread of a local status.
///
/// # Errors
/// `NotFound` for a status that the viewer may not see, or that began no thread where the whole is asked for.
pub async fn told(
    instance: &Instance,
    viewer: Viewer,
    id: StatusId,
    part: Part,
    after: Option<StatusId>,
) -> Result<Told> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let missing = Error::NotFound("status");
            let Some(facts) = reader.reach_facts(&viewer, id)? else { return Err(missing) };
            may_see(&viewer, &setting, &facts)?;
            let candidates = match part {
                Part::Answers => reader.list_answers(id, after, PAGE)?,
                Part::Whole => {
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
                if facts.is_some_and(|facts| may_be_told_of(&viewer, &setting, &facts).is_ok()) {
                    uris.push(uri);
                }
            }
            Ok(Told { uris, next })
        })
        .await
}

fn begins_thread(status: &Status) -> bool {
    status.local && status.in_reply_to_uri.is_none() && status.reblog_of.is_none()
}

/// The collection of the thread that a local status began.
pub fn context_of_root(uri: &str) -> String {
    format!("{uri}/context")
}

/// The collections of the threads that some statuses belong to, by thread: ours where it began here, else
/// what the server of its first status says.
pub fn contexts(reader: &mut Reader<'_>, statuses: &[&Status]) -> Result<HashMap<StatusId, String>> {
    let threads: Vec<StatusId> = statuses.iter().map(|status| status.conversation_id).collect();
    let roots = reader.roots_of(&threads)?;
    let named = roots.into_iter().filter_map(|(thread, (root, sources))| {
        let context = if begins_thread(&root) { Some(context_of_root(&root.uri)) } else { sources.context };
        Some((thread, context?))
    });
    Ok(named.collect())
}

/// How far the look for the rest of a thread is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Whether more may come.
    pub is_running: bool,
    /// How many statuses it has brought.
    pub found: i64,
}

impl Progress {
    const BEGUN: Self = Self { is_running: true, found: 0 };

    fn of(look: &Look, now: Timestamp) -> Self {
        let is_running = !look.is_done && look.began_at.plus_seconds(LONGEST_LOOK) > now;
        Self { is_running, found: look.found }
    }
}

/// How far the latest look for the rest of a status's thread is.
///
/// # Errors
/// `NotFound` for a status that the viewer may not see, or whose thread nobody has looked for.
pub async fn progress(instance: &Instance, viewer: Viewer, id: StatusId) -> Result<Progress> {
    let setting = setting(instance);
    instance
        .store
        .read(move |reader| {
            let status = seen(reader, &viewer, &setting, id)?;
            let look = reader.find_look(status.conversation_id)?.filter(has_begun);
            Ok(Progress::of(&look.ok_or(Error::NotFound("look"))?, reader.now()))
        })
        .await
}

/// Asks for the rest of a thread, because somebody here looks at it and `look` was the latest: not more often
/// than every quarter of an hour.
pub(super) async fn want_rest(instance: &Instance, thread: StatusId, look: &Look) -> Result<Progress> {
    if !is_due(look, instance.now()) {
        return Ok(Progress::of(look, instance.now()));
    }
    instance.store.write(move |tx| ask(tx, thread)).await
}

fn ask(tx: &mut Tx<'_>, thread: StatusId) -> Result<Progress> {
    // Asked again inside, so that two who look at once ask once.
    let now = tx.now();
    match tx.find_look(thread)? {
        Some(look) if !is_due(&look, now) => Ok(Progress::of(&look, now)),
        _ => {
            tx.mark_thread_looked(thread)?;
            tx.enqueue(QUEUE, serde_json::json!({ "thread": thread }).to_string())?;
            Ok(Progress::BEGUN)
        }
    }
}

fn has_begun(look: &Look) -> bool {
    look.began_at.millis() > 0
}

fn is_due(look: &Look, now: Timestamp) -> bool {
    look.began_at <= now.plus_seconds(-COOL_DOWN)
}
