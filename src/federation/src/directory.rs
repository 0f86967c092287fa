//! The directory of this instance's people: serves it to the company's instances and to partners whose
//! agreement grants it, and reads theirs.
//!
//! `/collections/directory?since=…` lists actor ids by the time their profile last changed, oldest first:
//! `updated` for present people, a Tombstone for people who left. A peer continues from the last entry it has
//! read, so it soon learns of changes whose delivery was lost.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::documents::{Ask, Missing, finish};
use super::routes::Edge;
use super::{Federation, Result};
use portico_activitystreams::value::{self, Object};
use portico_activitystreams::{actor_context, collection};
use portico_domain::model::account::Account;
use portico_domain::model::agreement_grants::Grant;
use portico_domain::model::peer::Tier;
use portico_domain::model::profile::DirectoryEntry;
use portico_domain::model::urls::same_origin;
use portico_domain::model::{AccountId, Timestamp};
use portico_domain::policy::profiles::may_read_directory;
use portico_domain::policy::reach::Viewer;

/// Polling interval for the company's instances.
const PAUSE: Duration = Duration::from_secs(20);
/// Partners' directories are read in one of so many rounds: they are less urgent, and profile Updates arrive
/// at once.
const PARTNER_ROUNDS: u64 = 30;
/// Delay before the first round.
const FIRST: Duration = Duration::from_secs(1);
/// Number of people on a page.
const PAGE: i64 = 200;
/// Maximum number of pages read in one round; the next round continues.
const MOST_PAGES: usize = 25;
/// Number of failed fetches after which the peer counts as unavailable.
const MOST_FAILURES: usize = 5;
/// Seconds that are read again: entries written at the same time on several nodes may become visible out of
/// order.
const OVERLAP_SECONDS: i64 = 30;

/// `GET /collections/directory`: for the company's hosts, and for partners whose agreement grants it.
pub(super) async fn show(edge: Edge, ask: Ask) -> Response {
    finish(list(&edge, &ask).await)
}

async fn list(edge: &Federation, ask: &Ask) -> std::result::Result<Value, Missing> {
    match ask.asker(edge).await.viewer() {
        Viewer::Host { tier, grants, .. } if may_read_directory(tier, grants.gives) => {}
        _ => return Err(Missing::NotFound),
    }
    let id = edge.instance.urls.directory();
    let Some(since) = ask.parameter("since") else {
        return Ok(collection::root(&id, None, Some(&format!("{id}?since=0"))));
    };
    let after = ask.parameter("after").and_then(|after| after.parse::<AccountId>().ok());
    let own = match after {
        Some(after) => format!("{id}?since={since}&after={after}"),
        None => format!("{id}?since={since}"),
    };
    let since = since.parse().map(Timestamp::from_millis).map_err(|_| Missing::NotFound)?;
    let page = portico_service::people::profiles::directory_page(&edge.instance, since, after, PAGE).await?;
    let next = page
        .last()
        .filter(|_| i64::try_from(page.len()).is_ok_and(|len| len >= PAGE))
        .map(|(last, entry)| format!("{id}?since={}&after={last}", entry.changed_at.millis()));
    let items: Vec<Value> = page.iter().map(|(_, entry)| write(entry)).collect();
    let mut page = collection::page(&own, &id, next.as_deref(), None, &items);
    if let Some(page) = page.as_object_mut() {
        page.insert("@context".to_owned(), actor_context());
    }
    Ok(page)
}

fn write(entry: &DirectoryEntry) -> Value {
    let at = entry.changed_at.rfc3339();
    if entry.gone {
        json!({ "type": "Tombstone", "id": entry.uri, "formerType": "Person", "deleted": at })
    } else {
        json!({ "type": "Person", "id": entry.uri, "updated": at })
    }
}

fn read(item: &Object) -> Option<DirectoryEntry> {
    let gone = value::is_a(item, "Tombstone");
    let changed_at = value::moment(item, if gone { "deleted" } else { "updated" })?;
    Some(DirectoryEntry { uri: value::id(item)?.to_owned(), changed_at, gone })
}

/// Reads the directories of the company's instances and of partners that grant theirs, until `stop`.
pub(super) async fn run(federation: Arc<Federation>, stop: CancellationToken) {
    let mut pause = FIRST;
    for round in 0_u64.. {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = PAUSE;
        let mut domains = federation.instance.settings.company.clone();
        if round.is_multiple_of(PARTNER_ROUNDS) {
            match federation.directories_given().await {
                Ok(partners) => domains.extend(partners),
                Err(error) => tracing::warn!(%error, "directory.partner_list_failed"),
            }
        }
        for domain in &domains {
            tokio::select! {
                () = stop.cancelled() => return,
                read = federation.read_directory(domain) => {
                    if let Err(error) = read {
                        tracing::info!(domain, %error, "directory.read_failed");
                    }
                }
            }
        }
    }
}

