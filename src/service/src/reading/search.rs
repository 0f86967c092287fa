//! Search: accounts by handle and name, hashtags by prefix, posts, and the object behind a pasted URL,
//! fetched from its host if requested.

mod posts;

use std::time::Duration;

use crate::instance::Instance;
use crate::lookup::{split_address, without_hidden_groups};
use crate::ports::RemoteObject;
use crate::publishing::statuses;
use crate::{Result, Viewer, setting};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::view::{SearchView, TagView};
use portico_domain::policy::reach::scope;
use portico_store::PeopleFilter;

/// Timeout for lookups on another host.
const PATIENCE: Duration = Duration::from_secs(10);
/// Maximum length of the search text, in bytes; the rest is cut off.
const LONGEST: usize = 2000;

/// A kind of search result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// Accounts.
    Accounts,
    /// Posts.
    Statuses,
    /// Hashtags.
    Hashtags,
}

/// A search query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchQuery {
    /// The typed text: words, `@user`, `@user@host`, `#hashtag` or a URL.
    pub text: String,
    /// Only this kind; `None` for all.
    pub only: Option<SearchKind>,
    /// Whether to look up unknown accounts and posts on other hosts. Only for signed-in users.
    pub resolve: bool,
    /// Only accounts that the viewer follows.
    pub following: bool,
    /// Maximum number of results of each kind.
    pub limit: i64,
    /// Number of results to skip.
    pub offset: i64,
    /// Only posts by this account.
    pub author: Option<AccountId>,
    /// Only posts with a smaller id.
    pub max_id: Option<i64>,
    /// Only posts with a greater id.
    pub min_id: Option<i64>,
}

impl SearchQuery {
    fn includes(&self, kind: SearchKind) -> bool {
        self.only.is_none_or(|only| only == kind)
    }
}

/// Searches everything that the viewer may see. A URL finds only the object behind it. A remote host that
/// does not respond yields no results, not an error.
pub async fn search(instance: &Instance, viewer: Viewer, query: SearchQuery) -> Result<SearchView> {
    let query = SearchQuery { text: normalise(&query.text), ..query };
    if query.text.is_empty() {
        return Ok(SearchView::default());
    }
    if is_url(&query.text) {
        return resolve_url(instance, viewer, query).await;
    }
    let accounts = if query.includes(SearchKind::Accounts) {
        accounts(instance, viewer.clone(), query.clone()).await?
    } else {
        Vec::new()
    };
    let tags = if query.includes(SearchKind::Hashtags) {
        tags(instance, viewer.clone(), query.clone()).await?
    } else {
        Vec::new()
    };
    let statuses = if query.includes(SearchKind::Statuses) {
        posts::search(instance, viewer, query).await?
    } else {
        Vec::new()
    };
    Ok(SearchView { accounts, statuses, tags })
}

/// Searches accounts only. A full handle finds that account first, and looks it up on its host if requested.
/// A host that does not respond yields no results, not an error.
pub async fn accounts(instance: &Instance, viewer: Viewer, query: SearchQuery) -> Result<Vec<Account>> {
    let typed = normalise(&query.text);
    let handle = split_address(&typed, instance.urls.domain());
    let resolve = query.resolve && query.offset == 0 && viewer.local_account().is_some();
    if let (true, Some((username, Some(host)))) = (resolve, &handle) {
        let known = find_known(instance, username, host).await?;
        if !known {
            fetch_account(instance, username, host).await;
        }
    }
    let Some(filter) = account_filter(&typed, handle, &query, &viewer, instance) else {
        return Ok(Vec::new());
    };
    instance
        .store
        .read(move |reader| {
            let found = reader.search_accounts(&filter, query.limit, query.offset)?;
            without_hidden_groups(reader, &viewer, found)
        })
        .await
}

async fn find_known(instance: &Instance, username: &str, host: &str) -> Result<bool> {
    let (username, host) = (username.to_owned(), host.to_owned());
    instance
        .store
        .read(move |reader| Ok(reader.find_account_by_handle(&username, Some(&host))?.is_some()))
        .await
}

async fn fetch_account(instance: &Instance, username: &str, host: &str) {
    let Some(remote) = instance.remote.get() else { return };
    let fetch = remote.account_by_handle(username, host);
    match tokio::time::timeout(PATIENCE, fetch).await {
        Ok(Ok(_)) => {}
        Ok(Err(why)) => tracing::debug!(host, %why, "search.account_lookup_failed"),
        Err(_) => tracing::debug!(host, "search.account_lookup_timed_out"),
    }
}