impl Federation {
    /// Returns the partners whose agreement, currently in force, grants us their directory.
    pub async fn directories_given(&self) -> Result<Vec<String>> {
        let found = self.instance.store.read(|reader| {
            let now = reader.now();
            let mut stored = reader.list_agreement_grants()?;
            stored.retain(|one| one.in_force(now) && one.grants.takes.has(Grant::Directory));
            let names: Vec<String> = stored.into_iter().map(|one| one.domain).collect();
            let tiers = reader.tiers_of(&names)?;
            let partners = names.into_iter().filter(|name| tiers.get(name) == Some(&Tier::Partner));
            Ok::<_, portico_store::Error>(partners.collect())
        });
        Ok(found.await?)
    }

    /// Applies the changes in a peer's directory since it was last read.
    ///
    /// # Errors
    /// When the peer cannot be read or its response is invalid; pages read before that stay applied.
    pub async fn read_directory(&self, domain: &str) -> Result<()> {
        let sister = domain.to_owned();
        let mark = self.instance.store.read(move |reader| reader.directory_mark(&sister)).await?;
        let scheme = if self.instance.network.insecure_http { "http" } else { "https" };
        let origin = format!("{scheme}://{domain}");
        let since = mark.plus_seconds(-OVERLAP_SECONDS).millis().max(0);
        let mut next = Some(format!("{origin}/collections/directory?since={since}"));
        for _ in 0..MOST_PAGES {
            let Some(url) = next.take() else { break };
            let page = self.dereference(&url).await?;
            let entries: Vec<DirectoryEntry> =
                value::objects(&page, "orderedItems").into_iter().filter_map(read).collect();
            let last = entries.iter().map(|entry| entry.changed_at).max();
            let stuck = self.take_entries(&entries, &origin).await?;
            if let Some(last) = last.map(|last| stuck.map_or(last, |stuck| last.min(stuck))) {
                let sister = domain.to_owned();
                let written = self.instance.store.write(move |tx| {
                    let known = tx.directory_mark(&sister)?;
                    // The mark never lies in the future: a peer whose clock is ahead would hide later
                    // changes.
                    tx.set_directory_mark(&sister, known.max(last).min(tx.now()))
                });
                written.await?;
            }
            let begun = format!("{origin}/");
            next = value::first_reference(&page, "next")
                .filter(|url| url.starts_with(&begun))
                .map(str::to_owned);
        }
        Ok(())
    }

    /// Applies a page. Returns the time from which to read again, if a person could not be fetched.
    async fn take_entries(&self, entries: &[DirectoryEntry], origin: &str) -> Result<Option<Timestamp>> {
        let (mut stuck, mut failures) = (None, 0);
        // A host may only list its own people.
        for entry in entries.iter().filter(|entry| same_origin(&entry.uri, origin)) {
            if let Err(error) = self.take_entry(entry).await {
                failures += 1;
                if failures > MOST_FAILURES {
                    return Err(error);
                }
                tracing::info!(uri = entry.uri, %error, "directory.person_fetch_delayed");
                stuck = stuck.or(Some(entry.changed_at));
            }
        }
        Ok(stuck)
    }

    async fn take_entry(&self, entry: &DirectoryEntry) -> Result<()> {
        let known = self.known_account(&entry.uri).await?;
        if entry.gone {
            if known.is_some_and(|account| account.suspended_at.is_none()) {
                portico_service::people::accounts::receive_departure(&self.instance, &entry.uri).await?;
            }
            return Ok(());
        }
        let is_fresh = |account: &Account| {
            account.suspended_at.is_none() && account.fetched_at.is_some_and(|at| at > entry.changed_at)
        };
        if known.as_ref().is_some_and(is_fresh) {
            return Ok(());
        }
        match self.refresh_account(&entry.uri).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_temporary() => Err(error),
            Err(error) if error.is_nothing() => {
                Ok(portico_service::people::accounts::receive_departure(&self.instance, &entry.uri).await?)
            }
            Err(error) => {
                tracing::info!(uri = entry.uri, %error, "directory.person_fetch_failed");
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_they_were() {
        let changed_at = Timestamp::parse("2026-11-02T09:00:00Z").unwrap();
        for gone in [false, true] {
            let entry = DirectoryEntry { uri: "https://a.example/users/ann".into(), changed_at, gone };
            assert_eq!(read(write(&entry).as_object().unwrap()), Some(entry));
        }
        for bad in [
            json!({}),
            json!({ "type": "Person", "id": "x" }),
            json!({ "type": "Tombstone", "deleted": "x" }),
        ] {
            assert_eq!(read(bad.as_object().unwrap()), None, "{bad}");
        }
    }
}