/// Builds the account filter; `None` if no account can match.
fn account_filter(
    typed: &str,
    handle: Option<(String, Option<String>)>,
    query: &SearchQuery,
    viewer: &Viewer,
    instance: &Instance,
) -> Option<PeopleFilter> {
    let followed_by = query.following.then(|| viewer.local_account());
    if followed_by == Some(None) || typed.starts_with('#') {
        return None;
    }
    let (name, host) = match handle {
        Some((username, Some(host))) => (username, Some(host)),
        Some((username, None)) => (username, None),
        None => (typed.trim_start_matches('@').to_owned(), None),
    };
    let local_only = viewer.local_account().is_none();
    let hidden = matches!(viewer, Viewer::Anonymous) && !instance.settings.public_pages;
    (!hidden && !name.is_empty()).then(|| PeopleFilter {
        name,
        host,
        followed_by: followed_by.flatten(),
        local_only,
        viewer: viewer.local_account(),
    })
}

async fn tags(instance: &Instance, viewer: Viewer, query: SearchQuery) -> Result<Vec<TagView>> {
    if query.text.trim_start_matches('#').contains(|c: char| c.is_whitespace() || c == '@') {
        return Ok(Vec::new());
    }
    let prefix = portico_html::normalise_tag(&query.text);
    if prefix.is_empty() {
        return Ok(Vec::new());
    }
    let scope = scope(&viewer, &setting(instance));
    instance
        .store
        .read(move |reader| {
            let names = reader.search_visible_tags(&scope, &prefix, query.limit, query.offset)?;
            Ok(reader.tag_views(viewer.local_account(), &scope, &names)?)
        })
        .await
}

async fn resolve_url(instance: &Instance, viewer: Viewer, query: SearchQuery) -> Result<SearchView> {
    let mut view = SearchView::default();
    if query.offset > 0 {
        return Ok(view);
    }
    let mut found = find_local(instance, &query.text).await?;
    if found.is_none() && query.resolve && viewer.local_account().is_some() {
        found = fetch_remote(instance, &query.text).await;
    }
    match found {
        Some(RemoteObject::Status(id)) if query.includes(SearchKind::Statuses) => {
            view.statuses = statuses::show_many(instance, viewer, vec![id]).await?;
        }
        Some(RemoteObject::Account(id)) if query.includes(SearchKind::Accounts) => {
            view.accounts = crate::people::accounts::show_many(instance, viewer, vec![id]).await?;
        }
        _ => {}
    }
    Ok(view)
}

async fn find_local(instance: &Instance, url: &str) -> Result<Option<RemoteObject>> {
    let url = url.to_owned();
    instance
        .store
        .read(move |reader| {
            if let Some(status) = reader.find_status_by_url(&url)? {
                return Ok(Some(RemoteObject::Status(status.id)));
            }
            Ok(reader.find_account_by_url(&url)?.map(|account| RemoteObject::Account(account.id)))
        })
        .await
}

async fn fetch_remote(instance: &Instance, url: &str) -> Option<RemoteObject> {
    let ours = format!("{}/", instance.urls.origin());
    let remote = instance.remote.get().filter(|_| !url.starts_with(&ours))?;
    match tokio::time::timeout(PATIENCE, remote.by_url(url)).await {
        Ok(Ok(found)) => found,
        Ok(Err(why)) => {
            tracing::debug!(url, %why, "search.url_lookup_failed");
            None
        }
        Err(_) => {
            tracing::debug!(url, "search.url_lookup_timed_out");
            None
        }
    }
}

fn is_url(text: &str) -> bool {
    let scheme = text.starts_with("https://") || text.starts_with("http://");
    scheme && !text.contains(char::is_whitespace) && url::Url::parse(text).is_ok()
}

/// Normalises the typed text: trims it, cuts it to the maximum length and removes control characters, which
/// the database rejects.
fn normalise(typed: &str) -> String {
    let typed = typed.trim();
    let end = (0..=LONGEST.min(typed.len())).rev().find(|end| typed.is_char_boundary(*end)).unwrap_or(0);
    typed.get(..end).unwrap_or("").chars().filter(|letter| !letter.is_control()).collect()
}
